package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/stamp"
	"pgregory.net/rapid"
)

// faces are the shipped ones.
func faces() *Faces {
	f, err := shipped()
	if err != nil {
		panic(err)
	}
	return f
}

// ink is where the characters of a line stand: as wide as they are, as high as their em.
func ink(ts *typesetter, t text) box {
	w, em := ts.measure(t.s, t.style), t.size*mmPerPt
	b := box{t.x, t.y + (t.h-em)/2, w, em}
	switch t.align {
	case "C":
		b.x += (t.w - w) / 2
	case "R":
		b.x += t.w - w
	}
	return b
}

// clashes measures the pages: nothing outside the paper, no line wider than its box, no text
// over another or across a rule.
func clashes(l *layout) error {
	const eps = 0.05 // mm
	for n, pg := range l.pages {
		boxes := make([]box, len(pg.texts))
		for i, t := range pg.texts {
			b := ink(l.typesetter, t)
			boxes[i] = b
			if b.x < 5 || b.y < 5 || b.x+b.w > l.w-5 || b.y+b.h > l.h-5 {
				return fmt.Errorf("page %d: %q at %.1f,%.1f leaves the page", n+1, t.s, b.x, b.y)
			}
			if b.w > t.w+eps {
				return fmt.Errorf("page %d: %q is %.2f mm wide in a box of %.2f", n+1, t.s, b.w, t.w)
			}
			for _, r := range pg.rules {
				upright := r.x1 == r.x2 && r.x1 > b.x+eps && r.x1 < b.x+b.w-eps && r.y1 < b.y+b.h-eps && r.y2 > b.y+eps
				level := r.y1 == r.y2 && r.y1 > b.y+eps && r.y1 < b.y+b.h-eps && r.x1 < b.x+b.w-eps && r.x2 > b.x+eps
				if upright || level {
					return fmt.Errorf("page %d: a rule runs through %q", n+1, t.s)
				}
			}
			for j, o := range boxes[:i] {
				if math.Min(b.x+b.w, o.x+o.w)-math.Max(b.x, o.x) > eps && math.Min(b.y+b.h, o.y+o.h)-math.Max(b.y, o.y) > eps {
					return fmt.Errorf("page %d: %q stands over %q", n+1, t.s, pg.texts[j].s)
				}
			}
		}
		if c := pg.code; c != nil {
			if c.x < 10 || c.y < 10 || c.x+c.w > l.w-10 || c.y+c.h > l.h-10 || c.w < 20 {
				return fmt.Errorf("page %d: the QR code stands at %+v", n+1, c.box)
			}
			clear := box{c.x - c.quiet, c.y - c.quiet, c.w + 2*c.quiet, c.h + 2*c.quiet}
			for i, b := range boxes {
				if b.x < clear.x+clear.w && b.x+b.w > clear.x && b.y < clear.y+clear.h && b.y+b.h > clear.y {
					return fmt.Errorf("page %d: %q stands in the quiet zone of the QR code", n+1, pg.texts[i].s)
				}
			}
			for _, r := range pg.rules {
				if min(r.x1, r.x2) < clear.x+clear.w && max(r.x1, r.x2) > clear.x && min(r.y1, r.y2) < clear.y+clear.h && max(r.y1, r.y2) > clear.y {
					return fmt.Errorf("page %d: a rule runs into the QR code: %+v", n+1, r)
				}
			}
		}
		for _, r := range pg.rules {
			if min(r.x1, r.x2) < 5 || min(r.y1, r.y2) < 5 || max(r.x1, r.x2) > l.w-5 || max(r.y1, r.y2) > l.h-5 {
				return fmt.Errorf("page %d: a rule leaves the page: %+v", n+1, r)
			}
		}
	}
	return nil
}

// tally counts the visible characters of texts.
func tally(into map[rune]int, s string) {
	for _, r := range s {
		if r > ' ' && r != '　' {
			into[r]++
		}
	}
}

