package pdffile

import (
	"bytes"
	"sort"
	"strings"
)

// scan reads the file from front to back: objects, tables, trailers, and nothing else.
func (f *File) scan() error {
	l := &lexer{b: f.data, values: &f.values, note: &f.comments}
	for {
		w := l.word()
		at := l.pos
		switch {
		case at >= len(f.data):
			return nil
		case w == "xref":
			if err := f.table(l, at); err != nil {
				return err
			}
		case w == "trailer": // of a table that was lost: some tools write it so
			l.pos += len(w)
			if err := f.trailer(l, at); err != nil {
				return err
			}
		case w == "startxref":
			l.pos += len(w)
			n, ok := l.natural()
			if !ok {
				return broken(at, "startxref without an offset")
			}
			f.start = n
		case w == "endobj" || w == "endstream":
			l.pos += len(w)
		default:
			if err := f.object(l, at); err != nil {
				return err
			}
		}
	}
}

func (f *File) define(num int, v any, offset int) error {
	if len(f.objects) >= maxObjects {
		return ErrComplex
	}
	f.last[num] = len(f.objects)
	f.objects = append(f.objects, Object{num, v, offset})
	return nil
}

// object reads "n g obj value [stream] endobj".
func (f *File) object(l *lexer, at int) error {
	num, ok := l.natural()
	if !ok {
		return broken(at, "neither an object nor a table")
	}
	if _, ok = l.natural(); !ok || !l.accept("obj") {
		return broken(at, "neither an object nor a table")
	}
	if l.accept("endobj") { // an empty object is null
		return f.define(num, nil, at)
	}
	note := l.note
	l.note = nil // comments inside of an object are its own
	v, err := l.value(0)
	if err != nil {
		return err
	}
	if d, ok := v.(Dict); ok && l.word() == "stream" {
		raw, err := f.body(l, d)
		if err != nil {
			return err
		}
		v = &Stream{d, raw}
		if d["Type"] == Name("XRef") {
			f.sections[at] = d
		}
	}
	l.note = note
	if !l.accept("endobj") && !startsObject(l) {
		return broken(l.pos, "object %d does not end", num)
	}
	return f.define(num, v, at)
}

// startsObject forgives a missing endobj where the next object plainly begins.
func startsObject(l *lexer) bool {
	back := l.pos
	defer func() { l.pos = back }()
	_, a := l.natural()
	_, b := l.natural()
	return a && b && l.accept("obj")
}

// body finds the bytes of a stream: by its length if that is known and right, else up to
// "endstream".
func (f *File) body(l *lexer, d Dict) ([]byte, error) {
	l.pos += len("stream")
	switch rest := f.data[l.pos:]; {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		l.pos += 2
	case len(rest) > 0 && (rest[0] == '\n' || rest[0] == '\r'):
		l.pos++
	}
	from := l.pos
	if n, ok := d["Length"].(int); ok {
		if n >= 0 && n <= len(f.data)-from {
			if l.pos = from + n; l.accept("endstream") {
				return f.data[from : from+n], nil
			}
		}
		return nil, broken(from, "a stream has another length than it says")
	}
	i := bytes.Index(f.data[from:], []byte("endstream"))
	if i < 0 {
		return nil, broken(from, "a stream does not end")
	}
	l.pos = from + i + len("endstream")
	return f.data[from : from+i], nil
}

// lengths cuts streams whose length is an object of its own. A reader that trusts the length
// and one that looks for the end must see the same bytes.
func (f *File) lengths() error {
	for _, o := range f.objects {
		s, ok := o.Value.(*Stream)
		if !ok {
			continue
		}
		if _, direct := s.Dict["Length"].(int); direct {
			continue
		}
		n, ok := f.Resolve(s.Dict["Length"]).(int)
		if !ok || n < 0 || n > len(s.Raw) || strings.Trim(string(s.Raw[n:min(len(s.Raw), n+3)]), "\r\n ") != "" || len(s.Raw)-n > 3 {
			return broken(o.offset, "a stream has another length than it says")
		}
		s.Raw = s.Raw[:n]
	}
	return nil
}

// table reads a cross-reference table and the trailer behind it (clause 7.5.4).
func (f *File) table(l *lexer, at int) error {
	l.pos += len("xref")
	for {
		if l.word() == "trailer" {
			l.pos += len("trailer")
			return f.trailer(l, at)
		}
		_, a := l.natural()
		count, b := l.natural()
		if !a || !b || count > maxObjects {
			if a && b {
				return ErrComplex
			}
			return broken(l.pos, "a cross-reference table is malformed")
		}
		for range count {
			offset, a := l.natural()
			_, b := l.natural()
			use := l.word()
			if !a || !b || use != "n" && use != "f" {
				return broken(l.pos, "a cross-reference table is malformed")
			}
			l.pos++
			if use == "n" && offset > 0 {
				f.entries = append(f.entries, offset)
			}
			if len(f.entries) > 4*maxObjects {
				return ErrComplex
			}
		}
	}
}

