package proof

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// rectifying is a small directive: a table, a register that must agree with it, and two ledgers
// whose zero reports say different things.
const rectifying = `
-- units.yaml --
units:
  - {id: city, name: 样市, office: 样市民政局, code: 990100, level: city}
  - {id: east, name: 东县, office: 东县民政局, code: 990121, level: county, parent: city}
  - {id: west, name: 西县, office: 西县民政局, code: 990122, level: county, parent: city}
-- workdays/2021.yaml --
year: 2021
notice: 样办〔2020〕1号
off: [2021-06-14]
work: [2021-06-20]
-- sample/directive.yaml --
id: sample
title: 样例文件
issuer: city
signed: 2021-03-01
window: {from: 2021-03-01, to: 2021-06-30}
obligations:
  - {id: figures, title: 数据表, label: 数据表, clause: {place: 一, quote: 每月15日前报送}, from: {level: county, under: city}, to: {unit: city},
     forms: [figures], due: {monthly: [15]}}
  - {id: clues, title: 登记表, label: 登记表, clause: {place: 二, quote: 每月15日前报送}, from: {level: county, under: city}, to: {unit: city},
     forms: [clues], due: {monthly: [15]}, zero: true}
  - {id: items, title: 问题清单, label: 问题清单, clause: {place: 三, quote: 每月15日前报送}, from: {level: county, under: city}, to: {unit: city},
     forms: [items], due: {monthly: [15]}, zero: true}
  - {id: news, title: 线索, label: 线索, clause: {place: 四, quote: 每月15日前报送}, from: {level: county, under: city}, to: {unit: city},
     forms: [news], due: {monthly: [15]}, zero: true}
-- sample/forms/figures.yaml --
id: figures
version: 1
kind: table
title: 数据表
stub: 地区
total: 合计
columns:
  - {heading: 低保, id: dibao, type: money, unit: 万元, decimals: 6}
  - {heading: 特困, id: tekun, type: money, unit: 万元, decimals: 6}
  - {heading: 合计, id: both, type: money, unit: 万元, decimals: 6, sum: [dibao, tekun]}
  - {heading: 线索数, id: found, type: count}
checks:
  - {id: grows, rule: found >= last.found, severity: explain}
-- sample/forms/clues.yaml --
id: clues
version: 1
kind: register
title: 登记表
stub: 序号
columns:
  - {heading: 内容, id: what, type: text}
checks:
  - {id: as-counted, rule: rows(clues) == figures.found, severity: blocking, zero: tries}
-- sample/forms/items.yaml --
id: items
version: 1
kind: ledger
title: 问题清单
stub: 序号
columns:
  - {heading: 问题, id: what, type: text, required: true}
  - {heading: 整改时限, id: deadline, type: date}
  - {heading: 佐证, id: proof, type: text}
  - {heading: 销号日期, id: closed_on, type: date}
ledger: {closed: closed_on, deadline: deadline, evidence: [proof], zero: nothing_open}
-- sample/forms/news.yaml --
id: news
version: 1
kind: ledger
title: 线索
stub: 序号
columns:
  - {heading: 线索, id: what, type: text, required: true}
ledger: {zero: nothing_new}
`

func (o *office) submit(v store.Viewer, obligation, period, form string, s forms.Sheet) (store.Return, []forms.Problem, error) {
	o.t.Helper()
	duty, now := "sample/"+obligation+"/"+period+"/"+v.Person, on(period)
	w, err := o.View(o.t.Context(), v, duty, now)
	o.ok(err)
	return o.Submit(o.t.Context(), v, store.Submission{Duty: duty, UUID: duty + "/" + now.String() + cmpKey(s), Content: forms.Content{form: s}}, w.Seq, now)
}

// cmpKey makes a submission's UUID differ when its content does.
func cmpKey(s forms.Sheet) string {
	h, _ := store.ContentHash(forms.Content{"": s}) // of strings only
	return h
}

