package stamp

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // photographs
	_ "image/png"
	"io"

	"github.com/baosong/baosong/forms/attach"
	"github.com/baosong/baosong/forms/attach/pdffile"
)

// Bounds of what is looked at.
const (
	maxPages   = 200
	maxImages  = 30            // of one page
	maxPixels  = 50_000_000    // of one picture
	pagePixels = 2 * maxPixels // of the pictures of one page, which are held at once
)

// Read reads the codes out of a scan or photograph that attach.Inspect has taken: every page
// of a PDF, all codes of a picture, each once and in the order found. What cannot be read is
// not there: a sheet without a code, a blurred photograph or a format without pictures gives
// an empty list and no error. When the context ends, what was found so far comes with its
// error. Any other error is the reader's.
func Read(ctx context.Context, r io.ReaderAt, size int64, media string) ([]Code, error) {
	if ctx.Err() != nil || media != attach.PDF && media != attach.JPEG && media != attach.PNG {
		return nil, ctx.Err()
	}
	b := make([]byte, size)
	if n, err := r.ReadAt(b, 0); int64(n) < size {
		return nil, fmt.Errorf("reading a scan: %w", err)
	}
	if media == attach.PDF {
		return pages(ctx, b)
	}
	return picture(ctx, b), ctx.Err()
}

// picture reads a file in one of the formats that photographs have.
func picture(ctx context.Context, b []byte) []Code {
	cfg, _, err := image.DecodeConfig(bytes.NewReader(b))
	most := maxPixels
	if cfg.ColorModel == color.RGBA64Model || cfg.ColorModel == color.NRGBA64Model {
		most /= 2 // eight bytes each: no camera and no scanner writes large ones
	}
	if err != nil || cfg.Width > most/max(1, cfg.Height) {
		return nil
	}
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	return find(ctx, m)
}

// pages reads the pictures of a PDF, page by page.
func pages(ctx context.Context, b []byte) (found []Code, err error) {
	doc, err := pdffile.Open(b)
	if err != nil {
		return nil, nil // attach has refused it, or nobody asked: there is nothing to read
	}
	list, err := doc.Pages(maxPages * 10)
	if err != nil {
		return nil, nil
	}
	for _, p := range list[:min(len(list), maxPages)] {
		images := doc.Images(p)
		for _, m := range stacked(doc, images[:min(len(images), maxImages)]) {
			if ctx.Err() != nil {
				return found, ctx.Err()
			}
			found = merge(found, find(ctx, m))
		}
	}
	return found, ctx.Err()
}