// lost names a character that the document holds more often than its pages do. Headings,
// titles and small print may be repeated on the pages, nothing may be fewer.
func lost(l *layout, d render.Document) error {
	want, got := map[rune]int{}, map[rune]int{}
	add := func(ss ...string) {
		for _, s := range ss {
			tally(want, l.clean(s))
		}
	}
	add(d.Title, d.Form.Label, d.Footer)
	add(d.Notes...)
	add(d.Statements...)
	for _, h := range append(d.Head[:len(d.Head):len(d.Head)], d.Foot...) {
		add(strings.TrimRight(h.Label, "：:"), h.Value)
	}
	if d.Code != nil {
		add(d.Code.Hash)
	}
	if d.Form.Kind == forms.Table || d.Form.Kind == forms.Register {
		for _, c := range d.Form.Header().Cells {
			add(c.Label)
		}
	}
	for _, line := range d.Lines {
		if !namedAbove(d, line.Label) {
			add(line.Label)
		}
		for i, f := range d.Form.Fields() {
			add(forms.Display(f, line.Cells[i]))
		}
		if tabular(d) {
			add(strings.Repeat(noted, len(line.Notes)))
		}
	}
	for _, pg := range l.pages {
		for _, t := range pg.texts {
			tally(got, t.s)
		}
	}
	for r, n := range want {
		if got[r] < n {
			return fmt.Errorf("%q stands %d times in the document, %d times on paper", r, n, got[r])
		}
	}
	return nil
}

func sound(d render.Document) error {
	l, err := lay(faces(), d, false)
	if err != nil {
		return err
	}
	return errors.Join(clashes(l), lost(l, d))
}

