package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

// reader reads the body below a head.
type reader struct {
	*Import
	*signs
	*header
	end      []string // keys that a row below the table begins with
	formulas []string
	hidden   []string
	skipped  []string
}

// read reads the body row by row. It is a Fault if a register has more rows than a return may.
func (r *reader) read() error {
	over := r.spread()
	head := true
	for i := range r.header.sheet.Rows {
		l := &r.header.sheet.Rows[i]
		if l.N < r.body || head && r.subhead(l) || r.repeated(l) {
			continue
		}
		if r.below(l) {
			break
		}
		row, ok := r.row(l, over)
		if !ok {
			continue
		}
		head = false
		if len(r.Import.Rows) == forms.MaxRows {
			return r.header.sheet.tooLong()
		}
		r.Import.Rows = append(r.Import.Rows, row)
	}
	r.say(r.formulas, "处为公式，取其保存的结果：", "cells are formulas; their saved results are used:")
	var unseen []string
	for col := range MaxColumns {
		if r.cols[col] != nil && slices.ContainsFunc(r.header.sheet.unseen, func(x [2]int) bool { return x[0] <= col && col <= x[1] }) {
			unseen = append(unseen, Column(col)+"列")
		}
	}
	r.say(unseen, "列被隐藏，已一并读入：", "columns are hidden and were read too:")
	r.say(r.hidden, "行被隐藏，已一并读入：第", "rows are hidden and were read too:")
	r.say(r.skipped, "行不是表中内容，未读入：第", "rows are not part of the table and were left out:")
	return nil
}

// say adds a note that lists some places.
func (r *reader) say(at []string, zh, en string) {
	if n := len(at); n > 0 {
		list, more := strings.Join(at[:min(n, 8)], "、"), ""
		if n > 8 {
			more = "等"
		}
		if strings.HasSuffix(zh, "第") {
			more += "行"
		}
		r.Notes = append(r.Notes, Fault{fmt.Sprintf("%d%s%s%s。", n, zh, list, more), fmt.Sprintf("%d %s %s", n, en, list)})
	}
}

// spread returns what cells of merged ranges in the body show, by row and column: a place
// written once beside its three rows holds for each of them. A figure is not spread, because it
// would then be counted thrice.
func (r *reader) spread() map[[2]int]string {
	over := map[[2]int]string{}
	for _, m := range r.header.sheet.merges {
		x := r.cols[m.Col]
		if m.Row < r.body || m.Row == m.LastRow || m.Col != r.stub && (x == nil || x.Type.Numeric()) {
			continue
		}
		l := r.header.sheet.line(m.Row)
		if l == nil || m.Col != m.LastCol {
			continue
		}
		if c, ok := l.cell(m.Col); ok {
			for n := m.Row + 1; n <= min(m.LastRow, m.Row+forms.MaxRows); n++ {
				over[[2]int{n, m.Col}] = c.Text
			}
		}
	}
	return over
}

// subhead reports whether a row is the row of units or of column numbers.
func (r *reader) subhead(l *Line) bool {
	units, numbers, filled := 0, 0, 0
	for _, c := range l.Cells {
		x := r.cols[c.Col]
		if x == nil {
			continue
		}
		filled++
		if key := labelKey(c.Text); unitShape.MatchString(c.Text) || x.Unit != "" && key == labelKey(x.Unit) {
			units++
		}
		if strings.TrimSpace(c.Text) == r.number[x] {
			numbers++
		}
	}
	stub, _ := l.cell(r.stub)
	mark := labelKey(stub.Text)
	return mark == "甲" || mark == "栏次" || mark == "" && (filled > 0 && units == filled || filled > 1 && numbers == filled)
}

// repeated reports whether a row is the head once more, as on a second printed page: headings and
// nothing else, the stub's among them.
func (r *reader) repeated(l *Line) bool {
	filled := 0
	for _, c := range l.Cells {
		x, key := r.cols[c.Col], labelKey(c.Text)
		switch {
		case c.Col == r.stub && key != labelKey(r.form.Stub) && key != labelKey(r.names[r.stub]):
			return false
		case x == nil:
		case key == "" || !slices.ContainsFunc(x.Path, func(s string) bool { return labelKey(s) == key }):
			return false
		default:
			filled++
		}
	}
	return filled > 0
}

