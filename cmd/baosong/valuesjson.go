package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// jsonSheet is one JSON value of a data file: a sheet, the lines of many units, or one such line.
type jsonSheet struct {
	Label   string            `json:"label"`
	Rows    []json.RawMessage `json:"rows"`
	Zero    bool              `json:"zero"`
	Reasons map[string]string `json:"reasons"`
	Waived  map[string]string `json:"waived"`
	Lines   []jsonLine        `json:"lines"`
	jsonLine
}

type jsonLine struct {
	Label string          `json:"label"`
	Cells json.RawMessage `json:"cells"`
	Mark  rollup.Mark     `json:"mark"`
	Own   bool            `json:"own"`
}

// json reads one JSON value, or one after another.
func (v *values) json(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var lines []jsonLine
	for n := 0; ; n++ {
		var x jsonSheet
		err := dec.Decode(&x)
		if errors.Is(err, io.EOF) && n > 0 {
			break
		}
		if err != nil {
			return jsonFault(data, dec.InputOffset(), err)
		}
		switch whole := x.Rows != nil || x.Zero; {
		case whole && (n > 0 || dec.More() || x.Lines != nil || x.Cells != nil):
			return errors.New("rows are the sheet of one unit, lines those of many: one of them, once")
		case whole:
			v.place, v.sheet = x.Label, forms.Sheet{Zero: x.Zero, Reasons: x.Reasons, Waived: x.Waived}
			return v.rows(x.Rows)
		case x.Lines != nil:
			lines = append(lines, x.Lines...)
		case x.Label == "" && x.Cells == nil:
			return errors.New("there are neither rows nor lines in it: see `baosong help render`")
		default:
			x.jsonLine.Label = x.Label
			lines = append(lines, x.jsonLine)
		}
	}
	return v.lines(lines)
}

// rows takes the rows of one unit's sheet.
func (v *values) rows(rows []json.RawMessage) error {
	v.at = func(_, row int, field string) string { return address("rows", row, field) }
	for i, raw := range rows {
		typed, err := v.cells(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", address("rows", i, ""), err)
		}
		v.sheet.Rows = append(v.sheet.Rows, v.canonical(-1, i, typed))
	}
	return nil
}

// lines takes the lines of many units. A single one that is in is a sheet.
func (v *values) lines(lines []jsonLine) error {
	if !v.form.Single() {
		return fmt.Errorf("lines are those of a table of many units, and %s is a %s: write rows", v.form.ID, v.form.Kind)
	}
	v.at = func(unit, _ int, field string) string {
		unit = max(unit, 0)
		return address("lines", unit, field) + " " + lines[unit].Label
	}
	v.units = make([]rollup.Input, 0, len(lines))
	for i, l := range lines {
		typed, err := v.cells(l.Cells)
		if err != nil {
			return fmt.Errorf("%s: %w", address("lines", i, ""), err)
		}
		if !slices.Contains([]rollup.Mark{"", rollup.Reported, rollup.ConfirmedZero, rollup.Missing, rollup.Exempt, rollup.NotApplicable}, l.Mark) {
			return fmt.Errorf("%s: mark %q: REPORTED, CONFIRMED_ZERO, MISSING, EXEMPT or NOT_APPLICABLE", address("lines", i, ""), l.Mark)
		}
		lines[i].Cells = nil // read; v.at asks for labels only
		v.unit(l.Label, l.Mark, l.Own, v.canonical(i, -1, typed))
	}
	if len(v.units) == 1 && v.units[0].Mark == rollup.Reported {
		v.place, v.sheet, v.units = v.units[0].Name, v.units[0].Sheet, nil
	}
	return nil
}

// cells reads the cells of a row: by field id, or all of them in the form's order. Numbers keep
// their digits: none becomes a float. Most rows hold plain texts and numbers and are read at
// once; what is nested, null or escaped goes value by value.
func (v *values) cells(raw json.RawMessage) (forms.Row, error) {
	if len(raw) == 0 {
		return forms.Row{}, nil
	}
	byField := map[string]any{}
	switch {
	case raw[0] != '[':
		row := make(forms.Row, len(v.fields))
		if json.Unmarshal(raw, &row) == nil {
			return row, nil
		}
		if exactly(raw, &byField) != nil {
			return nil, errors.New("cells are written by their field ids, or as a list of all of them")
		}
	default:
		if list, plain := plainList(string(raw), v.list[:0]); plain {
			v.list = list
			return v.inOrder(list)
		}
		var list []any
		if err := exactly(raw, &list); err != nil {
			return nil, err
		}
		if len(list) != len(v.fields) {
			return v.inOrder(make([]string, len(list)))
		}
		for i, x := range v.fields {
			byField[x.ID] = list[i]
		}
	}
	row := forms.Row{}
	for id, c := range byField {
		switch c := c.(type) {
		case nil:
		case string:
			row[id] = c
		case json.Number:
			row[id] = c.String()
		default:
			return nil, fmt.Errorf("%s is neither text nor number", id)
		}
	}
	return row, nil
}

