package workbook

import (
	"encoding/xml"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// file is a workbook being read.
type file struct {
	*archive
	book    *Book
	strings []string // the shared ones
	formats []format // by style
	from04  bool     // days count from 1904
}

// relation is one line of a part's relationships (ECMA-376 part 2, 6.5).
type relation struct {
	kind, target string // the last part of the type; the part's name
	external     bool
}

// xlsx reads an OOXML workbook (ECMA-376 part 1), in the transitional, the strict and the WPS
// dialect: elements are told by their local names, parts by their relationships.
func (b *Book) xlsx(r io.ReaderAt, size int64) error {
	a, err := openArchive(r, size)
	if err != nil {
		return err
	}
	f := &file{archive: a, book: b}
	if err := f.foreign(); err != nil {
		return err
	}
	root, err := f.relations("")
	if err != nil {
		return err
	}
	main := ""
	for _, x := range root {
		if x.kind == "officeDocument" && !x.external {
			main = x.target
		}
	}
	if !f.has(main) {
		return broken
	}
	rels, err := f.relations(main)
	if err != nil {
		return err
	}
	for _, x := range rels {
		switch {
		case x.kind == "vbaProject", x.kind == "xlMacrosheet":
			return macros
		case x.kind == "externalLink":
			f.note()
		case x.kind == "sharedStrings" && !x.external && f.strings == nil:
			err = f.shared(x.target)
		case x.kind == "styles" && !x.external && f.formats == nil:
			err = f.styles(x.target)
		}
		if err != nil {
			return err
		}
	}
	return f.workbook(main, rels)
}

// foreign refuses archives that hold something else than a plain workbook.
func (f *file) foreign() error {
	for name := range f.parts {
		switch {
		case name == "mimetype", name == "meta-inf/manifest.xml":
			return ods
		case path.Base(name) == "vbaproject.bin", strings.HasPrefix(name, "xl/macrosheets/"):
			return macros
		case name == "xl/workbook.bin":
			return binary
		case name == "word/document.xml", name == "ppt/presentation.xml":
			return word
		case strings.HasPrefix(name, "xl/externallinks/"):
			f.note()
		}
	}
	if !f.has("[Content_Types].xml") && !f.has("xl/workbook.xml") {
		return noTable
	}
	return nil
}

// note says once that links are left alone.
func (f *file) note() {
	if len(f.book.Notes) == 0 {
		f.book.Notes = append(f.book.Notes, Fault{"文件中有指向其他文件的链接，未予打开，采用文件中保存的结果。",
			"The file links to other files: the links were not followed, the saved results are used."})
	}
}

// relations reads the relationships of a part, by id; those of the package for "".
func (f *file) relations(part string) (map[string]relation, error) {
	dir, base := path.Split(part)
	name := dir + "_rels/" + base + ".rels"
	out := map[string]relation{}
	if !f.has(name) {
		if part == "" {
			return nil, broken
		}
		return out, nil
	}
	t, err := f.open(name)
	if err != nil {
		return nil, err
	}
	return out, t.each(func(e xml.StartElement) error {
		if e.Name.Local != "Relationship" {
			return nil
		}
		x := relation{kind: path.Base(attr(e, "Type")), target: attr(e, "Target"), external: attr(e, "TargetMode") == "External"}
		if !x.external {
			x.target = resolve(dir, x.target)
		}
		out[attr(e, "Id")] = x
		return nil
	}, nil, nil)
}

// resolve makes a part's name of a relationship's target: WPS and others write absolute ones.
func resolve(dir, target string) string {
	target = strings.ReplaceAll(target, `\`, "/")
	if !strings.HasPrefix(target, "/") {
		target = "/" + dir + target
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}

// workbook reads the list of sheets, then each of them.
func (f *file) workbook(main string, rels map[string]relation) error {
	type entry struct {
		name, id string
		hidden   bool
	}
	var sheets []entry
	t, err := f.open(main)
	if err != nil {
		return err
	}
	err = t.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			f.from04 = isTrue(attr(e, "date1904"))
		case "sheet":
			state := attr(e, "state")
			sheets = append(sheets, entry{attr(e, "name"), attr(e, "id"), state == "hidden" || state == "veryHidden"})
		}
		return nil
	}, nil, nil)
	if err != nil {
		return err
	}
	if len(sheets) == 0 || len(sheets) > maxSheets {
		return broken
	}
	read := map[string]bool{}
	for _, s := range sheets {
		x := rels[s.id]
		switch {
		case x.external || !f.has(x.target) && x.kind == "worksheet":
			return broken
		case x.kind != "worksheet" && x.kind != "": // charts and dialogs hold no cells
			continue
		case x.kind == "" || read[x.target]:
			return broken
		}
		read[x.target] = true
		sheet := &Sheet{Name: s.name, Hidden: s.hidden}
		if err := f.sheet(sheet, x.target); err != nil {
			return err
		}
		f.book.Sheets = append(f.book.Sheets, sheet)
	}
	return nil
}

// shared reads the shared strings. Rich text is its runs put together; phonetic guides are not
// part of it.
func (f *file) shared(name string) error {
	t, err := f.open(name)
	if err != nil {
		return err
	}
	f.strings = []string{}
	var item strings.Builder
	guide, inText := 0, false
	return t.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "si":
			item.Reset()
		case "rPh":
			guide++
		case "t":
			inText = guide == 0
		}
		return nil
	}, func(s []byte) {
		if inText {
			item.Write(s)
		}
	}, func(name string) error {
		switch name {
		case "t":
			inText = false
		case "rPh":
			guide--
		case "si":
			if len(f.strings) == maxCells {
				return tooBig
			}
			f.strings = append(f.strings, unescape(item.String()))
		}
		return nil
	})
}

// styles reads what each cell style makes of a number.
func (f *file) styles(name string) error {
	t, err := f.open(name)
	if err != nil {
		return err
	}
	f.formats = []format{}
	codes := map[int]string{}
	in := ""
	return t.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if id, err := strconv.Atoi(attr(e, "numFmtId")); err == nil {
				codes[id] = attr(e, "formatCode")
			}
		case "cellXfs", "cellStyleXfs", "dxfs":
			in = e.Name.Local
		case "xf":
			if in == "cellXfs" {
				id, _ := strconv.Atoi(attr(e, "numFmtId"))
				f.formats = append(f.formats, formatOf(id, codes[id]))
			}
		}
		return nil
	}, nil, nil)
}

func isTrue(s string) bool { return s == "1" || s == "true" || s == "on" }

var escape = regexp.MustCompile(`(?:_x[0-9A-Fa-f]{4}_)+`)

// unescape reads the escapes of characters XML has none for: _x000D_ (ECMA-376 part 1, 22.9.2.19).
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escape.ReplaceAllStringFunc(s, func(run string) string {
		var wide []uint16
		for i := 0; i < len(run); i += len("_x000D_") {
			u, _ := strconv.ParseUint(run[i+2:i+6], 16, 16)
			wide = append(wide, uint16(u))
		}
		return string(utf16.Decode(wide))
	})
}
