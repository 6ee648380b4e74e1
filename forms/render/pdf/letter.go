package pdf

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms/render"
)

// The letter (信函格式) of GB/T 9704—2012, 10.1, on A4 in the type area of 5.2.1; in mm.
var letterFrame = frame{w: 210, h: 297, left: 28, top: 37, right: 26, bottom: 35}

const (
	letterMarkTop  = 30.0  // from the edge of the paper to the issuer's mark
	letterMarkSize = 36.0  // pt: 小初, the largest that is usual
	letterMarkGap  = 4.0   // from the mark to the red double line
	letterRule     = 170.0 // length of the red double lines, in the middle of the paper
	letterLowRule  = 20.0  // from the lower one to the lower edge of the paper
	letterNumber   = proseSize * mmPerPt * 7 / 8
	// The standard gives no thickness of the double lines; these are usual.
	letterThick, letterThin, letterRuleGap = 0.7, 0.25, 0.8
	dateIn                                 = 4 // characters from the date to the right edge
)

// sealRooms are the empty lines between the text and the signature: the upper edge of a seal of 42 mm
// then stands within a line of the text, and its middle slightly above the signature (7.3.5.1). The
// second is taken if it spares a page.
var sealRooms = [...]float64{2, 1.4}

// EncodeLetter draws a letter to w; it logs as Encode does and fails as Draw does.
func (e Encoder) EncodeLetter(w io.Writer, x render.Letter) error {
	rep, err := e.DrawLetter(w, x)
	if err == nil {
		e.report(rep, "letter", x.Title)
	}
	return err
}

// DrawLetter draws a letter to w and reports what could not be shown. It fails if the letter has no
// issuer, no title or no Made instant, and with the errors of w.
func (e Encoder) DrawLetter(w io.Writer, x render.Letter) (rep Report, err error) {
	defer func() {
		if err != nil {
			rep, err = Report{}, fmt.Errorf("render/pdf: letter: %w", err)
		}
	}()
	faces := e.Faces
	if faces == nil {
		if faces, err = shipped(); err != nil {
			return rep, err
		}
	}
	l, err := layLetter(faces, x, true)
	if err != nil {
		return rep, err
	}
	defer func() { _ = l.ink.press.stop() }() // paint has its error
	for _, p := range l.pages {
		if err := l.ink.draw(p, true); err != nil {
			return rep, err
		}
	}
	rep = Report{Pages: len(l.pages), Unseen: slices.Sorted(maps.Keys(l.unseen)), Substitutions: faces.Substitutions()}
	return rep, l.paint(w, metadata{title: strings.ReplaceAll(x.Title, "\n", ""), producer: "baosong", keywords: keywords(rep.Substitutions), made: x.Made})
}

// layLetter lays a letter out. Its pages are few: they are drawn when all is known.
func layLetter(faces *Faces, x render.Letter, draw bool) (*layout, error) {
	switch {
	case x.Issuer == "" || x.Title == "":
		return nil, errors.New("it has no issuer or no title")
	case x.Made.IsZero():
		return nil, errors.New("it has no Made instant")
	}
	var best *layout
	for _, room := range sealRooms {
		l := &layout{typesetter: &typesetter{faces: faces, unseen: map[rune]bool{}}, frame: letterFrame}
		l.letter(x, room*proseLead)
		if best == nil || len(l.pages) < len(best.pages) {
			best = l
		}
	}
	if draw {
		best.ink = newInker(faces, best.h)
	}
	return best, nil
}

// letter lays everything out, with so many mm between the text and the signature.
func (l *layout) letter(x render.Letter, room float64) {
	l.newPage()
	l.letterhead(x)
	end := l.signed(x)
	least := room + float64(len(end))*proseLead
	if x.To != "" {
		l.paragraph(l.left, l.width(), proseStyle, proseLead, l.lines(x.To+"：", l.width(), proseStyle, breakLines))
	}
	if len(x.Rows) > 0 {
		l.slip(x.Rows, least)
	}
	var text []string // in one, so that its last two lines stay together whatever paragraphs they are of
	for _, s := range x.Body {
		text = append(text, l.indentedLines(s, proseStyle)...)
	}
	l.sections([]section{{text, proseStyle, false}}, least)
	if l.room() < least-slack {
		l.newPage()
	}
	l.y += room
	for _, line := range end {
		l.put(box{line.x, l.y, line.w, proseLead}, proseStyle, line.align, line.s)
		l.y += proseLead
	}
	pages := l.pages
	for i := 1; i < len(pages); i++ { // the first page has no number
		l.pages = pages[:i+1]
		l.dashed(i + 1)
	}
}

