package stamp

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"testing"

	"github.com/baosong/baosong/forms/attach"
	"github.com/baosong/baosong/forms/attach/pdffile"
)

// A page of a few kilobytes may say that it holds thirty of the largest pictures: only so much of
// it is unpacked at once.
func TestAPageOfManyLargePictures(t *testing.T) {
	const side = 7000
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(make([]byte, side*side/8)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	one := strip{side, side, "/ImageMask true/Filter/FlateDecode", packed.Bytes()}
	var page []strip
	for range maxImages {
		page = append(page, one)
	}
	b := scanned(page)
	doc, err := pdffile.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := doc.Pages(1)
	if err != nil {
		t.Fatal(err)
	}
	images := doc.Images(pages[0])
	if len(images) != maxImages {
		t.Fatalf("%d pictures", len(images))
	}
	total := 0
	for _, m := range stacked(doc, images) {
		total += m.Bounds().Dx() * m.Bounds().Dy()
	}
	if total < side*side || total > pagePixels {
		t.Errorf("%d pixels of a page are held, at most %d may be", total, pagePixels)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ended, bytes.NewReader(b), int64(len(b)), attach.PDF); !errors.Is(err, context.Canceled) {
		t.Errorf("who has no time left goes on: %v", err)
	}
}
