package forms_test

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
)

// naive is a second evaluator, written apart: an expression as text beside what it must give. num
// is nil for a blank, truth is 1, 0 or -1 for not known.
type naive struct {
	text  string
	num   *big.Rat
	truth int
}

var naiveFields = []string{"a", "b", "c", "m", "n", "count"}

func number(t *rapid.T, row forms.Row, depth int) naive {
	switch pick := rapid.IntRange(0, 6).Draw(t, "number"); {
	case pick <= 2 || depth == 0:
		f := rapid.SampledFrom(naiveFields).Draw(t, "field")
		x := naive{text: f}
		if row[f] != "" {
			x.num, _ = new(big.Rat).SetString(row[f])
		}
		return x
	case pick == 3:
		lit := rapid.SampledFrom([]string{"0", "1", "2", "3.5", "0.1", "10", "999999999999999"}).Draw(t, "literal")
		x := naive{text: lit}
		x.num, _ = new(big.Rat).SetString(lit)
		return x
	case pick == 4:
		sum := naive{num: new(big.Rat)}
		var parts []string
		for range rapid.IntRange(1, 3).Draw(t, "summands") {
			x := number(t, row, depth-1)
			parts = append(parts, x.text)
			if sum.num == nil || x.num == nil {
				sum.num = nil
			} else {
				sum.num.Add(sum.num, x.num)
			}
		}
		sum.text = "sum(" + strings.Join(parts, ", ") + ")"
		return sum
	}
	x, y := number(t, row, depth-1), number(t, row, depth-1)
	op := rapid.SampledFrom([]string{"+", "-", "*", "/"}).Draw(t, "operator")
	z := naive{text: "(" + x.text + " " + op + " " + y.text + ")"}
	if x.num == nil || y.num == nil || op == "/" && y.num.Sign() == 0 {
		return z
	}
	z.num = new(big.Rat)
	switch op {
	case "+":
		z.num.Add(x.num, y.num)
	case "-":
		z.num.Sub(x.num, y.num)
	case "*":
		z.num.Mul(x.num, y.num)
	case "/":
		z.num.Quo(x.num, y.num)
	}
	return z
}

func statement(t *rapid.T, row forms.Row, depth int) naive {
	is := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	pick := rapid.IntRange(0, 5).Draw(t, "statement")
	switch {
	case pick == 0:
		f := rapid.SampledFrom(naiveFields).Draw(t, "field")
		return naive{text: "empty(" + f + ")", truth: is(row[f] == "")}
	case pick == 1 && depth > 0:
		x := statement(t, row, depth-1)
		y := naive{text: "not (" + x.text + ")", truth: x.truth}
		if x.truth >= 0 {
			y.truth = 1 - x.truth
		}
		return y
	case pick <= 3 && depth > 0:
		x, y := statement(t, row, depth-1), statement(t, row, depth-1)
		z := naive{truth: -1}
		if pick == 2 {
			z.text = "(" + x.text + ") and (" + y.text + ")"
			if x.truth == 0 || y.truth == 0 {
				z.truth = 0
			} else if x.truth == 1 && y.truth == 1 {
				z.truth = 1
			}
			return z
		}
		z.text = "(" + x.text + ") or (" + y.text + ")"
		if x.truth == 1 || y.truth == 1 {
			z.truth = 1
		} else if x.truth == 0 && y.truth == 0 {
			z.truth = 0
		}
		return z
	}
	x, y := number(t, row, depth), number(t, row, depth)
	op := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "comparison")
	z := naive{text: x.text + " " + op + " " + y.text, truth: -1}
	if x.num == nil || y.num == nil {
		return z
	}
	sign := x.num.Cmp(y.num)
	z.truth = map[string]int{"==": is(sign == 0), "!=": is(sign != 0), "<": is(sign < 0), "<=": is(sign <= 0), ">": is(sign > 0), ">=": is(sign >= 0)}[op]
	return z
}

// Rules say what a plain reading of them says, over blanks and fractions, and a failing one is
// told in both languages.
func TestRulesAgreeWithNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := forms.Row{}
		for _, f := range naiveFields {
			values := []string{"", "0", "1", "2", "3", "120", "999999999999999"}
			if f == "m" || f == "n" {
				values = append(values, "0.1", "-0.35", "12.5")
			}
			if v := rapid.SampledFrom(values).Draw(t, f); v != "" {
				row[f] = v
			}
		}
		want := statement(t, row, 3)
		form := figures()
		rule, err := forms.CompileRule(want.text, form)
		if err != nil {
			if strings.Contains(err.Error(), "maximum allowed nodes") || strings.Contains(err.Error(), "at most 500") || strings.Contains(err.Error(), "looks at no field") {
				t.Skip(err)
			}
			t.Fatal(err)
		}
		verdict := map[int]forms.Verdict{-1: forms.Skipped, 0: forms.Fails, 1: forms.Holds}[want.truth]
		if got := rule.Try(row, nil, forms.Context{}); got != verdict {
			t.Fatalf("%s over %v: got %v, want %v", want.text, row, got, verdict)
		}
		form.Checks = []forms.Check{{ID: "k", Rule: want.text, Severity: forms.Blocking}}
		ps := form.Check(forms.Sheet{Rows: []forms.Row{row}}, forms.Context{})
		if (len(ps) == 1) != (verdict == forms.Fails) {
			t.Fatalf("%s over %v: %v", want.text, row, ps)
		}
		for _, p := range ps {
			if p.Message == "" || p.MessageEn == "" || strings.Contains(p.Message, "填 ，") {
				t.Fatalf("%s: %+v", want.text, p)
			}
		}
	})
}
