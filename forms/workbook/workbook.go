// Package workbook reads the tables people hand in: Excel and WPS workbooks (.xlsx), CSV and
// text files, and blocks copied out of a spreadsheet; and finds in them the rows of a form.
//
// Its one rule: a workbook is hostile until it has been counted, and nothing in it is ever
// executed or followed. Every entry of the archive, every inflated byte, every element and
// every row is counted against a bound before it is kept; a file that breaks one gets a clear
// answer early, with little time and memory spent. A formula is never evaluated: what counts
// is the result the spreadsheet saved beside it. A link to another file is never opened.
//
// A cell is the text its reader saw: 12.5% and not 0.125, 2021-06-25 and not 44372, 0.3 and not
// 0.30000000000000004. What a field makes of the text is forms.Normalize's to say, as on the web.
//
// It reads xlsx with archive/zip and encoding/xml and not with a spreadsheet library: a library
// builds the document in memory before it can be asked for merged cells or formulas, and counts
// only bytes. Here a sheet is one pass over its tokens.
//
// It writes no files (package render/xlsx does), stores nothing and checks no rules of a form:
// what it hands on is a forms.Sheet, with the address of every cell it did not understand.
package workbook

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms"
)

// The bounds of what is read. The archive's are those of reliability practice with OOXML
// (inflated size, ratio, entries); those of a sheet follow from forms.MaxRows.
const (
	MaxFile     = 20 << 20  // bytes of a file as handed in
	MaxEntries  = 2000      // of an archive
	MaxInflated = 200 << 20 // bytes of all entries together
	MaxColumns  = 512       // of a sheet that hold something
	headRows    = 200       // rows a sheet may have beside forms.MaxRows: titles, heads, notes
	maxCells    = 600_000   // cells of a workbook that hold something
	maxSheets   = 100
)

// Fault says why a file cannot be taken, for the person who handed it in: what is wrong and
// what to do.
type Fault struct{ Zh, En string }

// Error is the English text.
func (f Fault) Error() string { return f.En }

// Book is what was read of a file.
type Book struct {
	Format string // "xlsx", "csv", "tsv", "html"
	Sheets []*Sheet
	Notes  []Fault // what was left aside and does no harm: links to other files
	left   int     // cells that may still be kept
}

// Sheet is one sheet of a book. Only rows and cells that hold something are kept.
type Sheet struct {
	Name   string
	Hidden bool
	Rows   []Line // in order of N
	Cut    bool   // the sheet has more rows than are read; what is here is its beginning
	merges []Range
	unseen [][2]int // hidden columns, from and to
}

// Line is a row of a sheet.
type Line struct {
	N      int // as the spreadsheet counts, from 1
	Hidden bool
	Cells  []Cell // in order of Col
}

// Cell is one cell that holds something.
type Cell struct {
	Col     int    // from 0
	Text    string // as its reader saw it, but with all digits
	Shown   string // of a number whose format shows fewer digits than it has: the shown ones
	Kind    Kind
	Formula bool // the text is the saved result of a formula
}

// Kind is what a cell holds.
type Kind uint8

// The kinds.
const (
	Text Kind = iota
	Number
	Date    // ISO, with the time if there is one
	Bool    // TRUE or FALSE
	Failed  // an error value: #DIV/0!
	Unsaved // a formula without its result
	Scaled  // a number that its format shows with the point moved: thousands, 万
)

// Address names a cell as spreadsheets do: row from 1, column from 0.
func Address(row, col int) string { return Column(col) + strconv.Itoa(row) }

// Column names a column as spreadsheets do, from 0: A, B, … AA.
func Column(col int) string {
	s := ""
	for col++; col > 0; col = (col - 1) / 26 {
		s = string(rune('A'+(col-1)%26)) + s
	}
	return s
}

