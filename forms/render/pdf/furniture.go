package pdf

import (
	"strings"

	"github.com/baosong/baosong/forms/render"
)

// Type sizes in pt, by their names in print: 二号 22, 三号 16, 小四 12, 五号 10.5, 小五 9.
const (
	titleSize    = 20.0 // of tables
	textTitle    = 22.0 // of texts: GB/T 9704—2012, 7.3.1
	labelSize    = 12.0
	headSize     = 11.0
	noteSize     = 10.0
	footSize     = 8.0
	smallestType = 6.0 // nothing is set smaller
)

// title sets the form's label (附件2) at the left, and the title below it, centred.
func (l *layout) title(d render.Document, size float64) {
	l.y = l.top
	if d.Form.Label != "" {
		st := style{size: labelSize, face: hei}
		l.paragraph(l.left, l.width(), st, st.leading(), l.lines(d.Form.Label, l.width(), st, breakLines))
	}
	st := style{size: size, face: title}
	width := l.beside(0, 0).w
	lines := l.lines(d.Title, width, st, balanceLines)
	if len(lines) > 1 { // a title goes on one line if a type slightly smaller lets it
		if one, smaller := l.fit(d.Title, width, st, size*0.85); len(one) == 1 {
			lines, st = one, smaller
		}
	}
	for _, s := range lines {
		l.put(l.beside(l.y, st.leading()), st, "C", s)
		l.y += st.leading()
	}
	l.y = max(l.y+2, l.clear)
}

// head sets the lines above the table: on one line, spread from edge to edge, if they fit
// there, else each on its own. Several at the right (表号, 制定机关, 批准文号) stand below each
// other there, as on statistical forms.
func (l *layout) head(items []render.HeadLine, st style) {
	if len(items) == 0 {
		return
	}
	var right, rest []string
	for _, it := range items {
		s := l.clean(strings.TrimRight(it.Label, "：:") + "：" + it.Value)
		if it.Right && (len(items) > 2 || len(items) == 1) {
			right = append(right, s)
		} else {
			rest = append(rest, s)
		}
	}
	if len(items) > 2 && len(right) < 2 { // one of several is set where it comes
		rest, right = rest[:0], nil
		for _, it := range items {
			rest = append(rest, l.clean(strings.TrimRight(it.Label, "：:")+"："+it.Value))
		}
	}
	l.rightBlock(right, st)
	if len(rest) == 0 {
		l.y += 1.5
		return
	}
	total, wraps := 0.0, false
	for _, s := range rest {
		total += l.measure(s, st)
		wraps = wraps || strings.Contains(s, "\n")
	}
	const gap = 6
	if free := l.width() - total; free >= gap*float64(len(rest)-1) && !wraps {
		x := l.left
		for i, s := range rest {
			if i > 0 {
				x += free / float64(len(rest)-1)
			}
			w := l.measure(s, st)
			l.put(box{x, l.y, w, st.leading()}, st, "L", s)
			x += w
		}
		l.y += st.leading()
	} else {
		for i, s := range rest {
			align := "L"
			if len(rest) == len(items) && items[i].Right {
				align = "R"
			}
			for _, line := range l.lines(s, l.width(), st, breakLines) {
				l.put(box{l.left, l.y, l.width(), st.leading()}, st, align, line)
				l.y += st.leading()
			}
		}
	}
	l.y += 1.5
}

// rightBlock sets lines below each other, flush left among themselves, at the right edge.
func (l *layout) rightBlock(texts []string, st style) {
	var lines []string
	wide := 0.0
	for _, s := range texts {
		for _, line := range l.lines(s, l.width(), st, breakLines) {
			lines = append(lines, line)
			wide = max(wide, l.measure(line, st))
		}
	}
	l.paragraph(l.left+l.width()-wide, wide, st, st.leading(), lines)
}
