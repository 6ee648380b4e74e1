package forms_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/forms"
)

var updateLoad = flag.Bool("update-load", false, "rewrite what the broken forms are expected to say")

func TestLoadTellsWhatIsBroken(t *testing.T) {
	names, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil || len(names) < 15 {
		t.Fatalf("%d broken forms found: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil || len(a.Files) != 2 {
				t.Fatalf("want form.yaml and want: %v", err)
			}
			_, err = forms.Load("form.yaml", a.Files[0].Data)
			var ps strict.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("got %v, want problems", err)
			}
			got := err.Error() + "\n"
			if *updateLoad {
				a.Files[1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got != string(a.Files[1].Data) {
				t.Errorf("got\n%swant\n%s", got, a.Files[1].Data)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	s, err := forms.Load("f.yaml", []byte(`id: annex-9
version: 2
kind: table
label: 附件9
title: 样表
page: {paper: A3, landscape: true}
head:
  - {label: 填报单位, from: unit}
  - {label: 填报时间, from: date, right: true}
stub: 地区名称
total: 合计
unit_row: true
columns:
  - heading: 情况
    columns:
      - {heading: 数, id: n, type: count, unit: 人, required: true, baseline: annex-1.n, remark: 原文如此}
      - {heading: 额, id: m, type: money, unit: 万元, decimals: 2}
  - {heading: 结果, id: r, type: choice, choices: [好, 0123, NO]}
  - {heading: 姓名, id: who, type: name, personal: true, max: 20}
notes_label: 说明
notes: [一, 二]
checks:
  - id: floor
    each: [n]
    rule: cell >= baseline
    severity: explain
    later: [{from: 2021-07-01, severity: blocking}]
    message: 少于下发数
    message_en: too few
    cite: 说明1
remark: 样例
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &forms.Form{
		ID: "annex-9", Version: 2, Kind: forms.Table, Label: "附件9", Title: "样表",
		Page: forms.Page{Paper: "A3", Landscape: true},
		Head: []forms.HeadItem{{Label: "填报单位", From: forms.HeadUnit}, {Label: "填报时间", From: forms.HeadDate, Right: true}},
		Stub: "地区名称", Total: "合计", UnitRow: true,
		Columns: []*forms.Heading{
			{Label: "情况", Children: []*forms.Heading{
				{Label: "数", Field: &forms.Field{ID: "n", Label: "数", Path: []string{"情况", "数"}, Type: forms.Count, Unit: "人", Required: true, Baseline: "annex-1.n", Remark: "原文如此"}},
				{Label: "额", Field: &forms.Field{ID: "m", Label: "额", Path: []string{"情况", "额"}, Type: forms.Money, Unit: "万元", Decimals: 2}},
			}},
			{Label: "结果", Field: &forms.Field{ID: "r", Label: "结果", Path: []string{"结果"}, Type: forms.Choice, Choices: []string{"好", "0123", "NO"}}},
			{Label: "姓名", Field: &forms.Field{ID: "who", Label: "姓名", Path: []string{"姓名"}, Type: forms.Name, Personal: true, Max: 20}},
		},
		NotesLabel: "说明", Notes: []string{"一", "二"},
		Checks: []forms.Check{{ID: "floor", Each: []string{"n"}, Rule: "cell >= baseline", Severity: forms.Explain,
			Later: []forms.Change{{From: "2021-07-01", Severity: forms.Blocking}}, Message: "少于下发数", MessageEn: "too few", Cite: "说明1"}},
		Remark: "样例",
	}
	if !reflect.DeepEqual(s.Form, want) {
		t.Errorf("got  %+v\nwant %+v", s.Form, want)
	}
	if p := s.Fields["m"].At("decimals").Problem("here"); p.Error() != "f.yaml:17: columns[0].columns[1].decimals: here" {
		t.Errorf("place of a field: %v", p)
	}
	if p := s.Checks["floor"].Problem("here"); p.Error() != "f.yaml:23: checks[0]: here" {
		t.Errorf("place of a check: %v", p)
	}
}

// A4 upright is what a form is printed on unless it says otherwise.
func TestLoadDefaultPage(t *testing.T) {
	s, err := forms.Load("f", []byte("id: a\nversion: 1\nkind: narrative\ntitle: t\ncolumns: [{heading: h, id: x, type: longtext}]\n"))
	if err != nil || s.Form.Page != (forms.Page{Paper: "A4"}) {
		t.Errorf("%+v, %v", s.Form.Page, err)
	}
}
