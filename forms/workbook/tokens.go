package workbook

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"
)

const (
	maxDepth    = 64        // of elements; a sheet has seven levels
	maxElements = 4_000_000 // of a workbook: some seconds of reading
	maxToken    = 1 << 20   // bytes of one text or tag: a cell holds 32,767 characters
)

// tokens reads a part as XML within the bounds of its archive. Document types are refused, which
// leaves no entity to define and nothing outside to fetch.
type tokens struct {
	in    io.ReadCloser
	dec   *xml.Decoder
	a     *archive
	since int // bytes since the last token
	depth int
}

func newTokens(in io.ReadCloser, a *archive) *tokens {
	t := &tokens{in: in, a: a}
	t.dec = xml.NewDecoder(bufio.NewReaderSize(meter{t}, 1<<14))
	return t
}

// meter counts what is inflated.
type meter struct{ t *tokens }

func (m meter) Read(p []byte) (int, error) {
	n, err := m.t.in.Read(p)
	m.t.since += n
	m.t.a.left -= int64(n)
	if m.t.since > maxToken || m.t.a.left < 0 {
		return 0, tooBig
	}
	return n, err
}

// next returns the next token, or io.EOF at the end of the part; any other error is a Fault.
func (t *tokens) next() (xml.Token, error) {
	tok, err := t.dec.Token()
	t.since = 0
	var f Fault
	switch {
	case err == io.EOF:
		return nil, err
	case errors.As(err, &f):
		return nil, f
	case err != nil:
		return nil, broken
	}
	switch tok.(type) {
	case xml.StartElement:
		t.depth++
		if t.a.spare--; t.a.spare < 0 {
			return nil, tooBig
		}
		if t.depth > maxDepth {
			return nil, suspicious
		}
	case xml.EndElement:
		t.depth--
	case xml.Directive:
		return nil, suspicious
	}
	return tok, nil
}

func (t *tokens) close() { t.in.Close() }

// each calls f with each element's start and with the text and end of each, until it returns an
// error or the part ends.
func (t *tokens) each(start func(xml.StartElement) error, text func([]byte), end func(name string) error) error {
	defer t.close()
	for {
		tok, err := t.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch x := tok.(type) {
		case xml.StartElement:
			err = start(x)
		case xml.CharData:
			if text != nil {
				text(x)
			}
		case xml.EndElement:
			if end != nil {
				err = end(x.Name.Local)
			}
		}
		if err != nil {
			return err
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
