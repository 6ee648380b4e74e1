package attach

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"strings"
)

// part is an entry of a zip under test.
type part struct{ name, body string }

func zipOf(parts ...part) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, Method: zip.Deflate}
		if strings.HasPrefix(p.body, "symlink:") {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			panic(err)
		}
		w.Write([]byte(p.body))
	}
	z.Close()
	return b.Bytes()
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func typesOf(part, kind string) part {
	return partXML("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="`+part+`" ContentType="`+kind+`"/></Types>`)
}

func partXML(name, body string) part { return part{name, xmlHead + body} }

func rels(name, kind, target, mode string) part {
	return partXML(name, `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/`+kind+`" Target="`+target+`"`+mode+`/></Relationships>`)
}

func docx(more ...part) []byte {
	return docxOf("<w:p><w:r><w:t>情况说明</w:t></w:r></w:p>", more...)
}

func docxOf(body string, more ...part) []byte {
	return zipOf(append([]part{
		typesOf("/word/document.xml", DOCX+".main+xml"),
		rels("_rels/.rels", "officeDocument", "word/document.xml", ""),
		partXML("word/document.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`+body+`</w:body></w:document>`),
	}, more...)...)
}

func xlsx(more ...part) []byte {
	return zipOf(append([]part{
		typesOf("/xl/workbook.xml", XLSX+".main+xml"),
		rels("_rels/.rels", "officeDocument", "xl/workbook.xml", ""),
		partXML("xl/workbook.xml", "<workbook><sheets/></workbook>"),
	}, more...)...)
}

func ofd(more ...part) []byte {
	return zipOf(append([]part{partXML("OFD.xml", "<ofd:OFD xmlns:ofd=\"http://www.ofdspec.org/2016\"><ofd:DocBody/></ofd:OFD>"), partXML("Doc_0/Document.xml", "<ofd:Document/>")}, more...)...)
}

// raw appends an entry to a zip as it comes: packed bytes, stated sizes.
func raw(b []byte, name string, data []byte, size uint64) []byte {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		w.Copy(f)
	}
	e, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(len(data)), UncompressedSize64: size, CRC32: crc32.ChecksumIEEE([]byte("a"))})
	if err != nil {
		panic(err)
	}
	e.Write(data)
	w.Close()
	return out.Bytes()
}

// zeros is a deflate stream of so many MiB of zeros, made of one MiB again and again.
func zeros(mib int) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	w.Write(make([]byte, 1<<20))
	w.Flush()
	one := bytes.Clone(b.Bytes())
	return append(bytes.Repeat(one, mib), 3, 0)
}

// directory gives the offset of a zip's directory entry by its number.
func directory(b []byte, n int) int {
	at := int(binary.LittleEndian.Uint32(b[len(b)-22+16:]))
	for range n {
		at += 46 + int(binary.LittleEndian.Uint16(b[at+28:])) + int(binary.LittleEndian.Uint16(b[at+30:])) + int(binary.LittleEndian.Uint16(b[at+32:]))
	}
	return at
}

// overlapping lets a second directory entry point to the first one's data.
func overlapping() []byte {
	b := xlsx(part{"xl/a.xml", "<a/>"}, part{"xl/b.xml", "<a/>"})
	a, c := directory(b, 3), directory(b, 4)
	copy(b[c+42:c+46], b[a+42:a+46])
	return b
}

// crowd is a zip whose directory has n entries of one byte's name.
func crowd(n int) []byte {
	local := append([]byte("PK\x03\x04"), make([]byte, 26)...)
	entry := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	entry[28] = 1
	entry = append(entry, 'a')
	b := append(append([]byte{}, local...), bytes.Repeat(entry, n)...)
	end := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	binary.LittleEndian.PutUint16(end[8:], 4)
	binary.LittleEndian.PutUint16(end[10:], 4) // it lies about their number
	binary.LittleEndian.PutUint32(end[12:], uint32(n*len(entry)))
	binary.LittleEndian.PutUint32(end[16:], uint32(len(local)))
	return append(b, end...)
}

func laughs() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE lolz [<!ENTITY lol0 "lol">`)
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, `<!ENTITY lol%d "%s">`, i, strings.Repeat(fmt.Sprintf("&lol%d;", i-1), 10))
	}
	return b.String() + "]><sst>&lol9;</sst>"
}
