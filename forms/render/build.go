package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// Imprint is what a document says beside the form's own data.
type Imprint struct {
	Office string // 填报单位: the office that reports or compiles
	Date   string // 填报时间: ISO date; empty to be filled in by hand
	Phone  string
	Place  string // label of a single return's row: 晋江市
	Period string // 2021年6月
	Footer string // edition or receipt, hash
	Made   time.Time
}

// Compiled lays a roll-up out for print. The statements are its coverage, then the written
// reasons. A register to which everybody who is due reported zero prints 无.
func Compiled(f *forms.Form, t rollup.Table, im Imprint) Document {
	d := document(f, im)
	for _, l := range t.Lines {
		line := Line{Label: l.Label, Bold: l.Total, Muted: l.Mark == rollup.Missing, Cells: l.Cells}
		// Blank cells alone do not say why they are blank. Encoders mark a muted line 未报.
		if m := l.Mark; m == rollup.ConfirmedZero || m == rollup.Exempt || m == rollup.NotApplicable {
			line.Label += "（" + m.Text() + "）"
		}
		d.Lines = append(d.Lines, line)
	}
	c := t.Coverage
	d.Zero = !f.Single() && len(t.Lines) == 0 && len(c.Zero) > 0 && len(c.Zero) == c.Due && (c.OwnName == "" || c.Own)
	d.Statements = append(d.Statements, rollup.CoverageText(c)...)
	d.Statements = append(d.Statements, reasons(t.Explained)...)
	return d
}

// Single lays one unit's sheet out for print: the row of a single-row form under Place, the
// rows of a register by running number. A zero report prints 无.
func Single(f *forms.Form, s forms.Sheet, im Imprint) Document {
	d := document(f, im)
	d.Zero = s.Zero
	if s.Zero {
		return d
	}
	fields := f.Fields()
	number := make([]int, len(s.Rows))
	for i, r := range s.Rows {
		if r.Blank() && !f.Single() {
			continue
		}
		line := Line{Label: im.Place, Cells: make([]string, len(fields))}
		number[i] = len(d.Lines) + 1
		if !f.Single() {
			line.Label = strconv.Itoa(number[i])
		}
		for j, x := range fields {
			line.Cells[j] = r[x.ID]
		}
		d.Lines = append(d.Lines, line)
	}
	var why []string
	for _, e := range f.Explanations(s) {
		at := ""
		if !f.Single() && e.Row >= 0 {
			at = fmt.Sprintf("第%d行 ", number[e.Row])
		}
		if e.Field != nil {
			at += e.Field.Column()
		}
		why = append(why, strings.TrimSpace(at)+"："+e.Reason)
	}
	d.Statements = reasons(why)
	return d
}

func document(f *forms.Form, im Imprint) Document {
	d := Document{Form: f, Title: f.Title, Notes: f.Notes, Footer: im.Footer, Made: im.Made.UTC()}
	if im.Period != "" {
		d.Footer = strings.TrimSpace(im.Period + "　" + im.Footer)
	}
	for _, h := range f.Head {
		line := HeadLine{Label: h.Label, Right: h.Right}
		switch h.From {
		case forms.HeadUnit:
			line.Value = im.Office
		case forms.HeadDate:
			line.Value = forms.Display(&forms.Field{Type: forms.DateType}, im.Date)
		case forms.HeadPhone:
			line.Value = im.Phone
		}
		d.Head = append(d.Head, line)
	}
	return d
}

// reasons puts written reasons under one heading, numbered if there are several.
func reasons(lines []string) []string {
	switch len(lines) {
	case 0:
		return nil
	case 1:
		return []string{"情况说明：" + stop(strings.TrimPrefix(lines[0], "："))}
	}
	out := []string{"情况说明："}
	for i, l := range lines {
		out = append(out, fmt.Sprintf("%d.%s", i+1, stop(strings.TrimPrefix(l, "："))))
	}
	return out
}

// stop ends a sentence that its writer left open.
func stop(s string) string {
	if strings.HasSuffix(s, "。") || strings.HasSuffix(s, "！") || strings.HasSuffix(s, "？") {
		return s
	}
	return s + "。"
}