func TestExamplesAreSound(t *testing.T) {
	for name, d := range examples() {
		if err := sound(d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPages(t *testing.T) {
	tall := register4(1, false)
	tall.Lines[0].Cells[1] = strings.Repeat("群众反映的问题尚未办理。", 400) // one row of several pages
	unbroken := table1()
	unbroken.Lines[0].Cells[0] = "123456789012345678901234567890" // a figure that fits nowhere
	split := attested()
	split.Lines[0].Cells[3] = strings.Repeat("逐条核实。", 900)
	for _, c := range []struct {
		name  string
		d     render.Document
		w, h  float64
		pages int
	}{
		{"the roll-up lies on one A3 sheet", rollup2("南安市"), 420, 297, 1},
		{"ten figures lie on one A4 sheet", table1(), 297, 210, 1},
		{"forty clues", register4(40, false), 297, 210, 5},
		{"a row taller than a page breaks inside", tall, 297, 210, 8},
		{"a figure too long for its column", unbroken, 297, 210, 1},
		{"a report stands upright", narrative(3), 210, 297, 3},
		{"an answer taller than a page", split, 210, 297, 7},
	} {
		l, err := lay(faces(), c.d, false)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := sound(c.d); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if l.w != c.w || l.h != c.h || len(l.pages) != c.pages {
			t.Errorf("%s: %d pages of %g × %g mm, want %d of %g × %g", c.name, len(l.pages), l.w, l.h, c.pages, c.w, c.h)
		}
		for i, pg := range l.pages {
			want := fmt.Sprintf("第 %d 页 共 %d 页", i+1, len(l.pages))
			if c.h > c.w { // a text: GB/T 9704—2012, 7.5
				want = fmt.Sprintf("— %d —", i+1)
			}
			if !strings.Contains(pageText(pg), want) {
				t.Errorf("%s: page %d does not say %s", c.name, i+1, want)
			}
		}
	}
}

func pageText(pg *page) string {
	var b strings.Builder
	for _, t := range pg.texts {
		b.WriteString(t.s + "\n")
	}
	return b.String()
}

func TestMissingZeroAndContinuation(t *testing.T) {
	text := func(d render.Document, page int) string {
		l, err := lay(faces(), d, false)
		if err != nil {
			t.Fatal(err)
		}
		return pageText(l.pages[page])
	}
	if got := text(rollup2("南安市", "台商投资区"), 0); strings.Count(got, "\n未报\n") != 2 || strings.Contains(got, "未报"+"0") {
		t.Error("a missing unit is not marked 未报")
	}
	if got := text(register4(0, true), 0); !strings.Contains(got, "\n无\n") {
		t.Error("a zero report does not print 无")
	}
	if got := text(register4(0, false), 0); strings.Contains(got, "\n无\n") {
		t.Error("an empty register claims 无")
	}
	second := text(register4(40, false), 1)
	for _, want := range []string{"（续表）", "序号", "基本情况", "问题描述", "问责情况"} {
		if !strings.Contains(second, want) {
			t.Errorf("page 2 does not repeat %s", want)
		}
	}
}

// anyDocument draws forms of every kind and shape with arbitrary texts in every place.
func anyDocument() *rapid.Generator[render.Document] {
	return rapid.Custom(func(t *rapid.T) render.Document {
		label := rapid.StringOfN(rapid.RuneFrom([]rune("排查未纳入兜底保障的困难群众（含精神残疾）、2020年abc")), 1, 30, -1)
		kinds := []forms.Type{forms.Count, forms.Money, forms.Text, forms.LongText, forms.DateType, forms.Name, forms.Choice}
		n := 0
		var tree func(depth int) *forms.Heading
		tree = func(depth int) *forms.Heading {
			h := &forms.Heading{Label: label.Draw(t, "heading")}
			if depth == 0 || n > 80 || rapid.Bool().Draw(t, "leaf") {
				n++
				h.Field = &forms.Field{Label: h.Label, Type: rapid.SampledFrom(kinds).Draw(t, "type"), Unit: rapid.SampledFrom([]string{"", "人", "万元"}).Draw(t, "unit"), Decimals: 2}
				return h
			}
			for range rapid.IntRange(1, 4).Draw(t, "children") {
				h.Children = append(h.Children, tree(depth-1))
			}
			return h
		}
		f := &forms.Form{ID: "any", Kind: rapid.SampledFrom([]forms.Kind{forms.Table, forms.Register, forms.Narrative, forms.Attestation}).Draw(t, "kind"),
			Stub: "地区名称", UnitRow: rapid.Bool().Draw(t, "units"), Numbers: rapid.Bool().Draw(t, "numbers"), NotesLabel: "说明", Label: rapid.SampledFrom([]string{"", "附件2"}).Draw(t, "label")}
		for range rapid.SampledFrom([]int{1, 2, 5, 8, 30}).Draw(t, "columns") {
			f.Columns = append(f.Columns, tree(2))
		}
		words := anyText()
		d := render.Document{Form: f, Made: made, Title: words.Draw(t, "title"), Footer: rapid.SampledFrom([]string{"", "第1稿 校验码 3f9a0c71"}).Draw(t, "footer"),
			Notes: rapid.SliceOfN(words, 0, 3).Draw(t, "notes"), Statements: rapid.SliceOfN(words, 0, 3).Draw(t, "statements")}
		for range rapid.IntRange(0, 3).Draw(t, "heads") {
			d.Head = append(d.Head, render.HeadLine{Label: "填报单位", Value: words.Draw(t, "value"), Right: rapid.Bool().Draw(t, "right")})
		}
		for range rapid.IntRange(0, 4).Draw(t, "feet") {
			d.Foot = append(d.Foot, render.HeadLine{Label: rapid.SampledFrom([]string{"单位负责人", "填表人", "（盖章）", "统计负责人（签字）："}).Draw(t, "foot"), Value: rapid.OneOf(rapid.Just(""), words).Draw(t, "signed")})
		}
		if rapid.Bool().Draw(t, "coded") {
			d.Code = &stamp.Code{Duty: rapid.StringMatching(`[a-z]{3,9}-2021/[a-z]{3,9}/2021-06-13/qz-[a-z]{2,9}`).Draw(t, "duty"), Version: 2, Form: "any", Hash: "0123456789abcdef"}
		}
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			line := render.Line{Label: words.Draw(t, "label"), Bold: rapid.Bool().Draw(t, "bold"), Muted: rapid.Bool().Draw(t, "muted")}
			for range f.Fields() {
				line.Cells = append(line.Cells, rapid.OneOf(rapid.StringMatching(`0|[1-9][0-9]{0,6}`), words).Draw(t, "cell"))
			}
			if rapid.Bool().Draw(t, "noted") {
				line.Notes = []int{0, len(line.Cells) - 1}[:min(2, len(line.Cells))]
			}
			d.Lines = append(d.Lines, line)
		}
		return d
	})
}

func TestAnyDocumentIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := sound(anyDocument().Draw(t, "document")); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRefusals(t *testing.T) {
	narrow := table1()
	narrow.Form = &forms.Form{ID: "narrow", Kind: forms.Table, Stub: "地区名称", Columns: annex1().Columns,
		Page: forms.Page{Paper: "A4", Margins: &forms.Margins{Top: 20, Right: 97, Bottom: 20, Left: 97}}}
	footer := table1()
	footer.Footer = strings.Repeat("校验码 3f9a0c71 ", 300)
	head := table1()
	head.Form = &forms.Form{ID: "tall", Kind: forms.Table, Stub: "地区名称", Columns: []*forms.Heading{leaf(strings.Repeat("很长的栏目名称\n", 80), forms.Count, "")}}
	head.Lines = nil
	short := table1()
	short.Lines[3].Cells = short.Lines[3].Cells[1:]
	undated := table1()
	undated.Made = time.Time{}
	for name, c := range map[string]struct {
		d    render.Document
		is   error
		says string
	}{
		"no width":      {narrow, ErrTooLarge, "column"},
		"a long footer": {footer, ErrTooLarge, "footer"},
		"a tall head":   {head, ErrTooLarge, "head"},
		"a short row":   {short, nil, "line 4 (丰泽区): 9 cells for 10 fields"},
		"no date":       {undated, nil, "Made"},
		"no form":       {render.Document{Made: made}, nil, "no form"},
	} {
		var b bytes.Buffer
		err := Encode(&b, c.d)
		if err == nil || !strings.Contains(err.Error(), c.says) || c.is != nil && !errors.Is(err, c.is) || b.Len() > 0 {
			t.Errorf("%s: got %v and %d bytes", name, err, b.Len())
		}
	}
}

// A character that cannot be shown is marked on the paper, reported and logged, and the log
// holds its code point but not the name it stands in.
func TestUnseenIsReported(t *testing.T) {
	d := register4(1, false)
	d.Lines[0].Cells[0] = "陶😀吉"
	var file, log bytes.Buffer
	rep, err := Draw(&file, d)
	if err != nil || !maps.Equal(map[rune]bool{'😀': true}, set(rep.Unseen)) {
		t.Fatalf("got %q, %v", string(rep.Unseen), err)
	}
	if err := (Encoder{Log: slog.New(slog.NewTextHandler(&log, nil))}).Encode(&file, d); err != nil {
		t.Fatal(err)
	}
	if s := log.String(); !strings.Contains(s, "level=ERROR") || !strings.Contains(s, "U+1F600") || strings.Contains(s, "陶") {
		t.Errorf("log says %s", s)
	}
	l, _ := lay(faces(), d, false)
	if !strings.Contains(pageText(l.pages[0]), "陶〓吉") {
		t.Error("the mark is not on the paper")
	}
}

func set(rs []rune) map[rune]bool {
	out := map[rune]bool{}
	for _, r := range rs {
		out[r] = true
	}
	return out
}

// Whether a document is drawn or refused, nobody goes on working on it: a goroutine left behind
// fails the bubble.
func TestNobodyIsLeftWorking(t *testing.T) {
	faces()
	synctest.Test(t, func(t *testing.T) {
		footer := many(100)
		footer.Footer = strings.Repeat("校验码 3f9a0c71 ", 300)
		for _, d := range []render.Document{many(100), footer, {Made: made}} {
			_, _ = Draw(io.Discard, d)
		}
		_, _ = Draw(fullDisk{}, many(100))
	})
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

// A page that is full is drawn and let go of: what is held of a long register is its streams.
func TestFullPagesAreLetGo(t *testing.T) {
	l, err := lay(faces(), many(200), true)
	if err != nil || len(l.pages) < 5 {
		t.Fatalf("%v, %d pages", err, len(l.pages))
	}
	if err := l.ink.press.stop(); err != nil {
		t.Fatal(err)
	}
	for i, pg := range l.pages {
		if pg.texts != nil || pg.rules != nil || pg.stream.length() == 0 {
			t.Errorf("page %d holds %d texts and %d bytes", i+1, len(pg.texts), pg.stream.length())
		}
	}
}