// sends submits what must be taken.
func (o *office) sends(v store.Viewer, obligation, period, form string, s forms.Sheet) store.Return {
	o.t.Helper()
	r, problems, err := o.submit(v, obligation, period, form, s)
	if err != nil {
		o.t.Fatalf("%s %s: %v %+v", obligation, period, err, problems)
	}
	return r
}

// refused submits what must not be taken, for open problems of these checks, and returns the first.
func (o *office) refused(v store.Viewer, obligation, period, form string, s forms.Sheet, checks ...string) forms.Problem {
	o.t.Helper()
	_, problems, err := o.submit(v, obligation, period, form, s)
	if !errors.Is(err, desk.ErrProblems) {
		o.t.Fatalf("%s %s was taken: %v", obligation, period, err)
	}
	return o.open(problems, checks...)
}

// open returns the first of the open problems, which are of these checks.
func (o *office) open(problems []forms.Problem, checks ...string) forms.Problem {
	o.t.Helper()
	open := slices.DeleteFunc(slices.Clone(problems), func(p forms.Problem) bool { return !p.Open() })
	var of []string
	for _, p := range open {
		of = append(of, p.Check)
	}
	if !slices.Equal(of, checks) || len(open) == 0 {
		o.t.Fatalf("%+v, want open problems of %q", open, checks)
	}
	return open[0]
}

// balance compiles a ledger and returns its account and the notes of the edition.
func (o *office) balance(period string) (forms.Balance, string) {
	o.t.Helper()
	e, err := o.Compile(o.t.Context(), reviewer("city"), store.Roll{Directive: "sample", Obligation: "items", Period: period, Form: "items"}, on(period))
	o.ok(err)
	d, err := o.EditionDocument(o.t.Context(), e)
	o.ok(err)
	return *e.Table.Balance, strings.Join(d.Statements, "\n")
}

