// Package forms holds forms (表样) as schemas, the values filled into them, and the checks
// on those values.
//
// Its one rule: one schema, one header grid, one parser and one set of checks serve every
// face (web, Excel, PDF). A value is canonical text: what Parse makes of what a person
// typed. Blank is not zero, and what cannot be understood is kept as typed, with a problem.
//
// It knows no units, deadlines, databases or HTTP; it reads no clock. Compiling many
// returns into one table is package rollup's; drawing is package render's.
package forms

// Kind is the shape of a form.
type Kind string

// The kinds.
const (
	Table       Kind = "table"       // one row of figures per unit; compiled: a row per unit and a total
	Register    Kind = "register"    // 0..n rows; compiled: all rows, numbered anew
	Ledger      Kind = "ledger"      // 0..n items that live on across periods until closed (对账销号); laid out like a register
	Narrative   Kind = "narrative"   // texts
	Attestation Kind = "attestation" // a statement that something is done
)

// Type is the type of a field.
type Type string

// The field types.
const (
	Count    Type = "count"    // a whole number ≥ 0
	Decimal  Type = "decimal"  // exact, Field.Decimals places
	Money    Type = "money"    // 万元, exact, Field.Decimals places
	Text     Type = "text"     // one paragraph
	LongText Type = "longtext" // several paragraphs
	DateType Type = "date"     // 2021-06-25
	Choice   Type = "choice"   // one of Field.Choices
	Name     Type = "name"     // a natural person's name
	Phone    Type = "phone"
	IDNumber Type = "idnumber" // 公民身份号码, GB 11643: 18 characters with a check character
	UnitName Type = "unit"     // a reporting unit, by its name as in the directory
	File     Type = "file"     // 附件: references to stored files, one a line (see Files)
)

// Numeric reports whether values of the type are numbers that add up.
func (t Type) Numeric() bool { return t == Count || t == Decimal || t == Money }

// Form (表样) is a schema. Versions of a form are never reused.
type Form struct {
	ID      string // "annex-2", unique in its directive
	Version int
	Kind    Kind
	Label   string // 附件2; empty if the document gives none
	Title   string // as issued
	Head    []HeadItem
	Foot    []HeadItem // below the table, as issued: signature lines
	Stub    string     // heading of the first column: 地区名称 for a table, 序号 for a register
	Columns []*Heading
	Total   string // label of the total row of a roll-up: 全市合计
	// UnitRow prints the units of the fields as a heading row of their own: （人）.
	UnitRow bool
	// Numbers prints a heading row of column numbers: 甲 for the stub, 乙, 丙… for texts, and
	// 1, 2… for figures, as statistical forms have it.
	Numbers    bool
	Ledger     *LedgerRule // of a ledger; nil for other kinds
	Sections   []Section   // 科室 that fill groups of columns; empty: one hand fills all
	NotesLabel string      // 说明 or 备注, as issued
	Notes      []string    // as issued
	Checks     []Check
	Page       Page
	Remark     string // on the form as issued: misprints, readings. Not printed.
}

// HeadItem is a line above the table, as issued: 填报单位：（盖章）.
type HeadItem struct {
	Label string // 填报单位（盖章）, 表号
	From  HeadSource
	Text  string // of a fixed item: 民基12表
	Right bool   // set at the right edge
}

// HeadSource says what a head item is filled with.
type HeadSource string

// The sources.
const (
	HeadUnit  HeadSource = "unit"  // the office that reports
	HeadDate  HeadSource = "date"  // the date of submission
	HeadPhone HeadSource = "phone" // the submitter's telephone
	HeadFixed HeadSource = "fixed" // what the document gives: 表号, 制定机关, 批准文号
	HeadClerk HeadSource = "clerk" // the name of the person who submitted: 填表人
	HeadSign  HeadSource = "sign"  // left blank, to be signed by hand: 单位负责人
)

// Page is the page set-up for print as the form states it. Setup fills in what is not stated.
type Page struct {
	Paper     string // "A4", "A3"; empty: not stated
	Landscape bool   // meaningless while Paper is empty
	Margins   *Margins
}

