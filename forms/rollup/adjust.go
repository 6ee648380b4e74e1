package rollup

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/forms"
)

// AdjustmentError says that an adjustment does not fit the returns there are. It must be
// revoked, or entered anew, before the table can be compiled: an adjustment is never dropped or
// bent silently.
type AdjustmentError struct {
	Adjustment Adjustment
	Name       string // of the unit; its id if it is not among the inputs
	// Stale says that the adjustment fitted when it was entered: the return has changed since.
	// Otherwise it could never be right.
	Stale     bool
	Message   string // Chinese, for the desk: what is wrong and what to do
	MessageEn string
}

func (e *AdjustmentError) Error() string {
	return fmt.Sprintf("adjustment %s of unit %s (%s): %s", e.Adjustment.ID, e.Adjustment.Unit, e.Name, e.MessageEn)
}

// AdjustmentErrors takes the error of Compile apart: all adjustments that do not fit, in the
// order of the lines. It is empty for any other error.
func AdjustmentErrors(err error) []*AdjustmentError {
	var many interface{ Unwrap() []error }
	var one *AdjustmentError
	switch {
	case errors.As(err, &many):
		var out []*AdjustmentError
		for _, e := range many.Unwrap() {
			out = append(out, AdjustmentErrors(e)...)
		}
		return out
	case errors.As(err, &one):
		return []*AdjustmentError{one}
	}
	return nil
}

// Text says the adjustment in Chinese, as it is printed: 晋江市 实际排查数 3018→3019，原因：…，
// 林样一 2021年6月26日. Name is the unit's, field the one amended; nil leaves the column unsaid.
func (a Adjustment) Text(name string, field *forms.Field) string {
	what := "上期数暂用"
	if a.Kind == Amend {
		from, to := a.From, a.To
		what = ""
		if field != nil {
			from, to, what = forms.Display(field, from), forms.Display(field, to), field.Column()+" "
		}
		if from == "" {
			from = "（空白）"
		}
		what += from + "→" + to
	}
	on := a.At
	if day, err := time.Parse(time.DateOnly, a.At); err == nil {
		on = day.Format("2006年1月2日")
	}
	return fmt.Sprintf("%s %s，原因：%s，%s %s", name, what, strings.TrimRight(a.Reason, "。"), a.By, on)
}

// AdjustmentTexts says the adjustments of a table, in order, as they are printed.
func AdjustmentTexts(f *forms.Form, t Table) []string {
	names := t.names()
	var out []string
	for _, a := range t.Adjustments {
		out = append(out, a.Text(cmp.Or(names[a.Unit], a.Unit), f.Field(a.Field)))
	}
	return out
}

// sort puts the adjustments in the order in which they are made: by unit as the lines stand,
// the carry first, then by column.
func (c *compiler) sort(adjustments []Adjustment) {
	if len(adjustments) == 0 {
		return
	}
	unit := make(map[string]int, len(c.table.Inputs))
	for i, in := range c.table.Inputs {
		unit[in.Unit] = i
	}
	c.entries = map[string][]Adjustment{}
	for _, a := range adjustments {
		if _, there := unit[a.Unit]; !there {
			c.refuse(a, a.Unit, true, "这个单位已不在汇总范围内：请撤销这项调整。", "the unit is not in the roll-up: revoke it")
		}
		c.entries[a.Unit] = append(c.entries[a.Unit], a)
	}
	for _, list := range c.entries {
		slices.SortFunc(list, func(a, b Adjustment) int {
			return cmp.Or(-cmp.Compare(a.Kind, b.Kind), cmp.Compare(c.column(a.Field), c.column(b.Field)), cmp.Compare(a.ID, b.ID))
		})
	}
}

func (c *compiler) column(field string) int {
	return slices.IndexFunc(c.fields, func(x *forms.Field) bool { return x.ID == field })
}

// adjust changes the unit's line by its adjustments. What does not fit is filed, and changes
// nothing.
func (c *compiler) adjust(in Input, lines []Line) {
	entries := c.entries[in.Unit]
	for i, a := range entries {
		switch {
		case i > 0 && a.Kind == entries[i-1].Kind && a.Field == entries[i-1].Field:
			c.refuse(a, in.Name, false, "同一处调整了两次：请撤销其中一项。", "it adjusts what another one does: revoke one of them")
		case strings.TrimSpace(a.Reason) == "":
			c.refuse(a, in.Name, false, "没有写明原因：调整应写明原因。", "it gives no reason")
		case a.Kind == Carry:
			c.carry(a, in, lines)
		case a.Kind == Amend:
			c.amend(a, in, lines)
		default:
			c.refuse(a, in.Name, false, "不是可用的调整方式。", fmt.Sprintf("its kind %q is unknown", a.Kind))
		}
	}
}