// Four months of a list of problems: three found, one closed with proof and another found, one
// forgotten and put back, the last closed. Each month's account begins where the one before ended.
func TestLedgerOverFourPeriods(t *testing.T) {
	o := newOffice(t, catalogueOf(t, rectifying), storetest.SQLite(t))
	east := clerk("east")
	account := func(period string, want forms.Balance) {
		t.Helper()
		got, notes := o.balance(period)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("account of %s (-want +got):\n%s\n%s", period, diff, notes)
		}
	}
	rows := func(period string) []forms.Row {
		t.Helper()
		w, err := o.View(t.Context(), east, "sample/items/"+period+"/east", on(period))
		o.ok(err)
		var out []forms.Row
		for _, r := range w.Content["items"].Rows {
			out = append(out, maps.Clone(r))
		}
		return out
	}

	// March: three items, which get their ids with the return.
	first := o.sends(east, "items", "2021-03-15", "items", forms.Sheet{Rows: []forms.Row{
		{"what": "甲村漏保", "deadline": "2021-05-31"}, {"what": "乙村漏救", "deadline": "2021-12-31"}, {"what": "丙镇超时"}}})
	ids := map[string]bool{}
	for _, r := range first.Content["items"].Rows {
		ids[r[forms.ItemID]] = true
	}
	if len(ids) != 3 || ids[""] {
		t.Fatalf("the items have the ids %v, want three", ids)
	}
	account("2021-03-15", forms.Balance{New: 3, Closing: 3})

	// April begins with them. Closing takes evidence; a fourth is found.
	april := rows("2021-04-15")
	if diff := cmp.Diff(first.Content["items"].Rows, april); diff != "" {
		t.Fatalf("April does not begin with what was open (-sent +open):\n%s", diff)
	}
	april[2]["closed_on"] = "2021-04-10"
	p := o.refused(east, "items", "2021-04-15", "items", forms.Sheet{Rows: april}, "closed")
	if p.Row != 2 || p.Field != "proof" || p.Severity != forms.Blocking {
		t.Errorf("closing without evidence is told at %d %s, %s", p.Row, p.Field, p.Severity)
	}
	says(t, p.Message, "第3行", "佐证", "办结依据")
	april[2]["proof"] = "整改报告"
	april = append(april, forms.Row{"what": "丁村漏保"})
	o.sends(east, "items", "2021-04-15", "items", forms.Sheet{Rows: april})
	account("2021-04-15", forms.Balance{Opening: 3, New: 1, Closed: 1, Closing: 3})

	// May: one is left out. It is named, and must be put back. Nor may a stranger's id be written in.
	may := rows("2021-05-15")
	if len(may) != 3 {
		t.Fatalf("May begins with %v, want the three that are open", may)
	}
	p = o.refused(east, "items", "2021-05-15", "items", forms.Sheet{Rows: may[1:]}, "item", "balance")
	says(t, p.Message, may[0][forms.ItemID], "甲村漏保", "恢复")
	stranger := append(may[:3:3], forms.Row{"what": "戊村", forms.ItemID: "west-20210315-1"})
	p = o.refused(east, "items", "2021-05-15", "items", forms.Sheet{Rows: stranger}, "item")
	says(t, p.Message, "第4行", "west-20210315-1")
	may[1]["closed_on"], may[1]["proof"] = "2021-05-12", "已纳入"
	o.sends(east, "items", "2021-05-15", "items", forms.Sheet{Rows: may})
	account("2021-05-15", forms.Balance{Opening: 3, Closed: 1, Closing: 2})

	// June: a zero report says that nothing is open. It is contradicted by what is, by name.
	_, problems, err := o.Zero(t.Context(), east, "sample/items/2021-06-15/east", "zero-june", on("2021-06-15"))
	if !errors.Is(err, desk.ErrProblems) {
		t.Fatalf("a zero report over two open items: %v", err)
	}
	all := ""
	for _, p := range problems {
		all += p.Message
	}
	june := rows("2021-06-15")
	says(t, all, june[0][forms.ItemID], "甲村漏保", "丁村漏保")
	// One is past its own deadline: a reason is asked for, once.
	p = o.refused(east, "items", "2021-06-15", "items", forms.Sheet{Rows: june}, "closed")
	if p.Severity != forms.Explain || p.Field != "deadline" {
		t.Errorf("an item past its deadline: %+v", p)
	}
	says(t, p.Message, "2021-05-31", "时限")
	for i := range june {
		june[i]["closed_on"], june[i]["proof"] = "2021-06-14", "已纳入"
	}
	o.sends(east, "items", "2021-06-15", "items", forms.Sheet{Rows: june})
	account("2021-06-15", forms.Balance{Opening: 2, Closed: 2, Closing: 0})

	// 西县 has never had an item, and may say so.
	_, problems, err = o.Zero(t.Context(), clerk("west"), "sample/items/2021-06-15/west", "zero-west", on("2021-06-15"))
	if err != nil {
		t.Errorf("a zero report with nothing open: %v %+v", err, problems)
	}
}

