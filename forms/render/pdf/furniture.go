package pdf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms/render"
)

// Type sizes in pt, by their names in print: 二号 22, 三号 16, 小四 12, 五号 10.5, 小五 9.
const (
	titleSize    = 20.0
	labelSize    = 12.0
	headSize     = 11.0
	noteSize     = 10.0
	footSize     = 8.0
	smallestType = 6.0 // nothing is set smaller
)

// title sets the form's label (附件2) at the left, and the title below it, centred.
func (l *layout) title(d render.Document, size float64) {
	if d.Form.Label != "" {
		l.paragraph(l.left, l.width(), style{size: labelSize, face: bold}, style{size: labelSize}.leading(),
			l.lines(d.Form.Label, l.width(), style{size: labelSize, face: bold}, breakLines))
	}
	st := style{size: size, face: bold}
	lines := l.lines(d.Title, l.width(), st, balanceLines)
	if len(lines) > 1 { // a title goes on one line if a type slightly smaller lets it
		if one, smaller := l.fit(d.Title, l.width(), st, size*0.85); len(one) == 1 {
			lines, st = one, smaller
		}
	}
	for _, s := range lines {
		l.put(box{l.left, l.y, l.width(), st.leading()}, st, "C", s)
		l.y += st.leading()
	}
	l.y += 2
}

// head sets the lines above the table: on one line, spread from edge to edge, if they fit
// there, else each on its own.
func (l *layout) head(items []render.HeadLine, st style) {
	if len(items) == 0 {
		return
	}
	var texts []string
	total := 0.0
	for _, it := range items {
		s := strings.TrimRight(it.Label, "：:") + "：" + it.Value
		texts = append(texts, s)
		total += l.measure(l.clean(s), st)
	}
	const gap = 6
	if free := l.width() - total; free >= gap*float64(len(items)-1) && !strings.Contains(strings.Join(texts, ""), "\n") {
		x := l.left
		for i, s := range texts {
			s = string(l.clean(s))
			w := l.measure([]rune(s), st)
			switch {
			case len(texts) > 1 && i > 0:
				x += free / float64(len(texts)-1)
			case len(texts) == 1 && items[0].Right:
				x += free
			}
			l.put(box{x, l.y, w, st.leading()}, st, "L", s)
			x += w
		}
		l.y += st.leading()
	} else {
		for i, s := range texts {
			align := "L"
			if items[i].Right {
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

// tail is what stands below the table, broken into lines: 说明：1.… with the further notes
// set in below the first, then the statements.
type tail struct {
	hang  float64 // how far the notes are set in
	label string
	notes [][]string
	rest  [][]string
}

var noteStyle = style{size: noteSize}

func (l *layout) tailOf(d render.Document) tail {
	var t tail
	if label := strings.TrimRight(d.Form.NotesLabel, "：:"); label != "" && len(d.Notes) > 0 && !strings.HasPrefix(d.Notes[0], label) {
		t.label = label + "："
		t.hang = l.measure(l.clean(t.label), noteStyle)
	}
	for _, n := range d.Notes {
		t.notes = append(t.notes, l.lines(n, l.width()-t.hang, noteStyle, breakLines))
	}
	for _, s := range d.Statements {
		t.rest = append(t.rest, l.lines(s, l.width(), noteStyle, breakLines))
	}
	return t
}

// height is that of the tail with the space above it, in mm.
func (t tail) height() float64 {
	n := 0
	for _, p := range t.notes {
		n += len(p)
	}
	for _, p := range t.rest {
		n += len(p)
	}
	if n == 0 {
		return 0
	}
	return float64(n)*noteStyle.leading() + 2 + 1.5
}

func (l *layout) tail(t tail) {
	lead := noteStyle.leading()
	l.y += 2
	for i, n := range t.notes {
		if l.room() < lead {
			l.newPage()
		}
		if i == 0 {
			l.put(box{l.left, l.y, t.hang, lead}, noteStyle, "L", string(l.clean(t.label)))
		}
		l.paragraph(l.left+t.hang, l.width()-t.hang, noteStyle, lead, n)
	}
	if len(t.rest) > 0 && len(t.notes) > 0 {
		l.y += 1.5
	}
	for _, s := range t.rest {
		l.paragraph(l.left, l.width(), noteStyle, lead, s)
	}
}

// footers sets the small print and 第 1 页 共 2 页 into the bottom margin of each page.
func (l *layout) footers(small string) error {
	st := style{size: footSize, grey: 70}
	lead := st.leading()
	const number = 40.0 // width kept for the page number
	lines, st := l.fit(small, l.width()-number, st, footSize-1.5)
	if float64(len(lines))*st.leading() > l.bottom-8 {
		lines, st = l.fit(small, l.width()-number, st.with(smallestType), smallestType)
	}
	if float64(len(lines))*st.leading() > l.bottom-5 {
		return fmt.Errorf("footer of %d lines: %w", len(lines), ErrTooLarge)
	}
	pages := l.pages
	for i := range pages {
		l.pages = pages[:i+1]
		y := l.floor() + 3
		l.put(box{l.left + l.width() - number, y, number, lead}, style{size: footSize + 1, grey: 70}, "R",
			"第 "+strconv.Itoa(i+1)+" 页 共 "+strconv.Itoa(len(pages))+" 页")
		for n, s := range lines {
			l.put(box{l.left, y + float64(n)*st.leading(), l.width() - number, st.leading()}, st, "L", s)
		}
	}
	return nil
}
