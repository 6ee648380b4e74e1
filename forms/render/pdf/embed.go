package pdf

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// fontName begins the names of the faces in content streams; the index in Faces.all follows.
// codeName begins those of the QR codes, counted from 1.
const fontName, codeName = "/F", "/Q"

// embed appends the objects of one face, cut to the runes, numbered from first on plus those
// there are: a composite font whose codes are glyph numbers (ISO 32000-1, 9.7), and what
// each of them means (9.10.3), so that a character copies out as itself whatever its code point.
func embed(b []byte, offsets []int, first int, f *face, runes []rune, pack *packer) ([]byte, []int, error) {
	n := first + len(offsets)
	object := func(format string, args ...any) {
		offsets = append(offsets, len(b))
		b = fmt.Appendf(b, "%d 0 obj\n", first+len(offsets)-1)
		b = append(fmt.Appendf(b, format, args...), "\nendobj\n"...)
	}
	name := subsetTag(runes) + "+" + scriptName(f)
	be := binary.BigEndian
	scaled := func(table string, at int) int {
		return int(int16(be.Uint16(f.tables[table][at:]))) * 1000 / f.em
	}
	program := f.cut(runes)
	packed, err := pack.pack(program)
	if err != nil {
		return nil, nil, err
	}
	said, err := pack.pack(toUnicode(runes))
	if err != nil {
		return nil, nil, err
	}
	object("<</Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>", name, n+1, n+4)
	object("<</Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> "+
		"/FontDescriptor %d 0 R /CIDToGIDMap /Identity /DW 1000 /W [%s]>>", name, n+2, widths(f, runes))
	object("<</Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV %d /FontFile2 %d 0 R>>",
		name, scaled("head", 36), scaled("head", 38), scaled("head", 40), scaled("head", 42),
		scaled("hhea", 4), scaled("hhea", 6), scaled("hhea", 4), int(be.Uint16(f.tables["OS/2"][4:]))/5, n+3)
	object("<</Length %d /Length1 %d /Filter /FlateDecode>>\nstream\n%s\nendstream", len(packed), len(program), packed)
	object("<</Length %d /Filter /FlateDecode>>\nstream\n%s\nendstream", len(said), said)
	return b, offsets, nil
}

// scriptName is the face's name without what a name in a PDF cannot hold.
func scriptName(f *face) string {
	out := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f && !strings.ContainsRune("()<>[]{}/%#", r) {
			return r
		}
		return -1
	}, f.script)
	if out == "" {
		return "Face"
	}
	return out
}

// subsetTag is the six letters that tell parts of one face from each other (9.6.4).
func subsetTag(runes []rune) string {
	h := uint64(14695981039346656037) // FNV-1a
	for _, r := range runes {
		h = (h ^ uint64(r)) * 1099511628211
	}
	var tag [6]byte
	for i := range tag {
		tag[i] = 'A' + byte(h%26)
		h /= 26
	}
	return string(tag[:])
}

// widths lists the widths that are not the 1000 of a hanzi: first code, then the widths.
func widths(f *face, runes []rune) []byte {
	var out []byte
	open := false
	for i, r := range runes {
		w := f.at(r).width
		if w == 1000 {
			if open {
				out, open = append(out, ']'), false
			}
			continue
		}
		if !open {
			out, open = append(strconv.AppendInt(append(out, ' '), int64(i+1), 10), " ["...), true
		}
		out = append(strconv.AppendInt(out, int64(w), 10), ' ')
	}
	if open {
		out = append(out, ']')
	}
	return out
}

// toUnicode is the CMap from codes to characters in UTF-16BE, a hundred to a block as Adobe's
// rules for CMaps want it.
func toUnicode(runes []rune) []byte {
	out := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	n := 0
	for block := range slices.Chunk(runes, 100) {
		out = append(strconv.AppendInt(out, int64(len(block)), 10), " beginbfchar\n"...)
		for _, r := range block {
			n++
			out = append(hex4(append(out, '<'), uint16(n)), "> <"...)
			for _, u := range utf16.AppendRune(make([]uint16, 0, 2), r) {
				out = hex4(out, u)
			}
			out = append(out, ">\n"...)
		}
		out = append(out, "endbfchar\n"...)
	}
	return append(out, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"...)
}

func hex4(b []byte, v uint16) []byte {
	const digits = "0123456789ABCDEF"
	return append(b, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
}
