package rollup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms"
)

// BalanceError says that a unit's ledger does not add up: opening + new − closed is not closing.
type BalanceError struct {
	Unit, Name string
	Balance    forms.Balance // Closing as counted on the sheet
	Vanished   []string      // ids of items that were open and that the return does not have
}

func (e *BalanceError) Error() string {
	b := e.Balance
	text := fmt.Sprintf("the ledger of unit %s (%s) does not balance: opening %d + new %d - closed %d is not closing %d",
		e.Unit, e.Name, b.Opening, b.New, b.Closed, b.Closing)
	if len(e.Vanished) > 0 {
		text += ": missing items " + strings.Join(e.Vanished, ", ")
	}
	return text
}

// Message says it in Chinese, for the desk: what is wrong and what to do.
func (e *BalanceError) Message() string {
	text := e.Name + "的台账不平：" + BalanceText(e.Balance)
	if n := len(e.Vanished); n > 0 {
		text += fmt.Sprintf("上期未销号的事项有%d项未列入本期。", n)
	}
	return text + "请退回该单位核对后重报。"
}

// BalanceText says an account in Chinese: 期初 12，新增 3，销号 5，期末 10。
func BalanceText(b forms.Balance) string {
	return fmt.Sprintf("期初 %d，新增 %d，销号 %d，期末 %d。", b.Opening, b.New, b.Closed, b.Closing)
}

// account balances the ledger of a unit and returns its lines: those reported, or, where none
// are, the items open as last reported.
func (c *compiler) account(in Input, lines []Line, before int) ([]Line, error) {
	opening := c.form.Open(in.Opening)
	b := forms.Balance{Opening: len(opening), Closing: len(opening)}
	switch {
	case in.Mark == Reported:
		// Balance reckons what must be open now; what is open stands on the sheet.
		b = c.form.Balance(in.Opening, in.Sheet)
		if open := len(c.form.Open(in.Sheet.Rows)); open != b.Closing {
			b.Closing = open
			return nil, &BalanceError{in.Unit, in.Name, b, vanished(opening, in.Sheet.Rows)}
		}
	case in.Mark == ConfirmedZero && c.form.Ledger != nil && c.form.Ledger.Zero == forms.NothingOpen && len(opening) > 0:
		b.Closing = 0
		return nil, &BalanceError{in.Unit, in.Name, b, vanished(opening, nil)}
	default:
		for _, row := range opening {
			// An item may be older than the form's version: what no longer fits stays as written.
			cells, _ := c.cells(row)
			lines = append(lines, Line{Label: strconv.Itoa(before + len(lines) + 1), Unit: in.Unit, Mark: in.Mark, Cells: cells,
				Item: row[forms.ItemID], Carried: true})
		}
	}
	if c.table.Balance == nil {
		c.table.Balance, c.table.Balances = &forms.Balance{}, map[string]forms.Balance{}
	}
	*c.table.Balance = c.table.Balance.Add(b)
	c.table.Balances[in.Unit] = b
	return lines, nil
}

// vanished gives the ids of the items that the rows do not have, in order.
func vanished(items, rows []forms.Row) []string {
	var out []string
	for _, item := range items {
		id := item[forms.ItemID]
		if !slices.ContainsFunc(rows, func(r forms.Row) bool { return r[forms.ItemID] == id }) {
			out = append(out, id)
		}
	}
	return out
}
