package attach

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"strings"
)

// pdf writes a PDF of the objects given, numbered from 1, the first being the catalogue; its
// table and trailer are right. extra goes into the trailer.
func pdf(extra string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, extra, start)
	return b.Bytes()
}

const (
	tree = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
	page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
)

var text = stream("", []byte("BT ET"))

// stream is a stream object as it stands in a file.
func stream(dict string, data []byte) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(data), data)
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

// sheet is a PDF of one page whose catalogue and further objects (from 5) are the test's.
func sheet(catalogue string, more ...string) []byte {
	return pdf("", append([]string{"<</Type/Catalog/Pages 2 0 R" + catalogue + ">>", tree, page, text}, more...)...)
}

// packed is a PDF of one page with objects (from 6) inside of an object stream, and a
// cross-reference stream.
func packed(catalogue string, hidden ...string) []byte {
	var head, body strings.Builder
	for i, h := range hidden {
		fmt.Fprintf(&head, "%d %d ", i+6, body.Len())
		body.WriteString(h + " ")
	}
	container := stream(fmt.Sprintf("/Type/ObjStm/N %d/First %d/Filter/FlateDecode", len(hidden), head.Len()), deflated([]byte(head.String()+body.String())))
	b := sheet(catalogue, container)
	b = b[:bytes.LastIndex(b, []byte("xref\n0 "))]
	at := len(b)
	entries := deflated([]byte{0, 0, 0, 0, 1, 0, 15, 0}) // object 0 is free, object 1 stands behind the head
	return append(b, fmt.Sprintf("90 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF", stream("/Type/XRef/Size 91/Root 1 0 R/W[1 2 1]/Index[0 2]/Filter/FlateDecode", entries), at)...)
}

// pagesOf is a PDF of n pages.
func pagesOf(n int) []byte {
	var kids strings.Builder
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", ""}
	for i := range n {
		fmt.Fprintf(&kids, "%d 0 R ", i+3)
		objects = append(objects, "<</Type/Page/Parent 2 0 R>>")
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), n)
	return pdf("", objects...)
}

// ofSize is a PDF of exactly n bytes.
func ofSize(n int) []byte {
	noise := make([]byte, n-1000)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(noise)
	for try := n - 1000; ; try++ {
		b := sheet("", stream("", noise[:min(try, len(noise))]))
		if len(b) == n {
			return b
		}
		if d := n - len(b); d > 0 {
			noise = append(noise, make([]byte, d)...)
		} else {
			noise = noise[:len(noise)+d]
		}
		try = len(noise)
	}
}

// signed is how a file looks that was sealed electronically: a second revision with a signature.
func signed() []byte {
	b := sheet("/AcroForm 5 0 R", "<</SigFlags 3/Fields[6 0 R]>>", "<</FT/Sig/T(seal)/V 7 0 R/Type/Annot/Subtype/Widget/Rect[0 0 0 0]>>", "null")
	start := bytes.LastIndex(b, []byte("xref\n0 "))
	at := len(b)
	b = append(b, fmt.Sprintf("7 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/Contents<%s>/ByteRange[0 100 200 300]>>\nendobj\n", strings.Repeat("00", 100))...)
	table := len(b)
	return append(b, fmt.Sprintf("xref\n7 1\n%010d 00000 n \ntrailer\n<</Size 8/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", at, start, table)...)
}
