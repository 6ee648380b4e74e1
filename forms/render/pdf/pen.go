package pdf

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/jung-kurt/gofpdf"
)

// pen is the only hand that holds gofpdf; a test over the source keeps it so. What it mends:
//
//   - gofpdf breaks lines by dropping characters: it is only ever given whole lines;
//   - it panics on characters beyond U+FFFF and prints nothing for those a face lacks: clean
//     text has neither, and a panic becomes an error;
//   - it parses each face twice and appends into it: it gets a copy cut to the document;
//   - it says no language: see tagLanguage.
type pen struct {
	pdf   *gofpdf.Fpdf
	now   style // what gofpdf's font and colour were last set to
	thick float64
}

var faceStyle = [...]string{regular: "", bold: "B"}

const family = "serif"

// paint draws the pages. Metadata come from the arguments only, so that the same pages give
// the same bytes.
func (l *layout) paint(w io.Writer, title, producer string, made time.Time) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gofpdf gave up: %v", r)
		}
	}()
	size := gofpdf.SizeType{Wd: l.w, Ht: l.h}
	pdf := gofpdf.NewCustom(&gofpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: size})
	pdf.SetCompression(true)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(made.UTC())
	pdf.SetModificationDate(made.UTC())
	pdf.SetTitle(title, true)
	pdf.SetProducer(producer, true)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.SetAutoPageBreak(false, 0)
	for face, used := range l.used() {
		if len(used) > 0 {
			pdf.AddUTF8FontFromBytes(family, faceStyle[face], l.faces[face].cut(used))
		}
	}
	p := &pen{pdf: pdf}
	for _, pg := range l.pages {
		pdf.AddPageFormat("P", size)
		p.now, p.thick = style{}, 0
		p.page(pg, l.typesetter)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return fmt.Errorf("gofpdf: %w", err)
	}
	_, err = w.Write(tagLanguage(out.Bytes()))
	return err
}

// used lists the characters of each face on all pages.
func (l *layout) used() (out [2][]rune) {
	seen := [2]map[rune]bool{{}, {}}
	for _, pg := range l.pages {
		for _, t := range pg.texts {
			for _, r := range t.s {
				seen[l.faceOf(r, t.face)][r] = true
			}
		}
	}
	for face, set := range seen {
		for r := range set {
			out[face] = append(out[face], r)
		}
		slices.Sort(out[face])
	}
	return out
}

func (p *pen) page(pg *page, ts *typesetter) {
	for _, t := range pg.tints {
		p.pdf.SetFillColor(int(t.grey), int(t.grey), int(t.grey))
		p.pdf.Rect(t.x, t.y, t.w, t.h, "F")
	}
	for _, r := range pg.rules {
		if r.thick != p.thick {
			p.pdf.SetLineWidth(r.thick)
			p.thick = r.thick
		}
		p.pdf.Line(r.x1, r.y1, r.x2, r.y2)
	}
	for _, t := range pg.texts {
		p.text(t, ts)
	}
}

// text draws one line: a cell for each stretch of one face.
func (p *pen) text(t text, ts *typesetter) {
	rs := []rune(t.s)
	x := t.x
	switch free := t.w - ts.measure(rs, t.style); t.align {
	case "C":
		x += free / 2
	case "R":
		x += free
	}
	for from := 0; from < len(rs); {
		face, to := ts.faceOf(rs[from], t.face), from+1
		for to < len(rs) && ts.faceOf(rs[to], t.face) == face {
			to++
		}
		run := rs[from:to]
		st := style{t.size, face, t.grey}
		if st.size != p.now.size || st.face != p.now.face || p.now == (style{}) {
			p.pdf.SetFont(family, faceStyle[face], st.size)
		}
		if st.grey != p.now.grey || p.now == (style{}) {
			p.pdf.SetTextColor(int(st.grey), int(st.grey), int(st.grey))
		}
		p.now = st
		w := ts.measure(run, st)
		p.pdf.SetXY(x, t.y)
		p.pdf.CellFormat(w, t.h, string(run), "", 0, "L", false, 0, "")
		x += w
		from = to
	}
}

var (
	catalogue = []byte("/Type /Catalog\n")
	startXref = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n*$`)
)

// tagLanguage adds /Lang to the document catalogue (ISO 32000-1, 14.9.2), which gofpdf cannot
// write: screen readers then speak Chinese. The catalogue is the last object, so nothing
// but the place of the cross-reference table moves.
func tagLanguage(file []byte) []byte {
	at, m := bytes.LastIndex(file, catalogue), startXref.FindSubmatchIndex(file)
	if at < 0 || m == nil {
		return file
	}
	const lang = "/Lang (zh-CN)\n"
	at += len(catalogue)
	offset, _ := strconv.Atoi(string(file[m[2]:m[3]]))
	out := slices.Concat(file[:at], []byte(lang), file[at:m[2]])
	out = bytes.Replace(out, []byte("%PDF-1.3"), []byte("%PDF-1.4"), 1) // /Lang came with 1.4
	return append(strconv.AppendInt(out, int64(offset+len(lang)), 10), file[m[3]:]...)
}
