package pdf

import (
	"strings"

	"github.com/baosong/baosong/forms/render"
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
	wide  float64 // mm, of s
}

// rule is a straight line of the given thickness in mm.
type rule struct {
	x1, y1, x2, y2, thick float64
	red                   bool
}

// tint is a rectangle filled with a grey.
type tint struct {
	box
	grey uint8
}

// page is what is drawn on one page. What is drawn already is in the stream.
type page struct {
	texts  []text
	rules  []rule
	tints  []tint
	code   *square // the QR code
	stream packed  // the content stream so far (ISO 32000-1, 7.8.2)
}

// frame is the paper with its margins, in mm.
type frame struct {
	w, h                     float64
	left, top, right, bottom float64 // margins
	// clear is above where no text stands at the right: the QR code is there. 0 without one.
	clear float64
}

func (f frame) width() float64 { return f.w - f.left - f.right }
func (f frame) floor() float64 { return f.h - f.bottom }

// start is where full lines may begin on a page.
func (f frame) start() float64 { return max(f.top, f.clear) }

// beside is the box of a centred line beside the QR code, if there is one.
func (f frame) beside(y, h float64) box {
	if f.clear > 0 {
		return box{f.left + codeWidth, y, f.width() - 2*codeWidth, h}
	}
	return box{f.left, y, f.width(), h}
}

// frameOf returns the paper of a document.
func frameOf(d render.Document, tabular bool) frame {
	p := d.Form.Setup()
	var out frame
	out.w, out.h = p.Size()
	out.left, out.top, out.right, out.bottom = p.Margins.Left, p.Margins.Top, p.Margins.Right, p.Margins.Bottom
	if d.Code != nil {
		if tabular {
			out.clear = codeClear
		} else {
			out.top = max(out.top, codeRoom)
		}
	}
	return out
}

// layout collects the pages of one document.
type layout struct {
	*typesetter
	frame
	pages []*page
	y     float64 // where the next thing on the last page begins
	// ink, if there is one, draws pages as soon as they are full: a register of thousands of
	// rows is then never held as texts. Without it the pages stay as they are laid out.
	ink *inker
}

func (l *layout) newPage() {
	next := &page{}
	if n := len(l.pages); n > 0 && l.ink != nil {
		full := l.pages[n-1]
		_ = l.ink.draw(full, false) // its error stays with it, and comes with the last page
		next.texts, next.rules, next.tints = full.texts[:0], full.rules[:0], full.tints[:0]
		full.texts, full.rules, full.tints = nil, nil, nil
	}
	l.pages = append(l.pages, next)
	l.y = l.start()
}

func (l *layout) page() *page   { return l.pages[len(l.pages)-1] }
func (l *layout) room() float64 { return l.floor() - l.y }

// blank reports whether nothing stands on the last page yet.
func (l *layout) blank() bool { return len(l.page().texts) == 0 && len(l.page().rules) == 0 }

// put sets one line in a box.
func (l *layout) put(b box, st style, align, s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	p := l.page()
	p.texts = append(p.texts, text{b, st, align, s, l.measure(s, st)})
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
	p.rules = append(p.rules, rule{x1: x1, y1: y1, x2: x2, y2: y2, thick: thick})
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
