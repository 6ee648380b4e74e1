package pdf

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jung-kurt/gofpdf"
)

// The pen is the only hand that holds gofpdf; a test over the source keeps it so. gofpdf makes
// the file: its pages, metadata and cross-references. What stands on a page is a content stream of
// our own (content.go), and streams, faces and QR codes are put in when it is done (finish.go),
// because gofpdf
//
//   - breaks lines by dropping characters, and formats every cell at length;
//   - panics on characters beyond U+FFFF and prints nothing for those a face lacks;
//   - parses and hashes each face several times over, which was nine tenths of the time of a
//     table of one page, and appends into what it was given, which made sharing a race;
//   - tells readers that each code is its own character, which is untrue beyond U+FFFF;
//   - makes a compressor of a megabyte for each page, and holds all pages unpacked until then;
//   - writes images in an order that differs from run to run.

// metadata are what the file says about itself; from them and the pages only come its bytes.
type metadata struct {
	title, producer, keywords string
	made                      time.Time
}

// paint writes the drawn pages as a file.
func (l *layout) paint(w io.Writer, m metadata) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gofpdf gave up: %v", r)
		}
	}()
	size := gofpdf.SizeType{Wd: l.w, Ht: l.h}
	pdf := gofpdf.NewCustom(&gofpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: size})
	pdf.SetCompression(false) // of the empty pages
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(m.made.UTC())
	pdf.SetModificationDate(m.made.UTC())
	pdf.SetTitle(m.title, true)
	pdf.SetProducer(m.producer, true)
	if m.keywords != "" {
		pdf.SetKeywords(m.keywords, true)
	}
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	for range l.pages {
		pdf.AddPageFormat("P", size)
	}
	if err := pdf.Output(&finisher{to: w, ink: l.ink, pages: l.pages}); err != nil {
		return fmt.Errorf("gofpdf: %w", err)
	}
	return nil
}

// finisher passes gofpdf's file on with the faces in it. gofpdf hands the whole file over at
// once, so nothing is copied.
type finisher struct {
	to    io.Writer
	ink   *inker
	pages []*page
	done  bool
}

func (f *finisher) Write(file []byte) (int, error) {
	if f.done {
		return 0, errors.New("gofpdf handed the file over in pieces")
	}
	f.done = true
	if err := finish(f.to, file, f.ink, f.pages); err != nil {
		return 0, err
	}
	return len(file), nil
}
