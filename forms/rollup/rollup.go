// Package rollup compiles (汇总) the returns of many units into one table.
//
// Its one rule: missing never becomes zero. Five meanings survive every sum: REPORTED,
// CONFIRMED_ZERO, MISSING, EXEMPT and NOT_APPLICABLE; and a compiled table always says
// whom it covers and who is missing. The same inputs give the same table, and the same
// table the same bytes and hash.
//
// It knows no database and no clock: an edition is stored, numbered and dated by its caller.
package rollup

import "github.com/baosong/baosong/forms"

// Mark is what is known of a unit's return.
type Mark string

// The five meanings.
const (
	Reported      Mark = "REPORTED"
	ConfirmedZero Mark = "CONFIRMED_ZERO"
	Missing       Mark = "MISSING"
	Exempt        Mark = "EXEMPT"
	NotApplicable Mark = "NOT_APPLICABLE"
)

// Input is one unit's return of one form, or its absence.
type Input struct {
	Unit     string      `json:"unit"`
	Name     string      `json:"name"`
	Own      bool        `json:"own,omitempty"` // the compiling unit's own row (本级): no duty, not counted
	Mark     Mark        `json:"mark"`
	Late     bool        `json:"late,omitempty"`
	Reviewed bool        `json:"reviewed,omitempty"` // accepted, not only submitted
	Version  int         `json:"version,omitempty"`  // of the return
	Hash     string      `json:"hash,omitempty"`     // of the return's content
	Sheet    forms.Sheet `json:"-"`
}

// Line is one body row of the compiled table. Cells follow Form.Fields().
type Line struct {
	Label string   `json:"label"` // 全市合计, a unit's name, or a running number
	Unit  string   `json:"unit,omitempty"`
	Mark  Mark     `json:"mark,omitempty"`
	Total bool     `json:"total,omitempty"`
	Cells []string `json:"cells"` // canonical text; "" is blank
}

// Coverage (报送情况) says whom a table covers.
type Coverage struct {
	Due      int      `json:"due"`      // 应报
	In       int      `json:"in"`       // 已报, zero reports included
	Reviewed int      `json:"reviewed"` // of these accepted
	Zero     []string `json:"zero"`     // names, 零报送
	Missing  []string `json:"missing"`  // names, 未报
	Exempt   []string `json:"exempt"`   // names, 免报
	Late     []string `json:"late"`     // names, 迟报 (they are in)
	// Own: whether the compiling unit's own row is there; OwnName is "" if the table has none.
	OwnName string `json:"own_name,omitempty"`
	Own     bool   `json:"own"`
}

// Table is a compiled roll-up: the data of an edition (汇总稿).
type Table struct {
	Directive   string   `json:"directive"`
	Obligation  string   `json:"obligation"`
	Form        string   `json:"form"`
	Version     int      `json:"form_version"`
	Period      string   `json:"period"`
	PeriodLabel string   `json:"period_label"`
	Lines       []Line   `json:"lines"`
	Coverage    Coverage `json:"coverage"`
	Inputs      []Input  `json:"inputs"`
	Explained   []string `json:"explained"` // written reasons, "晋江市 重度残疾人 实际排查数:…"
}
