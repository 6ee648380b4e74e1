package attach

import (
	"encoding/xml"
	"io"
	"path"
	"strings"
	"unicode/utf16"
)

// packageMedia tells docx, xlsx and OFD apart by what a reader starts from. A zip that could
// be two of them is none.
func packageMedia(entries []entry) (string, error) {
	var types *entry
	has := map[string]bool{}
	for i, e := range entries {
		has[e.Name] = true
		if e.Name == "[Content_Types].xml" {
			types = &entries[i]
		}
	}
	if types == nil {
		if has["OFD.xml"] {
			return OFD, nil
		}
		return "", stranger("packed")
	}
	mains := map[string]string{}
	err := types.elements(func(t xml.StartElement) {
		if kind := strings.ToLower(attribute(t, "ContentType")); strings.Contains(kind, ".main+xml") || strings.Contains(kind, "macroenabled") {
			mains[kind] = attribute(t, "PartName")
		}
	}, nil)
	if err != nil {
		return "", err
	}
	var media string
	for kind, part := range mains {
		found := ""
		switch {
		case strings.Contains(kind, "macroenabled"):
			return "", macros
		case strings.HasSuffix(kind, "wordprocessingml.document.main+xml"):
			found = DOCX
		case strings.HasSuffix(kind, "spreadsheetml.sheet.main+xml"):
			found = XLSX
		}
		if found == "" || media != "" || has["OFD.xml"] || !has[strings.TrimPrefix(part, "/")] {
			return "", stranger("")
		}
		media = found
	}
	if media == "" {
		return "", stranger("")
	}
	return media, nil
}

var macros = active("宏（VBA）", "另存为不含宏的docx、xlsx或PDF", "macros (VBA)", "save it without macros, or as PDF")

var embedded = active("嵌入的其他文件或对象", "删去嵌入对象（或转成图片），其他文件单独上传", "other files or objects embedded in it",
	"remove them, or turn them into pictures, and upload other files by themselves")

// harmless refuses an entry that would run, fetch or hide something.
func (e entry) harmless(media string) error {
	name := strings.ToLower(e.Name)
	base := path.Base(name)
	switch {
	case base == "vbaproject.bin" || base == "vbadata.xml" || strings.HasPrefix(name, "xl/macrosheets/") || strings.HasPrefix(name, "xl/dialogsheets/"):
		return macros
	case strings.Contains(name, "/embeddings/") && !strings.HasSuffix(name, "/"), strings.Contains(name, "/activex/") && !strings.HasSuffix(name, "/"):
		return embedded
	case strings.HasPrefix(name, "xl/externallinks/") && !strings.HasSuffix(name, "/"):
		return outside
	}
	switch kind := sniff(e.head); kind {
	case "zip", "cfb", "pdf", "late pdf", "packed", "program":
		return embedded
	case "markup", "svg", "":
		// A page or script beside the parts is no part of a document.
		if ext := path.Ext(name); ext == ".html" || ext == ".htm" || ext == ".js" || ext == ".vbs" || ext == ".bat" || ext == ".ps1" {
			return embedded
		}
	}
	switch {
	case media == OFD:
		return nil
	case strings.HasSuffix(name, ".rels"):
		return e.links()
	case e.fields && strings.HasPrefix(name, "word/"):
		return e.instructions()
	}
	return nil
}

var outside = active("指向外部文件的链接", "断开链接（Excel：数据—编辑链接—断开链接；Word：文件—信息—编辑指向文件的链接）", "links to files outside of it",
	"break the links (Excel: Data, Edit Links, Break Link; Word: File, Info, Edit Links to Files)")

// links reads relationships: a hyperlink waits for a click, everything else outside is fetched.
func (e entry) links() error {
	var found error
	err := e.elements(func(t xml.StartElement) {
		kind := strings.ToLower(attribute(t, "Type"))
		switch {
		case strings.HasSuffix(kind, "/vbaproject"):
			found = macros
		case strings.EqualFold(attribute(t, "TargetMode"), "External") && !strings.HasSuffix(kind, "/hyperlink"):
			found = outside
		case strings.HasSuffix(kind, "/afchunk"):
			found = embedded
		}
	}, nil)
	if err != nil {
		return err
	}
	return found
}

// fetching are the fields of a Word document that start or fetch something.
var fetching = map[string]bool{"DDE": true, "DDEAUTO": true, "INCLUDETEXT": true, "INCLUDEPICTURE": true, "DATABASE": true, "MACROBUTTON": true, "IMPORT": true, "LINK": true}

// instructions reads a Word part's fields, which may be spread over many runs.
func (e entry) instructions() error {
	var instruction strings.Builder
	reading, found := false, false
	check := func(s string) {
		if w := strings.Fields(strings.ToUpper(s)); len(w) > 0 && fetching[w[0]] {
			found = true
		}
	}
	err := e.elements(func(t xml.StartElement) {
		reading = false
		switch t.Name.Local {
		case "instrText":
			reading = true
		case "fldSimple":
			check(attribute(t, "instr"))
		case "fldChar":
			check(instruction.String())
			instruction.Reset()
		}
	}, func(b []byte) {
		if reading && instruction.Len() < 4096 {
			instruction.Write(b)
		}
	})
	check(instruction.String())
	if err == nil && found {
		return active("自动取数的域（DDE、外部引用）", "选中该域，按Ctrl+Shift+F9转成文字", "fields that fetch data by themselves (DDE, links)", "turn them into text (Ctrl+Shift+F9)")
	}
	return err
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// maxParsed bounds what is given to a real parser: relationships, and Word parts with fields.
const maxParsed = 64 << 20

// elements reads an entry a second time and shows its start tags and, unless text is nil, its
// text. markup has let it through.
func (e entry) elements(see func(xml.StartElement), text func([]byte)) error {
	if e.UncompressedSize64 > maxParsed {
		return tangled
	}
	r, err := e.Open()
	if err != nil {
		return brokenZip
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // tags and attributes are ASCII
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return brokenXML
		}
		switch t := t.(type) {
		case xml.StartElement:
			see(t)
		case xml.CharData:
			if text != nil {
				text(t)
			}
		}
	}
}

// compound answers the container of old Office files, which is also that of encrypted ones.
func (f file) compound() error {
	b, err := f.whole()
	if err != nil {
		return err
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune("EncryptedPackage")) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	if strings.Contains(string(b), string(wide)) {
		return locked
	}
	return legacy
}