// endings are the keys of what may stand below a table.
func endings(f *forms.Form) []string {
	out := []string{"说明", "备注", "注", "填表说明", "单位负责人", "统计负责人", "填表人", "制表人", "审核人", "报送情况", "情况说明"}
	for _, h := range f.Foot {
		out = append(out, wordKey(h.Label))
	}
	out = append(out, wordKey(f.NotesLabel))
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// wordKey is the key of a label, or the label itself if it is all signs.
func wordKey(s string) string {
	if k := labelKey(s); k != "" {
		return k
	}
	return strings.TrimSpace(s)
}

// ends reports whether a text is a known word, a colon and something: a line below the table. The
// word may hold a colon itself.
func ends(text string, words []string) bool {
	for i, r := range text {
		if (r == ':' || r == '：' || r == '\n') && slices.Contains(words, wordKey(text[:i])) {
			return true
		}
	}
	return false
}

// below reports whether a row is the first below the table: notes as issued or signature lines.
// They begin at the left edge, with a colon after a known word.
func (r *reader) below(l *Line) bool {
	c := l.Cells[0]
	first := slices.Min(r.columns())
	if c.Col > max(r.stub, first) || r.cols[c.Col] != nil && !r.wide(l) {
		return false
	}
	for _, n := range r.form.Notes {
		if k := labelKey(n); k != "" && labelKey(c.Text) == k {
			return true
		}
	}
	return ends(c.Text, r.end)
}

func (r *reader) columns() []int {
	var out []int
	for col := range r.cols {
		out = append(out, col)
	}
	return out
}

// wide reports whether a row is one text across at least half of the table.
func (r *reader) wide(l *Line) bool {
	c := l.Cells[0]
	return len(l.Cells) == 1 && slices.ContainsFunc(r.header.sheet.merges, func(m Range) bool {
		return m.Row == l.N && m.Col == c.Col && m.LastCol > m.Col && (m.LastCol-m.Col+1)*2 > len(r.cols)
	})
}

// row reads one row; ok is false if it is none: blank, a total, a caption.
func (r *reader) row(l *Line, over map[[2]int]string) (RowRef, bool) {
	stub, _ := l.cell(r.stub)
	label := strings.TrimSpace(stub.Text)
	if label == "" {
		label = strings.TrimSpace(over[[2]int{l.N, r.stub}])
	}
	if r.wide(l) {
		if strings.TrimSpace(l.Cells[0].Text) == "无" {
			r.Problems = append(r.Problems, Problem{At: Address(l.N, l.Cells[0].Col), Row: -1, Fault: Fault{
				"表中填的是“无”。本期确无的，请办理零报送；有内容的，请填写后再上传。",
				"The table says 无. If there is nothing this period, send a zero report."}})
		} else {
			r.skipped = append(r.skipped, fmt.Sprint(l.N))
		}
		return RowRef{}, false
	}
	at := len(r.Import.Rows)
	row, problems, any := forms.Row{}, []Problem(nil), false
	for _, c := range l.Cells {
		x := r.cols[c.Col]
		if x == nil || x.Type == forms.File {
			continue
		}
		v, p := take(x, c, l.N)
		if p != nil {
			p.Row = at
			problems = append(problems, *p)
		}
		if v != "" {
			row[x.ID] = v
		}
		any = any || v != "" || p != nil
	}
	switch {
	case r.form.Single() && (label == "" && !any || total(label, r.form.Total)), !any && !r.form.Single():
		return RowRef{}, false
	case !r.form.Single() && total(label, ""):
		r.skipped = append(r.skipped, fmt.Sprint(l.N))
		return RowRef{}, false
	case r.form.Single() && unreported(l, r.cols):
		row, problems = forms.Row{}, nil
	}
	for col, x := range r.cols {
		if text := over[[2]int{l.N, col}]; text != "" && row[x.ID] == "" && x.Type != forms.File {
			v, p := take(x, Cell{Col: col, Text: text}, l.N)
			if p != nil {
				p.Row = at
				problems = append(problems, *p)
			}
			row[x.ID] = v
		}
	}
	row, sums := r.form.Computed(at, row)
	for _, p := range sums {
		col, ok := r.at[p.Field]
		if !ok {
			continue
		}
		a := Address(l.N, col)
		problems = append(problems, Problem{At: a, Row: at, Field: p.Field, Fault: Fault{a + "：" + p.Message, a + ": " + p.MessageEn}})
	}
	if id, ok := l.cell(r.item); ok && r.form.Kind == forms.Ledger && !blank(id.Text) {
		row[forms.ItemID] = strings.TrimSpace(id.Text)
	}
	for _, c := range l.Cells {
		if c.Formula && r.cols[c.Col] != nil {
			r.formulas = append(r.formulas, Address(l.N, c.Col))
		}
	}
	if l.Hidden {
		r.hidden = append(r.hidden, fmt.Sprint(l.N))
	}
	r.Problems = append(r.Problems, problems...)
	return RowRef{N: l.N, Label: unmarked(label), Row: row}, true
}

// total reports whether a label is that of a row of totals: they are computed, not read.
func total(label, own string) bool {
	k := labelKey(label)
	return k != "" && (k == labelKey(own) || strings.HasSuffix(k, "合计") || strings.HasSuffix(k, "总计") || k == "小计")
}

// unreported reports whether a row is that of a missing unit in a compiled table.
func unreported(l *Line, cols map[int]*forms.Field) bool {
	n, mark := 0, false
	for _, c := range l.Cells {
		if cols[c.Col] != nil {
			n++
			mark = strings.TrimSpace(c.Text) == "未报"
		}
	}
	return n == 1 && mark
}

// unmarked takes the mark of a compiled table off a unit's name: 晋江市（零报送）.
func unmarked(label string) string {
	for _, mark := range []string{"（零报送）", "（免报）", "（不适用）"} {
		label = strings.TrimSuffix(label, mark)
	}
	return label
}
