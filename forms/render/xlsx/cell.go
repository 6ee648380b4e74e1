package xlsx

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms"
)

// digits is how many significant decimal digits every IEEE 754 double carries, and all
// that a spreadsheet keeps of a number.
const digits = 15

// value puts the canonical text of a field into column col (from 0): a number or a date
// where it is one, otherwise the text as it stands; blank is an empty cell. It is aligned as
// its type asks unless l says how.
func (b *book) value(col int, field *forms.Field, s string, l look) error {
	align, format, v := "left", "", any(nil)
	switch {
	case field.Type.Numeric():
		align = "right"
		if n, places, ok := number(field, s); ok {
			v, format = n, numberFormat(places)
		}
	case field.Type == forms.DateType:
		align = "center"
		if days, ok := date(s); ok {
			v, format = days, "yyyy-mm-dd"
		}
	case field.Type == forms.Choice:
		align = "center"
	}
	if l.align == "" {
		l.align = align
	}
	if v == nil {
		return b.text(col, s, l)
	}
	if l.noted { // a mark that is shown behind the number and is no part of it
		format += `"*"`
	}
	l.format, l.noted = format, false
	return b.put(col, v, l)
}

// text puts a string into a cell; "" leaves the cell empty. It is marked as text so that it
// stays text when somebody edits the cell.
func (b *book) text(col int, s string, l look) error {
	if s == "" {
		return b.put(col, nil, l)
	}
	n := units(s)
	if n > excelize.TotalCellChars {
		return fmt.Errorf("a text of %d characters is longer than the %d a cell can hold", n, excelize.TotalCellChars)
	}
	l.noted = false
	if n <= 255 { // some versions show a longer text of this format as ####
		l.format = "@"
	}
	l.quoted = risky(s)
	return b.put(col, s, l)
}

// put puts a value (int64, float64, string or nil) into a cell of the row being made.
func (b *book) put(col int, v any, l look) error {
	id, err := b.styles.id(l)
	b.line[col] = excelize.Cell{StyleID: id, Value: v}
	return err
}

// flush writes the row being made with the given height in points and empties it. Heights are
// always given: not every program fits rows to their text when it opens a file.
func (b *book) flush(height float64) error {
	b.row++
	at, err := excelize.CoordinatesToCellName(1, b.row)
	if err != nil {
		return err
	}
	err = b.out.SetRow(at, b.refs, excelize.RowOpts{Height: min(height, excelize.MaxRowHeight)})
	clear(b.line)
	return err
}

// risky reports whether s starts with what a spreadsheet takes for the start of a formula
// (or a converter to CSV leaves for the next spreadsheet to take for one), full-width forms
// included.
func risky(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("=+-@\t\r\n＝＋－＠", first)
}

// units returns the length of s as the format counts it, in UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

var decimalText = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// number returns canonical decimal text as what a cell holds it in without loss (a whole
// number as int64, else a float64 whose shortest text is the same number) and the decimal
// places to show. ok is false for anything else.
func number(field *forms.Field, s string) (v any, places int, ok bool) {
	if field.Type == forms.Count {
		n, ok := whole(s)
		return n, 0, ok
	}
	if !decimalText.MatchString(s) {
		return nil, 0, false
	}
	d, err := decimal.NewFromString(s)
	if err != nil || d.NumDigits() > digits {
		return nil, 0, false
	}
	places = max(field.Places(), int(-d.Exponent()))
	if d.IsInteger() {
		return d.IntPart(), places, true
	}
	// At most 15 digits: the nearest double is nearer to d than to any other number of 15
	// digits, so its shortest text, which is what is written to the file, is d again.
	return d.InexactFloat64(), places, true
}

// whole returns canonical text of a whole number of at most 15 digits.
func whole(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != s || len(strings.TrimPrefix(s, "-")) > digits {
		return 0, false
	}
	return n, true
}

// numberFormat returns the format with thousands separators and so many decimal places.
func numberFormat(places int) string {
	if places == 0 {
		return "#,##0"
	}
	return "#,##0." + strings.Repeat("0", places)
}

// date returns an ISO date as the day number of the 1900 system. Before March 1900 that
// system counts a day that never was (ECMA-376 part 1, 18.17.4.1): such a date stays text.
func date(s string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, false
	}
	days := int64(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
	return days, days > 60 && t.Year() <= 9999
}
