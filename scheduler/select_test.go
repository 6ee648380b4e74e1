package scheduler_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// another adds a directive of one township-less county of its own to the sample: what it names
// must not come along when the sample's own directive is chosen.
const another = `id: other-2021
number: 样例〔2021〕9号
title: 另一份文件
issuer: other
signed: 2021-06-01
window: {from: 2021-06-01, to: 2021-08-31}
obligations:
  - id: visits
    title: 走访情况表
    label: 走访表
    clause: {place: 一, quote: 6月30日前报送走访情况表}
    from: {units: [other-county]}
    to: {unit: other}
    forms: [visits]
    due: {dates: [2021-06-30]}
`

const visits = `id: visits
version: 1
kind: table
title: 走访情况表
stub: 地区名称
columns:
  - {heading: 走访户数, id: households, type: count}
`

func TestOnly(t *testing.T) {
	fsys := sample(t)
	edit(t, fsys, "units.yaml", "units:\n", `units:
  - {id: other-county, name: 另县, office: 另县民政局, code: "130102", level: county, parent: other}
  - {id: other, name: 另市, office: 另市民政局, code: "130100", level: city, parent: other-province}
  - {id: other-province, name: 另省, office: 另省民政厅, code: "130000", level: province}
`)
	fsys["other-2021/directive.yaml"] = &fstest.MapFile{Data: []byte(another)}
	fsys["other-2021/forms/visits.yaml"] = &fstest.MapFile{Data: []byte(visits)}
	all, err := scheduler.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	other, err := all.Only("other-2021")
	if err != nil {
		t.Fatal(err)
	}
	var units []string
	for _, u := range other.Units {
		units = append(units, u.ID)
	}
	if want := []string{"other-county", "other", "other-province"}; !slices.Equal(units, want) {
		t.Errorf("units %v, want %v: those named and those above them, in order", units, want)
	}
	if len(other.Directives) != 1 || other.Directive("other-2021") == nil {
		t.Errorf("%d directives", len(other.Directives))
	}
	span := calendar.Span{From: calendar.MustDate("2021-01-01"), To: calendar.MustDate("2021-12-31")}
	alone, err := scheduler.Plan(other, span)
	if err != nil || len(alone) != 1 || alone[0].Key.Unit != "other-county" || alone[0].Catalogue != other.Version {
		t.Errorf("planned %+v, %v", alone, err)
	}

	var rest []string
	for _, d := range all.Directives {
		if d.ID != "other-2021" {
			rest = append(rest, d.ID)
		}
	}
	without, err := all.Only(rest...)
	if err != nil {
		t.Fatal(err)
	}
	if without.Unit("other") != nil || without.Unit("other-county") != nil {
		t.Error("a unit of another directive came along")
	}
	for _, w := range without.Warnings {
		if strings.HasPrefix(w.File, "other-2021/") {
			t.Errorf("a warning of another directive came along: %s", w.Error())
		}
	}
	whole, err := all.Only(append(rest, "other-2021", "other-2021")...)
	if err != nil {
		t.Fatal(err)
	}
	if len(whole.Directives) != len(all.Directives) {
		t.Errorf("%d of %d directives", len(whole.Directives), len(all.Directives))
	}
	versions := []string{all.Version, other.Version, without.Version, whole.Version}
	slices.Sort(versions)
	if len(slices.Compact(versions)) != 4 || len(other.Version) != 64 {
		t.Error("two selections have one version")
	}
	if again, _ := all.Only("other-2021"); again.Version != other.Version {
		t.Error("the same selection has another version")
	}
	for _, ids := range [][]string{nil, {"other-2022"}, {"other-2021", ""}} {
		if _, err := all.Only(ids...); err == nil {
			t.Errorf("%q: no error", ids)
		}
	}
	if _, err := all.Only("other-2022"); !strings.Contains(err.Error(), `no directive "other-2022": there is other-2021, `+rest[0]) {
		t.Errorf("the error does not help: %v", err)
	}
}

// What the demo plays is the same whatever other directives the catalogue holds.
func TestOnlyPlansTheSame(t *testing.T) {
	all, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	one, err := all.Only("quanzhou-2021")
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Units) != 34 {
		t.Errorf("%d units, want the twelve that report, the own row, the city, the province, and 19 townships of 晋江市", len(one.Units))
	}
	span := calendar.Span{To: calendar.MustDate("2022-12-31")}
	keys := func(c *scheduler.Catalogue) (out []string) {
		ps, err := scheduler.Plan(c, span)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ps {
			if p.Key.Directive == "quanzhou-2021" {
				out = append(out, p.Key.String()+" "+p.Due.String())
			}
		}
		return out
	}
	if a, b := keys(all), keys(one); len(a) != 348 || !slices.Equal(a, b) {
		t.Errorf("%d duties of all, %d of the selection", len(a), len(b))
	}
}