// letterhead sets what stands above the text of the first page, and the red lines.
func (l *layout) letterhead(x render.Letter) {
	mark := style{size: letterMarkSize, face: title, red: true}
	lines, mark := l.fit(x.Issuer, l.width(), mark, 16)
	em := mark.size * mmPerPt
	l.y = letterMarkTop - (mark.leading()-em)/2 // the em stands in the middle of its line
	for _, s := range lines {
		l.put(box{l.left, l.y, l.width(), mark.leading()}, mark, "C", s)
		l.y += mark.leading()
	}
	l.y += letterMarkGap - (mark.leading()-em)/2
	l.redRule(l.y+letterThick/2, letterThick)
	l.redRule(l.y+letterThick+letterRuleGap+letterThin/2, letterThin)
	low := l.h - letterLowRule
	l.redRule(low-letterThick/2, letterThick)
	l.redRule(low-letterThick-letterRuleGap-letterThin/2, letterThin)

	number := proseStyle
	em = number.size * mmPerPt
	l.y += letterThick + letterRuleGap + letterThin + letterNumber
	if x.Number != "" {
		l.put(box{l.left, l.y - (proseLead-em)/2, l.width(), proseLead}, number, "R", l.clean(x.Number))
		l.y += em
	}
	l.y += 2 * proseLead
	big := style{size: textTitle, face: title}
	for _, s := range l.lines(x.Title, l.width(), big, balanceLines) {
		l.put(box{l.left, l.y, l.width(), big.leading()}, big, "C", s)
		l.y += big.leading()
	}
	l.y += proseLead
}

// redRule draws one of the red lines, its middle at y.
func (l *layout) redRule(y, thick float64) {
	p := l.page()
	x := (l.w - letterRule) / 2
	p.rules = append(p.rules, rule{x, y, x + letterRule, y, thick, true})
}

// signedLine is a line below the text of a letter.
type signedLine struct {
	x, w  float64
	align string
	s     string
}

// signed are the lines below the text: who signs above the date, and the note (7.3.5.1, 7.3.6). The
// seal is put on the paper by hand.
func (l *layout) signed(x render.Letter) []signedLine {
	var out []signedLine
	char := proseSize*mmPerPt + proseTrack*mmPerPt
	date, name := l.clean(x.Date), l.clean(x.Signed)
	right := l.left + l.width() - dateIn*char
	wide := l.measure(date, proseStyle)
	middle := right - wide/2
	nameWide := min(l.measure(name, proseStyle), l.width())
	at := min(max(l.left, middle-nameWide/2), l.left+l.width()-nameWide)
	for _, s := range l.lines(name, l.width(), proseStyle, breakLines) {
		out = append(out, signedLine{at, nameWide + slack, "C", s})
	}
	out = append(out, signedLine{right - wide, wide + slack, "C", date})
	if x.Note != "" {
		for _, s := range l.lines("　　"+x.Note, l.width(), proseStyle, breakLines) {
			out = append(out, signedLine{l.left, l.width(), "L", s})
		}
	}
	return out
}

// slip sets the grid of a slip: what is asked for, and what stands there or is written in by hand.
func (l *layout) slip(rows []render.LetterRow, least float64) {
	const label, pad = 32.0, 2.5
	st := style{size: 14, face: body}
	p := &plan{tableText: &tableText{}, pad: pad, body: st, columns: []column{{width: label}, {width: l.width() - label}}}
	var out []row
	for _, r := range rows {
		x := row{cells: []cell{
			{lines: l.lines(r.Label, label-2*pad, st, balanceLines), style: st, align: "C"},
			{style: st, align: "L"},
		}}
		if r.Text != "" {
			x.cells[1].lines = l.lines(r.Text, p.columns[1].width-2*pad, st, breakLines)
		}
		x.height = max(10, r.Room)
		for _, c := range x.cells {
			x.height = max(x.height, float64(len(c.lines))*st.leading()+3*cellPad)
		}
		out = append(out, x)
	}
	l.pairs(p, out, least)
}
