package xlsx

import (
	"fmt"
	"strings"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// prose writes a narrative: each text beside its label, in a row a paragraph, with room for
// more.
func (p *templateBook) prose() error {
	if err := p.head(); err != nil {
		return err
	}
	p.first = p.row + 1
	row := forms.Row{}
	if len(p.Sheet.Rows) > 0 {
		row = p.Sheet.Rows[0]
	}
	for j, x := range p.fields {
		l := look{border: true, wrap: true, align: "left", open: !shut(x)}
		if p.wrong[[2]int{0, j}] {
			l.fill = wrongColour
		}
		paragraphs := strings.Split(row[x.ID], "\n")
		if x.Type == forms.File {
			paragraphs = []string{forms.Display(x, row[x.ID])}
		}
		if x.Type == forms.LongText {
			paragraphs = append(paragraphs, "", "", "")
		}
		label := x.Label
		for _, s := range paragraphs {
			if err := p.text(0, label, look{bold: true, border: true, wrap: true}); err != nil {
				return err
			}
			if err := p.field(1, x, s, l); err != nil {
				return fmt.Errorf("%s: %w", x.Label, err)
			}
			height := heightOf(max(linesOf(label, p.widths[0], 1), linesOf(s, p.widths[1], 1)))
			if x.Type == forms.LongText && s == "" {
				height = heightOf(3)
			}
			label = ""
			if err := p.flush(height); err != nil {
				return err
			}
		}
	}
	for _, s := range p.why {
		if err := p.wide(workbook.WhyHeading+"："+s, look{wrap: true, fill: wrongColour}, heightOf(linesOf(s, p.own, 1))); err != nil {
			return err
		}
	}
	return p.foot()
}
