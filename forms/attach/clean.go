package attach

import (
	"bytes"
	"io"
)

// Clean writes a file that Inspect has taken as it is to be stored and hashed. Of a JPG or PNG
// it keeps the picture as it is, pixel for pixel, its colours and how it is turned, and leaves
// out places, cameras, remarks, thumbnails and what lies behind its end; what was cleaned once
// comes out the same again. Other formats are copied.
func Clean(w io.Writer, r io.ReaderAt, size int64, media string) error {
	if media != JPEG && media != PNG {
		_, err := io.Copy(w, io.NewSectionReader(r, 0, size))
		return err
	}
	b, err := file{r: r, size: size}.whole()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.Grow(len(b))
	switch kind := sniff(b); {
	case media == JPEG && kind == "jpeg":
		p, err := dissect(b)
		if err != nil {
			return err
		}
		out.Write([]byte{0xff, 0xd8})
		for _, s := range p.segments {
			out.Write(s.kept())
		}
		out.Write([]byte{0xff, 0xd9})
	case media == PNG && kind == "png":
		chunks, _, err := chunked(b)
		if err != nil {
			return err
		}
		out.WriteString(pngHead)
		for _, c := range chunks {
			out.Write(c.kept())
		}
	default:
		return damaged("图片", "picture")
	}
	_, err = w.Write(out.Bytes())
	return err
}
