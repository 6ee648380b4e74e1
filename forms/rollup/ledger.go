package rollup

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms"
)

// BalanceError says that a unit's ledger does not add up: opening + new − closed is not closing.
type BalanceError struct {
	Unit, Name string
	Balance    forms.Balance // Closing as counted on the sheet
	Vanished   []string      // ids of items that were open and that the return says there are none of
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

// account balances the ledger of a unit and returns its lines: those reported, and the open items
// that are not among them, as last reported. A return that was sent before an earlier period came
// in late, or was corrected, could not have them; any other is checked when it is sent.
func (c *compiler) account(in Input, lines []Line, before int) ([]Line, error) {
	opening := c.form.Open(in.Opening)
	b := forms.Balance{Opening: len(opening), Closing: len(opening)}
	carried := opening
	switch {
	case in.Mark == Reported:
		b, carried = c.form.Balance(in.Opening, in.Sheet), absent(opening, in.Sheet.Rows)
		// Balance reckons what must be open now; what is open stands on the sheet, or is carried.
		if open := len(c.form.Open(in.Sheet.Rows)) + len(carried); open != b.Closing {
			b.Closing = open
			return nil, &BalanceError{in.Unit, in.Name, b, nil}
		}
	case in.Mark == ConfirmedZero && c.form.Ledger != nil && c.form.Ledger.Zero == forms.NothingOpen && len(opening) > 0:
		b.Closing = 0
		return nil, &BalanceError{in.Unit, in.Name, b, vanished(opening)}
	}
	for _, row := range carried {
		// An item may be older than the form's version: what no longer fits stays as written.
		cells, _ := c.cells(row)
		lines = append(lines, Line{Label: strconv.Itoa(before + len(lines) + 1), Unit: in.Unit, Mark: in.Mark, Cells: cells,
			Item: row[forms.ItemID], Carried: true})
	}
	if c.table.Balance == nil {
		c.table.Balance, c.table.Balances = &forms.Balance{}, map[string]forms.Balance{}
	}
	*c.table.Balance = c.table.Balance.Add(b)
	c.table.Balances[in.Unit] = b
	return lines, nil
}

// absent gives the items with an id that the rows do not have, in order, each once.
func absent(items, rows []forms.Row) []forms.Row {
	there := map[string]bool{"": true}
	for _, r := range rows {
		there[r[forms.ItemID]] = true
	}
	var out []forms.Row
	for _, item := range items {
		if id := item[forms.ItemID]; !there[id] {
			there[id] = true
			out = append(out, item)
		}
	}
	return out
}

// vanished gives the ids of items, in order.
func vanished(items []forms.Row) []string {
	var out []string
	for _, item := range items {
		out = append(out, item[forms.ItemID])
	}
	return out
}
