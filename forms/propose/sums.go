package propose

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/baosong/baosong/forms"
)

var (
	sumLabel = regexp.MustCompile(`^(合计|小计|总计|共计)([（(].*[)）])?$|(合计|小计|总计)$`)
	partOf   = regexp.MustCompile(`^(其中|内)[：:、，]?`)
)

// identify gives the fields ids that tell something where their words are common, and numbers where not.
func (p *proposal) identify() {
	used := map[string]int{}
	for i, x := range p.leaves {
		id := "f" + strconv.Itoa(i+1)
		if h, ok := hintOf(x); ok {
			id = h.id
		}
		if used[id]++; used[id] > 1 {
			id += "_" + strconv.Itoa(used[id])
		}
		x.ID = id
	}
}

// addUp makes totals of the columns that are called so. The samples have a say: a total that is
// not the sum of its neighbours in the table as it stands is none.
func (p *proposal) addUp() {
	p.level(p.columns)
}

// level looks at the columns that stand side by side under one heading.
func (p *proposal) level(cs []column) {
	for _, c := range cs {
		p.level(c.children)
	}
	for i, c := range cs {
		if c.leaf == nil || !c.leaf.Type.Numeric() || !sumLabel.MatchString(c.label) {
			continue
		}
		parts := p.parts(cs, i)
		if len(parts) < 2 {
			continue
		}
		x := c.leaf
		fits, tried := p.verify(x, parts)
		if tried && !fits {
			p.ask(x.ID, AboutSum, fmt.Sprintf("“%s”与样表中各栏之和不符，暂不自动计算；如应自动合计，请指定由哪些栏相加。", x.label),
				fmt.Sprintf("“%s” is not the sum of its neighbours in the rows given: it is not computed.", x.label))
			continue
		}
		p.compose(x, parts)
		if !tried {
			p.ask(x.ID, AboutSum, fmt.Sprintf("“%s”由同组其余 %d 栏自动相加，请核对。", x.label, len(parts)),
				fmt.Sprintf("“%s” is computed from the %d other columns of its group: please check.", x.label, len(parts)))
		}
	}
}

// parts are the fields that a total at place i of a level may be made of: the figures beside it,
// without those that are parts of others; a group's own total stands for the group.
func (p *proposal) parts(cs []column, i int) (out []*leaf) {
	for j, c := range cs {
		switch {
		case j == i || partOf.MatchString(c.label):
		case c.leaf != nil:
			if c.leaf.Type.Numeric() && !sumLabel.MatchString(c.label) {
				out = append(out, c.leaf)
			}
		default:
			all := flatten(c.children, nil)
			if k := slices.IndexFunc(c.children, func(x column) bool { return x.leaf != nil && len(x.leaf.Sum) > 0 }); k >= 0 {
				all = []*leaf{c.children[k].leaf}
			}
			for _, x := range all {
				if x.Type.Numeric() && !partOf.MatchString(x.label) && (len(all) == 1 || len(x.Sum) == 0) {
					out = append(out, x)
				}
			}
		}
	}
	t := cs[i].leaf
	return slices.DeleteFunc(out, func(x *leaf) bool {
		return x.Unit != t.Unit && x.Unit != "" && t.Unit != "" && x.Type != t.Type
	})
}

// verify compares a total with its parts in the rows of the table; tried is false if there is none
// to compare.
func (p *proposal) verify(x *leaf, parts []*leaf) (fits, tried bool) {
	fits = true
	for _, r := range p.rows() {
		want, err := decimal.NewFromString(plain(p.t.text[r][x.col]))
		if err != nil {
			continue
		}
		sum, known := decimal.Decimal{}, false
		for _, y := range parts {
			d, err := decimal.NewFromString(plain(p.t.text[r][y.col]))
			if err == nil {
				sum, known = sum.Add(d), true
			}
		}
		if known {
			tried = true
			fits = fits && sum.Equal(want)
		}
	}
	return fits, tried
}

// compose makes x the sum of the parts, with room for their decimals.
func (p *proposal) compose(x *leaf, parts []*leaf) {
	money, decimals, whole := true, 0, true
	x.Sum, x.Required = nil, false
	for _, y := range parts {
		x.Sum = append(x.Sum, y.ID)
		decimals = max(decimals, y.Decimals)
		money = money && y.Type == forms.Money
		whole = whole && y.Type == forms.Count
	}
	switch {
	case whole:
		x.Type = forms.Count
		if x.Unit == "" {
			x.Unit = parts[0].Unit
		}
	case money:
		x.Type, x.Decimals, x.Unit = forms.Money, decimals, "万元"
	case slices.ContainsFunc(parts, func(y *leaf) bool { return y.Type == forms.Money }):
		x.Sum = nil // money and other figures do not add up
	default:
		x.Type, x.Decimals = forms.Decimal, decimals
	}
}

// checks proposes that what is 其中 of a column is not more than it.
func (p *proposal) checks() (out []forms.Check) {
	var walk func(cs []column)
	walk = func(cs []column) {
		whole := (*leaf)(nil)
		for _, c := range cs {
			switch {
			case c.leaf == nil:
				if partOf.MatchString(c.label) && whole != nil {
					for _, x := range flatten(c.children, nil) {
						out = p.within(out, x, whole)
					}
				}
				walk(c.children)
			case partOf.MatchString(c.label):
				out = p.within(out, c.leaf, whole)
			default:
				whole = c.leaf
			}
		}
	}
	walk(p.columns)
	return out
}

func (p *proposal) within(out []forms.Check, x, whole *leaf) []forms.Check {
	if whole == nil || !x.Type.Numeric() || !whole.Type.Numeric() || len(out) == 20 {
		return out
	}
	name := partOf.ReplaceAllString(x.label, "")
	if name == "" {
		name = x.label
	}
	return append(out, forms.Check{
		ID: "within-" + strconv.Itoa(len(out)+1), Rule: whole.ID + " >= " + x.ID, Severity: forms.Blocking,
		Message:   braces.Replace("“" + whole.label + "”不得少于其中的“" + name + "”。"),
		MessageEn: braces.Replace("“" + whole.label + "” must not be less than “" + name + "”, which is part of it."),
	})
}

// braces in a label are no places to be filled in.
var braces = strings.NewReplacer("{", "（", "}", "）")
