package forms_test

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
)

// mending is a rectification list (问题整改清单).
func mending() *forms.Form {
	f := &forms.Form{ID: "mending", Version: 1, Kind: forms.Ledger, Title: "问题整改清单",
		Ledger: &forms.LedgerRule{Closed: "closed", Deadline: "by", Evidence: []string{"proof", "result"}, Zero: forms.NothingNew}}
	for _, x := range []*forms.Field{
		{ID: "n", Label: "涉及人数", Type: forms.Count}, {ID: "problem", Label: "问题", Type: forms.LongText, Required: true},
		{ID: "by", Label: "整改时限", Type: forms.DateType}, {ID: "result", Label: "整改情况", Type: forms.LongText},
		{ID: "proof", Label: "佐证", Type: forms.Text}, {ID: "closed", Label: "销号日期", Type: forms.DateType},
	} {
		x.Path = []string{x.Label}
		f.Columns = append(f.Columns, &forms.Heading{Label: x.Label, Field: x})
	}
	return f
}

func item(id, problem string, more ...string) forms.Row {
	r := forms.Row{forms.ItemID: id, "problem": problem}
	if id == "" {
		delete(r, forms.ItemID)
	}
	for i := 0; i+1 < len(more); i += 2 {
		r[more[i]] = more[i+1]
	}
	return r
}

func TestLedgerChecks(t *testing.T) {
	opening := []forms.Row{item("Q-1", "低保办理拖延"), item("Q-2", "入户不到位", "by", "2021-05-31"), item("Q-0", "已办结", "closed", "2021-04-01")}
	a, b := opening[0], opening[1]
	with := func(r forms.Row, more ...string) forms.Row { return item(r[forms.ItemID], r["problem"], more...) }
	ctx := forms.Context{Period: "2021-06-28", Opening: map[string][]forms.Row{"mending": opening}, Issued: map[string][]string{"mending": {"Q-9"}}}
	for _, x := range []struct {
		name  string
		sheet forms.Sheet
		want  []string // key=part of the message
	}{
		{"as they were, and a new one", forms.Sheet{Rows: []forms.Row{a, with(b), item("", "资金滞留")}}, nil},
		{"a new one that has its id already", forms.Sheet{Rows: []forms.Row{a, with(b), item("Q-9", "资金滞留")}}, nil},
		{"in another order, a blank row between", forms.Sheet{Rows: []forms.Row{with(b), {}, a}}, nil},
		{"closed with evidence", forms.Sheet{Rows: []forms.Row{a, with(b, "closed", "2021-06-20", "proof", "县纪发3号", "result", "已整改")}}, nil},
		{"past its deadline", forms.Sheet{Rows: []forms.Row{a, b}},
			[]string{"closed@mending.1.by=第2行「整改时限」为 2021-05-31，已过时限仍未销号。已办结的，请填写「销号日期」、「佐证」、「整改情况」销号；未办结的，请写明原因。"}},
		{"closed without evidence", forms.Sheet{Rows: []forms.Row{a, with(b, "closed", "2021-06-20", "result", "已整改")}},
			[]string{"closed@mending.1.proof=第2行「佐证」未填：销号须有办结依据。请填写；尚未办结的，请清空「销号日期」。"}},
		{"closed after the period", forms.Sheet{Rows: []forms.Row{a, with(b, "closed", "2021-07-01", "proof", "x", "result", "y")}},
			[]string{"closed@mending.1.closed=为 2021-07-01，晚于本期（2021-06-28）"}},
		{"vanished", forms.Sheet{Rows: []forms.Row{a}}, []string{
			"item@mending.-1.=期初未销号的事项有1件不在本表中：Q-2（问题：入户不到位）。未销号事项不能删除，请恢复；已办结的，请保留该行并填写「销号日期」、「佐证」、「整改情况」。",
			"balance@mending.-1.=期初2件，加新增0件，减销号0件，期末应为2件，表中未销号的有1件"}},
		{"cleared", forms.Sheet{Rows: []forms.Row{a, {forms.ItemID: "Q-2"}}}, []string{"item@mending.-1.=Q-2（问题：入户不到位）", "balance@mending.-1.="}},
		{"nothing at all", forms.Sheet{}, []string{"item@mending.-1.=有2件不在本表中：Q-1（问题：低保办理拖延）、Q-2", "balance@mending.-1.="}},
		{"twice", forms.Sheet{Rows: []forms.Row{a, with(b), a}}, []string{"balance@mending.-1.=表中未销号的有3件", "item@mending.2.=第3行与第1行是同一事项（编号Q-1）"}},
		{"unknown, or closed long ago", forms.Sheet{Rows: []forms.Row{a, with(b), item("Q-0", "已办结")}}, []string{"item@mending.2.=第3行的事项编号Q-0不在期初未销号事项之列"}},
		{"zero: nothing new", forms.Sheet{Zero: true}, []string{"closed@mending.-1.=有1件事项已过时限仍未销号：Q-2（问题：入户不到位）"}},
		{"zero with a row", forms.Sheet{Zero: true, Rows: []forms.Row{a}}, []string{"zero@mending.-1.=零报送不能同时填有内容"}},
		{"zero with an id alone", forms.Sheet{Zero: true, Rows: []forms.Row{{forms.ItemID: "Q-1"}}}, []string{"closed@mending.-1.="}},
	} {
		ps := mending().Check(x.sheet, ctx)
		if len(ps) != len(x.want) {
			t.Errorf("%s: %+v", x.name, ps)
			continue
		}
		for i, p := range ps {
			if key, part, _ := strings.Cut(x.want[i], "="); p.Key() != key || !strings.Contains(p.Message, part) || p.MessageEn == "" ||
				(p.Severity == forms.Explain) != (strings.Contains(key, "closed@") && !strings.Contains(key, "proof")) {
				t.Errorf("%s:\n%s %s %s\nwant %s", x.name, p.Key(), p.Severity, p.Message, x.want[i])
			}
		}
	}
	// A period that is no date is held against no date.
	ctx.Period = "2021-Q2"
	if ps := mending().Check(forms.Sheet{Rows: []forms.Row{a, b}}, ctx); len(ps) != 0 {
		t.Errorf("a quarter: %v", ps)
	}
	// Without anything open, an empty ledger is like an empty register.
	if ps := mending().Check(forms.Sheet{}, forms.Context{}); len(ps) != 1 || ps[0].Check != "required" || ps[0].Severity != forms.Explain {
		t.Errorf("empty: %v", ps)
	}
	// Only a ledger has items.
	f := mending()
	f.Kind, f.Ledger = forms.Register, nil
	if ps := f.Check(forms.Sheet{Rows: []forms.Row{a}}, ctx); len(ps) != 1 || ps[0].Check != "type" || !strings.Contains(ps[0].Message, "_id") {
		t.Errorf("an id in a register: %v", ps)
	}
}

