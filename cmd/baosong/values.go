package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/forms/workbook"
)

// values are what a file says is filled into a form: the sheet of one unit, or of a table the
// rows of many units.
type values struct {
	form     *forms.Form
	fields   []*forms.Field
	sheet    forms.Sheet
	place    string         // who filled the sheet in, if the file says it
	units    []rollup.Input // of a table of many units; nil otherwise
	at       func(unit, row int, field string) string
	problems []string        // as printed
	refused  int             // how many of those found while reading stand in the way
	told     map[string]bool // cells of a workbook of which something is told already
	list     []string        // of a row that was read, for the next
}

// largeData is from how many bytes on memory matters more than a millisecond: a table of 3,000
// rows is to be drawn in 64 MiB.
const largeData = 256 << 10

// read reads a file by its extension.
func (v *values) read(name string, stdin io.Reader) error {
	v.fields, v.told = v.form.Fields(), map[string]bool{}
	var (
		data []byte
		err  error
	)
	if name == "-" {
		data, err = io.ReadAll(stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return fmt.Errorf("the data cannot be read: %w", err)
	}
	if len(data) > largeData {
		debug.SetGCPercent(100)
	}
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case ext == ".json" || name == "-":
		err = v.json(data)
	case ext == ".yaml" || ext == ".yml":
		err = v.yaml(name, data)
	case ext == ".xlsx" || ext == ".csv" || ext == ".tsv" || ext == ".txt":
		err = v.workbook(data)
	default:
		return usageError{fmt.Errorf("--data %s: a file named .json, .yaml, .csv or .xlsx is read", name)}
	}
	var fault workbook.Fault
	if errors.As(err, &fault) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return err
}

// workbook reads the rows of the form out of a spreadsheet or CSV file.
func (v *values) workbook(data []byte) error {
	b, err := workbook.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	im, err := workbook.Match(v.form, b)
	if err != nil {
		return err
	}
	for _, p := range im.Problems {
		if !p.Warning {
			v.refused++
			v.told[forms.CellName("", p.Row, p.Field)] = true
		}
		v.problems = append(v.problems, p.En)
	}
	for _, c := range im.Missing {
		v.problems = append(v.problems, fmt.Sprintf("note: there is no column “%s”", c))
	}
	v.at = func(unit, row int, _ string) string {
		if i := max(unit, row); i >= 0 && i < len(im.Rows) {
			return fmt.Sprintf("row %d", im.Rows[i].N)
		}
		return ""
	}
	v.sheet = im.Sheet
	switch {
	case v.form.Single() && len(im.Rows) == 1:
		v.place = im.Rows[0].Label
	case v.form.Single():
		v.sheet = forms.Sheet{}
		for _, r := range im.Rows {
			v.unit(r.Label, "", false, r.Row)
		}
	}
	return nil
}

// unit adds a line of a table of many units. Without a mark, a unit whose cells are all blank has
// reported nothing yet.
func (v *values) unit(label string, mark rollup.Mark, own bool, row forms.Row) {
	in := rollup.Input{Unit: fmt.Sprintf("line-%d", len(v.units)), Name: label, Mark: mark, Own: own}
	if in.Mark == "" {
		in.Mark = rollup.Reported
		if row.Blank() {
			in.Mark = rollup.Missing
		}
	}
	if !row.Blank() {
		in.Sheet.Rows = []forms.Row{row}
	}
	v.units = append(v.units, in)
}

// canonical makes canonical text of a row as typed, with totals computed. What is not understood
// stays as typed: check tells of it. unit is -1 in the sheet of one unit.
func (v *values) canonical(unit, row int, typed forms.Row) forms.Row {
	totals := false
	for _, x := range v.fields {
		totals = totals || len(x.Sum) > 0
		old, given := typed[x.ID]
		if !given {
			continue
		}
		if value, _ := forms.Normalize(x, old); value == "" {
			delete(typed, x.ID)
		} else if value != old {
			typed[x.ID] = value
		}
	}
	if !totals {
		return typed
	}
	out, ps := v.form.Computed(max(row, 0), typed)
	for _, p := range ps {
		v.refused++
		v.problems = append(v.problems, v.at(unit, row, p.Field)+": "+p.MessageEn)
	}
	return out
}

// check checks what was read as it would be when it is handed in, on date (ISO; may be empty),
// notes the problems and returns how many would be refused. What the form only asks a reason for
// does not count. Nothing is said of an empty form.
func (v *values) check(date string) int {
	open, c := v.refused, v.form.Checker()
	look := func(unit int, s forms.Sheet) {
		for _, p := range c.Check(s, forms.Context{Period: date}) {
			if !p.Open() || v.told[forms.CellName("", max(unit, p.Row), p.Field)] {
				continue
			}
			text := p.MessageEn
			if a := v.at(unit, p.Row, p.Field); a != "" {
				text = a + ": " + text
			}
			if p.Severity == forms.Blocking {
				open++
			} else {
				text = "note: " + text
			}
			v.problems = append(v.problems, text)
		}
	}
	switch {
	case v.at == nil:
	case len(v.units) == 0:
		look(-1, v.sheet)
	default:
		for i, u := range v.units {
			if u.Mark == rollup.Reported {
				look(i, u.Sheet)
			}
		}
	}
	return open
}

// document lays out what was read; a table of many units as a roll-up that says nothing of whom it
// covers, because a file of figures does not know who owed them.
func (v *values) document(im render.Imprint) (render.Document, error) {
	im.Place = v.place
	if len(v.units) == 0 {
		s := v.sheet
		if v.at == nil && v.form.Kind == forms.Table {
			s.Rows = []forms.Row{{}} // one blank row, not six: it has one
		}
		return render.Single(v.form, s, im), nil
	}
	t, err := rollup.Compile(v.form, v.units)
	if err != nil {
		return render.Document{}, err
	}
	d := render.Compiled(v.form, t, im)
	d.Statements = d.Statements[len(rollup.CoverageText(t.Coverage)):]
	return d, nil
}
