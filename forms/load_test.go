package forms_test

import (
	"errors"
	"flag"
	"fmt"
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
	if err != nil || len(names) < 30 {
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
page: {paper: A3, landscape: true, margins: {top: 20, right: 15.5, bottom: 20, left: 25}}
head:
  - {label: 填报单位, from: unit}
  - {label: 填报时间, from: date, right: true}
  - {label: 表号, from: fixed, text: 0123}
foot:
  - {label: 填表人, from: clerk}
  - {label: 单位负责人, from: sign}
stub: 地区名称
total: 合计
unit_row: true
numbers: true
sections: [{id: relief, name: 社会救助科}, {id: child, name: 儿童福利科}]
columns:
  - heading: 情况
    section: relief
    columns:
      - {heading: 数, id: n, type: count, unit: 人, required: true, baseline: annex-1.n, remark: 原文如此}
      - {heading: 额, id: m, type: money, unit: 万元, decimals: 2}
  - {heading: 结果, id: r, type: choice, choices: [好, 0123, NO]}
  - {heading: 姓名, id: who, type: name, personal: true, max: 20}
  - {heading: 合计, id: all, type: money, decimals: 2, sum: [m], section: child}
notes_label: 说明
notes: [一, 二]
checks:
  - id: floor
    each: [n]
    rule: cell >= baseline
    severity: explain
    later: [{from: 2021-07-01, severity: blocking}]
    zero: tries
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
		Page: forms.Page{Paper: "A3", Landscape: true, Margins: &forms.Margins{Top: 20, Right: 15.5, Bottom: 20, Left: 25}},
		Head: []forms.HeadItem{{Label: "填报单位", From: forms.HeadUnit}, {Label: "填报时间", From: forms.HeadDate, Right: true},
			{Label: "表号", From: forms.HeadFixed, Text: "0123"}},
		Foot: []forms.HeadItem{{Label: "填表人", From: forms.HeadClerk}, {Label: "单位负责人", From: forms.HeadSign}},
		Stub: "地区名称", Total: "合计", UnitRow: true, Numbers: true,
		Sections: []forms.Section{{ID: "relief", Name: "社会救助科"}, {ID: "child", Name: "儿童福利科"}},
		Columns: []*forms.Heading{
			{Label: "情况", Children: []*forms.Heading{
				{Label: "数", Field: &forms.Field{ID: "n", Label: "数", Path: []string{"情况", "数"}, Type: forms.Count, Unit: "人", Required: true, Baseline: "annex-1.n", Section: "relief", Remark: "原文如此"}},
				{Label: "额", Field: &forms.Field{ID: "m", Label: "额", Path: []string{"情况", "额"}, Type: forms.Money, Unit: "万元", Decimals: 2, Section: "relief"}},
			}},
			{Label: "结果", Field: &forms.Field{ID: "r", Label: "结果", Path: []string{"结果"}, Type: forms.Choice, Choices: []string{"好", "0123", "NO"}}},
			{Label: "姓名", Field: &forms.Field{ID: "who", Label: "姓名", Path: []string{"姓名"}, Type: forms.Name, Personal: true, Max: 20}},
			{Label: "合计", Field: &forms.Field{ID: "all", Label: "合计", Path: []string{"合计"}, Type: forms.Money, Decimals: 2, Sum: []string{"m"}, Section: "child"}},
		},
		NotesLabel: "说明", Notes: []string{"一", "二"},
		Checks: []forms.Check{{ID: "floor", Each: []string{"n"}, Rule: "cell >= baseline", Severity: forms.Explain,
			Later: []forms.Change{{From: "2021-07-01", Severity: forms.Blocking}}, Zero: forms.ZeroTries, Message: "少于下发数", MessageEn: "too few", Cite: "说明1"}},
		Remark: "样例",
	}
	if !reflect.DeepEqual(s.Form, want) {
		t.Errorf("got  %+v\nwant %+v", s.Form, want)
	}
	if p := s.Fields["m"].At("decimals").Problem("here"); p.Error() != "f.yaml:24: columns[0].columns[1].decimals: here" {
		t.Errorf("place of a field: %v", p)
	}
	if p := s.Checks["floor"].Problem("here"); p.Error() != "f.yaml:31: checks[0]: here" {
		t.Errorf("place of a check: %v", p)
	}
}

func TestLoadLedger(t *testing.T) {
	const ledger = `id: problems
version: 1
kind: ledger
title: 问题清单
ledger: {closed: closed_on%s}
columns:
  - {heading: 问题, id: problem, type: longtext, required: true}
  - {heading: 整改时限, id: deadline, type: date}
  - {heading: 整改情况, id: result, type: longtext}
  - {heading: 佐证, id: proof, type: file, max: 3}
  - {heading: 销号日期, id: closed_on, type: date}
`
	for more, want := range map[string]forms.LedgerRule{
		"": {Closed: "closed_on", Zero: forms.NothingNew},
		", deadline: deadline, evidence: [result, proof], zero: nothing_open": {
			Closed: "closed_on", Deadline: "deadline", Evidence: []string{"result", "proof"}, Zero: forms.NothingOpen},
	} {
		s, err := forms.Load("f.yaml", fmt.Appendf(nil, ledger, more))
		if err != nil {
			t.Fatal(err)
		}
		if f := s.Form; f.Kind != forms.Ledger || f.Single() || !reflect.DeepEqual(f.Ledger, &want) {
			t.Errorf("%q: got %+v, want %+v", more, f.Ledger, want)
		}
	}
}

// A page may state its margins and leave its paper to the rule.
func TestLoadPage(t *testing.T) {
	for page, want := range map[string]forms.Page{
		"":                    {},
		"page: {}\n":          {},
		"page: {paper: A4}\n": {Paper: "A4"},
		"page: {margins: {top: 10, right: 10.5, bottom: 60, left: 5}}\n": {Margins: &forms.Margins{Top: 10, Right: 10.5, Bottom: 60, Left: 5}},
	} {
		s, err := forms.Load("f", []byte("id: a\nversion: 1\nkind: narrative\ntitle: t\n"+page+"columns: [{heading: h, id: x, type: longtext}]\n"))
		if err != nil || !reflect.DeepEqual(s.Form.Page, want) {
			t.Errorf("%q: %+v, %v", page, s.Form.Page, err)
		}
	}
}
