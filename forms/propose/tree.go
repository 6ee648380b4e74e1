package propose

import (
	"fmt"
	"strings"

	"github.com/baosong/baosong/forms"
)

// column is a heading in the making.
type column struct {
	label    string
	children []column
	col      int   // where it begins
	leaf     *leaf // nil of a heading over others
}

// leaf is a field in the making.
type leaf struct {
	forms.Field
	label   string
	path    []string // labels over it
	col     int
	width   int      // columns of the sheet that it takes
	below   string   // unit that stands under its heading
	samples []string // what stands in its column, blanks left out
	odd     bool     // a heading that stands over others but is a column too
}

// build makes the headings of columns c0 to before c1 from the rows r to before bottom.
func (p *proposal) build(r, bottom, c0, c1 int) []column {
	t := p.t
	var starts []int
	for ; r < bottom && len(starts) == 0; r++ {
		for c := c0; c < c1; c++ {
			if t.text[r][c] != "" {
				starts = append(starts, c)
			}
		}
	}
	if len(starts) == 0 {
		return nil
	}
	r-- // the row in which they stand
	var out []column
	if starts[0] > c0 {
		out = p.build(r+1, bottom, c0, starts[0])
	}
	for i, s := range starts {
		end := c1
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		down, across := t.span(r, s)
		to := end
		if t.merged && (across > 1 || !p.begins(r+down, bottom, s)) {
			to = min(end, s+across)
		}
		out = append(out, p.heading(r, r+down, bottom, s, to)...)
		if to < end {
			out = append(out, p.build(r+1, bottom, to, end)...)
		}
	}
	return out
}

// begins reports whether a heading begins in a column between two rows.
func (p *proposal) begins(r, bottom, c int) bool {
	for ; r < bottom; r++ {
		if p.t.text[r][c] != "" {
			return true
		}
	}
	return false
}

// heading makes what stands in row r over columns c to before end: one heading, or, where the
// column under it has no other while its neighbours have (人数, 其中：女), a column beside them.
func (p *proposal) heading(r, below, bottom, c, end int) []column {
	label := heading(p.t.text[r][c])
	children := p.build(below, bottom, c, end)
	field := func() column {
		return column{label: label, col: c, leaf: &leaf{label: label, col: c, width: end - c}}
	}
	switch {
	case len(children) == 0:
		return []column{field()}
	case len(children) == 1 && children[0].leaf != nil && bracketed(children[0].label) && knownUnit(children[0].label) != "":
		x := field() // 金额 over （万元）
		x.label += children[0].label
		x.leaf.label = x.label
		return []column{x}
	case children[0].col > c && !p.isMergedAcross(r, c):
		x := field()
		x.leaf.width, x.leaf.odd = 1, true
		return append([]column{x}, children...)
	}
	return []column{{label: label, col: c, children: children}}
}

func (p *proposal) isMergedAcross(r, c int) bool {
	_, across := p.t.span(r, c)
	return across > 1
}

// flatten lists the leaves with the labels over them.
func flatten(cs []column, above []string) (out []*leaf) {
	for _, c := range cs {
		if c.leaf != nil {
			c.leaf.path = above
			out = append(out, c.leaf)
			continue
		}
		out = append(out, flatten(c.children, append(above[:len(above):len(above)], c.label))...)
	}
	return out
}

// tree is the column tree of the form. What is nested deeper than a form may be is drawn together.
func (p *proposal) tree() []*forms.Heading {
	var walk func(cs []column, depth int) []*forms.Heading
	walk = func(cs []column, depth int) (out []*forms.Heading) {
		for _, c := range cs {
			switch {
			case c.leaf != nil:
				x := c.leaf.Field
				out = append(out, &forms.Heading{Label: c.label, Field: &x})
			case depth == maxDepth:
				out = append(out, walk(c.children, depth)...)
			default:
				out = append(out, &forms.Heading{Label: c.label, Children: walk(c.children, depth+1)})
			}
		}
		return out
	}
	return walk(p.columns, 1)
}

// settle decides what kind of form the headings make, and what each column holds.
func (p *proposal) settle(cs []column) {
	all := flatten(cs, nil)
	for _, x := range all {
		for r := p.body; r < p.end; r++ {
			for c := x.col; c < x.col+x.width; c++ {
				if s := p.t.text[r][c]; s != "" && !isTotal(heading(p.t.text[r][0])) {
					x.samples = append(x.samples, s)
				}
			}
		}
		if p.unitRow >= 0 {
			x.below = strings.Trim(heading(p.t.text[p.unitRow][x.col]), "（）()")
		}
	}
	p.columns = p.takeStub(cs, all)
	p.leaves = flatten(p.columns, nil)
	p.identify()
	for _, x := range p.leaves {
		p.typed(x)
	}
	p.addUp()
	for _, x := range p.leaves {
		if x.odd {
			p.ask(x.ID, AboutHeading, fmt.Sprintf("“%s”右侧的栏目没有并入其下，按并列栏目处理；如应为上级栏目，请调整。", x.label),
				fmt.Sprintf("“%s” was taken for a column beside those to its right, not for a heading over them.", x.label))
		}
	}
}