// carry lets the figures of the period before stand in for a missing return.
func (c *compiler) carry(a Adjustment, in Input, lines []Line) {
	switch {
	case c.form.Kind != forms.Table:
		c.refuse(a, in.Name, false, "只有统计表可以暂用上期数。", "only a table of figures can be carried forward")
		return
	case in.Mark != Missing:
		c.refuse(a, in.Name, true, "现为"+in.Mark.Text()+"，不再需要暂用上期数：请撤销这项调整。", "the unit is "+string(in.Mark)+" now and needs no figures of the period before: revoke it")
		return
	case in.Last == nil:
		c.refuse(a, in.Name, true, "上期没有已审的报表，无数可以暂用：请撤销这项调整。", "no return of the period before was accepted, there is nothing to carry forward: revoke it")
		return
	}
	cells := make([]string, len(c.fields))
	if len(in.Last.Rows) > 0 && !in.Last.Zero {
		var err error
		if cells, err = c.cells(in.Last.Rows[0]); err != nil {
			c.refuse(a, in.Name, true, "上期报表的数与本期表样不符，不能暂用：请撤销这项调整。", "the figures of the period before do not fit the form: "+err.Error())
			return
		}
	}
	lines[0].Cells, lines[0].Carried = cells, true
	if c.carried == nil {
		c.carried = map[string]bool{}
	}
	c.carried[in.Unit] = true
	c.table.Adjustments = append(c.table.Adjustments, a)
}

// amend replaces one figure.
func (c *compiler) amend(a Adjustment, in Input, lines []Line) {
	i := c.column(a.Field)
	refuse := func(stale bool, zh, en string) { c.refuse(a, in.Name, stale, zh, en) }
	switch {
	case c.form.Kind != forms.Table && c.form.Kind != forms.Attestation:
		refuse(false, "只有统计表和确认表中的数可以调整，其他表请退回报送单位更正。", "only figures of a table or an attestation can be adjusted: send the return back instead")
		return
	case i < 0:
		refuse(true, fmt.Sprintf("本表没有“%s”这一栏：请撤销这项调整。", a.Field), fmt.Sprintf("the form has no field %q: revoke it", a.Field))
		return
	}
	x := c.fields[i]
	to, fault := forms.Normalize(x, a.To)
	name := "“" + x.Column() + "”"
	switch {
	case !x.Type.Numeric():
		refuse(false, name+"不是数字栏，不能调整。", "the field is no figure")
	case isComputed(x):
		refuse(false, name+"是合计栏，自动算出：请调整其中的分项。", "the field is a sum: adjust its parts")
	case fault != nil:
		refuse(false, name+"调整后的数“"+a.To+"”"+fault.Zh+"。", fmt.Sprintf("the new figure %q %s", a.To, fault.En))
	case to == "" || to != a.To:
		refuse(false, name+"应写明调整后的数；确实没有的填0。", fmt.Sprintf("the new figure %q is blank or not canonical", a.To))
	case a.From == a.To:
		refuse(false, name+"调整前后的数相同。", "it changes nothing")
	case in.Mark != Reported && !lines[0].Carried:
		refuse(true, "现为"+in.Mark.Text()+"，没有可以调整的数：请撤销这项调整。", "the unit is "+string(in.Mark)+" now and has no figures to adjust: revoke it")
	case lines[0].Cells[i] != a.From:
		refuse(true, fmt.Sprintf("%s调整时为%s，现报%s，这项调整已不适用：请撤销，需要的按现报数重新调整。", name, shown(x, a.From), shown(x, lines[0].Cells[i])),
			fmt.Sprintf("%s was %q when it was adjusted and is %q now: revoke it, or adjust the figure as it is", a.Field, a.From, lines[0].Cells[i]))
	default:
		lines[0].Cells[i] = to
		lines[0].Adjusted = append(lines[0].Adjusted, i)
		c.table.Adjustments = append(c.table.Adjustments, a)
	}
}

func shown(x *forms.Field, figure string) string {
	if figure == "" {
		return "空白"
	}
	return forms.Display(x, figure)
}

func (c *compiler) refuse(a Adjustment, name string, stale bool, zh, en string) {
	c.faults = append(c.faults, &AdjustmentError{Adjustment: a, Name: name, Stale: stale, Message: name + "：" + zh, MessageEn: en})
}

// refused gives what did not fit as one error.
func (c *compiler) refused() error {
	errs := make([]error, len(c.faults))
	for i, e := range c.faults {
		errs[i] = fmt.Errorf("roll-up of %s: %w", c.form.ID, e)
	}
	return errors.Join(errs...)
}
