package forms

import (
	"math/big"
	"strconv"
	"strings"
)

// scope is what one trial of a rule looks at.
type scope struct {
	row  Row
	cell *Field // nil unless the rule runs over cells
	zero bool   // the row is what a zero report attests
	*around
}

// around is what the rules of one check look at beyond the row: one serves all trials, so
// that a sheet is found and a column added up once, not once a row. It is indexed when first
// asked, and used by one goroutine.
type around struct {
	ctx        Context
	own        Sheet // the sheet that is checked, in canonical text
	ownName    string
	here, last map[string]Sheet
	handed     map[string]string
	totals     map[Reference]*big.Rat
}

// handedDown finds a figure handed down by the names a rule writes.
func (a *around) handedDown(form, field string) string {
	if a.handed == nil {
		a.handed = make(map[string]string, len(a.ctx.Baseline))
		for key, v := range a.ctx.Baseline {
			id, x, _ := strings.Cut(key, ".")
			a.handed[RuleName(id)+"."+x] = v
		}
	}
	return a.handed[form+"."+field]
}

// sheet finds a sheet by the name a rule writes. The return's own go before those of others.
func (a *around) sheet(last bool, form string) (Sheet, bool) {
	if a.here == nil {
		a.here, a.last = map[string]Sheet{}, map[string]Sheet{}
		for _, of := range []Content{a.ctx.Others, a.ctx.Content} {
			for id, s := range of {
				a.here[RuleName(id)] = s
			}
		}
		for id, s := range a.ctx.Last {
			a.last[RuleName(id)] = s
		}
		if a.ownName != "" {
			a.here[a.ownName] = a.own
		}
	}
	if last {
		s, ok := a.last[form]
		return s, ok
	}
	s, ok := a.here[form]
	return s, ok
}

// total adds a column up; nil if nothing is filled in, or something that is no number.
func (a *around) total(r Reference) *big.Rat {
	if t, known := a.totals[r]; known {
		return t
	}
	if a.totals == nil {
		a.totals = map[Reference]*big.Rat{}
	}
	t := a.add(r)
	a.totals[r] = t
	return t
}

func (a *around) add(r Reference) *big.Rat {
	s, ok := a.sheet(r.Last, r.Form)
	if !ok {
		return nil
	}
	if s.Zero {
		return new(big.Rat)
	}
	if r.Look == LookRows {
		n := filledRows(s.Rows)
		if n == 0 {
			return nil // an unattested nothing is not a zero report
		}
		return new(big.Rat).SetInt64(int64(n))
	}
	var sum *big.Rat
	for _, row := range s.Rows {
		v := row[r.Field]
		if v == "" {
			continue // of a row that says nothing of it
		}
		x := rational(v)
		if x == nil {
			return nil
		}
		if sum == nil {
			sum = new(big.Rat)
		}
		sum.Add(sum, x)
	}
	return sum
}

func filledRows(rows []Row) (n int) {
	for _, r := range rows {
		if !r.Blank() {
			n++
		}
	}
	return n
}

// rational reads a canonical number exactly; nil if the text is not one, which is how a
// blank travels through arithmetic. Fractions, unlike decimals, keep a / b * b == a true.
func rational(s string) *big.Rat {
	if !plain(s) || len(s) > 2*maxDigits+2 {
		return nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return new(big.Rat).SetInt64(n) // much the quicker, and nearly all are
	}
	r, _ := new(big.Rat).SetString(s) // nil if it is none
	return r
}
