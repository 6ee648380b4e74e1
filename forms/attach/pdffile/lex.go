package pdffile

import (
	"bytes"
	"strconv"
	"strings"
)

func space(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func delimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func regular(c byte) bool { return !space(c) && !delimiter(c) }

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// name reads a name behind its slash, and how many bytes it took (clause 7.3.5). It stops at
// 128 bytes: the standard allows 127.
func name(b []byte) (Name, int) {
	var out [128]byte
	n, i := 0, 0
	for i < len(b) && n < len(out) && regular(b[i]) {
		c := b[i]
		if c == '#' && i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0 {
			c = byte(unhex(b[i+1])<<4 | unhex(b[i+2]))
			i += 2
		}
		out[n] = c
		n, i = n+1, i+1
	}
	return Name(out[:n]), i
}

// lexer reads values from bytes.
type lexer struct {
	b      []byte
	pos    int
	values *int      // counts across the whole file
	note   *[][]byte // takes comments; nil to pass over them
}

// skip passes over white space and comments; those that follow one another are one note.
func (l *lexer) skip() {
	from := -1
	for l.pos < len(l.b) {
		c := l.b[l.pos]
		if c == '%' {
			if from < 0 {
				from = l.pos
			}
			for l.pos < len(l.b) && l.b[l.pos] != '\n' && l.b[l.pos] != '\r' {
				l.pos++
			}
		} else if space(c) {
			l.pos++
		} else {
			break
		}
	}
	if from >= 0 && l.note != nil {
		*l.note = append(*l.note, l.b[from:l.pos])
	}
}

// word reads a keyword or a number, without moving.
func (l *lexer) word() string {
	l.skip()
	end := l.pos
	for end < len(l.b) && end-l.pos < 64 && regular(l.b[end]) {
		end++
	}
	return string(l.b[l.pos:end])
}

// accept moves past a keyword if it is next.
func (l *lexer) accept(w string) bool {
	if l.word() != w {
		return false
	}
	l.pos += len(w)
	return true
}

// natural reads a whole number that is not negative.
func (l *lexer) natural() (int, bool) {
	w := l.word()
	if w == "" || w[0] < '0' || w[0] > '9' || len(w) > 10 {
		return 0, false
	}
	n, err := strconv.Atoi(w)
	if err != nil {
		return 0, false
	}
	l.pos += len(w)
	return n, true
}

// value reads one value, direct or a reference.
func (l *lexer) value(depth int) (any, error) {
	if *l.values++; *l.values > maxValues || depth > maxDepth {
		return nil, ErrComplex
	}
	l.skip()
	if l.pos >= len(l.b) {
		return nil, broken(l.pos, "a value is missing")
	}
	switch c := l.b[l.pos]; {
	case c == '/':
		n, used := name(l.b[l.pos+1:])
		l.pos += 1 + used
		return n, nil
	case c == '(':
		return l.literal()
	case c == '[':
		l.pos++
		return l.array(depth)
	case c == '<' && l.pos+1 < len(l.b) && l.b[l.pos+1] == '<':
		l.pos += 2
		return l.dict(depth)
	case c == '<':
		return l.hex()
	}
	return l.atom()
}

// atom reads a keyword, a number or a reference.
func (l *lexer) atom() (any, error) {
	w := l.word()
	at := l.pos
	l.pos += len(w)
	switch w {
	case "true", "false":
		return w == "true", nil
	case "null":
		return nil, nil
	case "":
		return nil, broken(at, "%q begins no value", l.b[at])
	}
	if n, err := strconv.Atoi(w); err == nil {
		back := l.pos
		if w[0] >= '0' && w[0] <= '9' {
			if gen, ok := l.natural(); ok && l.accept("R") {
				return Ref{n, gen}, nil
			}
		}
		l.pos = back
		return n, nil
	}
	if c := w[0]; c != '+' && c != '-' && c != '.' && (c < '0' || c > '9') {
		return nil, broken(at, "%q is no value", w)
	}
	x, err := strconv.ParseFloat(w, 64)
	if err != nil { // "--5", "1.2.3": readers differ, and no figure of ours hangs on it
		x = 0
	}
	return x, nil
}

func (l *lexer) array(depth int) (any, error) {
	out := Array{}
	for {
		if l.skip(); l.pos < len(l.b) && l.b[l.pos] == ']' {
			l.pos++
			return out, nil
		}
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

// shadowed is the key under which a dictionary keeps what stood under a key that came again:
// readers differ in which one they take. No file can spell it, it is longer than a name.
var shadowed = Name(strings.Repeat("shadowed ", 20))

// dict reads a dictionary.
func (l *lexer) dict(depth int) (any, error) {
	out := Dict{}
	for {
		l.skip()
		if bytes.HasPrefix(l.b[l.pos:], []byte(">>")) {
			l.pos += 2
			return out, nil
		}
		if l.pos >= len(l.b) || l.b[l.pos] != '/' {
			return nil, broken(l.pos, "a dictionary's key is missing")
		}
		key, used := name(l.b[l.pos+1:])
		l.pos += 1 + used
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if old, twice := out[key]; twice {
			more, _ := out[shadowed].(Array)
			out[shadowed] = append(more, Dict{key: old})
		}
		out[key] = v
	}
}

// literal reads a string in parentheses (clause 7.3.4.2).
func (l *lexer) literal() (any, error) {
	from, open := l.pos, 0
	var out String
	for ; l.pos < len(l.b); l.pos++ {
		switch c := l.b[l.pos]; c {
		case '(':
			if open++; open == 1 {
				continue
			}
			out = append(out, c)
		case ')':
			if open--; open == 0 {
				l.pos++
				return out, nil
			}
			out = append(out, c)
		case '\\':
			l.pos++
			out = l.escape(out)
		default:
			out = append(out, c)
		}
	}
	return nil, broken(from, "a string does not end")
}

func (l *lexer) escape(out String) String {
	if l.pos >= len(l.b) {
		return out
	}
	c := l.b[l.pos]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return append(out, "\n\r\t\b\f"[i])
	}
	if c == '\n' || c == '\r' {
		if c == '\r' && l.pos+1 < len(l.b) && l.b[l.pos+1] == '\n' {
			l.pos++
		}
		return out
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	n := int(c - '0')
	for range 2 {
		if l.pos+1 >= len(l.b) || l.b[l.pos+1] < '0' || l.b[l.pos+1] > '7' {
			break
		}
		l.pos++
		n = n<<3 | int(l.b[l.pos]-'0')
	}
	return append(out, byte(n))
}

func (l *lexer) hex() (any, error) {
	end := bytes.IndexByte(l.b[l.pos:], '>')
	if end < 0 {
		return nil, broken(l.pos, "a string does not end")
	}
	out, err := unhexAll(l.b[l.pos+1 : l.pos+end])
	if err != nil {
		return nil, broken(l.pos, "%v", err)
	}
	l.pos += end + 1
	return String(out), nil
}