// Margins are the edges of a page in mm.
type Margins struct{ Top, Right, Bottom, Left float64 }

// LedgerRule says how the items of a ledger (台账) live and are closed (销号). The fields are
// named by their ids.
type LedgerRule struct {
	// Closed is a date field: an item is closed in the period in which it is filled. Empty where
	// the form as issued has no such column: then no item is ever closed, and the sheet of each
	// period holds all there have been.
	Closed   string
	Deadline string   // date field: the item's own deadline; empty if items have none
	Evidence []string // fields that must be filled to close: what shows that it is done
	Zero     ZeroMeaning
}

// ZeroMeaning is what a zero report of a ledger attests.
type ZeroMeaning string

// The meanings.
const (
	NothingNew  ZeroMeaning = "nothing_new"  // no new item this period; open ones live on unchanged
	NothingOpen ZeroMeaning = "nothing_open" // there is no item at all: an open one contradicts it
)

// Section is a part of the unit (科室) that fills its own columns of a form.
type Section struct {
	ID   string // "child-welfare"
	Name string // 儿童福利科
}

// Heading is a node of the column tree: a heading over headings, or a leaf with a field.
type Heading struct {
	Label    string
	Children []*Heading
	Field    *Field // nil unless the heading is a leaf
}

// Field is one column (or one text of a narrative).
type Field struct {
	ID       string
	Label    string   // of its own heading
	Path     []string // labels from the top heading down to its own
	Type     Type
	Unit     string // 人, 万元; empty for none
	Decimals int
	Required bool
	Choices  []string
	// Baseline names the figure handed down that belongs to this field: a field id of the
	// baseline's form, in the form "annex-1.disabled". Empty for none.
	Baseline string
	// Sum makes the field a total of the named fields of its row: computed, never typed. It is
	// blank while all of them are.
	Sum      []string
	Section  string // id of the section that fills it; empty: any
	Personal bool   // personal data: a name, a number, what identifies somebody
	Max      int    // longest text in characters, most files of a file field; 0 means the default of the type
	Remark   string
}

// Check is one rule over a return (note 1 of Annex 2: 不得少于下发数据量).
type Check struct {
	ID string
	// Each lists the fields the rule is tried on in turn; in the rule `cell` is the value
	// and `baseline` the figure handed down for it. Empty: the rule is tried once a row, and
	// names fields directly.
	Each []string
	Rule string // a small expression: see Form.Check
	// Severity holds from the first period; Later replaces it for periods on or after a date.
	Severity Severity
	Later    []Change
	// Zero says what becomes of the check when the sheet is a zero report.
	Zero      ZeroCheck
	Message   string // Chinese, with {cell} {baseline} {column}
	MessageEn string
	Cite      string // 附件2说明1
}

// ZeroCheck is what a check does under a zero report.
type ZeroCheck string

// The ways.
const (
	ZeroSkips ZeroCheck = ""      // it is not tried
	ZeroTries ZeroCheck = "tries" // it is tried once with every figure of the form taken as the 0 that is attested
)

// Change raises or lowers a check's severity for periods from a date on (ISO date).
type Change struct {
	From     string
	Severity Severity
}

// Severity is what a failing check means.
type Severity string

// The severities.
const (
	Blocking Severity = "blocking" // 强制性: refused
	Explain  Severity = "explain"  // 核实性: passes with a written reason
)

// Row is the values of one row by field id, canonical text. A missing key and "" both mean
// blank; blank is not zero.
type Row map[string]string

// ItemID is the key under which a ledger's row keeps the stable id of its item. It is no field:
// field ids begin with a letter.
const ItemID = "_id"

