package pdf

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
)

var (
	trailer   = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n*$`)
	xrefHead  = regexp.MustCompile(`^xref\n0 (\d+)\n`)
	fontList  = []byte("\n/Font <<\n")
	imageList = []byte("\n/XObject <<\n")
	catalogue = []byte("/Type /Catalog\n")
)

var errStrange = errors.New("gofpdf's file is not as expected")

// splice puts other bytes in the place of file[from:to].
type splice struct {
	from, to int
	pieces   [][]byte
}

func (s splice) grows() int {
	n := s.from - s.to
	for _, p := range s.pieces {
		n += len(p)
	}
	return n
}

// finish writes gofpdf's file with what gofpdf cannot write: the packed pages, the faces, the QR
// codes, and the language of the document (/Lang, ISO 32000-1, 14.9.2: screen readers then speak
// Chinese). New objects go behind the old ones; the cross-reference table is written anew.
func finish(w io.Writer, file []byte, ink *inker, pages []*page) error {
	m := trailer.FindSubmatch(file[max(0, len(file)-64):])
	if m == nil || !bytes.HasPrefix(file, []byte("%PDF-1.3")) {
		return errStrange
	}
	end, _ := strconv.Atoi(string(m[1]))
	if end >= len(file) {
		return errStrange
	}
	head := xrefHead.FindSubmatch(file[end:])
	fonts, images, root := bytes.LastIndex(file[:end], fontList), bytes.LastIndex(file[:end], imageList), bytes.LastIndex(file[:end], catalogue)
	if head == nil || fonts < 0 || images < fonts || root < images {
		return errStrange
	}
	count, _ := strconv.Atoi(string(head[1]))
	table, rest := file[end+len(head[0]):], file[end+len(head[0])+20*count:]
	size := []byte("/Size " + strconv.Itoa(count))
	if !bytes.Contains(rest, size) {
		return errStrange
	}
	places := make([]int, count) // of the objects
	for i := 1; i < count; i++ {
		var err error
		if places[i], err = strconv.Atoi(string(table[20*i : 20*i+10])); err != nil || places[i] > end {
			return errStrange
		}
	}
	if err := ink.press.stop(); err != nil {
		return err
	}
	names, pictures, objects, offsets, err := resources(ink, count)
	if err != nil {
		return err
	}
	fonts, images, root = fonts+len(fontList), images+len(imageList), root+len(catalogue)
	splices := []splice{
		{0, 8, [][]byte{[]byte("%PDF-1.4")}}, // /Lang came with 1.4
		{fonts, fonts, [][]byte{names}}, {images, images, [][]byte{pictures}},
		{root, root, [][]byte{[]byte("/Lang (zh-CN)\n")}},
	}
	for i, p := range pages {
		s, err := pageStream(file, places, i, p)
		if err != nil {
			return err
		}
		splices = append(splices, s)
	}
	slices.SortStableFunc(splices, func(a, b splice) int { return cmp.Compare(a.from, b.from) })
	grown := make([]int, len(splices)+1) // by the splices before it
	for i, s := range splices {
		grown[i+1] = grown[i] + s.grows()
	}
	moved := func(at int) int { // where what stood at a place stands now
		n, _ := slices.BinarySearchFunc(splices, at, func(s splice, at int) int { return cmp.Compare(s.from, at) })
		return at + grown[n]
	}
	xref := fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", count+len(offsets))
	for _, at := range places[1:] {
		xref = fmt.Appendf(xref, "%010d 00000 n \n", moved(at))
	}
	base := moved(end)
	for _, at := range offsets {
		xref = fmt.Appendf(xref, "%010d 00000 n \n", base+at)
	}
	rest = bytes.Replace(rest[:bytes.LastIndex(rest, []byte("startxref"))], size, []byte("/Size "+strconv.Itoa(count+len(offsets))), 1)
	var all [][]byte
	at := 0
	for _, s := range splices {
		all = append(append(all, file[at:s.from]), s.pieces...)
		at = s.to
	}
	for _, piece := range append(all, file[at:end], objects, xref, rest, fmt.Appendf(nil, "startxref\n%d\n%%%%EOF\n", base+len(objects))) {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// pageStream puts the content of the n-th page, from 0, in the place of the empty one that
// gofpdf wrote: object 4 is that of the first, and every second one follows.
func pageStream(file []byte, places []int, n int, p *page) (splice, error) {
	number := 4 + 2*n
	if number >= len(places) {
		return splice{}, errStrange
	}
	from := places[number]
	length := bytes.Index(file[from:], []byte("endobj\n"))
	if length < 0 || !bytes.HasPrefix(file[from:], fmt.Appendf(nil, "%d 0 obj\n<<", number)) || !bytes.Contains(file[from:from+length], []byte("\nstream\n")) {
		return splice{}, errStrange
	}
	head := fmt.Appendf(nil, "%d 0 obj\n<</Filter /FlateDecode /Length %d>>\nstream\n", number, p.stream.length())
	return splice{from, from + length, slices.Concat([][]byte{head}, p.stream.pieces, [][]byte{[]byte("\nendstream\n")})}, nil
}

// resources are the faces and QR codes that were used: what the pages' lists of them name, and
// the objects, numbered from first on, with where each begins.
func resources(ink *inker, first int) (names, pictures, objects []byte, offsets []int, err error) {
	pack := &ink.press.packer
	for face := range ink.used {
		if runes := ink.used[face].runes; len(runes) > 0 {
			names = fmt.Appendf(names, "%s%d %d 0 R\n", fontName, face, first+len(offsets))
			if objects, offsets, err = embed(objects, offsets, first, ink.faces.all[face], runes, pack); err != nil {
				return nil, nil, nil, nil, err
			}
		}
	}
	for i, c := range ink.codes {
		bits, err := pack.pack(c.bits)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		number := first + len(offsets)
		pictures = fmt.Appendf(pictures, "%s%d %d 0 R\n", codeName, i+1, number)
		offsets = append(offsets, len(objects))
		objects = fmt.Appendf(objects, "%d 0 obj\n<</Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream\nendobj\n",
			number, c.dots, c.dots, len(bits), bits)
	}
	return names, pictures, objects, offsets, nil
}
