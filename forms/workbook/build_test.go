package workbook_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// part is one entry of an archive made for a test.
type part struct{ name, body string }

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS  = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relNS   = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
)

// book is a plain workbook of one sheet: what stands between <worksheet> and </worksheet>.
func book(sheet string, change ...func([]part) []part) []part {
	parts := []part{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`},
		{"_rels/.rels", xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", xmlHead + `<workbook ` + mainNS + `><sheets><sheet name="附件" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relNS + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + relNS + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", xmlHead + `<styleSheet ` + mainNS + `><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="0!.0,&quot;万&quot;"/><numFmt numFmtId="166" formatCode="#,##0.00_ "/></numFmts>` +
			`<cellXfs count="7"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="49"/></cellXfs></styleSheet>`},
		{"xl/worksheets/sheet1.xml", xmlHead + `<worksheet ` + mainNS + `>` + sheet + `</worksheet>`},
	}
	for _, f := range change {
		parts = f(parts)
	}
	return parts
}

// swap replaces text in one part.
func swap(name, old, with string) func([]part) []part {
	return func(parts []part) []part {
		for i, p := range parts {
			if p.name == name {
				if !strings.Contains(p.body, old) {
					panic(name + " does not hold " + old)
				}
				parts[i].body = strings.Replace(p.body, old, with, 1)
			}
		}
		return parts
	}
}

func with(name, body string) func([]part) []part {
	return func(parts []part) []part {
		parts = slices.DeleteFunc(parts, func(p part) bool { return p.name == name })
		return append(parts, part{name, body})
	}
}

func without(name string) func([]part) []part {
	return func(parts []part) []part {
		return slices.DeleteFunc(parts, func(p part) bool { return p.name == name })
	}
}

// pack makes the archive.
func pack(parts []part) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err == nil {
			_, err = io.WriteString(w, p.body)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// lying packs the parts and claims for one of them a size it does not have.
func lying(parts []part, name string, size uint64) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(p.body)),
			CompressedSize64: uint64(len(p.body)), UncompressedSize64: uint64(len(p.body))}
		if p.name == name {
			h.UncompressedSize64 = size
		}
		w, err := z.CreateRaw(h)
		if err == nil {
			_, err = io.WriteString(w, p.body)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// overlapping lets the last entry of the directory point to where the first begins.
func overlapping(file []byte) []byte {
	at := bytes.LastIndex(file, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(file[at+42:], 0)
	return file
}

// rows spells sheetData of cells given by their references: cells("A1", `<v>1</v>`, …).
func data(rows ...string) string { return "<sheetData>" + strings.Join(rows, "") + "</sheetData>" }

// row spells one row. A text begins with an apostrophe; what begins with < is the whole cell but
// its reference, given as %s; anything else is a number.
func row(n int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, n)
	for i, c := range cells {
		ref := workbook.Address(n, i)
		switch {
		case c == "":
		case strings.HasPrefix(c, "'"):
			fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, c[1:])
		case strings.HasPrefix(c, "<"):
			fmt.Fprintf(&b, c, ref)
		default:
			fmt.Fprintf(&b, `<c r="%s"><v>%s</v></c>`, ref, c)
		}
	}
	b.WriteString("</row>")
	return b.String()
}

// persons is the register of the tests: 序号, 地区, 人数, 金额, 日期, 电话.
func persons() *forms.Form {
	f := &forms.Form{ID: "persons", Version: 2, Kind: forms.Register, Title: "人员登记表", Stub: "序号", NotesLabel: "说明", Notes: []string{"1.按时报送。"}}
	for _, x := range []forms.Field{
		{ID: "place", Label: "地区", Type: forms.Text}, {ID: "count", Label: "人数", Type: forms.Count, Unit: "人"},
		{ID: "amount", Label: "金额（万元）", Type: forms.Money, Decimals: 2}, {ID: "day", Label: "日期", Type: forms.DateType},
		{ID: "phone", Label: "电话", Type: forms.Phone},
	} {
		f.Columns = append(f.Columns, &forms.Heading{Label: x.Label, Field: &x})
	}
	f.SetPaths()
	return f
}

// head is the head of persons as row n.
func head(n int) string {
	return row(n, "'序号", "'地区", "'人数", "'金额（万元）", "'日期", "'电话")
}

// plain is a body of one right row below the head.
func plain(cells ...string) string { return data(head(1), row(2, cells...)) }

func open(file []byte) (*workbook.Book, error) {
	return workbook.Open(bytes.NewReader(file), int64(len(file)))
}

// said spells an import: rows by their numbers, then problems, then notes.
func said(im *workbook.Import) string {
	var b strings.Builder
	for _, r := range im.Rows {
		fmt.Fprintf(&b, "%d", r.N)
		if im.Form.Single() {
			fmt.Fprintf(&b, " %s", r.Label)
		}
		for _, x := range im.Form.Fields() {
			if v := r.Row[x.ID]; v != "" {
				fmt.Fprintf(&b, " %s=%s", x.ID, v)
			}
		}
		if id := r.Row[forms.ItemID]; id != "" {
			fmt.Fprintf(&b, " #%s", id)
		}
		b.WriteString("\n")
	}
	for _, p := range im.Problems {
		sign := "!"
		if p.Warning {
			sign = "~"
		}
		fmt.Fprintf(&b, "%s%d %s\n", sign, p.Row, p.Zh)
	}
	for _, n := range im.Notes {
		fmt.Fprintf(&b, "* %s\n", n.Zh)
	}
	if len(im.Missing)+len(im.Extra) > 0 {
		fmt.Fprintf(&b, "- %s + %s\n", strings.Join(im.Missing, "、"), strings.Join(im.Extra, "、"))
	}
	return b.String()
}

func match(t *testing.T, f *forms.Form, file []byte) *workbook.Import {
	t.Helper()
	b, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	im, err := workbook.Match(f, b)
	if err != nil {
		t.Fatal(err)
	}
	return im
}
