package workbook

import (
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

// narrative reads texts that stand beside their labels, a row a paragraph, from the first sheet
// that has any of them. It reports whether one has.
func (im *Import) narrative(b *Book) bool {
	fields := im.Form.Fields()
	end := endings(im.Form)
	for _, s := range b.Sheets {
		if s.Hidden {
			continue
		}
		texts := map[string][]string{}
		first := map[string]Cell{}
		rows := map[string]int{}
		var field *forms.Field
		last := 0 // row of the last paragraph
		for i := range s.Rows {
			l := &s.Rows[i]
			label, text := l.Cells[0], Cell{}
			if x := byLabel(fields, label.Text, rows); x != nil {
				field, rows[x.ID] = x, l.N
				if len(l.Cells) > 1 {
					text = l.Cells[1]
				}
			} else if label.Col > 0 {
				text = label
			} else {
				if len(rows) > 0 && ends(label.Text, end) {
					break
				}
				field = nil // the name of a unit, a heading
			}
			if field != nil && text.Text != "" {
				if _, ok := first[field.ID]; !ok {
					first[field.ID] = text
				} else { // an empty row between is an empty paragraph
					texts[field.ID] = append(texts[field.ID], make([]string, min(l.N-last-1, 9))...)
				}
				last = l.N
				texts[field.ID] = append(texts[field.ID], text.Text)
			}
		}
		if len(rows) == 0 {
			continue
		}
		im.Name = s.Name
		im.texts(s, fields, texts, first, rows)
		return true
	}
	return false
}

// texts puts the paragraphs of each field together.
func (im *Import) texts(s *Sheet, fields []*forms.Field, texts map[string][]string, first map[string]Cell, rows map[string]int) {
	row, top := forms.Row{}, 0
	for _, x := range fields {
		n, ok := rows[x.ID]
		if !ok && x.Type == forms.File {
			continue
		}
		if !ok {
			im.Missing = append(im.Missing, x.Column())
			continue
		}
		if top == 0 || n < top {
			top = n
		}
		if x.Type == forms.File {
			continue
		}
		c := first[x.ID]
		if len(texts[x.ID]) > 1 {
			c = Cell{Col: c.Col, Text: strings.Join(texts[x.ID], "\n")}
		}
		v, p := take(x, c, n)
		if p != nil {
			im.Problems = append(im.Problems, *p)
		}
		if v != "" {
			row[x.ID] = v
		}
	}
	im.Rows = []RowRef{{N: top, Row: row}}
	im.Sheet.Rows = []forms.Row{row}
}

// byLabel returns the first field with a label that was not met yet.
func byLabel(fields []*forms.Field, label string, met map[string]int) *forms.Field {
	key := labelKey(label)
	i := slices.IndexFunc(fields, func(x *forms.Field) bool { return key != "" && met[x.ID] == 0 && labelKey(x.Label) == key })
	if i < 0 {
		return nil
	}
	return fields[i]
}
