package workbook_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

// BenchmarkTakeIn opens a table of 3,000 rows of 44 columns and reads all of them.
func BenchmarkTakeIn(b *testing.B) {
	f := formstest.Annex2()
	d := render.Document{Form: f, Title: f.Title}
	for u := range 3000 {
		l := render.Line{Label: fmt.Sprintf("第%d县", u)}
		for i := range f.Fields() {
			l.Cells = append(l.Cells, fmt.Sprint((u*7919+i*104729)%40000))
		}
		d.Lines = append(d.Lines, l)
	}
	var file bytes.Buffer
	if err := xlsx.Encode(&file, d); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		book, err := open(file.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		im, err := workbook.Match(f, book)
		if err != nil || len(im.Units) != 3000 {
			b.Fatal(err, len(im.Units))
		}
	}
}
