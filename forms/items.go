package forms

import (
	"fmt"
	"strings"
)

// opening are the items of the ledger open when the period began.
func (c *checking) opening() []Row { return c.form.Open(c.ctx.Opening[c.form.ID]) }

// items checks a ledger (台账): that no item vanishes, and none is closed without showing that
// it is done. The rows are canonical, nil where nothing is filled in.
func (c *checking) items(rows []Row) {
	if c.form.Ledger == nil {
		return
	}
	opening := c.opening()
	known := ids(opening)
	for _, id := range c.ctx.Issued[c.form.ID] {
		known[id] = true
	}
	first := map[string]int{}
	for i, row := range rows {
		if row == nil {
			continue
		}
		if id := row[ItemID]; id != "" {
			if at, twice := first[id]; twice {
				c.add(i, nil, "item", Blocking,
					fmt.Sprintf("第%d行与第%d行是同一事项（编号%s），请删去重复的一行；确系新事项的，请另起一行填写。", i+1, at+1, excerpt(id)),
					fmt.Sprintf("Rows %d and %d are the same item (%s): delete one of them, or write a new item into a new row.", at+1, i+1, excerpt(id)))
			} else if first[id] = i; !known[id] {
				c.add(i, nil, "item", Blocking,
					fmt.Sprintf("第%d行的事项编号%s不在期初未销号事项之列，可能已经销号或取自其他单位、其他期次的表。确需填报的，请作为新事项另起一行填写。", i+1, excerpt(id)),
					fmt.Sprintf("Row %d: item %s was not open when the period began; it may be closed, or come from another unit's or period's sheet. If it is to be reported, write it into a new row.", i+1, excerpt(id)))
			}
		}
		c.closing(i, row)
	}
	var missing []Row
	for _, r := range opening {
		if _, there := first[r[ItemID]]; !there && r[ItemID] != "" {
			missing = append(missing, r)
		}
	}
	if len(missing) > 0 {
		zh, en := c.form.named(missing)
		how, howEn := c.form.howToClose()
		c.add(-1, nil, "item", Blocking,
			fmt.Sprintf("期初未销号的事项有%d件不在本表中：%s。未销号事项不能删除，请恢复；已办结的，请%s。", len(missing), zh, how),
			fmt.Sprintf("Items open when the period began are not on the sheet (%d): %s. Open items cannot be deleted: put them back; if one is done, %s.", len(missing), en, howEn))
	}
	b := c.form.Balance(opening, Sheet{Rows: rows})
	if open := len(c.form.Open(rows)); open != b.Closing {
		c.add(-1, nil, "balance", Blocking,
			fmt.Sprintf("台账不平：期初%d件，加新增%d件，减销号%d件，期末应为%d件，表中未销号的有%d件。请核对有无遗漏或重复的事项。", b.Opening, b.New, b.Closed, b.Closing, open),
			fmt.Sprintf("The ledger does not balance: %d at the beginning, %d new and %d closed make %d, but %d on the sheet are open. Please look for items missing or there twice.", b.Opening, b.New, b.Closed, b.Closing, open))
	}
}

// closing checks what a row says of its item's end.
func (c *checking) closing(i int, row Row) {
	rule, period := c.form.Ledger, c.ctx.Period
	done := c.form.Field(rule.Closed)
	if done == nil {
		return
	}
	if !c.form.closed(row) {
		if x := c.form.Field(rule.Deadline); x != nil && overdue(row[x.ID], period) {
			c.add(i, x, "closed", Explain,
				fmt.Sprintf("%s为 %s，已过时限仍未销号。%s；未办结的，请写明原因。", c.where(i, x), row[x.ID], c.form.doneZh()),
				fmt.Sprintf("%s is %s: the item is past its deadline and not closed. If it is done, close it; if not, write down why.", c.whereEn(i, x), row[x.ID]))
		}
		return
	}
	for _, id := range rule.Evidence {
		if x := c.form.Field(id); x != nil && row[id] == "" {
			c.add(i, x, "closed", Blocking,
				fmt.Sprintf("%s未填：销号须有办结依据。请填写；尚未办结的，请清空「%s」。", c.where(i, x), done.Column()),
				fmt.Sprintf("%s is blank: to close an item takes evidence. Please fill it in, or clear “%s” if it is not done.", c.whereEn(i, x), done.Column()))
		}
	}
	if at := row[done.ID]; isDay(at) && isDay(period) && at > period {
		c.add(i, done, "closed", Explain,
			fmt.Sprintf("%s为 %s，晚于本期（%s）。请核对日期；情况属实的，请写明原因。", c.where(i, done), at, period),
			fmt.Sprintf("%s is %s, after the period (%s). Please check the date, and write down the reason if it is so.", c.whereEn(i, done), at, period))
	}
}

// overdue reports whether a deadline lies before the period. Both are ISO dates, or nothing is known.
func overdue(deadline, period string) bool {
	return isDay(deadline) && isDay(period) && deadline < period
}

// overdueUnderZero asks for the reason once where a zero report leaves items past their deadline.
func (c *checking) overdueUnderZero(open []Row) {
	if c.form.Ledger == nil || c.form.Ledger.Deadline == "" {
		return
	}
	var late []Row
	for _, r := range open {
		if overdue(r[c.form.Ledger.Deadline], c.ctx.Period) {
			late = append(late, r)
		}
	}
	if len(late) == 0 {
		return
	}
	zh, en := c.form.named(late)
	c.add(-1, nil, "closed", Explain,
		fmt.Sprintf("有%d件事项已过时限仍未销号：%s。已办结的，请取消零报送后销号；未办结的，请写明原因。", len(late), zh),
		fmt.Sprintf("Items are past their deadline and not closed (%d): %s. If one is done, withdraw the zero report and close it; if not, write down why.", len(late), en))
}

// named names up to three items by their ids and the first text filled in: Q-07（地区：晋江市）.
func (f *Form) named(items []Row) (zh, en string) {
	var zhs, ens []string
	for _, r := range items[:min(len(items), 3)] {
		id := excerpt(r[ItemID])
		if id == "" {
			id = "（无编号）"
		}
		z, e := id, id
		for _, x := range f.Fields() {
			if (x.Type == Text || x.Type == LongText || x.Type == Name) && r[x.ID] != "" {
				z, e = fmt.Sprintf("%s（%s：%s）", id, x.Label, excerpt(r[x.ID])), fmt.Sprintf("%s (%s: %s)", id, x.Label, excerpt(r[x.ID]))
				break
			}
		}
		zhs, ens = append(zhs, z), append(ens, e)
	}
	zh, en = strings.Join(zhs, "、"), strings.Join(ens, ", ")
	if len(items) > 3 {
		zh, en = zh+"等", en+" and others"
	}
	return zh, en
}

// howToClose says what closes an item: 保留该行并填写「销号日期」和「佐证」.
func (f *Form) howToClose() (zh, en string) {
	if f.Ledger.Closed == "" {
		return "在该行写明", "say so in its row"
	}
	var zhs, ens []string
	for _, id := range append([]string{f.Ledger.Closed}, f.Ledger.Evidence...) {
		if x := f.Field(id); x != nil {
			zhs, ens = append(zhs, "「"+x.Column()+"」"), append(ens, "“"+x.Column()+"”")
		}
	}
	return "保留该行并填写" + strings.Join(zhs, "、"), "keep its row and fill in " + strings.Join(ens, ", ")
}

func (f *Form) doneZh() string {
	how, _ := f.howToClose()
	return "已办结的，请" + strings.TrimPrefix(how, "保留该行并") + "销号"
}
