package forms

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// cells reports cells that cannot be understood, are missing or are no total of their parts, and
// returns the row in canonical text, totals computed. A row that is so already is returned as
// it is: registers hold thousands.
func (c *checking) cells(i int, typed Row) Row {
	row, copied, known := typed, false, 0
	set := func(id, v string) {
		if row[id] == v {
			return
		}
		if !copied {
			row, copied = maps.Clone(row), true
		}
		row[id] = v
	}
	for _, f := range c.fields {
		raw, there := typed[f.ID]
		if there {
			known++
		}
		v, fault := "", (*Fault)(nil)
		if raw != "" {
			v, fault = Normalize(f, raw)
			set(f.ID, v)
		}
		switch {
		case len(f.Sum) > 0: // see totals
		case fault != nil:
			c.add(i, f, "type", Blocking, fmt.Sprintf("%s填的“%s”%s。", c.where(i, f), excerpt(raw), fault.Zh),
				fmt.Sprintf("%s: “%s” %s.", c.whereEn(i, f), excerpt(raw), fault.En))
		case v == "" && f.Required:
			hint := ""
			if f.Type.Numeric() {
				hint = "；没有的请填0"
			}
			c.add(i, f, "required", Blocking, c.where(i, f)+"未填，请填写"+hint+"。", c.whereEn(i, f)+" is blank: please fill it in.")
		case v != "" && f.Type == UnitName && !c.unit(v):
			c.add(i, f, "type", Blocking, fmt.Sprintf("%s填的“%s”不在单位名录中，请按名录填写单位全称。", c.where(i, f), excerpt(v)),
				fmt.Sprintf("%s: “%s” is no unit of the directory: please write its name as it stands there.", c.whereEn(i, f), excerpt(v)))
		}
	}
	if c.form.Ledger != nil && typed[ItemID] != "" {
		known++
	}
	if known < len(typed) {
		c.strange(i, typed)
	}
	if len(c.sums.totals) > 0 {
		c.totals(i, row, set)
	}
	return row
}

// unit reports whether the name is one of those allowed.
func (c *checking) unit(name string) bool {
	if c.ctx.Units == nil {
		return true
	}
	if c.units == nil {
		c.units = make(map[string]bool, len(c.ctx.Units))
		for _, u := range c.ctx.Units {
			c.units[u] = true
		}
	}
	return c.units[name]
}

// strange reports what names no field.
func (c *checking) strange(i int, typed Row) {
	var strange []string
	for id, v := range typed {
		if v != "" && c.form.Field(id) == nil && (id != ItemID || c.form.Ledger == nil) {
			strange = append(strange, id)
		}
	}
	slices.Sort(strange)
	for _, id := range strange {
		c.add(i, nil, "type", Blocking, fmt.Sprintf("本表没有“%s”这一栏，请删去。", excerpt(id)), fmt.Sprintf("The form has no field “%s”: remove it.", excerpt(id)))
	}
}

// totals puts the computed totals into the row and reports stored ones that differ.
func (c *checking) totals(i int, row Row, set func(id, v string)) {
	computed := c.sums.compute(row)
	differ := false
	for _, x := range c.sums.totals {
		differ = differ || row[x.ID] != "" && row[x.ID] != computed[x.ID]
	}
	if differ {
		_, problems := c.form.Computed(i, row)
		for _, p := range problems {
			c.add(i, c.form.Field(p.Field), p.Check, p.Severity, p.Message, p.MessageEn)
		}
	}
	for _, x := range c.sums.totals {
		set(x.ID, computed[x.ID])
	}
}

// excerpt shortens what was typed and makes it printable, for a message.
func excerpt(s string) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	for i := range r {
		if unprintable(r[i]) || r[i] == '\n' || r[i] == '\r' || r[i] == '\t' {
			r[i] = '□'
		}
	}
	if len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return string(r)
}
