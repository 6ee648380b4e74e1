package attach

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms/attach/pdffile"
)

// Bounds of what a PDF's streams may unpack to.
const (
	maxStreams  = 512 << 20 // bytes of all streams
	maxContents = 200 << 20 // bytes of those that are no pictures
	// Drawings repeat themselves more than office XML does: the ratio holds beyond 1 MiB.
	freeStream = 1 << 20
)

// acting are keys that make a PDF do more than be read: scripts, files inside, forms of its own.
var acting = []pdffile.Name{"JS", "JavaScript", "Launch", "EF", "XFA", "RichMediaContent", "RichMediaSettings", "3DD"}

// actions are the kinds of action that reach beyond the file, and the annotations that carry
// something (ISO 32000-1, tables 169 and 198). A link that waits for a click (URI) is not one.
var actions = []pdffile.Name{
	"JavaScript", "Launch", "ImportData", "SubmitForm", "GoToE", "GoToR", "Rendition", "RichMediaExecute", "GoTo3DView",
	"EmbeddedFile", "Filespec", "FileAttachment", "RichMedia", "Movie", "Sound", "Screen", "3D", "U3D", "PRC",
}

var (
	brokenPDF = damaged("PDF文件", "PDF")
	bombPDF   = bomb("PDF文件", "PDF")
	scripted  = active("脚本、启动程序、嵌入文件或自动跳转等可执行内容", "用“打印—另存为PDF”重新生成", "scripts, embedded files or actions that run by themselves", "print it to a new PDF")
)

func (f file) pdf() (Verdict, error) {
	b, err := f.whole()
	if err != nil {
		return Verdict{}, err
	}
	doc, err := pdffile.Open(b)
	if err != nil {
		return Verdict{}, pdfFault(err)
	}
	if twofold(b, doc) {
		return Verdict{}, fault("PDF文件里混有其他格式的内容（网页、脚本或压缩包），无法确认它是什么。请用“打印—另存为PDF”重新生成后再上传。",
			"The PDF holds content of another format (a page, a script or an archive), so it cannot be told what it is. Please print it to a new PDF.")
	}
	if len(doc.RawNames("JavaScript", "Launch", "EmbeddedFile", "RichMedia", "SubmitForm", "ImportData")) > 0 {
		return Verdict{}, scripted
	}
	for _, o := range doc.Objects() {
		if acts(doc, o.Value) {
			return Verdict{}, scripted
		}
	}
	for _, t := range doc.Trailers() {
		if acts(doc, t) {
			return Verdict{}, scripted
		}
	}
	if err := f.weigh(doc); err != nil {
		return Verdict{}, err
	}
	pages, err := doc.Pages(f.Pages)
	if errors.Is(err, pdffile.ErrComplex) {
		return Verdict{}, fault(fmt.Sprintf("PDF超过%d页。请拆分后再上传。", f.Pages), fmt.Sprintf("The PDF has more than %d pages. Please split it.", f.Pages))
	}
	if err != nil {
		return Verdict{}, pdfFault(err)
	}
	return Verdict{Media: PDF, Pages: len(pages)}, nil
}

func pdfFault(err error) error {
	switch {
	case errors.Is(err, pdffile.ErrEncrypted):
		return fault("PDF设有密码或限制编辑。请取消密码保护，或用“打印—另存为PDF”重新生成后再上传。",
			"The PDF is encrypted or restricted. Please remove its protection, or print it to a new PDF.")
	case errors.Is(err, pdffile.ErrBomb):
		return bombPDF
	case errors.Is(err, pdffile.ErrComplex):
		return fault("PDF内部结构过于复杂，超出系统处理范围。请拆分，或用“打印—另存为PDF”重新生成后再上传。",
			"The PDF's inner structure is too complex to be handled. Please split it, or print it to a new PDF.")
	case errors.Is(err, pdffile.ErrTrailing):
		return fault("PDF文件末尾有多余内容，无法确认它是什么。请用原软件重新导出PDF后再上传。",
			"The PDF has something behind its end, so it cannot be told what it is. Please export it anew.")
	}
	return brokenPDF
}

