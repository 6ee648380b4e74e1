package pdf

import (
	"regexp"
	"strings"

	"github.com/baosong/baosong/forms/render"
)

// tail is what stands below the body, broken into lines: 说明：1.… with the further notes set in
// below the first, then the statements, then the signatures and the place of the seal.
//
// It keeps company. Where it does not fit below the body it is parted between lines: two of them
// at least stay together with what is before and behind, a paragraph is not parted from its
// first or last line alone, and signatures come with two lines. What cannot be parted like this
// goes on the next page as a whole, and the last row of the body with it.
type tail struct {
	label string
	lines []tailLine
	foot  [][]signature
	seal  bool // a place for the seal is marked
}

type tailLine struct {
	s        string
	in       float64 // mm, how far it is set in
	gap      float64 // mm above it, but not at the top of a page
	part, of int     // which line of its paragraph it is, from 0, of how many
}

const (
	tailGap  = 2.0 // mm, below the body
	factsGap = 1.5 // mm, between notes and statements
	together = 2   // lines that are not left alone
)

var noteStyle = style{size: noteSize}

// numbering begins a note or statement: 1.
var numbering = regexp.MustCompile(`^\d{1,3}[.．、]`)

func (l *layout) tailOf(d render.Document) *tail {
	t := &tail{}
	add := func(s string, in, gap float64) {
		s = l.clean(s)
		number := numbering.FindString(s) // what is below a number is set in by it
		hang := l.measure(number, noteStyle)
		lines := l.lines(s[len(number):], l.width()-in-hang, noteStyle, breakLines)
		for i, s := range lines {
			x := tailLine{s: s, in: in + hang, gap: gap, part: i, of: len(lines)}
			if i == 0 {
				x.s, x.in = number+s, in
			}
			t.lines = append(t.lines, x)
			gap = 0
		}
	}
	hang, gap := 0.0, tailGap
	if label := strings.TrimRight(d.Form.NotesLabel, "：:"); label != "" && len(d.Notes) > 0 && !strings.HasPrefix(d.Notes[0], label) {
		t.label = l.clean(label + "：")
		hang = l.measure(t.label, noteStyle)
	}
	for _, n := range d.Notes {
		add(n, hang, gap)
		gap = 0
	}
	if len(d.Notes) > 0 {
		gap = factsGap
	}
	for i, s := range d.Statements {
		if i > 0 && strings.HasSuffix(s, "：") {
			gap = factsGap
		}
		add(s, 0, gap)
		gap = 0
	}
	t.foot, t.seal = l.footOf(d.Foot), d.Code != nil && !asksForSeal(d)
	return t
}

// height is that of lines [from, to) in mm, of all that is left with the foot.
func (t *tail) height(from, to int) (h float64) {
	for _, x := range t.lines[from:to] {
		h += x.gap + noteStyle.leading()
	}
	if to == len(t.lines) {
		h += t.footHeight()
	}
	return h
}

// parts reports whether a page may end before line i, which is not the first on it.
func (t *tail) parts(from, i int) bool {
	x := t.lines[i]
	alone := x.part > 0 && (x.part < together || x.of-x.part < together)
	heads := strings.HasSuffix(t.lines[i-1].s, "：") // 情况说明：
	return i-from >= together && len(t.lines)-i >= together && !alone && !heads
}

// least is the height in mm that must be free below the body for the tail to begin there.
func (t *tail) least() float64 {
	for i := together; i < len(t.lines); i++ {
		if t.parts(0, i) {
			return t.height(0, i)
		}
	}
	return t.height(0, len(t.lines))
}

// upTo is the end of what goes on a page with so much room, from line from on. On a page with
// nothing else on it something goes in any case.
func (t *tail) upTo(from int, room float64, fresh bool) int {
	n := len(t.lines)
	if t.height(from, n) <= room+slack {
		return n
	}
	most := from
	for most < n && t.height(from, most+1)-t.lines[from].gap <= room+slack {
		most++
	}
	most = min(most, n-1)
	for i := most; i > from; i-- {
		if t.parts(from, i) && t.height(from, i) <= room+slack {
			return i
		}
	}
	if fresh {
		return max(most, from+1)
	}
	return from
}

// tail sets it at l.y. title is that of a table, above what goes on on another page.
func (l *layout) tail(t *tail, title string) {
	lead, fresh := noteStyle.leading(), l.blank()
	for at := 0; at < len(t.lines); {
		to := t.upTo(at, l.room(), fresh)
		for ; at < to; at++ {
			x := t.lines[at]
			if !fresh {
				l.y += x.gap
			}
			fresh = false
			if at == 0 && t.label != "" {
				l.put(box{l.left, l.y, x.in, lead}, noteStyle, "L", t.label)
			}
			l.put(box{l.left + x.in, l.y, l.width() - x.in, lead}, noteStyle, "L", x.s)
			l.y += lead
		}
		if at < len(t.lines) {
			l.newPage()
			if fresh = true; title != "" {
				l.resume(title, resumed)
			}
		}
	}
	l.foot(t)
}
