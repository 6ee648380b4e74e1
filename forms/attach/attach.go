// Package attach says what a file is that somebody uploads: narratives, lists of names, scans
// of stamped sheets.
//
// Its one rule: a file is what its content says, and what cannot be told is refused. The name
// must agree with the content; the content must be one of six formats (PDF, JPG, PNG, OFD,
// docx, xlsx), whole, of a size that a reader can bear, and without anything that acts when
// it is opened. Each refusal says what the sender can do instead.
//
// What is welcome in a file but nobody's business, such as the place where a photograph was
// taken, is not refused: Clean leaves it out, and what Clean wrote is what is to be stored and
// hashed.
//
// It neither stores nor serves anything, reads no upload off a network, and looks for no
// viruses: formats are judged, not intentions.
package attach

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// Media types that are taken.
const (
	PDF  = "application/pdf"
	JPEG = "image/jpeg"
	PNG  = "image/png"
	OFD  = "application/ofd" // GB/T 33190-2016
	DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Limits bound what is taken. A zero field stands for its default.
type Limits struct {
	Size   int64 // bytes of a file; 20 MB (20 << 20)
	Pages  int   // of a PDF; 2,000
	Pixels int   // of a picture; 50 million
	Side   int   // pixels of a picture's longer side; 12,000
}

func (l Limits) orDefault() Limits {
	def := Limits{Size: 20 << 20, Pages: 2000, Pixels: 50_000_000, Side: 12_000}
	if l.Size > 0 {
		def.Size = l.Size
	}
	if l.Pages > 0 {
		def.Pages = l.Pages
	}
	if l.Pixels > 0 {
		def.Pixels = l.Pixels
	}
	if l.Side > 0 {
		def.Side = l.Side
	}
	return def
}

// Verdict is what a file that is taken turned out to be.
type Verdict struct {
	Name  string // safe, with the extension of its media type
	Media string // one of the constants
	Pages int    // of a PDF; 0 otherwise
	// Width and Height are a picture's pixels as stored, before its orientation is applied.
	Width, Height int
	// Private reports that the file carries what Clean leaves out: a place, a camera's
	// number, remarks, data behind the picture's end.
	Private bool
	// Location reports that the private data says where a photograph was taken.
	Location bool
}

// extensions by media type, the usual one first.
var extensions = map[string][]string{
	PDF: {".pdf"}, JPEG: {".jpg", ".jpeg", ".jpe", ".jfif"}, PNG: {".png"}, OFD: {".ofd"}, DOCX: {".docx"}, XLSX: {".xlsx"},
}

// called is how people call the formats.
var called = map[string]string{
	PDF: "PDF", JPEG: "JPG图片", PNG: "PNG图片", OFD: "OFD", DOCX: "Word文档（docx）", XLSX: "Excel表格（xlsx）",
}

// Inspect judges a file under the default limits.
func Inspect(name string, r io.ReaderAt, size int64) (Verdict, error) {
	return Limits{}.Inspect(name, r, size)
}

// Inspect judges a file of size bytes that was uploaded under a name. A refusal is a *Fault;
// any other error is the reader's.
func (l Limits) Inspect(name string, r io.ReaderAt, size int64) (Verdict, error) {
	l = l.orDefault()
	name = SafeName(name)
	switch {
	case size <= 0:
		return Verdict{}, fault("文件是空的（0字节），请检查原文件能否打开，再重新选择上传。",
			"The file is empty (0 bytes). Please check that it opens, then choose it again.")
	case size > l.Size:
		return Verdict{}, fault(fmt.Sprintf("文件大小为%s，超过%s的上限。请压缩图片、降低扫描分辨率或拆分后再上传。", zhSize(size), zhSize(l.Size)),
			fmt.Sprintf("The file has %s, more than the limit of %s. Please compress its pictures, scan at a lower resolution, or split it.", zhSize(size), zhSize(l.Size)))
	}
	// One byte more is asked for: a file that goes on is not what was announced.
	head := make([]byte, min(size, 4096))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return Verdict{}, short(err)
	}
	if n, _ := r.ReadAt(make([]byte, 1), size-1); n == 0 {
		return Verdict{}, short(io.EOF)
	}
	if n, _ := r.ReadAt(make([]byte, 1), size); n > 0 {
		return Verdict{}, short(io.EOF)
	}
	f := file{Limits: l, r: r, size: size, head: head}
	v, err := f.judge()
	if err != nil {
		return Verdict{}, err
	}
	v.Name, err = agree(name, v.Media)
	return v, err
}

// file is an upload on the bench.
type file struct {
	Limits
	r    io.ReaderAt
	size int64
	head []byte // the first 4 KiB
}

func (f file) judge() (Verdict, error) {
	switch kind := sniff(f.head); kind {
	case "pdf":
		return f.pdf()
	case "jpeg":
		return f.jpeg()
	case "png":
		return f.png()
	case "zip":
		return f.archive()
	case "cfb":
		return Verdict{}, f.compound()
	default:
		return Verdict{}, stranger(kind)
	}
}

// whole reads the file into memory: its size is bounded.
func (f file) whole() ([]byte, error) {
	b := make([]byte, f.size)
	if n, err := f.r.ReadAt(b, 0); n < len(b) {
		return nil, short(err)
	}
	return b, nil
}

// agree compares the name's extension with what the content is. A name without one, as
// phones give, gets it.
func agree(name, media string) (string, error) {
	ext := strings.ToLower(path.Ext(name))
	if known(ext) == media {
		return name, nil
	}
	if ext == "" || !extensionLike(ext) {
		return SafeName(name + extensions[media][0]), nil
	}
	return "", fault(fmt.Sprintf("文件名以“%s”结尾，内容却是%s。请用原软件打开并另存为所需格式，或把扩展名改为“%s”后再上传。", ext, called[media], extensions[media][0]),
		fmt.Sprintf("The file name ends in “%s” but the content is %s. Please save it in the format you mean, or change the extension to “%s”.", ext, media, extensions[media][0]))
}

func known(ext string) string {
	for media, list := range extensions {
		for _, e := range list {
			if e == ext {
				return media
			}
		}
	}
	return ""
}

// extensionLike tells an extension from a name that merely has a dot: "第1.2节".
func extensionLike(ext string) bool {
	if len(ext) < 2 || len(ext) > 6 {
		return false
	}
	letters := false
	for _, c := range ext[1:] {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
			return false
		}
		letters = letters || c >= 'a'
	}
	return letters
}

// zhSize is shared by both languages: "20MB", "20971521 B".
func zhSize(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d B", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/(1<<20)), ".0") + "MB"
}
