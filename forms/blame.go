package forms

import (
	"math/big"
	"strings"
)

// comparison is one comparison of a rule: what its message is made of.
type comparison struct {
	op   string
	a, b operand
	kind kind // what is compared: numbers, dates or texts
}

var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// sides tells the cell that is wrong from what it is measured by: a cell of the row stands by
// itself on one side. total == sum(a, b) is about total, and so is sum(a, b) == total, but
// a + b <= total is about all three, and has none.
func (k *comparison) sides() (subject, bound operand, op string, ok bool) {
	equality := k.op == "==" || k.op == "!="
	switch {
	case k.a.own:
		return k.a, k.b, k.op, true
	case k.b.own && (equality || k.a.lone):
		return k.b, k.a, mirrored[k.op], true
	}
	return operand{}, operand{}, "", false
}

// blame finds the comparison that made a rule fail; nil if it was more than one.
func (o operand) blame(s *scope) *comparison {
	if o.cmp != nil {
		return o.cmp
	}
	var guilty []operand
	for _, p := range o.flat() {
		if p.test(s) == Fails {
			guilty = append(guilty, p)
		}
	}
	if o.all && len(guilty) > 0 {
		return guilty[0].blame(s)
	}
	// `empty(x) or x >= 1`: to leave x blank is a way out that nobody needs to be told.
	var left *comparison
	for _, p := range guilty {
		if p.vacant != "" {
			continue
		}
		if left != nil {
			return nil
		}
		if left = p.blame(s); left == nil {
			return nil
		}
	}
	for _, p := range guilty {
		if p.vacant != "" && (left == nil || p.vacant != left.a.name && p.vacant != left.b.name) {
			return nil
		}
	}
	return left
}

// flat lists the parts of a chain of the same and or or.
func (o operand) flat() (out []operand) {
	for _, p := range o.parts {
		if len(p.parts) > 0 && p.all == o.all {
			out = append(out, p.flat()...)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// The words of a bound: what the value should be, by operator.
var (
	boundZh    = map[string]string{"==": "应为", "!=": "不应为", "<": "应小于", "<=": "应不大于", ">": "应大于", ">=": "应不小于"}
	boundDayZh = map[string]string{"==": "应为", "!=": "不应为", "<": "应早于", "<=": "应不晚于", ">": "应晚于", ">=": "应不早于"}
	boundEn    = map[string]string{"==": "it must be", "!=": "it must not be", "<": "it must be less than",
		"<=": "it must be at most", ">": "it must be more than", ">=": "it must be at least"}
	boundDayEn = map[string]string{"==": "it must be", "!=": "it must not be", "<": "it must be before",
		"<=": "it must not be after", ">": "it must be after", ">=": "it must not be before"}
)

// tell writes what was found in the cell and what was expected: 「合计」填 120，应为 118, and what
// the number expected is. verb says how the cell came by its value: 填.
func (k *comparison) tell(s *scope, verb, verbEn string) (zh, en, ofZh, ofEn string, ok bool) {
	subject, bound, op, ok := k.sides()
	if !ok {
		return
	}
	zhWord, enWord := boundZh[op], boundEn[op]
	var found, want string
	switch k.kind {
	case figure:
		found, want = subject.text(s), decimalText(bound.num(s))
		if want == "" {
			return "", "", "", "", false
		}
		found, want = " "+found, " "+want
	case day:
		zhWord, enWord = boundDayZh[op], boundDayEn[op]
		found, want = " "+subject.text(s), " "+bound.text(s)
	default:
		found, want = "“"+excerpt(subject.text(s))+"”", "“"+excerpt(bound.text(s))+"”"
	}
	column := func(o operand, open, end, otherwise string) string {
		if o.name == "cell" {
			return open + s.cell.Column() + end
		}
		return otherwise
	}
	zh = column(subject, "「", "」", subject.zh) + verb + found + "，" + zhWord + want
	en = column(subject, "“", "”", subject.en) + verbEn + " " + strings.TrimSpace(found) + "; " + enWord + " " + strings.TrimSpace(want)
	if bound.name != "" || !bound.lone {
		ofZh, ofEn = column(bound, "「", "」", bound.zh), column(bound, "“", "”", bound.en)
	}
	return zh, en, ofZh, ofEn, true
}

// maxPlaces is how many decimals a message gives of a number that was divided.
const maxPlaces = 6

// decimalText writes a number for a message: exactly if it is a decimal of a few places, else
// rounded and marked so; "" if there is none, or one that nobody could read.
func decimalText(x *big.Rat) string {
	if x == nil {
		return ""
	}
	for places := range 2*maxPlaces + 1 {
		s := x.FloatString(places)
		if len(s) > 40 {
			return ""
		}
		if y, ok := new(big.Rat).SetString(s); ok && y.Cmp(x) == 0 {
			return s
		}
	}
	return "≈" + x.FloatString(maxPlaces)
}
