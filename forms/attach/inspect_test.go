package attach

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"
)

// What offices really send is taken, and described.
func TestTaken(t *testing.T) {
	interlaced := pngStating(8, 8, make([]byte, 15+64))
	interlaced[28] = 1
	binary.BigEndian.PutUint32(interlaced[29:], crcOf(interlaced[12:29]))
	for name, x := range map[string]struct {
		data []byte
		want Verdict
	}{
		"扫描件.PDF":  {pagesOf(2000), Verdict{Media: PDF, Pages: 2000}},
		"签章件.pdf":  {signed(), Verdict{Media: PDF, Pages: 1}},
		"导出.pdf":   {packed("", "<</Type/Metadata>>", "[1 2]"), Verdict{Media: PDF, Pages: 1}},
		"首页.pdf":   {sheet("/OpenAction[3 0 R/FitH null]"), Verdict{Media: PDF, Pages: 1}},
		"转到.pdf":   {sheet("/OpenAction<</S/GoTo/D[3 0 R/Fit]>>/Names<</EmbeddedFiles<</Names[]>>>>"), Verdict{Media: PDF, Pages: 1}},
		"链接.pdf":   {sheet("", "<</Type/Annot/Subtype/Link/A<</S/URI/URI(http://x.invalid)>>>>"), Verdict{Media: PDF, Pages: 1}},
		"白纸.pdf":   {sheet("", stream("/Subtype/Image/Width 2480/Height 3508/BitsPerComponent 1/Filter/FlateDecode", deflated(make([]byte, 310*3508)))), Verdict{Media: PDF, Pages: 1}},
		"照片.JPG":   {jpg(red(40, 30)), Verdict{Media: JPEG, Width: 40, Height: 30}},
		"照片.jpeg":  {append(jpg(picture(40, 30)), "a phone's moving picture"...), Verdict{Media: JPEG, Width: 40, Height: 30, Private: true}},
		"IMG_2021": {after(jpg(picture(40, 30)), 0xe1, exifHead+located(1)), Verdict{Name: "IMG_2021.jpg", Media: JPEG, Width: 40, Height: 30, Private: true, Location: true}},
		"截图.png":   {pngOf(red(20, 10)), Verdict{Media: PNG, Width: 20, Height: 10}},
		"隔行.png":   {interlaced, Verdict{Media: PNG, Width: 8, Height: 8}},
		"说明.docx":  {docx(rels("word/_rels/document.xml.rels", "hyperlink", "http://x.invalid/", ` TargetMode="External"`)), Verdict{Media: DOCX}},
		"目录.docx":  {docxOf(`<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGEREF DDE \h </w:instrText></w:r></w:p>`), Verdict{Media: DOCX}},
		"台账.xlsx":  {xlsx(part{"xl/media/image1.png", string(pngOf(red(9, 9)))}), Verdict{Media: XLSX}},
		"公文.ofd":   {ofd(part{"Doc_0/Signs/Sign_0/Seal.esl", "\x30\x82\x01\x00"}), Verdict{Media: OFD}},
	} {
		if x.want.Name == "" {
			x.want.Name = name
		}
		got, err := Inspect(name, bytes.NewReader(x.data), int64(len(x.data)))
		if err != nil || got != x.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, x.want)
		}
	}
}

func crcOf(b []byte) uint32 {
	c := newChunk(string(b[:4]), b[4:])
	return binary.BigEndian.Uint32(c[len(c)-4:])
}

