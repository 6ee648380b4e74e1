package attach

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Fault is why a file is refused, in words for the person who sent it: what is wrong and what
// to do.
type Fault struct {
	Zh, En string
}

// Error returns the English text.
func (f *Fault) Error() string { return f.En }

func fault(zh, en string) error { return &Fault{zh, en} }

// AsFault returns the refusal in an error, nil if it is none.
func AsFault(err error) *Fault {
	var f *Fault
	errors.As(err, &f)
	return f
}

// short is the answer to a file that ends before or after the size that was announced; a
// reader's own error is passed on.
func short(err error) error {
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("reading an upload: %w", err)
	}
	return fault("文件没有完整传到，请重新上传。", "The file did not arrive whole. Please upload it again.")
}

// damaged is the answer to a file that breaks off or contradicts itself.
func damaged(what, en string) error {
	return fault(what+"已损坏或不完整。请检查原文件能否正常打开，另存或重新导出后再上传。",
		"The "+en+" is damaged or incomplete. Please check that it opens, save or export it anew, and upload that.")
}

// bomb is the answer to a file that unpacks to far more than it is.
func bomb(what, en string) error {
	return fault(what+"解压后过大，超出系统处理范围。请删去不需要的内容、另存后再上传。",
		"The "+en+" unpacks to more than can be handled. Please remove what is not needed, save it, and upload that.")
}

// active is the answer to a file that would do something when it is opened.
func active(what, do, en, doEn string) error {
	return fault("文件含有"+what+"，为安全起见不能接收。请"+do+"后再上传。",
		"The file holds "+en+", which is not accepted for safety. Please "+doEn+", then upload it again.")
}

// sniff tells a format by its first bytes; "" if it cannot be told.
func sniff(b []byte) string {
	s := string(b)
	has := func(prefix string) bool { return strings.HasPrefix(s, prefix) }
	switch {
	case has("%PDF-"):
		return "pdf"
	case has("\xff\xd8\xff"):
		return "jpeg"
	case has("\x89PNG\r\n\x1a\n"):
		return "png"
	case has("PK\x03\x04"), has("PK\x05\x06"):
		return "zip"
	case has("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return "cfb"
	case len(s) >= 12 && s[4:8] == "ftyp":
		if brand := s[8:12]; strings.HasPrefix(brand, "he") || brand == "mif1" || brand == "msf1" || brand == "avif" {
			return "heic"
		}
		return "video"
	case has("Rar!\x1a\x07"), has("7z\xbc\xaf\x27\x1c"), has("\x1f\x8b\x08"), has("BZh"), has("\xfd7zXZ\x00"):
		return "packed"
	case has("GIF8"), has("BM") && len(s) > 14 && s[6:10] == "\x00\x00\x00\x00", has("II*\x00"), has("MM\x00*"),
		has("RIFF") && len(s) >= 12 && s[8:12] == "WEBP":
		return "picture"
	case has("MZ"), has("\x7fELF"), has("#!"):
		return "program"
	case has("{\\rtf"):
		return "word"
	case strings.Contains(s[:min(len(s), 1024)], "%PDF-"):
		return "late pdf"
	}
	low := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(s, "\ufeff"), " \t\r\n"))
	if strings.HasPrefix(low, "<") {
		if strings.Contains(low, "<svg") {
			return "svg"
		}
		return "markup"
	}
	return ""
}

// stranger is the answer to a format that is not taken.
func stranger(kind string) error {
	switch kind {
	case "heic":
		return fault("这是HEIC格式的照片，请转成JPG再上传（苹果手机：设置—相机—格式—兼容性最佳）。",
			"This is a HEIC photograph. Please convert it to JPG (on an iPhone: Settings, Camera, Formats, Most Compatible).")
	case "packed":
		return fault("这是压缩包，请解压后把里面的文件逐个上传。", "This is a packed archive. Please unpack it and upload its files one by one.")
	case "picture", "svg":
		return fault("这种图片格式不能接收，请另存为JPG或PNG再上传。", "This picture format is not accepted. Please save it as JPG or PNG.")
	case "program", "video":
		return fault("程序、音频和视频文件不能接收，请上传PDF、JPG、PNG、OFD、docx或xlsx文件。",
			"Programs, sound and video are not accepted. Please upload PDF, JPG, PNG, OFD, docx or xlsx.")
	case "word":
		return legacy
	case "late pdf":
		return fault("PDF文件开头有多余内容，无法确认它是什么。请用原软件重新导出PDF后再上传。",
			"The PDF has something before its beginning, so it cannot be told what it is. Please export it anew.")
	case "markup":
		return fault("这是网页或XML文件，不能接收。请打印或另存为PDF后上传。", "This is a web page or XML. Please print or save it as PDF.")
	}
	return fault("认不出文件的格式。可接收PDF、JPG、PNG、OFD、docx、xlsx，请另存为其中一种再上传。",
		"The file's format is not recognised. PDF, JPG, PNG, OFD, docx and xlsx are accepted; please save it as one of them.")
}

var legacy = fault("这是旧版Office或WPS格式，请打开后另存为docx、xlsx或PDF再上传。",
	"This is an old Office or WPS format. Please open it and save it as docx, xlsx or PDF.")
