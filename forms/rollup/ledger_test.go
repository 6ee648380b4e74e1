package rollup_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// campaignOfProblems is a period of a rectification list: one unit that closes and finds, one
// that has nothing new, one that is silent, one that is exempt, one that never had anything.
func campaignOfProblems() []rollup.Input {
	a := in("a", "鲤城区", item("1", "甲", "2021-07-02"), item("2", "乙", ""), item("3", "丙", ""), item("4", "丁", "2021-07-03"))
	a.Opening = []forms.Row{item("1", "甲", ""), item("2", "乙", ""), item("0", "早已销号", "2021-06-01")}
	b := out("b", "丰泽区", rollup.ConfirmedZero)
	b.Opening = []forms.Row{item("1", "戊", "")}
	c := out("c", "洛江区", rollup.Missing)
	c.Opening = []forms.Row{item("8", "己", ""), item("9", "庚", "")}
	d := out("d", "泉港区", rollup.Exempt)
	d.Opening = []forms.Row{item("1", "辛", "")}
	return []rollup.Input{a, b, c, d, out("e", "石狮市", rollup.ConfirmedZero)}
}

func TestLedger(t *testing.T) {
	table := compile(t, problems(), campaignOfProblems())
	var got []string
	for _, l := range table.Lines {
		carried := ""
		if l.Carried {
			carried = " 照列"
		}
		got = append(got, l.Label+" "+l.Unit+l.Item+" "+string(l.Mark)+" "+l.Cells[0]+carried)
	}
	want := []string{"1 a1 REPORTED 甲", "2 a2 REPORTED 乙", "3 a3 REPORTED 丙", "4 a4 REPORTED 丁", "5 b1 CONFIRMED_ZERO 戊 照列",
		"6 c8 MISSING 己 照列", "7 c9 MISSING 庚 照列", "8 d1 EXEMPT 辛 照列"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	each := map[string]forms.Balance{"a": {Opening: 2, New: 2, Closed: 2, Closing: 2}, "b": {Opening: 1, Closing: 1}, "c": {Opening: 2, Closing: 2},
		"d": {Opening: 1, Closing: 1}, "e": {}}
	if !reflect.DeepEqual(table.Balances, each) || *table.Balance != (forms.Balance{Opening: 6, New: 2, Closed: 2, Closing: 6}) {
		t.Errorf("%+v %+v", table.Balance, table.Balances)
	}
	if !reflect.DeepEqual(table.Coverage.Missing, []string{"洛江区"}) || table.Coverage.Carried != nil {
		t.Errorf("%+v", table.Coverage)
	}
	if got := rollup.BalanceText(*table.Balance); got != "期初 6，新增 2，销号 2，期末 6。" {
		t.Error(got)
	}
}

// An item cannot vanish: one that came to be open when the return was in already, because an
// earlier period was sent late, is listed with it, and the account holds.
func TestLedgerOfAnItemReportedLate(t *testing.T) {
	a := in("a", "鲤城区", item("2", "乙", ""), item("3", "丙", "2021-07-02"))
	a.Opening = []forms.Row{item("1", "甲", ""), item("2", "乙", ""), item("1", "甲", "")}
	table := compile(t, problems(), []rollup.Input{out("e", "石狮市", rollup.ConfirmedZero), a})
	if n := len(table.Lines); n != 3 || table.Lines[2].Item != "1" || !table.Lines[2].Carried || table.Lines[2].Cells[0] != "甲" || table.Lines[1].Carried {
		t.Errorf("%+v", table.Lines)
	}
	if *table.Balance != (forms.Balance{Opening: 2, New: 1, Closed: 1, Closing: 2}) {
		t.Errorf("%+v", table.Balance)
	}
}

func TestLedgerThatDoesNotBalance(t *testing.T) {
	a := in("a", "鲤城区", item("2", "乙", ""), item("2", "乙", ""))
	a.Opening = []forms.Row{item("1", "甲", ""), item("2", "乙", "")}
	_, err := rollup.Compile(problems(), []rollup.Input{out("e", "石狮市", rollup.ConfirmedZero), a})
	var e *rollup.BalanceError
	if !errors.As(err, &e) || e.Unit != "a" {
		t.Fatalf("one item twice: %v", err)
	}
	if !strings.Contains(err.Error(), "鲤城区") || e.Message() != "鲤城区的台账不平：期初 2，新增 0，销号 0，期末 3。请退回该单位核对后重报。" {
		t.Errorf("%v; %s", err, e.Message())
	}
	// "There is no item at all" is contradicted by one that is open.
	f := problems()
	f.Ledger.Zero = forms.NothingOpen
	b := out("b", "丰泽区", rollup.ConfirmedZero)
	if _, err := rollup.Compile(f, []rollup.Input{b}); err != nil {
		t.Error(err)
	}
	b.Opening = []forms.Row{item("1", "戊", "")}
	if _, err := rollup.Compile(f, []rollup.Input{b}); !errors.As(err, &e) || e.Unit != "b" || !reflect.DeepEqual(e.Vanished, []string{"1"}) ||
		e.Message() != "丰泽区的台账不平：期初 1，新增 0，销号 0，期末 0。上期未销号的事项有1项未列入本期。请退回该单位核对后重报。" {
		t.Errorf("%v", err)
	}
}

func TestWaived(t *testing.T) {
	x := in("a", "鲤城区", forms.Row{"problem": "甲"}, forms.Row{}, forms.Row{"problem": "乙"})
	x.Sheet.Waived = map[string]string{"c1@f.2.measure": "泉州市民政局 林样一准予：已迁出"}
	table := compile(t, form(forms.Register, "", forms.Field{ID: "problem", Label: "问题", Type: forms.Text}, forms.Field{ID: "measure", Label: "整改情况", Type: forms.Text}),
		[]rollup.Input{in("z", "晋江市", forms.Row{"problem": "丙"}), x})
	if want := []string{"鲤城区 第3行 整改情况：泉州市民政局 林样一准予：已迁出"}; !reflect.DeepEqual(table.Waived, want) {
		t.Errorf("%q", table.Waived)
	}
}
