package workbook

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf16"
)

type nature int

const (
	isZip nature = iota
	isText
)

var (
	oldExcel = Fault{"这是旧格式的 Excel（.xls）或 WPS 表格（.et）文件。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。",
		"This is an old Excel (.xls) or WPS (.et) file: open it and save it as .xlsx."}
	locked = Fault{"文件有密码。请先取消打开密码，另存后再上传。", "The file is protected by a password: remove it and save the file anew."}
	word   = Fault{"这是文字文档，不是表格。请上传 .xlsx 文件。", "This is a text document, not a spreadsheet: hand in an .xlsx file."}
	webby  = Fault{"这是网页格式的表格（扩展名可能仍为 .xls）。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。",
		"This is a web page, whatever its name: open it in Excel or WPS and save it as .xlsx."}
	oldXML = Fault{"这是“XML 表格 2003”文件。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。",
		"This is an XML spreadsheet of 2003: open it and save it as .xlsx."}
	ods = Fault{"这是 OpenDocument 表格（.ods）文件。请另存为 .xlsx 后再上传。",
		"This is an OpenDocument spreadsheet (.ods): save it as .xlsx."}
	noTable = Fault{"这不是表格文件。请上传 .xlsx 或 .csv 文件。", "This is not a spreadsheet: hand in an .xlsx or .csv file."}
	macros  = Fault{"文件含有宏（.xlsm）。请另存为不含宏的 .xlsx 后再上传。", "The file holds macros (.xlsm): save it as .xlsx without them."}
	binary  = Fault{"这是二进制工作簿（.xlsb）。请另存为 .xlsx 后再上传。", "This is a binary workbook (.xlsb): save it as .xlsx."}
)

// sniff tells by a file's first bytes what it is. What is no table, or one of another format, is
// a Fault that names the format: its extension may say anything.
func sniff(r io.ReaderAt, size int64) (nature, error) {
	head := make([]byte, min(size, 1024))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	is := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case is("PK\x03\x04"), is("PK\x05\x06"):
		return isZip, nil
	case is("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"):
		return 0, compound(r, size)
	case is("\x09\x08"), is("\x09\x04"), is("\x09\x02"): // BIFF without a container
		return 0, oldExcel
	case is("%PDF"), is("\x89PNG"), is("\xFF\xD8\xFF"), is("GIF8"), is("Rar!"), is("7z\xBC\xAF"), is("\x1F\x8B"):
		return 0, noTable
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n"))
	switch {
	case bytes.HasPrefix(text, []byte("<")) && (bytes.Contains(text, []byte("office:spreadsheet")) || bytes.Contains(text, []byte("excel.sheet"))):
		return 0, oldXML
	case bytes.HasPrefix(text, []byte("<")), bytes.HasPrefix(text, []byte("mime-version:")):
		return 0, webby
	case bytes.HasPrefix(text, []byte("{\\rtf")):
		return 0, word
	}
	return isText, nil
}

// compound tells the OLE2 files apart by the names in their directory, which are UTF-16.
func compound(r io.ReaderAt, size int64) error {
	all := make([]byte, size)
	if _, err := r.ReadAt(all, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	has := func(name string) bool {
		var wide []byte
		for _, u := range utf16.Encode([]rune(name)) {
			wide = append(wide, byte(u), byte(u>>8))
		}
		return bytes.Contains(all, wide)
	}
	switch {
	case has("EncryptedPackage"), has("EncryptionInfo"):
		return locked
	case has("Workbook"), has("Book"), has("ETExtData"):
		return oldExcel
	case has("WordDocument"), has("WpsCustomData"), has("PowerPoint Document"):
		return word
	}
	return noTable
}
