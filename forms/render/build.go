package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/forms/stamp"
)

// Imprint is what a document says beside the form's own data.
type Imprint struct {
	Office string // 填报单位: the office that reports or compiles
	Date   string // 填报时间: ISO date; empty to be filled in by hand
	Phone  string
	Clerk  string // 填表人: who submitted or compiled
	Place  string // label of a single return's row: 晋江市
	Period string // 2021年6月
	Footer string // edition or receipt, hash; the form's version is added
	Made   time.Time
	Code   *stamp.Code // ties the paper to a return; nil for none
}

// Compiled lays a roll-up out for print. The statements are its coverage, a ledger's account,
// the waivers, the adjustments, then the written reasons. A register to which everybody who is
// due reported zero prints 无; a ledger does if no item is open either.
func Compiled(f *forms.Form, t rollup.Table, im Imprint) Document {
	d := document(f, im)
	for _, l := range t.Lines {
		line := Line{Label: l.Label, Bold: l.Total, Muted: l.Mark == rollup.Missing && !l.Carried, Cells: l.Cells, Notes: l.Adjusted,
			Own: l.Unit != "" && slices.ContainsFunc(t.Inputs, func(in rollup.Input) bool { return in.Own && in.Unit == l.Unit })}
		// Blank cells alone do not say why they are blank. Encoders mark a muted line with its Gap. The
		// rows of a ledger have numbers for labels: a statement says which are carried.
		switch m := l.Mark; {
		case !f.Single():
		case l.Carried:
			line.Label += "（上期数暂用）"
		case m == rollup.ConfirmedZero || m == rollup.Exempt || m == rollup.NotApplicable:
			line.Label += "（" + m.Text() + "）"
		}
		d.Lines = append(d.Lines, line)
	}
	c := t.Coverage
	d.Zero = !f.Single() && len(t.Lines) == 0 && len(c.Zero) > 0 && len(c.Zero) == c.Due && (c.OwnName == "" || c.Own)
	d.Statements = append(d.Statements, rollup.CoverageText(c)...)
	d.Statements = append(d.Statements, account(f, t)...)
	d.Statements = append(d.Statements, numbered("强制性审核豁免：", t.Waived)...)
	d.Statements = append(d.Statements, numbered("数据调整：", rollup.AdjustmentTexts(f, t))...)
	d.Statements = append(d.Statements, numbered("情况说明：", t.Explained)...)
	return d
}

// account says a ledger's account: over all, of each unit that has one where there are several,
// and which rows are there because their items are still open, though the unit sent none.
func account(f *forms.Form, t rollup.Table) []string {
	if f.Kind != forms.Ledger || t.Balance == nil {
		return nil
	}
	out := []string{rollup.BalanceText(*t.Balance)}
	var each, carried []string
	for _, in := range t.Inputs {
		if b := t.Balances[in.Unit]; b != (forms.Balance{}) {
			each = append(each, in.Name+" "+strings.TrimSuffix(rollup.BalanceText(b), "。"))
		}
		first, last := "", ""
		for _, l := range t.Lines {
			if l.Unit == in.Unit && l.Carried {
				if last = l.Label; first == "" {
					first = l.Label
				}
			}
		}
		switch {
		case first == "":
			continue
		case first != last:
			last = first + "至" + last
		}
		carried = append(carried, fmt.Sprintf("%s（%s）第%s行", in.Name, in.Mark.Text(), last))
	}
	if len(each) > 1 {
		out = append(out, "其中："+strings.Join(each, "；")+"。")
	}
	if len(carried) > 0 {
		out = append(out, "上期未销号、照列的事项："+strings.Join(carried, "；")+"。")
	}
	return out
}

// Single lays one unit's sheet out for print: the row of a single-row form under Place, the
// rows of a register or ledger by running number. A zero report prints 无, that of a ledger too:
// nothing new is what it attests. The statements are the waivers, then the written reasons.
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
	d.Statements = append(numbered("强制性审核豁免：", filed(f, s, s.Waived, number)), numbered("情况说明：", filed(f, s, s.Reasons, number))...)
	return d
}

// filed gives what is filed under a sheet's problems, each with its place on paper.
func filed(f *forms.Form, s forms.Sheet, under map[string]string, number []int) []string {
	var out []string
	for _, e := range f.Explanations(forms.Sheet{Rows: s.Rows, Reasons: under}) {
		at := ""
		if !f.Single() && e.Row >= 0 {
			at = fmt.Sprintf("第%d行 ", number[e.Row])
		}
		if e.Field != nil {
			at += e.Field.Column()
		}
		out = append(out, strings.TrimSpace(at)+"："+e.Reason)
	}
	return out
}

func document(f *forms.Form, im Imprint) Document {
	d := Document{Form: f, Title: f.Title, Notes: f.Notes, Made: im.Made.UTC(), Code: im.Code}
	footer := []string{im.Period, im.Footer, fmt.Sprintf("表样第%d版", f.Version)}
	d.Footer = strings.Join(slices.DeleteFunc(footer, func(s string) bool { return s == "" }), "　")
	d.Head, d.Foot = furniture(f.Head, im), furniture(f.Foot, im)
	return d
}

// furniture fills the lines above or below the table in. What is signed stays blank.
func furniture(items []forms.HeadItem, im Imprint) []HeadLine {
	var out []HeadLine
	for _, h := range items {
		line := HeadLine{Label: h.Label, Right: h.Right}
		switch h.From {
		case forms.HeadUnit:
			line.Value = im.Office
		case forms.HeadDate:
			line.Value = forms.Display(&forms.Field{Type: forms.DateType}, im.Date)
		case forms.HeadPhone:
			line.Value = im.Phone
		case forms.HeadClerk:
			line.Value = im.Clerk
		case forms.HeadFixed:
			line.Value = h.Text
		}
		out = append(out, line)
	}
	return out
}

// numbered puts lines under one heading, numbered if there are several.
func numbered(heading string, lines []string) []string {
	switch len(lines) {
	case 0:
		return nil
	case 1:
		return []string{heading + stop(strings.TrimPrefix(lines[0], "："))}
	}
	out := []string{heading}
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