// plainList reads a JSON array, known to be valid, of numbers and of texts without escapes: nearly
// every row of a large file, and half the time of reading one. Its texts are parts of s.
func plainList(s string, list []string) (_ []string, plain bool) {
	const blanks = " \t\r\n"
	if !utf8.ValidString(s) {
		return list, false
	}
	for s = strings.TrimLeft(s[1:], blanks); s != "]"; {
		n := strings.IndexAny(s, ",] \t\r\n")
		if s[0] == '"' {
			if n = strings.IndexByte(s[1:], '"') + 2; strings.IndexByte(s[:n], '\\') >= 0 {
				return list, false
			}
			list = append(list, s[1:n-1])
		} else if s[0] == '-' || '0' <= s[0] && s[0] <= '9' {
			list = append(list, s[:n])
		} else {
			return list, false
		}
		s = strings.TrimLeft(s[n:], blanks)
		if s[0] == ',' {
			s = strings.TrimLeft(s[1:], blanks)
		}
	}
	return list, true
}

// inOrder are cells in the order of the form's fields.
func (v *values) inOrder(cells []string) (forms.Row, error) {
	if len(cells) != len(v.fields) {
		return nil, fmt.Errorf("%d cells for the %d fields of %s", len(cells), len(v.fields), v.form.ID)
	}
	row := make(forms.Row, len(cells))
	for i, x := range v.fields {
		if cells[i] != "" {
			row[x.ID] = cells[i]
		}
	}
	return row, nil
}

// exactly decodes without making floats of numbers.
func exactly(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(into)
}

// address names a place in a data file: rows[3].amount.
func address(list string, i int, field string) string {
	if i < 0 {
		return ""
	}
	s := fmt.Sprintf("%s[%d]", list, i)
	if field != "" {
		s += "." + field
	}
	return s
}

// jsonFault gives the error of a decoder the line it is about.
func jsonFault(data []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
		err = fmt.Errorf("%s is a %s, which it cannot be", kind.Field, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset, err = int64(len(data)), errors.New("it ends too early")
	}
	line := 1 + bytes.Count(data[:min(int64(len(data)), max(offset, 0))], []byte("\n"))
	return fmt.Errorf("the data is not the JSON that is wanted (line %d): %s: see `baosong help render`", line, strings.TrimPrefix(err.Error(), "json: "))
}

// yamlSheet is a data file in YAML.
type yamlSheet struct {
	Label   string              `yaml:"label"`
	Rows    []map[string]string `yaml:"rows"`
	Zero    bool                `yaml:"zero"`
	Reasons map[string]string   `yaml:"reasons"`
	Waived  map[string]string   `yaml:"waived"`
	Lines   []yamlLine          `yaml:"lines"`
}

type yamlLine struct {
	Label string            `yaml:"label,required"`
	Cells map[string]string `yaml:"cells"`
	Mark  string            `yaml:"mark"`
	Own   bool              `yaml:"own"`
}

// yaml reads a data file in YAML as strictly as the catalogue is read, and hands it on as JSON.
func (v *values) yaml(name string, data []byte) error {
	var y yamlSheet
	if err := strict.Decode(name, data, &y); err != nil {
		return err
	}
	x := map[string]any{"label": y.Label, "zero": y.Zero, "reasons": y.Reasons, "waived": y.Waived}
	if y.Rows != nil {
		x["rows"] = y.Rows
	}
	if y.Lines != nil {
		lines := make([]map[string]any, len(y.Lines))
		for i, l := range y.Lines {
			lines[i] = map[string]any{"label": l.Label, "mark": l.Mark, "own": l.Own, "cells": l.Cells}
		}
		x["lines"] = lines
	}
	b, err := json.Marshal(x)
	if err != nil {
		return err
	}
	return v.json(b)
}
