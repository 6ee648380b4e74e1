// Package rollup compiles (汇总) the returns of many units into one table.
//
// Its one rule: missing never becomes zero. Five meanings survive every sum: REPORTED,
// CONFIRMED_ZERO, MISSING, EXEMPT and NOT_APPLICABLE; and a compiled table always says
// whom it covers and who is missing. The same inputs give the same table, and the same
// table the same bytes and hash.
//
// A roll-up may be the return to the next level (AsSheet), township to county to city to
// province: its total is there one figure among others, and Lineage opens it down to the return
// it was typed into. What the compiling unit knows better it enters as an Adjustment, with a
// reason and a name, and never into the return of another.
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
	// FormVersion is the version of the form the return was made with, and Made that version; 0 and
	// nil where it is the table's.
	FormVersion int         `json:"form_version,omitempty"`
	Made        *forms.Form `json:"-"`
	// Edition is the id of the edition the unit made its return from, if it compiled one from
	// the units below it; Below is that edition's coverage.
	Edition string    `json:"edition,omitempty"`
	Below   *Coverage `json:"below,omitempty"`
	// Opening are the rows of a ledger as the unit last reported them: those of their items that
	// are not closed were open when the period began.
	Opening []forms.Row `json:"-"`
	// Last is the unit's sheet of the period before, if one was accepted: what a carry takes.
	Last *forms.Sheet `json:"-"`
}

// Adjustment (调整) is a reasoned entry of the compiling unit upon one figure of a table: the
// unit's return stays as it is, the roll-up shows both. A carry (上期数暂用) stands in for a
// return that is missing with the figures of the period before, marked as such: the unit stays
// missing in the coverage.
type Adjustment struct {
	ID     string         `json:"id"`
	Kind   AdjustmentKind `json:"kind"`
	Unit   string         `json:"unit"`
	Field  string         `json:"field,omitempty"` // of an amendment
	From   string         `json:"from,omitempty"`  // canonical: the figure as reported, which must still stand
	To     string         `json:"to,omitempty"`    // canonical: the figure as compiled
	Reason string         `json:"reason"`
	By     string         `json:"by"` // the name as printed
	At     string         `json:"at"` // ISO date
}

// AdjustmentKind says what an adjustment does.
type AdjustmentKind string

// The kinds.
const (
	Amend AdjustmentKind = "amend" // one figure of one unit
	Carry AdjustmentKind = "carry" // the whole row of a missing unit, from the period before
)

// Line is one body row of the compiled table. Cells follow Form.Fields().
type Line struct {
	Label string   `json:"label"` // 全市合计, a unit's name, or a running number
	Unit  string   `json:"unit,omitempty"`
	Mark  Mark     `json:"mark,omitempty"`
	Total bool     `json:"total,omitempty"`
	Cells []string `json:"cells"`          // canonical text; "" is blank
	Item  string   `json:"item,omitempty"` // id of a ledger's item
	// Adjusted are the columns an adjustment changed; Carried says that the whole line is 上期数暂用.
	Adjusted []int `json:"adjusted,omitempty"`
	Carried  bool  `json:"carried,omitempty"`
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
	// Carried are the names of those missing whose figures of the period before stand in
	// (上期数暂用). They are in Missing too.
	Carried []string `json:"carried,omitempty"`
	// Below are the coverages of the units that compiled their returns themselves, in the order
	// of the inputs: whom a total covers, down to the last level.
	Below []Within `json:"below,omitempty"`
}

// Within (其中) is the coverage within one unit.
type Within struct {
	Name string `json:"name"`
	Coverage
}

// Table is a compiled roll-up: the data of an edition (汇总稿).
type Table struct {
	Directive   string       `json:"directive"`
	Obligation  string       `json:"obligation"`
	Form        string       `json:"form"`
	Version     int          `json:"form_version"`
	Period      string       `json:"period"`
	PeriodLabel string       `json:"period_label"`
	Office      string       `json:"office,omitempty"` // the compiling body as it was called then: 泉州市民政局
	Lines       []Line       `json:"lines"`
	Coverage    Coverage     `json:"coverage"`
	Inputs      []Input      `json:"inputs"`
	Explained   []string     `json:"explained"`             // written reasons, "晋江市 重度残疾人 实际排查数:…"; what other versions of the form leave blank
	Waived      []string     `json:"waived,omitempty"`      // waivers the inputs made use of, as printed
	Adjustments []Adjustment `json:"adjustments,omitempty"` // in force, in order of unit and field
	// Balance is the ledger's account over all units; Balances that of each, by unit id. Nil for
	// other kinds.
	Balance  *forms.Balance           `json:"balance,omitempty"`
	Balances map[string]forms.Balance `json:"balances,omitempty"`
}
