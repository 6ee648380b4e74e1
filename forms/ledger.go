package forms

import (
	"maps"
	"strings"
)

// Balance is a ledger's account of a period: Opening + New − Closed = Closing (期初 + 新增 −
// 销号 = 期末). It is kept per unit and per level, and adds up.
type Balance struct {
	Opening int `json:"opening"`
	New     int `json:"new"`
	Closed  int `json:"closed"`
	Closing int `json:"closing"`
}

// Add returns the balance of both together.
func (b Balance) Add(x Balance) Balance {
	return Balance{b.Opening + x.Opening, b.New + x.New, b.Closed + x.Closed, b.Closing + x.Closing}
}

// Open returns the rows whose item is not closed: what lives on into the next period. Blank rows
// are none. The rows are those given, not copies; nil for a form that is no ledger.
func (f *Form) Open(rows []Row) []Row {
	if f.Ledger == nil {
		return nil
	}
	var open []Row
	for _, r := range rows {
		if !r.Blank() && !f.closed(r) {
			open = append(open, r)
		}
	}
	return open
}

func (f *Form) closed(r Row) bool {
	return f.Ledger.Closed != "" && strings.TrimSpace(r[f.Ledger.Closed]) != ""
}

// Balance is the account of a sheet: opening are the items open when the period began (closed
// ones among them are not counted), New the rows that are none of them, Closed the rows whose
// item is closed, and Closing what follows from these. An item that is not on the sheet counts
// as still open, and one that is there twice as there once: that Closing is also the number of
// open rows is what Check looks after. An item in opening without an id, from before the form was
// a ledger, cannot be followed: its row counts as new. A zero report leaves everything as it
// was. The balance of a form that is no ledger is zero.
func (f *Form) Balance(opening []Row, s Sheet) Balance {
	opening = f.Open(opening)
	b := Balance{Opening: len(opening), Closing: len(opening)}
	if f.Ledger == nil || s.Zero {
		return b
	}
	known, seen := ids(opening), map[string]bool{}
	b.Opening = len(known)
	for _, r := range s.Rows {
		id := r[ItemID]
		if r.Blank() || id != "" && seen[id] {
			continue
		}
		seen[id] = true
		if id == "" || !known[id] {
			b.New++
		}
		if f.closed(r) {
			b.Closed++
		}
	}
	b.Closing = b.Opening + b.New - b.Closed
	return b
}

// Carry is what the draft of a new period begins with: the items still open, with their ids and
// values. What is no field of this version of the form is left behind.
func (f *Form) Carry(opening []Row) Sheet {
	var s Sheet
	fields := f.Fields()
	for _, r := range f.Open(opening) {
		row := Row{}
		for _, x := range fields {
			if v := r[x.ID]; v != "" {
				row[x.ID] = v
			}
		}
		if id := r[ItemID]; id != "" {
			row[ItemID] = id
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// AssignIDs returns the sheet with an id for every item that has none yet; next gives one that
// was never given before each time it is called. Ids that are there stay, also wrong ones: Check
// tells of them. Ids go to rows by this and by Carry only; once given, they belong into
// Context.Issued while the period lasts. The sheet given stays as it is.
func (f *Form) AssignIDs(s Sheet, next func() string) Sheet {
	if f.Ledger == nil {
		return s
	}
	rows := make([]Row, len(s.Rows))
	for i, r := range s.Rows {
		if rows[i] = r; !r.Blank() && r[ItemID] == "" {
			rows[i] = maps.Clone(r)
			rows[i][ItemID] = next()
		}
	}
	if s.Rows != nil {
		s.Rows = rows
	}
	return s
}

// ids are the ids of the items in the rows.
func ids(rows []Row) map[string]bool {
	known := make(map[string]bool, len(rows))
	for _, r := range rows {
		if id := r[ItemID]; id != "" {
			known[id] = true
		}
	}
	return known
}
