package web

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// What was read of a file stands in the preview's page itself, in a hidden field, and comes back
// with the button that is pressed: no server keeps it meanwhile, so that a restart or another
// server in between loses nothing. It carries no authority and needs no seal: whoever changes it
// hands in what he might as well have typed, and every value is read again as a typed one.
//
// It is a record of texts per line, so that it is read piece by piece within its bounds.

// The bounds of what a preview carries, in bytes and pieces.
const (
	maxCarried  = maxBody - 64<<10 // packed, as posted beside a few other inputs
	maxUnpacked = 16 << 20         // unpacked: what a reader of it may have to hold
	mostRecords = 50_000           // lines: rows, and what is wrong in them
	mostTexts   = 1000             // of a line
)

// pack spells an import for the hidden field. A Fault says that it is too much for one.
func pack(file string, im *workbook.Import) (string, error) {
	var b bytes.Buffer
	text := base64.NewEncoder(base64.RawURLEncoding, &b)
	z, err := flate.NewWriter(text, flate.DefaultCompression)
	if err != nil {
		return "", err
	}
	size := &counted{w: z}
	out := json.NewEncoder(size)
	out.SetEscapeHTML(false)
	put := func(record ...string) {
		if err == nil {
			err = out.Encode(record)
		}
	}
	put("form", im.Form.ID, strconv.Itoa(im.Form.Version), file, im.Name)
	put(append([]string{"missing"}, im.Missing...)...)
	fields := im.Form.Fields()
	for _, r := range im.Rows {
		record := []string{"row", strconv.Itoa(r.N), r.Label, r.Row[forms.ItemID]}
		for _, x := range fields {
			record = append(record, r.Row[x.ID])
		}
		put(record...)
	}
	for _, p := range im.Problems {
		put("problem", p.At, strconv.Itoa(p.Row), p.Field, strconv.FormatBool(p.Warning), p.Zh, p.En)
	}
	for _, end := range []func() error{z.Close, text.Close} {
		if err == nil {
			err = end()
		}
	}
	if err == nil && (b.Len() > maxCarried || size.n > maxUnpacked || 2+len(im.Rows)+len(im.Problems) > mostRecords) {
		err = workbook.Fault{Zh: "文件的内容或错误过多，无法一次导入。请核对后分成几份，逐份导入。", En: "The file holds too much, or too much that is wrong, for one import: check it, split it and import the parts."}
	}
	return b.String(), err
}

// counted counts what is written through it.
type counted struct {
	w io.Writer
	n int
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += n
	return n, err
}

// unpack reads it back for one of the forms: values canonical, totals computed. What no page of
// ours has written is errBadForm; a form that has changed meanwhile is a Fault.
func unpack(fs []*forms.Form, s string) (im *workbook.Import, file string, err error) {
	if len(s) > maxCarried { // no page of ours has written it
		return nil, "", errTooLarge
	}
	z := flate.NewReader(base64.NewDecoder(base64.RawURLEncoding, bytes.NewReader([]byte(s))))
	in := json.NewDecoder(io.LimitReader(z, maxUnpacked))
	for n := 0; ; n++ {
		var record texts
		switch err := in.Decode(&record); {
		case n > mostRecords:
			return nil, "", errBadForm
		case err == io.EOF && im != nil:
			for i := range im.Problems {
				if im.Problems[i].Row >= len(im.Rows) {
					return nil, "", errBadForm
				}
			}
			return im, file, nil
		case err != nil || len(record) == 0:
			return nil, "", errBadForm
		}
		kind, rest := record[0], record[1:]
		switch {
		case im == nil && kind == "form" && len(rest) == 4 && utf8.RuneCountInString(rest[2]) <= maxFileName:
			f := formByID(fs, rest[0])
			if f == nil {
				return nil, "", errBadForm
			}
			if strconv.Itoa(f.Version) != rest[1] {
				return nil, "", workbook.Fault{Zh: "表样刚刚更新，请重新选择文件上传。", En: "The form has just been changed: choose the file again."}
			}
			im, file = &workbook.Import{Form: f, Name: rest[3]}, rest[2]
		case im != nil && kind == "missing":
			im.Missing = rest
		case im != nil && kind == "row" && len(rest) == 3+len(im.Form.Fields()) && len(im.Rows) < forms.MaxRows:
			n, err := strconv.Atoi(rest[0])
			if err != nil {
				return nil, "", errBadForm
			}
			row := reread(im.Form, rest[2], rest[3:])
			im.Rows = append(im.Rows, workbook.RowRef{N: n, Label: rest[1], Row: row})
			if !im.Form.Single() || len(im.Sheet.Rows) == 0 {
				im.Sheet.Rows = append(im.Sheet.Rows, row)
			}
		case im != nil && kind == "problem" && len(rest) == 6:
			row, err := strconv.Atoi(rest[1])
			if err != nil || row < -1 {
				return nil, "", errBadForm
			}
			im.Problems = append(im.Problems, workbook.Problem{At: rest[0], Row: row, Field: rest[2], Warning: rest[3] == "true",
				Fault: workbook.Fault{Zh: rest[4], En: rest[5]}})
		default:
			return nil, "", errBadForm
		}
	}
}

// texts is one record. It holds little more than a form has columns: millions of empty texts would
// take many times the space they were sent in.
type texts []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *texts) UnmarshalJSON(b []byte) error {
	in := json.NewDecoder(bytes.NewReader(b))
	if begin, err := in.Token(); err != nil || begin != json.Delim('[') {
		return errBadForm
	}
	for *t = nil; in.More(); {
		var s string
		if err := in.Decode(&s); err != nil || len(*t) == mostTexts {
			return errBadForm
		}
		*t = append(*t, s)
	}
	return nil
}

// reread reads the values of a row, in the order of the form's fields, as if they were typed.
func reread(f *forms.Form, item string, values []string) forms.Row {
	typed := map[string]string{forms.CellName(f.ID, 0, forms.ItemID): item}
	for i, x := range f.Fields() {
		if x.Type != forms.File { // files are uploaded, never named
			typed[forms.CellName(f.ID, 0, x.ID)] = values[i]
		}
	}
	s := forms.Parse(f, func(name string) (string, bool) { v, ok := typed[name]; return v, ok }, 1)
	if len(s.Rows) == 0 {
		return forms.Row{}
	}
	return s.Rows[0]
}

func formByID(fs []*forms.Form, id string) *forms.Form {
	for _, f := range fs {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// tooMuch is the Fault of an upload that is larger than any table.
func tooMuch() workbook.Fault {
	mb := workbook.MaxFile >> 20
	return workbook.Fault{Zh: fmt.Sprintf("文件超过%dMB。请删去图片和无关的工作表，另存后再上传。", mb),
		En: fmt.Sprintf("The file is larger than %d MB: remove pictures and other sheets, and save it anew.", mb)}
}