func TestZeroSaysNothingIsOpen(t *testing.T) {
	f := mending()
	f.Ledger.Zero = forms.NothingOpen
	var opening []forms.Row
	for i := range 5 {
		opening = append(opening, item(fmt.Sprintf("Q-%d", i+1), strings.Repeat("长", 15+5*i), "by", "2021-01-01"))
	}
	ctx := forms.Context{Period: "2021-06-28", Opening: map[string][]forms.Row{"mending": opening}}
	ps := f.Check(forms.Sheet{Zero: true}, ctx)
	if len(ps) != 1 || ps[0].Key() != "zero@mending.-1." || !ps[0].Open() ||
		!strings.Contains(ps[0].Message, "期初有5件未销号：Q-1（问题：长长") || !strings.Contains(ps[0].Message, "Q-3（问题：长") || strings.Contains(ps[0].Message, "Q-4") {
		t.Errorf("%+v", ps)
	}
	ctx.Opening = map[string][]forms.Row{"mending": {item("Q-1", "x", "closed", "2021-04-01")}}
	if ps := f.Check(forms.Sheet{Zero: true}, ctx); len(ps) != 0 {
		t.Errorf("all closed: %v", ps)
	}
}

func TestLedgerAccount(t *testing.T) {
	f := mending()
	opening := []forms.Row{item("Q-1", "甲", "gone", "a field of an older version"), item("Q-2", "乙"), item("Q-3", "丙", "closed", "2021-01-01")}
	if got := f.Carry(opening); len(got.Rows) != 2 || !maps.Equal(got.Rows[0], item("Q-1", "甲")) || got.Zero {
		t.Errorf("carry: %v", got)
	}
	s := forms.Sheet{Rows: []forms.Row{item("Q-1", "甲", "closed", "2021-06-01"), {}, item("Q-2", "乙"), item("", "丁"), item("Q-8", "戊", "closed", "2021-06-02")}}
	if got, want := f.Balance(opening, s), (forms.Balance{Opening: 2, New: 2, Closed: 2, Closing: 2}); got != want {
		t.Errorf("balance: %+v", got)
	}
	if got, want := f.Balance(opening, forms.Sheet{Zero: true}), (forms.Balance{Opening: 2, Closing: 2}); got != want {
		t.Errorf("zero: %+v", got)
	}
	// Items from before the form was a ledger have no ids: their rows are new, and nothing blocks.
	old := []forms.Row{item("", "甲"), item("", "乙")}
	if got, want := f.Balance(old, f.Carry(old)), (forms.Balance{New: 2, Closing: 2}); got != want {
		t.Errorf("without ids: %+v", got)
	}
	if ps := f.Check(f.Carry(old), forms.Context{Opening: map[string][]forms.Row{"mending": old}}); len(ps) != 0 {
		t.Errorf("without ids: %v", ps)
	}
	if got, want := (forms.Balance{1, 2, 3, 4}).Add(forms.Balance{10, 20, 30, 40}), (forms.Balance{11, 22, 33, 44}); got != want {
		t.Errorf("added: %+v", got)
	}
	n := 0
	ided := f.AssignIDs(s, func() string { n++; return "new-" + strconv.Itoa(n) })
	if n != 1 || ided.Rows[3][forms.ItemID] != "new-1" || ided.Rows[4][forms.ItemID] != "Q-8" || len(ided.Rows[1]) != 0 || s.Rows[3][forms.ItemID] != "" {
		t.Errorf("ids: %v, then %v", ided.Rows, s.Rows)
	}
	table := figures()
	if table.Open(opening) != nil || table.Balance(opening, s) != (forms.Balance{}) || table.Carry(opening).Rows != nil ||
		table.AssignIDs(s, func() string { panic("asked") }).Rows[3][forms.ItemID] != "" {
		t.Error("a table has items")
	}
}