// twofold reports a file that is also something else: an archive, or a page for a browser
// that looks at content.
func twofold(b []byte, doc *pdffile.File) bool {
	// Only the end is looked at: a zip is found by its end record.
	if bytes.Contains(b[max(0, len(b)-1<<16-22):], []byte("PK\x05\x06")) {
		if z, err := zip.NewReader(bytes.NewReader(b), int64(len(b))); err == nil || z != nil {
			return true
		}
	}
	for _, c := range doc.Comments() {
		low := strings.ToLower(string(c))
		for _, sign := range []string{"<html", "<script", "<!doctype", "<svg", "<body", "<iframe", "<?php", "*/", "javascript:"} {
			if strings.Contains(low, sign) {
				return true
			}
		}
	}
	return false
}

// acts reports whether a value would do something when the file is opened or looked at.
func acts(doc *pdffile.File, v any) bool {
	switch v := v.(type) {
	case pdffile.Array:
		return slices.ContainsFunc(v, func(x any) bool { return acts(doc, x) })
	case *pdffile.Stream:
		return acts(doc, v.Dict)
	case pdffile.Dict:
		for key, x := range v {
			switch key {
			case "S", "Type", "Subtype":
				if n, ok := doc.Resolve(x).(pdffile.Name); ok && slices.Contains(actions, n) {
					return true
				}
			case "OpenAction":
				if d := doc.Dict(x); d != nil && !turnsPage(doc, d, 0) {
					return true
				}
			case "EmbeddedFiles": // an empty list is what some writers always leave
				list := doc.Dict(x)
				if names, _ := doc.Resolve(list["Names"]).(pdffile.Array); len(names) > 0 || list["Kids"] != nil {
					return true
				}
			case "AA":
				for _, a := range doc.Dict(x) {
					if !turnsPage(doc, doc.Dict(a), 0) {
						return true
					}
				}
			}
			if slices.Contains(acting, key) || acts(doc, x) {
				return true
			}
		}
	}
	return false
}

// turnsPage reports whether an action, and all that follow it, only move within the document.
func turnsPage(doc *pdffile.File, a pdffile.Dict, depth int) bool {
	if s := doc.Resolve(a["S"]); s != pdffile.Name("GoTo") && s != pdffile.Name("Named") || depth > 8 {
		return false
	}
	if next, ok := doc.Resolve(a["Next"]).(pdffile.Array); ok {
		return !slices.ContainsFunc(next, func(x any) bool { return !turnsPage(doc, doc.Dict(x), depth+1) })
	}
	next := doc.Dict(a["Next"])
	return next == nil || turnsPage(doc, next, depth+1)
}

// weigh unpacks every stream, keeping nothing: pictures may grow to the size they state, all
// else by a ratio.
func (f file) weigh(doc *pdffile.File) error {
	left, contents := int64(maxStreams), int64(maxContents)
	for _, o := range doc.Objects() {
		s, ok := o.Value.(*pdffile.Stream)
		if !ok {
			continue
		}
		bound := max(freeStream, maxRatio*int64(len(s.Raw)))
		picture := doc.Resolve(s.Dict["Subtype"]) == pdffile.Name("Image")
		if picture {
			v := Verdict{Width: doc.Int(s.Dict["Width"]), Height: doc.Int(s.Dict["Height"])}
			if v.Width < 1 || v.Height < 1 {
				return brokenPDF
			}
			if err := f.bearable(v); err != nil {
				return err
			}
			// Up to four components of 16 bits, and a byte before each line.
			bound = max(freeStream, 8*int64(v.Width)*int64(v.Height)+int64(v.Height))
		} else {
			bound = min(bound, contents)
		}
		r, rest, err := doc.Reader(s, min(bound, left))
		if err != nil {
			return pdfFault(err)
		}
		if rest != nil && !picture {
			return brokenPDF
		}
		n, err := io.Copy(io.Discard, r)
		if errors.Is(err, pdffile.ErrBomb) {
			return bombPDF
		}
		// A stream that breaks off shows less than it should, which does no harm.
		if left -= n; !picture {
			contents -= n
		}
	}
	return nil
}