// More that is refused, beyond the zoo: what acts in documents, and what hides in containers.
func TestRefused(t *testing.T) {
	locked := xlsx()
	for _, at := range []int{6, directory(locked, 0) + 8} {
		locked[at] |= 1
	}
	liar := docx(part{"word/a.xml", "<a/>"})
	copy(liar[bytes.Index(liar, []byte("word/a.xml")):], "word/b.xml") // its own header says another name
	good := sheet("")
	for name, x := range map[string]struct {
		file   string
		data   []byte
		answer string
	}{
		"macros":                  {"a.docx", docx(part{"word/vbaProject.bin", "x"}), "宏"},
		"macros by type":          {"a.xlsx", zipOf(typesOf("/xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"), part{"xl/workbook.xml", "<a/>"}), "宏"},
		"old macros":              {"a.xlsx", xlsx(part{"xl/macrosheets/sheet1.xml", "<a/>"}), "宏"},
		"template fetched":        {"a.docx", docx(rels("word/_rels/settings.xml.rels", "attachedTemplate", "http://x.invalid/a.dotm", ` TargetMode="External"`)), "外部文件"},
		"linked workbook":         {"a.xlsx", xlsx(part{"xl/externalLinks/externalLink1.xml", "<externalLink/>"}), "外部文件"},
		"DDE":                     {"a.docx", docxOf(`<w:fldSimple w:instr="DDEAUTO c:\\a.exe"/>`), "自动取数"},
		"DDE in pieces":           {"a.docx", docxOf(`<w:fldChar w:fldCharType="begin"/><w:r><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>E cmd</w:instrText></w:r><w:fldChar w:fldCharType="end"/>`), "自动取数"},
		"OLE":                     {"a.docx", docx(part{"word/embeddings/oleObject1.bin", "x"}), "嵌入"},
		"a program":               {"a.xlsx", xlsx(part{"xl/media/image1.png", "MZ\x90"}), "嵌入"},
		"a page":                  {"a.docx", docx(part{"word/afchunk.html", "<p/>"}), "嵌入"},
		"an attachment":           {"a.ofd", ofd(part{"Doc_0/Attachs/a.pdf", "%PDF-1.4"}), "嵌入"},
		"both Word and Excel":     {"a.docx", docx(part{"OFD.xml", "<a/>"}), isForeign},
		"slides":                  {"a.pptx", zipOf(typesOf("/ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"), part{"ppt/presentation.xml", "<a/>"}), isForeign},
		"a part is missing":       {"a.docx", zipOf(typesOf("/word/document.xml", DOCX+".main+xml")), isForeign},
		"encrypted entry":         {"a.xlsx", locked, isLocked},
		"headers disagree":        {"a.docx", liar, isBroken},
		"behind the end":          {"a.docx", append(docx(), "x"...), isBroken},
		"encrypted workbook":      {"a.xlsx", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), isLocked},
		"script in a string":      {"a.pdf", sheet("", "<</A(<</S/JavaScript/JS 1>>)>>"), isScripted},
		"key that comes twice":    {"a.pdf", sheet("", "<</S/Launch/S/GoTo>>"), isScripted},
		"page action":             {"a.pdf", sheet("", "<</AA<</O<</S/URI/URI(http://x.invalid)>>>>>>"), isScripted},
		"action after a harmless": {"a.pdf", sheet("/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next<</S/URI/URI(x)>>>>"), isScripted},
		"forms":                   {"a.pdf", sheet("/AcroForm<</XFA 5 0 R>>", "null"), isScripted},
		"object in a stream":      {"a.pdf", hiddenInStream(), isBroken},
		"two lengths":             {"a.pdf", sheet("", "<</Length 6 0 R>>stream\nendstream endobj\nendstream", "26"), isBroken},
		"unknown filter":          {"a.pdf", sheet("", stream("/Filter/Own", []byte("x"))), isBroken},
		"many filters":            {"a.pdf", sheet("", stream("/Filter[/AHx/AHx/AHx/AHx/AHx]", []byte("x"))), isBomb},
		"huge picture":            {"a.pdf", sheet("", stream("/Subtype/Image/Width 65000/Height 65000", []byte("x"))), "65000×65000"},
		"cut off":                 {"a.pdf", good[:len(good)-8], isBroken},
		"wrong start":             {"a.pdf", bytes.Replace(good, []byte("startxref\n"), []byte("startxref\n1"), 1), isBroken},
		"12 bits":                 {"a.jpg", bytes.Replace(jpg(picture(8, 8)), []byte{0xff, 0xc0, 0, 11, 8}, []byte{0xff, 0xc0, 0, 11, 12}, 1), "另存为普通JPG"},
		"wrong checksum":          {"a.png", bytes.Replace(pngOf(red(9, 9)), []byte("IDAT"), []byte("IDAU"), 1), isBroken},
		"too few pixels":          {"a.png", pngStating(10, 10, make([]byte, 50)), isBroken},
		"no zip":                  {"a.docx", []byte("PK\x03\x04" + strings.Repeat("x", 100)), isBroken},
	} {
		_, err := Inspect(x.file, bytes.NewReader(x.data), int64(len(x.data)))
		if f := AsFault(err); f == nil || !strings.Contains(f.Zh, x.answer) {
			t.Errorf("%s: %v, expected %q", name, err, x.answer)
		} else {
			courteous(t, f)
		}
	}
}

// hiddenInStream has a table that points into a stream, where only some readers see an object.
func hiddenInStream() []byte {
	b := sheet("", stream("", []byte("6 0 obj<</S/GoTo>>endobj")))
	at := bytes.Index(b, []byte("6 0 obj"))
	i := bytes.LastIndex(b, []byte("trailer\n"))
	return append(fmt.Appendf(b[:i:i], "6 1\n%010d 00000 n \n", at), b[i:]...)
}