// Over many periods of adding and closing: what is carried is what was open, every balance adds
// up, ids stay, Check agrees, and taking any open item away is refused.
func TestLedgerLivesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, n := mending(), 0
		next := func() string { n++; return "Q-" + strconv.Itoa(n) }
		var opening []forms.Row
		for period := range rapid.IntRange(1, 6).Draw(t, "periods") {
			s := f.Carry(opening)
			closed := 0
			for _, r := range s.Rows {
				if rapid.Bool().Draw(t, "close") {
					r["closed"], r["proof"], r["result"] = "2021-06-01", "x", "y"
					closed++
				}
			}
			fresh := rapid.IntRange(0, 4).Draw(t, "new")
			for range fresh {
				s.Rows = append(s.Rows, item("", "问题"))
			}
			s.Rows = rapid.Permutation(s.Rows).Draw(t, "order")
			ctx := forms.Context{Period: "2021-06-28", Opening: map[string][]forms.Row{"mending": opening}}
			if len(s.Rows) > 0 {
				if ps := f.Check(s, ctx); len(ps) != 0 {
					t.Fatalf("period %d: %v", period, ps)
				}
			}
			if len(opening) > 0 {
				i := rapid.IntRange(0, len(opening)-1).Draw(t, "taken away")
				cut := forms.Sheet{}
				for _, r := range s.Rows {
					if r[forms.ItemID] != opening[i][forms.ItemID] {
						cut.Rows = append(cut.Rows, r)
					}
				}
				if ps := f.Check(cut, ctx); len(ps) == 0 || ps[0].Check != "item" || !ps[0].Open() {
					t.Fatalf("%s vanished: %v", opening[i][forms.ItemID], ps)
				}
			}
			b := f.Balance(opening, s)
			s = f.AssignIDs(s, next)
			if b != f.Balance(opening, s) {
				t.Fatal("ids changed the balance")
			}
			if want := (forms.Balance{Opening: len(opening), New: fresh, Closed: closed, Closing: len(opening) + fresh - closed}); b != want {
				t.Fatalf("balance %+v, want %+v", b, want)
			}
			opening = f.Open(s.Rows)
			if len(opening) != b.Closing {
				t.Fatalf("%d open, balance %+v", len(opening), b)
			}
		}
	})
}
