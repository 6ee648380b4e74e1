package pdf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/stamp"
)

// signature is one line of the foot, measured: 填表人：张样一, or a label and a rule to sign on.
type signature struct {
	text string
	wide float64 // mm, of the text
	rule bool
}

const (
	signHeight = 9.0  // mm, of a row of signatures: room for handwriting
	signRule   = 28.0 // mm, what is signed on
	signGap    = 6.0  // mm between two
	sealHeight = 16.0 // mm, above the mark where the seal goes
)

var signStyle = style{size: headSize}

func (s signature) width() float64 {
	if s.rule {
		return s.wide + signRule
	}
	return s.wide
}

// footOf breaks the signature lines into rows that fit the width.
func (l *layout) footOf(items []render.HeadLine) [][]signature {
	var out [][]signature
	used := 0.0
	for _, it := range items {
		label, value := l.clean(strings.TrimRight(it.Label, "：:")+"："), l.clean(it.Value)
		if value == "" && strings.HasPrefix(it.Label, "（") {
			label = l.clean(it.Label) // （盖章） is no line to be signed
		}
		for i, s := range l.lines(label+value, l.width()-signRule, signStyle, breakLines) {
			one := signature{text: s, wide: l.measure(s, signStyle), rule: value == "" && i == 0 && strings.HasSuffix(label, "：")}
			if n := len(out) - 1; n >= 0 && used+signGap+one.width() <= l.width() {
				out[n] = append(out[n], one)
				used += signGap + one.width()
				continue
			}
			out, used = append(out, []signature{one}), one.width()
		}
	}
	return out
}

// asksForSeal reports whether a line of the form already says where it is sealed: 填报单位（盖章）.
func asksForSeal(d render.Document) bool {
	for _, items := range [][]render.HeadLine{d.Head, d.Foot} {
		for _, it := range items {
			if strings.Contains(it.Label, "章") {
				return true
			}
		}
	}
	return false
}

func (t *tail) footHeight() (h float64) {
	if len(t.foot) > 0 {
		h = 2 + signHeight*float64(len(t.foot))
	}
	if t.seal {
		h += sealHeight
	}
	return h
}

// foot sets the signature lines and the place of the seal, on one page if one can hold them.
func (l *layout) foot(t *tail) {
	if h := t.footHeight(); h > l.room()+slack && h <= l.floor()-l.top && !l.blank() {
		l.newPage()
	}
	for i, row := range t.foot {
		if i == 0 {
			l.y += 2
		}
		if l.room() < signHeight-slack {
			l.newPage()
		}
		free, x := l.width(), l.left
		for _, s := range row {
			free -= s.width()
		}
		for _, s := range row {
			lead := signStyle.leading()
			y := l.y + signHeight - lead - 1
			l.put(box{x, y, s.wide, lead}, signStyle, "L", s.text)
			x += s.wide
			if s.rule {
				l.rule(x, y+lead, x+signRule, y+lead, thin)
				x += signRule
			}
			if len(row) > 1 {
				x += free / float64(len(row)-1)
			}
		}
		l.y += signHeight
	}
	if t.seal {
		if l.room() < sealHeight-slack {
			l.newPage()
		}
		lead := signStyle.leading()
		l.put(box{l.left, l.y + sealHeight - lead, l.width(), lead}, signStyle, "R", "（盖章）　　　　")
		l.y += sealHeight
	}
}

// margins sets what stands in the margins of each page: page number, small print, QR code and
// what it says.
func (l *layout) margins(d render.Document) error {
	table := tabular(d)
	pages := l.pages
	defer func() { l.pages = pages }()
	for i := range pages {
		l.pages = pages[:i+1]
		number := 0.0 // width kept for the page number
		if d.Code != nil {
			if err := l.code(*d.Code, i+1, len(pages), table); err != nil {
				return err
			}
		}
		if table {
			number = l.numbered(d.Code, i+1, len(pages))
		} else {
			l.dashed(i + 1)
		}
		if err := l.smallPrint(d.Footer, l.width()-number, table); err != nil {
			return err
		}
	}
	return nil
}

var pageStyle = style{size: footSize + 1, grey: 70}

// numbered sets the page number of a table at the right below it, and returns the width to be kept
// for it. What the QR code says stands before it.
func (l *layout) numbered(c *stamp.Code, page, pages int) float64 {
	text := "第 " + strconv.Itoa(page) + " 页 共 " + strconv.Itoa(pages) + " 页"
	y, width := l.floor()+3, 40.0
	if c != nil {
		said := versionOf(*c) + "　" + hashOf(*c)
		text, width = said+"　"+text, l.measure(said, pageStyle)+width
	}
	l.put(box{l.left + l.width() - width, y, width, pageStyle.leading()}, pageStyle, "R", text)
	return width
}

// dashed sets a page number as GB/T 9704—2012, 7.5, has it: 四号, between dashes, its upper edge
// 7 mm below the type area, one character in at the right of odd pages, at the left of even.
func (l *layout) dashed(page int) {
	st := style{size: 14}
	align, in := "R", st.size*mmPerPt
	if page%2 == 0 {
		align = "L"
	}
	lead := st.leading()
	l.put(box{l.left + in, l.floor() + 7 - (lead-st.size*mmPerPt)/2, l.width() - 2*in, lead}, st, align, "— "+strconv.Itoa(page)+" —")
}

// smallPrint sets the footer into the margin: of a text below the page number's line.
func (l *layout) smallPrint(s string, width float64, table bool) error {
	y := l.floor() + 3
	if !table {
		y = l.floor() + 15
	}
	room := l.h - y - 5
	lines, st := l.fit(s, width, style{size: footSize, grey: 70}, footSize-1.5)
	if float64(len(lines))*st.leading() > room {
		lines, st = l.fit(s, width, st.with(smallestType), smallestType)
	}
	if float64(len(lines))*st.leading() > room {
		return fmt.Errorf("footer of %d lines: %w", len(lines), ErrTooLarge)
	}
	for n, s := range lines {
		l.put(box{l.left, y + float64(n)*st.leading(), width, st.leading()}, st, "L", s)
	}
	return nil
}