// What is stored of a photograph: its pixels, how it is turned, and nothing that was private.
func TestClean(t *testing.T) {
	photo := jpg(red(40, 30))
	full := after(after(after(photo, 0xe1, exifHead+located(6)), 0xe1, "http://ns.adobe.com/xap/1.0/\x00<x exif:GPSLatitude='24,54N'/>"), 0xfe, "taken by 张样一")
	full = append(full, "moving picture"...)
	out := clean(t, full, JPEG)
	for _, private := range []string{"24.9N", "Cam", "GPS", "张样一", "moving"} {
		if bytes.Contains(out, []byte(private)) {
			t.Errorf("%q is still there", private)
		}
	}
	if turned(full) != 6 || turned(out) != 6 {
		t.Errorf("turned %d, then %d", turned(full), turned(out))
	}
	samePixels(t, full, out)
	v, err := Inspect("a.jpg", bytes.NewReader(out), int64(len(out)))
	if err != nil || v.Private || v.Location {
		t.Errorf("after cleaning: %+v, %v", v, err)
	}
	if !bytes.Equal(clean(t, out, JPEG), out) || !bytes.Equal(clean(t, photo, JPEG), photo) {
		t.Error("what is clean changes")
	}

	logo := pngOf(red(20, 10))
	full = pngWith(logo, newChunk("tEXt", []byte("Author\x00张样一")), newChunk("eXIf", []byte(located(3))), newChunk("gAMA", []byte{0, 0, 0xb1, 0x8f}))
	if v, err := Inspect("a.png", bytes.NewReader(full), int64(len(full))); err != nil || !v.Private || !v.Location {
		t.Errorf("%+v, %v", v, err)
	}
	out = clean(t, append(full, "behind"...), PNG)
	if bytes.Contains(out, []byte("张样一")) || bytes.Contains(out, []byte("24.9N")) || bytes.HasSuffix(out, []byte("behind")) || !bytes.Contains(out, []byte("gAMA")) {
		t.Errorf("cleaned to %q", out)
	}
	if turned(out) != 3 || !bytes.Equal(clean(t, out, PNG), out) {
		t.Error("a PNG's turn is lost, or what is clean changes")
	}
	samePixels(t, full, out)

	if got := clean(t, sheet(""), PDF); !bytes.Equal(got, sheet("")) {
		t.Error("a PDF is not copied as it is")
	}
	if err := Clean(&bytes.Buffer{}, bytes.NewReader(logo), int64(len(logo)), JPEG); AsFault(err) == nil {
		t.Errorf("a PNG that is called a JPEG: %v", err)
	}
}

// turned is how a picture says that it is turned.
func turned(b []byte) int {
	if sniff(b) == "png" {
		chunks, _, _ := chunked(b)
		for _, c := range chunks {
			if c.kind == "eXIf" {
				return readExif(c.data).orientation
			}
		}
		return 1
	}
	p, _ := dissect(b)
	for _, s := range p.segments {
		if x, ok := bytes.CutPrefix(s.payload, []byte(exifHead)); ok && s.marker == 0xe1 {
			return readExif(x).orientation
		}
	}
	return 1
}

func clean(t *testing.T, b []byte, media string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Clean(&out, bytes.NewReader(b), int64(len(b)), media); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func samePixels(t *testing.T, a, b []byte) {
	t.Helper()
	x, _, err := image.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	y, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Bounds().Dx() * x.Bounds().Dy() {
		px, py := i%x.Bounds().Dx(), i/x.Bounds().Dx()
		if color.NRGBAModel.Convert(x.At(px, py)) != color.NRGBAModel.Convert(y.At(px, py)) {
			t.Fatalf("pixel %d,%d differs", px, py)
		}
	}
}

// Whatever comes: an answer, and what is taken can be cleaned, and is then taken again as it is.
func FuzzInspect(f *testing.F) {
	for _, b := range [][]byte{
		sheet("/OpenAction[3 0 R/Fit]"), packed("", "<</A[1 2(x)]>>"), signed(), prevLoop(), pagesOf(3),
		sheet("", stream("/Filter[/ASCII85Decode/LZWDecode/RL]", []byte("87cURD]i,\"Ebo80~>"))),
		jpg(red(9, 9)), after(jpg(picture(8, 8)), 0xe1, exifHead+located(6)), cmyk(), pngOf(red(5, 5)), pngWith(pngOf(red(5, 5)), newChunk("eXIf", []byte(located(8)))),
		docx(), xlsx(), ofd(), overlapping(), crowd(3), docxOf(`<w:instrText>DDE</w:instrText>`), []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), []byte("<svg/>"),
	} {
		f.Add("表.pdf", b)
		f.Add("a", b)
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		v, err := Inspect(name, bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if fault := AsFault(err); fault == nil || fault.Zh == "" || fault.En == "" {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if known(strings.ToLower(v.Name[strings.LastIndexByte(v.Name, '.'):])) != v.Media {
			t.Fatalf("%q is called %q", v.Media, v.Name)
		}
		out := clean(t, b, v.Media)
		again, err := Inspect(v.Name, bytes.NewReader(out), int64(len(out)))
		if err != nil || again.Private || again.Location || again.Name != v.Name {
			t.Fatalf("%+v, then %+v, %v", v, again, err)
		}
	})
}
