package catalogue_test

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// word is a word on paper with its box in pt from the top left.
type word struct {
	x0, y0, x1, y1 float64
	text           string
}

type page struct {
	width, height float64
	words         []word
}

func (p page) find(t *testing.T, text string) word {
	t.Helper()
	for _, w := range p.words {
		if w.text == text {
			return w
		}
	}
	t.Fatalf("%q is not printed", text)
	return word{}
}

// below are the texts between the last word that is above and the first that begins with until,
// line by line.
func (p page) below(above, until string) []string {
	from, to := 0.0, p.height
	for _, w := range p.words {
		if w.text == above {
			from = max(from, w.y0)
		}
		if strings.HasPrefix(w.text, until) {
			to = min(to, w.y0)
		}
	}
	var in []word
	for _, w := range p.words {
		if w.y0 > from+1 && w.y0 < to-1 {
			in = append(in, w)
		}
	}
	slices.SortStableFunc(in, func(a, b word) int {
		if d := a.y0 + a.y1 - b.y0 - b.y1; d > 8 || d < -8 {
			return cmp.Compare(d, 0)
		}
		return cmp.Compare(a.x0, b.x0)
	})
	var out []string
	for _, w := range in {
		out = append(out, w.text)
	}
	return out
}

// pagesOf reads where the words of a PDF stand, with another program than the one that wrote it.
func pagesOf(t testing.TB, file []byte) []page {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed: what is on paper is not read")
	}
	cmd := exec.Command(tool, "-bbox", "-", "-")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var pages []page
	for dec := xml.NewDecoder(bytes.NewReader(out)); ; {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return pages
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		at := func(name string) float64 {
			for _, a := range e.Attr {
				if a.Name.Local == name {
					n, err := strconv.ParseFloat(a.Value, 64)
					if err != nil {
						t.Fatal(err)
					}
					return n
				}
			}
			return 0
		}
		switch e.Name.Local {
		case "page":
			pages = append(pages, page{width: at("width"), height: at("height")})
		case "word":
			w := word{at("xMin"), at("yMin"), at("xMax"), at("yMax"), ""}
			if err := dec.DecodeElement(&w.text, &e); err != nil {
				t.Fatal(err)
			}
			p := &pages[len(pages)-1]
			p.words = append(p.words, w)
		}
	}
}

// tableOf reads the one table of a page: its head as placed by the spans, and the texts of its body.
func tableOf(t *testing.T, r io.Reader) (head []printed, body [][]string) {
	t.Helper()
	doc, err := html.Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[[2]int]bool{}
	row := -1
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		inHead := slices.ContainsFunc(slices.Collect(n.Ancestors()), func(a *html.Node) bool { return a.Data == "thead" })
		switch {
		case n.Data == "tr" && inHead:
			row++
		case n.Data == "tr":
			body = append(body, nil)
		case (n.Data == "th" || n.Data == "td") && inHead:
			p := printed{row, 0, span(n, "rowspan"), span(n, "colspan"), textOf(n)}
			for taken[[2]int{p.row, p.col}] {
				p.col++
			}
			for i := range p.rows {
				for j := range p.cols {
					if at := [2]int{p.row + i, p.col + j}; taken[at] {
						t.Errorf("html: two headings at %v", at)
					} else {
						taken[at] = true
					}
				}
			}
			head = append(head, p)
		case n.Data == "th" || n.Data == "td":
			body[len(body)-1] = append(body[len(body)-1], textOf(n))
		}
	}
	return head, body
}

func span(n *html.Node, name string) int {
	for _, a := range n.Attr {
		if a.Key == name {
			v, _ := strconv.Atoi(a.Val) // what is no number spans nothing, and does not agree
			return v
		}
	}
	return 1
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for x := range n.Descendants() {
		if x.Type == html.TextNode {
			b.WriteString(x.Data)
		}
	}
	return b.String()
}
