package workbook

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// text reads a text file: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or GB 18030.
func (b *Book) text(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s, ok := decode(raw)
	if !ok {
		return noTable
	}
	return b.separated(s, separator(s))
}

// decode makes UTF-8 of a file. Without a mark it is UTF-8 if it can be, else GB 18030, in which
// Chinese spreadsheet programs write CSV; ok is false for what is neither, or no text at all.
func decode(raw []byte) (string, bool) {
	var from encoding.Encoding
	switch {
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")), bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		from = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case bytes.IndexByte(raw, 0) >= 0:
		return "", false
	case utf8.Valid(raw):
		return strings.TrimPrefix(string(raw), "\uFEFF"), true
	default:
		from = simplifiedchinese.GB18030
	}
	out, err := from.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) || bytes.IndexByte(out, 0) >= 0 {
		return "", false
	}
	return string(out), true
}

// separator returns the one of tab, comma and semicolon that splits the most of the first lines
// into the same number of parts. Quoted parts are passed over.
func separator(s string) rune {
	best, most := ',', 0
	for _, sep := range []rune{'\t', ',', ';'} {
		n, quoted, lines := 0, false, 0
		for _, r := range s {
			switch {
			case r == '"':
				quoted = !quoted
			case quoted:
			case r == sep:
				n++
			case r == '\n':
				lines++
			}
			if lines == 20 {
				break
			}
		}
		if n > most {
			best, most = sep, n
		}
	}
	return best
}

// separated reads text whose cells are set apart by sep.
func (b *Book) separated(s string, sep rune) error {
	in := csv.NewReader(strings.NewReader(s))
	in.Comma, in.FieldsPerRecord, in.LazyQuotes, in.ReuseRecord = sep, -1, true, true
	sheet := &Sheet{Name: "Sheet1"}
	b.Sheets = append(b.Sheets, sheet)
	for {
		record, err := in.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return broken
		}
		n, _ := in.FieldPos(0) // blank lines are no records, but count
		if len(sheet.Rows) > 0 {
			n = max(n, sheet.Rows[len(sheet.Rows)-1].N+1)
		}
		l := Line{N: n}
		for i, text := range record {
			if err := b.add(&l, Cell{Col: i, Text: strings.Clone(literal(text))}); err != nil {
				return err
			}
		}
		if !sheet.end(l) {
			return nil
		}
	}
}

// literal undoes the trick by which programs keep leading zeros in CSV: ="0595". Nothing else
// that begins with = is touched, and nothing is calculated.
func literal(s string) string {
	if in, ok := strings.CutPrefix(s, `="`); ok {
		if in, ok = strings.CutSuffix(in, `"`); ok && !strings.Contains(in, `"`) {
			return in
		}
	}
	return s
}

// maxPaste is the longest block that may be pasted, in bytes.
const maxPaste = 8 << 20

var longPaste = Fault{"粘贴的内容过多，请改为上传文件。", "Too much was pasted: hand in a file instead."}

// ReadTSV reads a block copied out of a spreadsheet as plain text: cells set apart by tabs. The
// error is a Fault.
func ReadTSV(text string) (*Book, error) {
	if len(text) > maxPaste {
		return nil, longPaste
	}
	b := &Book{Format: "tsv", left: maxCells}
	if err := b.separated(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n"), '\t'); err != nil {
		return nil, err
	}
	return b, b.whole()
}

// As reports the Fault of an error, if it is one.
func As(err error) (Fault, bool) {
	var f Fault
	return f, errors.As(err, &f)
}
