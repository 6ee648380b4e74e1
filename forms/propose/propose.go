// Package propose makes a form's schema out of a table that somebody has drawn in a spreadsheet:
// merged headings become the column tree, what stands around them head, notes and signatures, and
// words such as 身份证号 or 金额（万元） the types of the fields.
//
// Its one rule: a guess is told. Whatever the table does not say for certain comes back with the
// proposal as a Question about the place it concerns, for a person to settle; and what the table
// says is kept as it stands, in its words and its order.
//
// It is pure: it reads no files (package workbook has), stores nothing, and does not know who is
// to fill the form in, or by when. What it proposes is a valid form, and no more than a proposal.
package propose

import (
	"fmt"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// FormID is the id of every proposed form: the directive it goes into has no other.
const FormID = "table"

// Question is a guess that a person ought to look at, in Chinese and English.
type Question struct {
	Field  string // field id; empty for the form as a whole
	About  string // what was guessed: one of the About constants
	Zh, En string
}

// What a question is about.
const (
	AboutTitle   = "title"
	AboutKind    = "kind"
	AboutStub    = "stub"
	AboutHeading = "heading"
	AboutType    = "type"
	AboutUnit    = "unit"
	AboutSum     = "sum"
	AboutChoices = "choices"
	AboutSheet   = "sheet"
)

// The bounds of what is looked at. A head has few rows; what follows are samples.
const (
	maxLook    = 200 // rows of a sheet
	maxHead    = 8   // heading rows
	maxColumns = 200 // as forms.Form.Validate has it
	maxDepth   = 6   // levels of headings, too
)

// FromTable proposes a form for the table in the first visible sheet of a book that holds one. The
// form is version 1, its id is FormID, and it is valid (forms.Form.Validate). Questions come in
// printed order, those about the form as a whole first. The error is a workbook.Fault that says
// what is missing.
func FromTable(b *workbook.Book) (*forms.Form, []Question, error) {
	seen := 0
	var found *proposal
	for _, s := range b.Sheets {
		if s.Hidden || len(s.Rows) == 0 {
			continue
		}
		seen++
		if found == nil {
			found = read(newTable(s))
			if found != nil {
				found.name = s.Name
			}
		}
	}
	if found == nil {
		return nil, nil, workbook.Fault{
			Zh: "没有找到表头。请从 Excel 或 WPS 中连同标题行一起复制表头，再粘贴；至少要有两个栏目。",
			En: "No table head was found: copy the head out of Excel or WPS together with its title, and paste it; it needs two columns at least."}
	}
	if seen > 1 {
		found.ask("", AboutSheet, fmt.Sprintf("文件中有 %d 个工作表，以“%s”为准；其他工作表请另建报表。", seen, found.name),
			fmt.Sprintf("The file has %d sheets; “%s” was taken. Make forms of their own for the others.", seen, found.name))
	}
	f, err := found.form()
	return f, found.questions, err
}

// proposal is a form in the making.
type proposal struct {
	name      string // of the sheet
	t         *table
	top       int // first heading row
	body      int // first row below the head
	end       int // first row below the samples
	unitRow   int // -1 for none
	numbers   int // row of column numbers, -1 for none
	title     string
	label     string // 附件2
	unit      string // 单位：万元, for all figures
	head      []forms.HeadItem
	foot      []forms.HeadItem
	notesHead string
	notes     []string

	kind      forms.Kind
	stub      string
	total     string
	columns   []column
	leaves    []*leaf
	questions []Question
}

// ask files a question; those about the form as a whole go before those about fields.
func (p *proposal) ask(field, about, zh, en string) {
	q := Question{field, about, zh, en}
	if field != "" {
		p.questions = append(p.questions, q)
		return
	}
	i := 0
	for i < len(p.questions) && p.questions[i].Field == "" {
		i++
	}
	p.questions = append(p.questions[:i], append([]Question{q}, p.questions[i:]...)...)
}

// form puts the proposal together.
func (p *proposal) form() (*forms.Form, error) {
	f := &forms.Form{
		ID: FormID, Version: 1, Kind: p.kind, Label: p.label, Title: p.title, Head: p.head, Foot: p.foot, Stub: p.stub, Total: p.total,
		UnitRow: p.unitRow >= 0, Numbers: p.numbers >= 0, Columns: p.tree(), NotesLabel: p.notesHead, Notes: p.notes,
	}
	f.SetPaths()
	f.Checks = p.checks()
	if f.Title == "" {
		f.Title = "未命名报表"
		p.ask("", AboutTitle, "没有找到标题，请填写报表名称。", "No title was found: please give one.")
	}
	if errs := f.Validate(); len(errs) > 0 {
		return nil, workbook.Fault{
			Zh: "表头无法整理成报表：" + errs[0].Error() + "。请检查表头后重新粘贴。",
			En: "The head makes no form: " + errs[0].Error() + ". Check it and paste it again."}
	}
	return f, nil
}