// Open reads a file of the given size in bytes. What cannot be taken as a table is a Fault; any
// other error is r's own.
func Open(r io.ReaderAt, size int64) (*Book, error) {
	switch {
	case size == 0:
		return nil, Fault{"文件是空的，请重新选择。", "The file is empty: choose another."}
	case size > MaxFile:
		return nil, Fault{"文件超过20MB。请删去图片和无关的工作表，另存后再上传。", "The file is larger than 20 MB: remove pictures and other sheets, and save it anew."}
	}
	what, err := sniff(r, size)
	if err != nil {
		return nil, err
	}
	b := &Book{left: maxCells}
	if what == isZip {
		b.Format = "xlsx"
		err = b.xlsx(r, size)
	} else {
		b.Format = "csv"
		err = b.text(io.NewSectionReader(r, 0, size))
	}
	if err != nil {
		return nil, err
	}
	return b, b.whole()
}

// whole reports a fault if no sheet a person sees could be read to its end.
func (b *Book) whole() error {
	var cut *Sheet
	for _, s := range b.Sheets {
		switch {
		case len(s.Rows) == 0, s.Name == TagSheet:
		case !s.Cut: // what is hidden is not read, but said to be hidden
			return nil
		default:
			cut = s
		}
	}
	if cut == nil {
		return Fault{"文件里没有任何内容。请确认已保存，再上传。", "The file holds nothing: save it and try again."}
	}
	return cut.tooLong()
}

func (s *Sheet) tooLong() Fault {
	most := strconv.Itoa(forms.MaxRows)
	return Fault{"工作表“" + s.Name + "”的行数过多，一次最多" + most + "行。请分批上报；下面若是空行，请删除空行后另存。",
		"The sheet “" + s.Name + "” has too many rows: at most " + most + " at a time. Split it, or delete the empty rows below."}
}

// add keeps a cell of the row being read. It is an error if the book is full.
func (b *Book) add(l *Line, c Cell) error {
	if c.Text == "" && c.Kind != Unsaved {
		return nil
	}
	if c.Col >= MaxColumns {
		return Fault{"第" + strconv.Itoa(l.N) + "行有内容在第" + strconv.Itoa(MaxColumns) + "列之后。请删去表格以外的内容后另存。",
			"Row " + strconv.Itoa(l.N) + " holds something beyond column " + strconv.Itoa(MaxColumns) + ": remove what lies outside the table."}
	}
	if b.left--; b.left < 0 {
		return tooBig
	}
	l.Cells = append(l.Cells, c)
	return nil
}

// end keeps the row that was read if it holds something; more is false if the sheet has as many
// as are read.
func (s *Sheet) end(l Line) (more bool) {
	if len(l.Cells) == 0 {
		return true
	}
	if len(s.Rows) == forms.MaxRows+headRows {
		s.Cut = true
		return false
	}
	l.Cells = slices.Clip(l.Cells)
	s.Rows = append(s.Rows, l)
	return true
}

// cell returns what stands in a column of a row.
func (l *Line) cell(col int) (Cell, bool) {
	i, ok := slices.BinarySearchFunc(l.Cells, col, func(c Cell, col int) int { return c.Col - col })
	if !ok {
		return Cell{}, false
	}
	return l.Cells[i], true
}

// line returns the row with a number, or nil if it holds nothing.
func (s *Sheet) line(n int) *Line {
	i, ok := slices.BinarySearchFunc(s.Rows, n, func(l Line, n int) int { return l.N - n })
	if !ok {
		return nil
	}
	return &s.Rows[i]
}

// blank reports whether a text shows nothing.
func blank(s string) bool { return strings.TrimSpace(s) == "" }

var (
	tooBig = Fault{"文件内容过多，无法作为报表读取。请只保留要上报的工作表，另存后再上传。",
		"The file holds more than a return can: keep only the sheet to be handed in."}
	broken = Fault{"文件已损坏或不完整。请用 Excel 或 WPS 打开，另存为 .xlsx 后重新上传。",
		"The file is damaged or incomplete: open it in Excel or WPS and save it as .xlsx again."}
)
