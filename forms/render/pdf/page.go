package pdf

import (
	"strings"

	"github.com/baosong/baosong/forms"
)

// Layout comes before drawing: a document is laid out as pages of texts, rules and tints,
// in mm from the page's upper left corner; then the pen draws them. So the number of pages
// and the characters used are known before the first stroke, and a test can measure that
// nothing lies outside the page or over other text.

// box is an upright rectangle in mm.
type box struct{ x, y, w, h float64 }

// text is one line of text in its box; it is never wider than the box.
type text struct {
	box
	style
	align string // "L", "C" or "R"
	s     string
}

// rule is a straight line of the given thickness in mm.
type rule struct{ x1, y1, x2, y2, thick float64 }

// tint is a rectangle filled with a grey.
type tint struct {
	box
	grey uint8
}

// page is what is drawn on one page.
type page struct {
	texts []text
	rules []rule
	tints []tint
}

// frame is the paper with its margins, in mm.
type frame struct {
	w, h                     float64
	left, top, right, bottom float64 // margins
}

func (f frame) width() float64 { return f.w - f.left - f.right }
func (f frame) floor() float64 { return f.h - f.bottom }

// mostOnA4 is the number of columns up to which a table without a page set-up of its own is
// printed on A4; wider ones go on A3 (practice: GB/T 9704—2012 has no rule for A3).
const mostOnA4 = 16

// frameOf returns the paper of a form. Tables lie across, with the wide margin on the left
// for binding. Texts stand upright with the margins of an official document: GB/T 9704—2012,
// 5.2.1, 天头 37 mm, 订口 28 mm, type area 156 mm × 225 mm.
func frameOf(f *forms.Form, tabular bool) frame {
	p := f.Page
	if p.Paper == "" {
		p = forms.Page{Paper: "A4", Landscape: tabular}
		if tabular && len(f.Fields()) > mostOnA4 {
			p.Paper = "A3"
		}
	}
	out := frame{w: 210, h: 297}
	if strings.EqualFold(p.Paper, "A3") {
		out = frame{w: 297, h: 420}
	}
	if p.Landscape {
		out.w, out.h = out.h, out.w
	}
	switch {
	case tabular && out.w > 297:
		out.left, out.top, out.right, out.bottom = 25, 20, 15, 20
	case tabular:
		out.left, out.top, out.right, out.bottom = 25, 18, 15, 18
	default:
		out.left, out.top, out.right, out.bottom = 28, 37, 26, 35
	}
	return out
}

// layout collects the pages of one document.
type layout struct {
	*typesetter
	frame
	pages []*page
	y     float64 // where the next thing on the last page begins
}

func (l *layout) newPage() {
	l.pages = append(l.pages, &page{})
	l.y = l.top
}

func (l *layout) page() *page   { return l.pages[len(l.pages)-1] }
func (l *layout) room() float64 { return l.floor() - l.y }

// put sets one line in a box.
func (l *layout) put(b box, st style, align, s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	p := l.page()
	p.texts = append(p.texts, text{b, st, align, s})
}

// block sets lines below each other in a box, centred in its height.
func (l *layout) block(b box, st style, align string, lines []string) {
	lead := st.leading()
	y := b.y + (b.h-lead*float64(len(lines)))/2
	for i, s := range lines {
		l.put(box{b.x, y + float64(i)*lead, b.w, lead}, st, align, s)
	}
}

// rule draws a straight line.
func (l *layout) rule(x1, y1, x2, y2, thick float64) {
	p := l.page()
	p.rules = append(p.rules, rule{x1, y1, x2, y2, thick})
}

// paragraph sets lines from y on, over pages where it must.
func (l *layout) paragraph(x, w float64, st style, lead float64, lines []string) {
	for _, s := range lines {
		if l.room() < lead-slack {
			l.newPage()
		}
		l.put(box{x, l.y, w, lead}, st, "L", s)
		l.y += lead
	}
}
