package html_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/html"
	"github.com/baosong/baosong/forms/rollup"
)

var update = flag.Bool("update", false, "rewrite the golden pages under testdata")

var made = time.Date(2021, 6, 26, 1, 30, 0, 0, time.UTC)

func encode(t testing.TB, d render.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := html.Encode(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// examples are the documents looked at: a roll-up with a missing unit and an adjusted figure,
// registers with rows, without, and with nothing, and a text.
func examples(t testing.TB) map[string]render.Document {
	im := render.Imprint{Office: "泉州市民政局", Date: "2021-06-26", Phone: "0595-22500000", Place: "晋江市", Period: "2021年6月", Footer: "第1稿", Made: made}
	two, four := formstest.Annex2(), formstest.Annex4()
	row := func(n int) forms.Row {
		r := forms.Row{}
		for i, x := range two.Fields() {
			r[x.ID] = strconv.Itoa(n * (i % 4))
		}
		return r
	}
	table, err := rollup.Compile(two, []rollup.Input{
		{Unit: "a", Name: "鲤城区", Mark: rollup.Missing}, {Unit: "b", Name: "丰泽区", Mark: rollup.ConfirmedZero},
		{Unit: "c", Name: "晋江市", Mark: rollup.Reported, Sheet: forms.Sheet{Rows: []forms.Row{row(1006)}}},
	}, rollup.Adjustment{ID: "1", Kind: rollup.Amend, Unit: "c", Field: "a1_minimum", From: "1006", To: "1005", Reason: "与数据库核对", By: "林样一", At: "2021-06-26"})
	if err != nil {
		t.Fatal(err)
	}
	clues := forms.Sheet{Rows: []forms.Row{
		{"place": "浔中镇", "problem": "低保金发放不及时。\n经核实，差2个月。", "amount": "1250.5", "moved": "2021-06-12", "note": "<b>&\"'"},
		{"place": "𠮷样镇", "problem": "线索待查"},
	}}
	text := forms.Sheet{Rows: []forms.Row{{"done": "一、组织情况\n成立工作专班，逐户走访。\n\n二、下一步打算\n继续排查。"}}}
	return map[string]render.Document{
		"annex2":     render.Compiled(two, table, im),
		"annex4":     render.Single(four, clues, im),
		"annex4-new": render.Single(four, forms.Sheet{}, render.Imprint{Made: made}),
		"annex4-nil": render.Single(four, forms.Sheet{Zero: true}, im),
		"summary":    render.Single(formstest.Summary(), text, im),
	}
}

func TestGoldenPages(t *testing.T) {
	for name, d := range examples(t) {
		got := encode(t, d)
		if !bytes.Equal(got, encode(t, d)) {
			t.Errorf("%s: the same document gives other bytes", name)
		}
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not %s: look at it, then -update", name, file)
		}
	}
}

// node is an element of a page: its name, attributes and the text within it.
type node struct {
	name string
	attr map[string]string
	text string
	in   []*node
}

// parse reads a page strictly: elements are closed in order, and markup that came out of a text
// would be an element that is not ours.
func parse(t rapid.TB, page []byte) *node {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &node{}
	path := []*node{root}
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return root
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, page)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			n := &node{name: tok.Name.Local, attr: map[string]string{}}
			for _, a := range tok.Attr {
				n.attr[a.Name.Local] = a.Value
			}
			top := path[len(path)-1]
			top.in = append(top.in, n)
			path = append(path, n)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			for _, n := range path {
				n.text += string(tok)
			}
		}
	}
}

// all returns the elements of a name below n, in order.
func (n *node) all(name string) []*node {
	var out []*node
	for _, c := range n.in {
		if c.name == name {
			out = append(out, c)
		}
		out = append(out, c.all(name)...)
	}
	return out
}

func (n *node) span(of string) int {
	if v, ok := n.attr[of]; ok {
		i, _ := strconv.Atoi(v)
		return i
	}
	return 1
}

var ours = strings.Fields("html head meta title link style body main p h1 h2 h3 h4 h5 h6 div table thead tbody tr th td span section footer")

var attributes = strings.Fields("lang charset name content http-equiv rel href class role tabindex aria-label rowspan colspan scope")