func (f *File) trailer(l *lexer, at int) error {
	v, err := l.value(0)
	if err != nil {
		return err
	}
	d, ok := v.(Dict)
	if !ok {
		return broken(at, "a trailer is no dictionary")
	}
	f.sections[at] = d
	return nil
}

func (f *File) unlocked() error {
	for _, d := range f.sections {
		if f.Resolve(d["Encrypt"]) != nil {
			return ErrEncrypted
		}
	}
	return nil
}

// packed takes the objects out of object streams (clause 7.5.7), each in the place of its
// stream, so that the last definition still counts.
func (f *File) packed() error {
	plain := f.objects
	f.objects = nil
	for _, o := range plain {
		if err := f.define(o.Num, o.Value, o.offset); err != nil {
			return err
		}
		s, ok := o.Value.(*Stream)
		if !ok || s.Dict["Type"] != Name("ObjStm") {
			continue
		}
		data, err := f.keep(s)
		if err != nil {
			return err
		}
		n, first := f.Int(s.Dict["N"]), f.Int(s.Dict["First"])
		if n < 0 || first < 0 || first > len(data) {
			return broken(o.offset, "an object stream is malformed")
		}
		if n > maxObjects {
			return ErrComplex
		}
		head := &lexer{b: data[:first], values: &f.values}
		for range n {
			num, a := head.natural()
			at, b := head.natural()
			if !a || !b || at > len(data)-first {
				return broken(o.offset, "an object stream is malformed")
			}
			v, err := (&lexer{b: data, pos: first + at, values: &f.values}).value(0)
			if err != nil {
				return err
			}
			if err := f.define(num, v, o.offset); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep unpacks a stream of the file's own bookkeeping. All of them share a bound.
func (f *File) keep(s *Stream) ([]byte, error) {
	data, err := f.Unpack(s, maxUnpack-f.kept)
	f.kept += int64(len(data))
	return data, err
}

// crossed checks the cross-references against what was found: the chain of sections ends,
// and no entry points into a stream, where only a reader that follows tables would find an
// object.
func (f *File) crossed() error {
	if len(f.sections) == 0 || f.start < 0 {
		return broken(len(f.data), "there is no cross-reference")
	}
	seen := map[int]bool{}
	for at := f.start; ; {
		l := &lexer{b: f.data, pos: min(at, len(f.data)), values: &f.values}
		l.skip()
		d, ok := f.sections[l.pos]
		if !ok || seen[l.pos] {
			return broken(at, "a cross-reference leads nowhere")
		}
		seen[l.pos] = true
		if x, ok := f.Resolve(d["XRefStm"]).(int); ok && f.sections[x] == nil {
			return broken(at, "a cross-reference leads nowhere")
		}
		prev := f.Int(d["Prev"])
		if prev <= 0 {
			break
		}
		at = prev
	}
	for _, o := range f.objects {
		if s, ok := o.Value.(*Stream); ok && s.Dict["Type"] == Name("XRef") {
			if err := f.xrefStream(s); err != nil {
				return err
			}
		}
	}
	return f.entriesOutside()
}

// xrefStream reads the entries of a cross-reference stream (clause 7.5.8).
func (f *File) xrefStream(s *Stream) error {
	w, _ := f.Resolve(s.Dict["W"]).(Array)
	if len(w) < 3 {
		return broken(0, "a cross-reference stream is malformed")
	}
	width := [3]int{f.Int(w[0]), f.Int(w[1]), f.Int(w[2])}
	row := 0
	for _, n := range width {
		if n < 0 || n > 8 {
			return broken(0, "a cross-reference stream is malformed")
		}
		row += n
	}
	data, err := f.keep(s)
	if err != nil || row == 0 {
		return err
	}
	if len(data)/row > maxObjects {
		return ErrComplex
	}
	for ; len(data) >= row; data = data[row:] {
		kind, offset := 1, 0
		if width[0] > 0 {
			kind = number(data[:width[0]])
		}
		offset = number(data[width[0] : width[0]+width[1]])
		if kind == 1 && offset > 0 {
			f.entries = append(f.entries, offset)
		}
	}
	return nil
}

func number(b []byte) (n int) {
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return n
}

func (f *File) entriesOutside() error {
	type span struct{ from, to int }
	var spans []span
	for _, o := range f.objects {
		if s, ok := o.Value.(*Stream); ok && len(s.Raw) > 0 {
			from := cap(f.data) - cap(s.Raw) // Raw is a part of data: both end where data ends
			spans = append(spans, span{from, from + len(s.Raw)})
		}
	}
	sort.Slice(spans, func(i, j int) bool { return spans[i].from < spans[j].from })
	for _, e := range f.entries {
		i := sort.Search(len(spans), func(i int) bool { return spans[i].from > e }) - 1
		if i >= 0 && e < spans[i].to {
			return broken(e, "a cross-reference points into a stream")
		}
	}
	return nil
}
