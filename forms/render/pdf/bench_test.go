package pdf

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/jung-kurt/gofpdf"

	"github.com/baosong/baosong/forms/render"
)

// The sizes that are promised for: a roll-up on one page, and one of 3,000 rows.
var sizes = []int{13, 3000}

// many is the roll-up with so many rows.
func many(rows int) render.Document {
	d := rollup2()
	lines := d.Lines
	d.Lines = nil
	for i := range rows {
		d.Lines = append(d.Lines, lines[i%len(lines)])
	}
	return d
}

func BenchmarkRollUp(b *testing.B) {
	for _, rows := range sizes {
		b.Run(fmt.Sprintf("%dx44", rows), func(b *testing.B) {
			d := many(rows)
			size := len(draw(b, d))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Draw(io.Discard, d); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size), "bytes/file")
		})
	}
}

// What gofpdf takes, by itself, to draw the very same texts, rules and tints with the same
// faces: laid out beforehand, a cell for each text. "cut" is given faces that gofpdf's own
// UTF8CutFont has cut to the document beforehand; both are what RollUp is measured against.
func BenchmarkBareGofpdf(b *testing.B) {
	for _, rows := range sizes {
		l, err := lay(faces(), many(rows), false)
		if err != nil {
			b.Fatal(err)
		}
		var all [2]string
		for _, pg := range l.pages {
			for _, t := range pg.texts {
				all[weight(t)] += t.s
			}
		}
		whole := [2][]byte{regularFile, boldFile}
		cut := [2][]byte{gofpdf.UTF8CutFont(bytes.Clone(regularFile), all[0]), gofpdf.UTF8CutFont(bytes.Clone(boldFile), all[1])}
		for name, fonts := range map[string][2][]byte{"whole": whole, "cut": cut} {
			b.Run(fmt.Sprintf("%s/%dx44", name, rows), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := bare(io.Discard, l, fonts); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// weight is 1 for the roles that the shipped bold face stands in for.
func weight(t text) int {
	if t.face == regular || t.face == body {
		return 0
	}
	return 1
}

func bare(w io.Writer, l *layout, fonts [2][]byte) error {
	size := gofpdf.SizeType{Wd: l.w, Ht: l.h}
	pdf := gofpdf.NewCustom(&gofpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: size})
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.SetAutoPageBreak(false, 0)
	for i, style := range []string{"", "B"} {
		pdf.AddUTF8FontFromBytes("serif", style, bytes.Clone(fonts[i])) // it appends into them
	}
	for _, pg := range l.pages {
		pdf.AddPageFormat("P", size)
		for _, t := range pg.tints {
			pdf.SetFillColor(int(t.grey), int(t.grey), int(t.grey))
			pdf.Rect(t.x, t.y, t.w, t.h, "F")
		}
		thick := 0.0
		for _, r := range pg.rules {
			if r.thick != thick {
				pdf.SetLineWidth(r.thick)
				thick = r.thick
			}
			pdf.Line(r.x1, r.y1, r.x2, r.y2)
		}
		now, first := style{}, true
		for _, t := range pg.texts {
			if first || t.size != now.size || t.face != now.face {
				pdf.SetFont("serif", []string{"", "B"}[weight(t)], t.size)
			}
			if first || t.grey != now.grey {
				pdf.SetTextColor(int(t.grey), int(t.grey), int(t.grey))
			}
			now, first = t.style, false
			pdf.SetXY(t.x, t.y)
			pdf.CellFormat(t.w, t.h, t.s, "", 0, t.align, false, 0, "")
		}
	}
	return pdf.Output(w)
}

// What a process pays before its first page.
func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		if _, err := LoadFaces(FacePaths{}); err != nil {
			b.Fatal(err)
		}
	}
}
