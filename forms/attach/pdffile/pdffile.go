// Package pdffile reads the objects of a PDF that nobody has vouched for (ISO 32000-1, clause
// 7): enough to say what a file would do when it is opened, and to take the scanned pictures
// out of it.
//
// Its one rule: every byte is looked at. A file is read from front to back, and not by its
// cross-reference table alone, so that what a forgiving reader might dig up (an earlier
// revision, an object that no table names) is seen too; where a table and the file disagree
// in a way that could hide an object, the file is refused. All work is bounded: the number of
// objects and values, their depth, and what streams may grow to.
//
// It does not draw, repair, decrypt or write, and it takes no side: package attach decides
// what a file may hold, package stamp what its pictures say.
package pdffile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Reasons why a file is not read. Errors wrap one of them.
var (
	ErrHeader    = errors.New("no PDF header at the first byte")
	ErrTruncated = errors.New("no end of file marker")
	ErrTrailing  = errors.New("data after the end of file marker")
	ErrBroken    = errors.New("malformed")
	ErrEncrypted = errors.New("encrypted")
	ErrComplex   = errors.New("more objects than any form needs")
	ErrBomb      = errors.New("unpacks to more than it may")
)

// Bounds of what is read.
const (
	maxObjects = 200_000
	maxValues  = 1_500_000
	maxDepth   = 64
	maxUnpack  = 64 << 20 // bytes of all object and cross-reference streams
)

// The values of a PDF: nil, bool, int, float64, String, Name, Array, Dict, Ref, *Stream.
type (
	// Name is a name without its slash, its #xx escapes undone.
	Name string
	// String is a literal or hexadecimal string, unescaped.
	String []byte
	// Array is a sequence of values.
	Array []any
	// Dict is a dictionary.
	Dict map[Name]any
	// Ref points to an indirect object.
	Ref struct{ Num, Gen int }
	// Stream is a dictionary with bytes. Raw is part of the file itself, still packed.
	Stream struct {
		Dict Dict
		Raw  []byte
	}
)

// Object is one definition of an indirect object, in the order of the file. A number may be
// defined several times: the last one counts.
type Object struct {
	Num    int
	Value  any
	offset int // of its number in the file; that of its stream if it is packed in one
}

// File is a PDF that has been read.
type File struct {
	data     []byte
	objects  []Object
	last     map[int]int // index in objects by number
	sections map[int]Dict
	entries  []int // offsets that cross-reference tables call objects in use
	start    int   // of the last startxref
	comments [][]byte
	values   int
	kept     int64 // bytes that bookkeeping unpacked to
}

// Open reads a whole file. The error wraps one of the Err values.
func Open(data []byte) (*File, error) {
	f := &File{data: data, last: map[int]int{}, sections: map[int]Dict{}, start: -1}
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return nil, ErrHeader
	}
	end := bytes.LastIndex(data, []byte("%%EOF"))
	if end < 0 {
		return nil, ErrTruncated
	}
	if len(bytes.Trim(data[end+len("%%EOF"):], "\x00\t\n\f\r ")) > 0 {
		return nil, ErrTrailing
	}
	for _, step := range []func() error{f.scan, f.lengths, f.unlocked, f.packed, f.crossed} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func broken(offset int, format string, args ...any) error {
	return fmt.Errorf("%w at byte %d: %s", ErrBroken, offset, fmt.Sprintf(format, args...))
}

// Objects returns every definition, superseded ones too.
func (f *File) Objects() []Object { return f.objects }

// Comments returns the comments between objects: no reader shows them, and other programs
// may take them for something else.
func (f *File) Comments() [][]byte { return f.comments }

// Resolve follows references to the value itself; nil for what is not there.
func (f *File) Resolve(v any) any {
	for range maxDepth {
		r, ok := v.(Ref)
		if !ok {
			return v
		}
		i, ok := f.last[r.Num]
		if !ok {
			return nil
		}
		v = f.objects[i].Value
	}
	return nil // a circle of references
}

// Dict resolves a value to a dictionary, that of a stream included; nil if it is neither.
func (f *File) Dict(v any) Dict {
	switch v := f.Resolve(v).(type) {
	case Dict:
		return v
	case *Stream:
		return v.Dict
	}
	return nil
}

// Int resolves a value to a whole number; 0 if it is none.
func (f *File) Int(v any) int {
	switch v := f.Resolve(v).(type) {
	case int:
		return v
	case float64:
		return int(v)
	}
	return 0
}

// Trailers returns the dictionaries of all cross-reference sections, by their place in the
// file.
func (f *File) Trailers() []Dict {
	at := make([]int, 0, len(f.sections))
	for o := range f.sections {
		at = append(at, o)
	}
	slices.Sort(at)
	var out []Dict
	for _, o := range at {
		out = append(out, f.sections[o])
	}
	return out
}

// RawNames reports which of the names stand anywhere in the file's bytes, spelled out or
// with #xx escapes, be it inside of a stream or a string. Short names turn up in packed data
// by chance: ask for six letters or more.
func (f *File) RawNames(names ...Name) (found []Name) {
	for rest := f.data; ; {
		i := bytes.IndexByte(rest, '/')
		if i < 0 {
			return found
		}
		rest = rest[i+1:]
		n, _ := name(rest)
		if slices.Contains(names, n) && !slices.Contains(found, n) {
			found = append(found, n)
		}
	}
}
