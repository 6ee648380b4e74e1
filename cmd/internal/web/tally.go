package web

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/baosong/baosong/forms"
)

// tallyView is what stands under the rows of a register or ledger while it is filled in: how
// many rows there are, what its figures add up to, and how a ledger balances. The script keeps
// it up to date; without one it is as of the last time the page was made.
type tallyView struct {
	Rows    int
	Totals  map[string]string // by id of the numeric fields; blank while all of a column is
	Balance *forms.Balance    // of a ledger, else nil
}

// tallied adds the rows up. What is no number makes its column's total unknown (…), never less.
func tallied(f *forms.Form, s forms.Sheet, opening []forms.Row) *tallyView {
	t := &tallyView{Totals: map[string]string{}}
	if f.Kind == forms.Ledger {
		b := f.Balance(opening, s)
		t.Balance = &b
	}
	for _, r := range s.Rows {
		if !r.Blank() {
			t.Rows++
		}
	}
	for _, x := range f.Fields() {
		if x.Type.Numeric() {
			t.Totals[x.ID] = columnTotal(x, s.Rows)
		}
	}
	return t
}

// unreadable stands for the total of a column in which something is no number.
const unreadable = "…"

func columnTotal(x *forms.Field, rows []forms.Row) string {
	sum, filled := decimal.Decimal{}, false
	for _, r := range rows {
		if strings.TrimSpace(r[x.ID]) == "" {
			continue
		}
		v, fault := forms.Normalize(x, r[x.ID])
		if fault != nil {
			return unreadable
		}
		if v == "" {
			continue
		}
		d, err := decimal.NewFromString(v)
		if err != nil {
			return unreadable
		}
		sum, filled = sum.Add(d), true
	}
	if !filled {
		return ""
	}
	return sum.String()
}