// A drawn form with drawn values: the page has our elements only, the head is the form's grid, and
// each value stands in its own cell, once and as it is.
func TestPagesOfAnyForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := formstest.Draw(t)
		d := render.Single(f, formstest.DrawSheet(t, f), render.Imprint{Office: "<script>alert(1)</script>", Place: "a&b\"", Made: made})
		d.Statements = append(d.Statements, "</style><img src=x onerror=y>")
		for i := range d.Lines {
			if rapid.Bool().Draw(t, "adjusted") {
				d.Lines[i].Notes = []int{0}
			}
		}
		var b bytes.Buffer
		if err := html.Encode(&b, d); err != nil {
			t.Fatal(err)
		}
		root := parse(t, b.Bytes())
		known(t, root)
		if got := root.all("h1")[0].text; same(got) != same(f.Title) {
			t.Errorf("title %q, not %q", got, f.Title)
		}
		for _, s := range d.Statements {
			if !slices.ContainsFunc(root.all("p"), func(p *node) bool { return p.text == s }) {
				t.Errorf("%q is not there", s)
			}
		}
		if len(root.all("table")) > 0 {
			table(t, root, d)
			return
		}
		body := root.all("main")[0].text
		for _, l := range d.Lines {
			for i, x := range f.Fields() {
				for line := range strings.SplitSeq(forms.Display(x, l.Cells[i]), "\n") {
					if !strings.Contains(body, line) {
						t.Errorf("%q is not there", line)
					}
				}
			}
		}
	})
}

// same is a text as XML reads it: a line end is \n.
func same(s string) string { return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) }

func known(t rapid.TB, n *node) {
	for _, c := range n.in {
		if !slices.Contains(ours, c.name) {
			t.Errorf("an element %q", c.name)
		}
		for a := range c.attr {
			if !slices.Contains(attributes, a) {
				t.Errorf("an attribute %q of %s", a, c.name)
			}
		}
		known(t, c)
	}
}

// table compares head and body with the grid and the lines.
func table(t rapid.TB, root *node, d render.Document) {
	g := d.Form.Header()
	i := 0
	for row, tr := range root.all("thead")[0].in {
		for _, c := range tr.in {
			want := g.Cells[i]
			if i++; same(c.text) != same(want.Label) || row != want.Row || c.span("rowspan") != want.RowSpan || c.span("colspan") != want.ColSpan {
				t.Errorf("head: %q in row %d over %d×%d, not %+v", c.text, row, c.span("rowspan"), c.span("colspan"), want)
			}
			if wide := c.attr["scope"] == "colgroup"; c.name == "th" && wide != (want.ColSpan > 1) {
				t.Errorf("%q is of %s", c.text, c.attr["scope"])
			}
		}
	}
	if i != len(g.Cells) {
		t.Errorf("%d cells in the head, not %d", i, len(g.Cells))
	}
	body := root.all("tbody")[0].in
	switch {
	case d.Zero:
		if len(body) != 1 || body[0].text != "无" || body[0].in[0].span("colspan") != g.Cols {
			t.Errorf("zero: %+v", body)
		}
		return
	case len(d.Lines) == 0:
		if len(body) != 6 || strings.TrimSpace(root.all("tbody")[0].text) != "" {
			t.Errorf("%d blank rows", len(body))
		}
		return
	case len(body) != len(d.Lines):
		t.Fatalf("%d rows, not %d", len(body), len(d.Lines))
	}
	for n, l := range d.Lines {
		cells := body[n].in
		if len(cells) != 1+len(l.Cells) || same(cells[0].text) != same(l.Label) || cells[0].attr["scope"] != "row" {
			t.Fatalf("row %d: %d cells, the first %q", n, len(cells), cells[0].text)
		}
		for i, x := range d.Form.Fields() {
			want := forms.Display(x, l.Cells[i])
			if slices.Contains(l.Notes, i) {
				want += "※"
			}
			if cells[i+1].text != want {
				t.Errorf("row %d, %s: %q, not %q", n, x.ID, cells[i+1].text, want)
			}
		}
	}
}

// What a roll-up says: the missing unit's line, the adjusted figure.
func TestMarks(t *testing.T) {
	root := parse(t, encode(t, examples(t)["annex2"]))
	rows := root.all("tbody")[0].in
	if n := len(rows); n != 4 || rows[0].attr["class"] != "sum" {
		t.Fatalf("%d rows, the first %q", n, rows[0].attr["class"])
	}
	if gone := rows[1]; gone.text != "鲤城区未报" || gone.in[1].span("colspan") != 43 {
		t.Errorf("missing: %q", gone.text)
	}
	if zero := rows[2]; zero.text != "丰泽区（零报送）" {
		t.Errorf("zero: %q", zero.text)
	}
	if c := rows[3].in[2]; c.text != "1,005※" || c.attr["class"] != "noted num" {
		t.Errorf("adjusted: %q, %q", c.text, c.attr["class"])
	}
}

func TestRefused(t *testing.T) {
	d := examples(t)["annex4"]
	d.Lines = append(d.Lines, render.Line{Label: "3", Cells: []string{"x"}})
	for name, d := range map[string]render.Document{"no form": {}, "no columns": {Form: &forms.Form{}}, "cells": d} {
		if err := html.Encode(io.Discard, d); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := html.Encode(full{}, examples(t)["annex2"]); err == nil {
		t.Error("a full disk passes")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left") }