// Sheet is what one unit fills into one form for one duty.
type Sheet struct {
	Rows []Row `json:"rows,omitempty"`
	// Zero is the attested "nothing this period" (零报送). A zero sheet has no rows.
	Zero bool `json:"zero,omitempty"`
	// Reasons are the written explanations of failing explain-checks, by Problem.Key.
	Reasons map[string]string `json:"reasons,omitempty"`
	// Waived are the waivers that opened blocking checks for this sheet, by Problem.Key: who
	// waived it and why, as it is printed. Set when the return is sent, never by its writer.
	Waived map[string]string `json:"waived,omitempty"`
}

// Content is all sheets of one return, by form id.
type Content map[string]Sheet

// Problem is one thing that is wrong with a return, for the person who fills it in.
type Problem struct {
	Form      string // form id
	Row       int    // index into Sheet.Rows; -1 for the whole form
	Field     string // field id; empty for the whole row
	Check     string // check id, or "type", "required", "zero", "sum", "item", "closed", "balance"
	Severity  Severity
	Message   string // Chinese: what is wrong, where, and what to do
	MessageEn string
	Reason    string // the written reason given so far, for explain checks
	Waived    string // the waiver that lets a blocking check pass: who waived it and why; empty if none
}

// Key identifies the problem within a return: it is what a reason is filed under.
func (p Problem) Key() string {
	return p.Check + "@" + CellName(p.Form, p.Row, p.Field)
}

// Open reports whether the problem still stands in the way of submitting: a blocking one
// unless it is waived, an explain one while no reason is written.
func (p Problem) Open() bool {
	if p.Severity == Blocking {
		return p.Waived == ""
	}
	return p.Reason == ""
}

// Context is what checks may look at beside the sheet itself.
type Context struct {
	Period   string            // ISO date of the period
	Baseline map[string]string // figures handed down to this unit by "form.field"; nil if none
	Content  Content           // the other sheets of the same return
	// Others are the sheets of the unit's other forms under the same directive, by form id, from
	// the latest returns that are in. A sheet of Content goes before one of Others.
	Others Content
	// Last is the unit's return to the same obligation for the period before, if it was
	// accepted, by form id: what `last.` looks at.
	Last Content
	// Opening are the items open when the period began, by ledger form id, as last reported.
	Opening map[string][]Row
	// Issued are the ids given in this period to new items of the ledgers, by form id: those on
	// the unit's draft and on earlier versions of its return. An id neither here nor among
	// Opening is unknown, and refused.
	Issued  map[string][]string
	Units   []string // the names a field of type unit may hold; nil: any
	Waivers []Waiver // those granted to the unit for the period
}

// Waiver opens a blocking check for one unit and period (强制性审核豁免): some are right to
// break the rule, and somebody above says so.
type Waiver struct {
	Form   string // form id
	Check  string // id of one of the form's own checks; "type" and the like cannot be waived
	Field  string // the one field it holds for; empty: all that the check runs over
	Reason string // as printed in the notes of the edition
	By     string // who granted it, as printed: 泉州市民政局 林样一
}

// Fields returns the leaves of the column tree in printed order.
func (f *Form) Fields() []*Field {
	var out []*Field
	var walk func([]*Heading)
	walk = func(hs []*Heading) {
		for _, h := range hs {
			if h.Field != nil {
				out = append(out, h.Field)
			}
			walk(h.Children)
		}
	}
	walk(f.Columns)
	return out
}

// SetPaths gives each field the label of its own heading and the path of labels down to it, as Load
// does: for forms that are made otherwise, when their tree is complete.
func (f *Form) SetPaths() { setPaths(f.Columns, nil) }

func setPaths(hs []*Heading, above []string) {
	for _, h := range hs {
		path := append(above[:len(above):len(above)], h.Label)
		if h.Field != nil {
			h.Field.Label, h.Field.Path = h.Label, path
		}
		setPaths(h.Children, path)
	}
}

// Field returns the field with the given id, or nil.
func (f *Form) Field(id string) *Field { return find(f.Columns, id) }

func find(hs []*Heading, id string) *Field {
	for _, h := range hs {
		if h.Field != nil && h.Field.ID == id {
			return h.Field
		}
		if x := find(h.Children, id); x != nil {
			return x
		}
	}
	return nil
}
