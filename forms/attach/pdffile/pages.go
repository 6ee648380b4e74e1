package pdffile

// Page is a leaf of the page tree with what it inherits.
type Page struct {
	Dict      Dict
	Resources Dict
}

// Pages walks the page tree, at most limit pages of it. The error wraps ErrBroken for a tree
// that runs in a circle or has no pages, ErrComplex for one with more than limit pages.
func (f *File) Pages(limit int) ([]Page, error) {
	var root Dict
	for _, t := range f.Trailers() {
		if d := f.Dict(t["Root"]); d != nil {
			root = d
		}
	}
	var out []Page
	seen := map[int]bool{}
	var walk func(v any, inherited Dict, depth int) error
	walk = func(v any, inherited Dict, depth int) error {
		if r, ok := v.(Ref); ok {
			if seen[r.Num] {
				return broken(0, "the page tree runs in a circle")
			}
			seen[r.Num] = true
		}
		d := f.Dict(v)
		if depth > maxDepth {
			return broken(0, "the page tree runs in a circle")
		}
		if d == nil { // a page that is not there: readers pass over it
			return nil
		}
		if own := f.Dict(d["Resources"]); own != nil {
			inherited = own
		}
		kids, node := f.Resolve(d["Kids"]).(Array)
		if !node {
			if len(out) >= limit {
				return ErrComplex
			}
			out = append(out, Page{d, inherited})
			return nil
		}
		for _, k := range kids {
			if err := walk(k, inherited, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(root["Pages"], nil, 0); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, broken(0, "there is no page")
	}
	return out, nil
}

// Images returns the pictures that a page draws, those inside of its forms included, each
// once and in the order of drawing.
func (f *File) Images(p Page) []*Stream {
	var out []*Stream
	seen := map[*Stream]bool{}
	var walk func(res Dict, content any, depth int)
	walk = func(res Dict, content any, depth int) {
		objects := f.Dict(res["XObject"])
		for _, n := range f.drawn(content) {
			s, ok := f.Resolve(objects[n]).(*Stream)
			if !ok || seen[s] || depth > 8 || len(seen) > 10_000 {
				continue
			}
			seen[s] = true
			switch s.Dict["Subtype"] {
			case Name("Image"):
				out = append(out, s)
			case Name("Form"):
				own := f.Dict(s.Dict["Resources"])
				if own == nil {
					own = res
				}
				walk(own, s, depth+1)
			}
		}
	}
	walk(p.Resources, p.Dict["Contents"], 0)
	return out
}

// drawn returns the names that a content draws ("/Im0 Do"), in order. What cannot be read
// draws nothing.
func (f *File) drawn(content any) []Name {
	var out []Name
	parts, ok := f.Resolve(content).(Array)
	if !ok {
		parts = Array{content}
	}
	if len(parts) > 1000 {
		parts = parts[:1000]
	}
	for _, part := range parts {
		s, ok := f.Resolve(part).(*Stream)
		if !ok {
			continue
		}
		data, err := f.Unpack(s, 8<<20)
		if err != nil {
			continue
		}
		values := 0
		for l := (&lexer{b: data, values: &values}); l.pos < len(data) && values < maxValues && len(out) < 10_000; {
			at := l.pos
			v, err := l.value(0) // an operator is no value, and is passed over
			if n, ok := v.(Name); ok && err == nil && l.accept("Do") {
				out = append(out, n)
			}
			if l.pos == at {
				l.pos++
			}
		}
	}
	return out
}
