package forms_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

func inputs(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func TestParse(t *testing.T) {
	register := inputs(map[string]string{
		"annex-4.0.place":   " 晋江市 ",
		"annex-4.0.amount":  "1,200.50",
		"annex-4.1.place":   "",
		"annex-4.2.moved":   "上个月", // not understood: kept
		"annex-4.3.problem": "　",
		"annex-4.9.place":   "beyond the rows shown",
		"annex-2.0.place":   "another form's",
	})
	got := forms.Parse(formstest.Annex4(), register, 5)
	want := forms.Sheet{Rows: []forms.Row{{"place": "晋江市", "amount": "1200.5"}, {}, {"moved": "上个月"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("register: got %v, want %v", got, want)
	}
	if got := forms.Parse(formstest.Annex4(), inputs(nil), 4); len(got.Rows) != 0 {
		t.Errorf("a register left blank has rows: %v", got)
	}
	if got := forms.Parse(formstest.Annex4(), inputs(nil), -1); len(got.Rows) != 0 {
		t.Errorf("a register of -1 rows has rows: %v", got)
	}
	for _, f := range []*forms.Form{formstest.Annex2(), formstest.Summary()} {
		if got := forms.Parse(f, inputs(nil), 7); len(got.Rows) != 1 || !got.Rows[0].Blank() {
			t.Errorf("%s left blank: got %v, want one blank row", f.ID, got)
		}
	}
	got = forms.Parse(formstest.Annex2(), inputs(map[string]string{"annex-2.0.a4_found": "３，０１９", "annex-2.0.a5_found": "0"}), 0)
	if want := (forms.Row{"a4_found": "3019", "a5_found": "0"}); !maps.Equal(got.Rows[0], want) {
		t.Errorf("table: got %v, want %v", got.Rows[0], want)
	}
}

func TestParseIsBounded(t *testing.T) {
	everything := func(string) (string, bool) { return "x", true }
	f := formstest.Annex4()
	s := forms.Parse(f, everything, 1<<40)
	if len(s.Rows) != forms.MaxRows+1 {
		t.Fatalf("read %d rows", len(s.Rows))
	}
	ps := f.Check(s, forms.Context{})
	if len(ps) != 1 || ps[0].Severity != forms.Blocking {
		t.Errorf("too many rows: %v", ps)
	}
}

// A ledger's row keeps the id of its item, if it is one and the row holds anything.
func TestParseLedger(t *testing.T) {
	f := formstest.Annex4()
	f.Kind = forms.Ledger
	get := inputs(map[string]string{
		"annex-4.0.place": "晋江市", "annex-4.0._id": "0197f3c2-x",
		"annex-4.1._id":   "left-blank",
		"annex-4.2.place": "石狮市", "annex-4.2._id": "a b",
		"annex-4.3.place": "南安市", "annex-4.3._id": strings.Repeat("x", 65),
		"annex-4.4.place": "惠安县", "annex-4.4._id": "张",
		"annex-4.5._id": "last",
	})
	got := forms.Parse(f, get, 6)
	want := []forms.Row{{"place": "晋江市", forms.ItemID: "0197f3c2-x"}, {}, {"place": "石狮市"}, {"place": "南安市"}, {"place": "惠安县"}}
	if !reflect.DeepEqual(got.Rows, want) {
		t.Errorf("got %v, want %v", got.Rows, want)
	}
	f.Kind = forms.Register
	if got := forms.Parse(f, get, 1); got.Rows[0][forms.ItemID] != "" {
		t.Errorf("a register's row has an item: %v", got)
	}
	if (forms.Row{forms.ItemID: "x", "place": " "}).Blank() != true || (forms.Row{forms.ItemID: "x", "place": "0"}).Blank() {
		t.Error("the id of an item counts as content")
	}
}