// A zero report is an attestation: it is held against the rows in the draft, the unit's other forms
// and the open items, and told what it contradicts.
func TestZeroReportContradicted(t *testing.T) {
	for _, c := range []struct {
		name, obligation string
		before           func(o *office)
		check            string // that it fails; nothing: the zero report is taken
		says             []string
	}{
		{name: "nothing else is known", obligation: "clues"},
		{name: "another form says none", obligation: "clues", before: func(o *office) {
			o.sends(clerk("east"), "figures", "2021-03-15", "figures", forms.Sheet{Rows: []forms.Row{{"found": "0"}}})
		}},
		{name: "another form is blank: missing is not zero, nor two", obligation: "clues", before: func(o *office) {
			o.sends(clerk("east"), "figures", "2021-03-15", "figures", forms.Sheet{Rows: []forms.Row{{"dibao": "1"}}})
		}},
		{name: "another form counts two", obligation: "clues", check: "as-counted", says: []string{"与零报送矛盾", "数据表", "线索数", "2"}, before: func(o *office) {
			o.sends(clerk("east"), "figures", "2021-03-15", "figures", forms.Sheet{Rows: []forms.Row{{"found": "2"}}})
		}},
		{name: "rows are in the draft", obligation: "clues", check: "zero", says: []string{"零报送不能同时填有内容"}, before: func(o *office) {
			_, _, err := o.Save(o.t.Context(), clerk("east"), "sample/clues/2021-03-15/east", forms.Content{"clues": {Rows: []forms.Row{{"what": "一条"}}}}, 0, on("2021-03-15"))
			o.ok(err)
		}},
		{name: "another unit's form counts two", obligation: "clues", before: func(o *office) {
			o.sends(clerk("west"), "figures", "2021-03-15", "figures", forms.Sheet{Rows: []forms.Row{{"found": "2"}}})
		}},
		{name: "nothing new, though something is open", obligation: "news", before: func(o *office) {
			o.sends(clerk("east"), "news", "2021-03-15", "news", forms.Sheet{Rows: []forms.Row{{"what": "一条"}}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, catalogueOf(t, rectifying), storetest.SQLite(t))
			if c.before != nil {
				c.before(o)
			}
			period := "2021-03-15"
			if c.obligation == "news" {
				period = "2021-04-15"
			}
			r, problems, err := o.Zero(t.Context(), clerk("east"), "sample/"+c.obligation+"/"+period+"/east", "zero", on(period))
			if c.check == "" {
				if err != nil || !r.Zero {
					t.Errorf("%v %+v, want it taken", err, problems)
				}
				return
			}
			if !errors.Is(err, desk.ErrProblems) {
				t.Fatalf("it was taken: %v", err)
			}
			says(t, o.open(problems, c.check).Message, c.says...)
			if open, err := o.View(t.Context(), clerk("east"), "sample/"+c.obligation+"/"+period+"/east", on(period)); err != nil || open.Task.State == scheduler.Submitted {
				t.Errorf("after the refusal the duty is %s %v", open.Task.State, err)
			}
		})
	}
}

// A total is computed, never typed, exact to the last decimal; and a figure is held against that of
// the last period once that was accepted, not before.
func TestTotalsAndTheLastPeriod(t *testing.T) {
	o := newOffice(t, catalogueOf(t, rectifying), storetest.SQLite(t))
	east, march := clerk("east"), "sample/figures/2021-03-15/east"
	wrong := forms.Sheet{Rows: []forms.Row{{"dibao": "0.1", "tekun": "0.200001", "both": "120", "found": "7"}}}
	p := o.refused(east, "figures", "2021-03-15", "figures", wrong, "sum")
	says(t, p.Message, "合计", "120", "0.300001")
	r := o.sends(east, "figures", "2021-03-15", "figures", forms.Sheet{Rows: []forms.Row{{"dibao": "0.1", "tekun": "0.200001", "both": "0.300001", "found": "7"}}})
	if got := r.Content["figures"].Rows[0]["both"]; got != "0.300001" {
		t.Errorf("0.1 and 0.200001 make %s", got)
	}
	fewer := forms.Sheet{Rows: []forms.Row{{"found": "6"}}}
	w, err := o.View(t.Context(), east, "sample/figures/2021-04-15/east", on("2021-04-15"))
	o.ok(err)
	if ps := w.Check(forms.Content{"figures": fewer}); len(ps) != 0 {
		t.Errorf("held against a return that is not accepted: %+v", ps)
	}
	_, err = o.Store.Act(t.Context(), reviewer("city"), march, scheduler.Accept, "", on("2021-03-16"))
	o.ok(err)
	p = o.refused(east, "figures", "2021-04-15", "figures", fewer, "grows")
	says(t, p.Message, "线索数", "6", "7")
	fewer.Reasons = map[string]string{p.Key(): "一条并入另一条"}
	o.sends(east, "figures", "2021-04-15", "figures", fewer)
}
