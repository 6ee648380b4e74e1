// Package strict reads YAML the way baosong's catalogue and settings are read: one
// document into one struct, and every fault of the file told in one run, each with its
// place and with what would be right.
//
// Its one rule: what the author wrote is what the program gets, or a problem. A key that
// nobody knows, a key given twice, an alias, an anchor, a merge key, a tag, a second
// document, a byte-order mark, a value of another type: each is refused. A text stays the
// text that was typed: 0123 and NO are texts where a text is asked for, and a number is
// only a number in plain ASCII digits.
//
// Struct fields are named by `yaml:"name"`, with the option `required` for a key that must
// be there and not be empty; `yaml:"-"` and untagged fields are left alone; an embedded
// struct is read as if its fields stood in its place. Fields may be strings, bools,
// integers, slices, maps with text keys, pointers, structs, and what implements
// encoding.TextUnmarshaler or Unmarshaler. An embedded Pos learns where its struct stands.
//
// It reads bytes, not files; it knows no schema but the Go types, keeps no state, and
// what it prints is for the person at the keyboard, not for another program.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The limits of one file. They are far above what a person writes, and low enough that a
// file made to hurt is refused early.
const (
	MaxBytes = 4 << 20
	MaxDepth = 32
	maxFound = 1000 // problems listed of one file; more are counted only
)

// Problem is one thing that is wrong with a file.
type Problem struct {
	File    string
	Line    int    // from 1; 0 if the problem is that of the whole file
	Path    string // obligations[0].due.monthly[1], counted from 0; empty for the document
	Message string // what is wrong, and what would be right
}

// Error returns "file:line: path: message".
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(p.Line))
	}
	if p.Path != "" {
		b.WriteString(": ")
		b.WriteString(p.Path)
	}
	return b.String() + ": " + p.Message
}

// Problems is all that is wrong, in order of file and line. As an error it is never empty.
type Problems []Problem

// Error returns one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Sort puts the problems in order of file, then line; those of one line stay as found.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
}

// Err returns the problems, sorted, as an error, or nil if there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	ps.Sort()
	return ps
}

// As returns the problems within err: its own if it holds a Problems, and otherwise one
// problem of the file with err's text. A nil err has none.
func As(err error, file string) Problems {
	var ps Problems
	var p Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ps):
		return ps
	case errors.As(err, &p):
		return Problems{p}
	}
	return Problems{{File: file, Message: err.Error()}}
}

// Decode reads the one YAML document in data into the struct that into points to; what
// the document leaves out keeps the value it had. The error is a Problems with all that is
// wrong; into is then filled as far as it could be. file is the name used in messages.
//
// It panics if into is not a pointer to a struct, or if a field has a type that the
// package does not read: a mistake in the program, not in the file.
func Decode(file string, data []byte, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("strict: Decode into %T: want a pointer to a struct", into))
	}
	d := &decoder{file: file}
	if root := d.parse(data); root != nil {
		d.scan(root, "", 1)
		d.value(root, "", v.Elem())
	}
	if d.more > 0 {
		d.found = append(d.found, Problem{File: file, Message: fmt.Sprintf("%d problems are listed, %d more are not: mend these first", maxFound, d.more)})
	}
	return d.found.Err()
}

// decoder is one run of Decode.
type decoder struct {
	file  string
	found Problems
	more  int
}

func (d *decoder) add(line int, path, format string, args ...any) {
	if len(d.found) >= maxFound {
		d.more++
		return
	}
	d.found = append(d.found, Problem{d.file, line, path, fmt.Sprintf(format, args...)})
}

// parse returns the root node of the only document, or nil with a problem recorded.
func (d *decoder) parse(data []byte) (root *yaml.Node) {
	switch {
	case len(data) > MaxBytes:
		d.add(0, "", "the file has %d bytes: the limit is %d (4 MiB)", len(data), MaxBytes)
		return nil
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		d.add(1, "", "the file begins with a byte-order mark: save it as UTF-8 without BOM")
		return nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		d.add(1, "", "the file is UTF-16: save it as UTF-8 without BOM")
		return nil
	}
	// The parser reports its own inner errors by panicking; a file must not be able to
	// take the program down with it.
	defer func() {
		if r := recover(); r != nil {
			d.add(0, "", "cannot be read as YAML: %v", r)
			root = nil
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && emptyDocument(&doc) {
		d.add(1, "", "the file is empty: it must hold one YAML mapping of key: value lines")
		return nil
	}
	if err != nil {
		d.syntax(data, err)
		return nil
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		d.add(next.Line, "", "a second document begins here: one file holds one document, remove the line ---")
	case !errors.Is(err, io.EOF):
		d.syntax(data, err)
	}
	return doc.Content[0]
}

func emptyDocument(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].Tag == "!!null" && doc.Content[0].Value == ""
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax records the parser's own error. The parser counts lines of its scanner from 1 and
// lines of its grammar from 0, and leaves line 0 out; and it has several words for a tab.
func (d *decoder) syntax(data []byte, err error) {
	m := yamlLine.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	if m == nil {
		d.add(0, "", "cannot be read as YAML: %v", err)
		return
	}
	line, _ := strconv.Atoi(m[1])
	grammar := strings.HasPrefix(m[2], "did not find expected") || strings.HasPrefix(m[2], "found duplicate %") ||
		strings.HasPrefix(m[2], "found incompatible") || strings.HasPrefix(m[2], "found undefined tag")
	if grammar || m[1] == "" {
		line++
	}
	for i, text := range strings.Split(string(data), "\n") {
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if strings.Contains(indent, "\t") && strings.TrimSpace(text) != "" && i+1 <= line+1 {
			d.add(i+1, "", "a tab indents this line: YAML is indented with spaces")
			return
		}
	}
	switch {
	case strings.Contains(m[2], "UTF-8"):
		d.add(badUTF8(data), "", "the file is not UTF-8 (%s): save it as UTF-8", m[2])
		return
	case strings.Contains(m[2], "unknown anchor"):
		d.add(line, "", "%s: aliases are not used here, write the value out", m[2])
		return
	case strings.Contains(m[2], "mapping values are not allowed"):
		m[2] += " (a second \": \" in the line, or a wrong indent; put a text with a colon in quotes)"
	case strings.Contains(m[2], "cannot start any token"):
		m[2] += " (put a text that begins with @ or ` in quotes)"
	}
	d.add(line, "", "cannot be read as YAML at or near this line: %s", m[2])
}

// badUTF8 returns the line of the first byte that is not UTF-8.
func badUTF8(data []byte) int {
	valid := []byte(strings.ToValidUTF8(string(data), "\xff"))
	n := min(len(valid), len(data))
	if at := bytes.IndexByte(valid[:n], 0xff); at >= 0 {
		return 1 + bytes.Count(data[:at], []byte("\n"))
	}
	return 0
}
