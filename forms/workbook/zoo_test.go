package workbook_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// beast is one file of the zoo with its expected answer: words of the fault, or what is read.
type beast struct {
	name  string
	file  []byte
	fault string
	reads string
}

const good = "2 place=晋江市 count=5\n"

// zoo makes the files, once: some are large.
var zoo = sync.OnceValue(func() []beast {
	sheet := func(s string, change ...func([]part) []part) []byte { return pack(book(s, change...)) }
	one := plain("1", "'晋江市", "5")
	repeat := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	ole := func(name string) []byte {
		b := append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 1024)...)
		for _, u := range utf16.Encode([]rune(name)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return append(b, make([]byte, 512)...)
	}
	rels := "xl/_rels/workbook.xml.rels"
	cell := func(count string) string { return plain("1", "'晋江市", count) }
	levels := make([]string, 10007)
	for i := range levels {
		levels[i] = fmt.Sprintf("<a%x>", i*40503)
	}
	many := make([]part, 2100)
	for i := range many {
		many[i].name = fmt.Sprintf("xl/media/%d.xml", i)
	}
	return []beast{
		// The archive.
		{"zip bomb of one part", sheet(one, with("xl/big.xml", strings.Repeat("0", 60<<20))), "内部结构异常", ""},
		{"large parts that no sheet needs", sheet(one, func(p []part) []part {
			for i := range 3 {
				p = append(p, part{fmt.Sprintf("xl/media/%d.xml", i), repeat(300000, func(j int) string { return fmt.Sprintf("%x,", (j*2654435761+i)&0xFFFFFFFFFF) })})
			}
			return p
		}), "", good}, // many megabytes, but honest: nothing of them is read
		{"a part that claims 300 MB", lying(book(one), "xl/worksheets/sheet1.xml", 300<<20), "内容过多", ""},
		{"a part that claims less than it has", lying(book(one), "xl/worksheets/sheet1.xml", 100), "已损坏", ""},
		{"a part that claims more than it has", lying(book(one), "xl/worksheets/sheet1.xml", 5000), "已损坏", ""},
		{"an archive in the archive", sheet(one, with("xl/embeddings/book.xlsx", string(pack(book(one))))), "", good},
		{"an archive that is no workbook", pack([]part{{"a.xlsx", string(pack(book(one)))}}), "不是表格文件", ""},
		{"two thousand entries", sheet(one, func(p []part) []part { return append(p, many...) }), "内容过多", ""},
		{"the same name twice", sheet(one, func(p []part) []part { return append(p, p[5]) }), "内部结构异常", ""},
		{"names that differ by case", sheet(one, with("xl/WORKBOOK.xml", "<a/>")), "内部结构异常", ""},
		{"a name that leads out", sheet(one, with("../../etc/passwd", "x")), "内部结构异常", ""},
		{"an absolute name", sheet(one, with("/etc/passwd", "x")), "内部结构异常", ""},
		{"a drive in the name", sheet(one, with(`C:\windows\x.xml`, "x")), "内部结构异常", ""},
		{"backslashes in names", pack(func() []part {
			p := book(one)
			for i := range p {
				p[i].name = strings.ReplaceAll(p[i].name, "/", `\`)
			}
			return p
		}()), "", good},
		{"overlapping entries", overlapping(sheet(one, with("xl/z.xml", "<a/>"))), "内部结构异常", ""},
		{"cut off in the middle", sheet(one)[:900], "已损坏", ""},
		{"only its first bytes", []byte("PK\x03\x04"), "已损坏", ""},
		{"an empty archive", pack(nil), "不是表格文件", ""},
		// XML.
		{"a document type", sheet(one, swap("xl/worksheets/sheet1.xml", "\n", "\n<!DOCTYPE worksheet>")), "内部结构异常", ""},
		{"an external entity", sheet(one, swap("xl/worksheets/sheet1.xml", "\n", "\n<!DOCTYPE w [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"), swap("xl/worksheets/sheet1.xml", "晋江市", "&x;")), "内部结构异常", ""},
		{"billion laughs", sheet(one, swap("xl/worksheets/sheet1.xml", "\n", "\n<!DOCTYPE w [<!ENTITY a \"haha\"><!ENTITY b \"&a;&a;&a;&a;\">]>"), swap("xl/worksheets/sheet1.xml", "晋江市", "&b;")), "内部结构异常", ""},
		{"an entity nobody defined", sheet(one, swap("xl/worksheets/sheet1.xml", "晋江市", "&x;")), "已损坏", ""},
		{"two million levels", sheet(repeat(2000000, func(i int) string { return levels[i*7919%len(levels)] })), "内部结构异常", ""},
		{"a tag of several megabytes", sheet("<a b=\"" + repeat(300000, func(i int) string { return fmt.Sprintf("%x ", i*2654435761) }) + "\"/>"), "内容过多", ""},
		{"unbalanced tags", sheet("<sheetData><row></sheetData>"), "已损坏", ""},
		{"another encoding", sheet(one, swap("xl/worksheets/sheet1.xml", "UTF-8", "GBK")), "已损坏", ""},
		// Parts and their relations.
		{"no workbook", sheet(one, without("xl/workbook.xml")), "已损坏", ""},
		{"no relationships", sheet(one, without("_rels/.rels")), "已损坏", ""},
		{"the sheet is not there", sheet(one, without("xl/worksheets/sheet1.xml")), "已损坏", ""},
		{"the sheet has no relationship", sheet(one, without(rels)), "已损坏", ""},
		{"the sheet is the workbook itself", sheet(one, swap(rels, "worksheets/sheet1.xml", "workbook.xml")), "已损坏", ""},
		{"two sheets are one part", sheet(one, swap("xl/workbook.xml", "</sheets>", `<sheet name="二" sheetId="2" r:id="rId1"/></sheets>`)), "已损坏", ""},
		{"the sheet is on another machine", sheet(one, swap(rels, `Target="worksheets/sheet1.xml"`, `Target="http://example.org/sheet1.xml" TargetMode="External"`)), "已损坏", ""},
		{"a target that leads out", sheet(one, swap(rels, "worksheets/sheet1.xml", "../../../etc/passwd")), "已损坏", ""},
		{"no sheets", sheet(one, swap("xl/workbook.xml", `<sheet name="附件" sheetId="1" r:id="rId1"/>`, "")), "已损坏", ""},
		{"macros", sheet(one, with("xl/vbaProject.bin", "x")), "含有宏", ""},
		{"links to other files", sheet(one, with("xl/externalLinks/externalLink1.xml", "<externalLink/>")), "", good + "* 文件中有指向其他文件的链接，未予打开，采用文件中保存的结果。\n"},
		{"a word document", pack([]part{{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", "<w/>"}}), "文字文档", ""},
		{"a binary workbook", pack([]part{{"[Content_Types].xml", "<Types/>"}, {"xl/workbook.bin", "x"}}), "xlsb", ""},
		// Other files under the name.
		{"ods", pack([]part{{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}, {"content.xml", "<a/>"}}), "OpenDocument", ""},
		{"xls", ole("Workbook"), "旧格式", ""},
		{"a password", ole("EncryptedPackage"), "有密码", ""},
		{"doc", ole("WordDocument"), "文字文档", ""},
		{"a web page", []byte("<html><table><tr><td>1</td></tr></table></html>"), "网页格式", ""},
		{"XML of 2003", []byte(`<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>`), "2003", ""},
		{"pdf", []byte("%PDF-1.7\n"), "不是表格", ""},
		{"a picture", []byte("\x89PNG\r\n\x1a\n"), "不是表格", ""},
		{"noise", []byte{0, 1, 2, 3, 0xFF, 0xFE, 0, 0}, "不是表格", ""},
		{"nothing", nil, "空的", ""},
		{"a sheet of nothing", sheet("<sheetData/>"), "没有任何内容", ""},
		{"no head", sheet(data(row(1, "'随便", "'写写"))), "没有找到", ""},
		{"csv", []byte("序号,地区,人数,金额（万元）,日期,电话\r\n1,晋江市,5,,,\r\n"), "", good},
		{"csv in GB 18030", func() []byte {
			b, _ := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("序号;地区;人数;金额（万元）;日期;电话\n1;晋江市;5;;;\n"))
			return b
		}(), "", good},
		{"csv with a mark and tabs", []byte("\uFEFF序号\t地区\t人数\t金额（万元）\t日期\t电话\n1\t晋江市\t５\t\t\t=\"0595-22500000\"\n"), "", "2 place=晋江市 count=5 phone=0595-22500000\n"},
		// Sizes.
		{"1,048,576 rows", sheet("<sheetData>" + repeat(1<<20, func(i int) string {
			return fmt.Sprintf(`<row r="%d"><c r="A%d"><v>%d</v></c></row>`, i+1, i+1, i*7919%99991)
		}) + "</sheetData>"), "行数过多", ""},
		{"1,048,576 rows, all but two empty", sheet("<sheetData>" + head(1) + row(2, "1", "'晋江市", "5") + repeat(1<<20-2, func(i int) string { return fmt.Sprintf(`<row r="%d" s="%d"/>`, i+3, i*7919%9973) }) + "</sheetData>"), "", good},
		{"one row too many", sheet("<sheetData>" + head(1) + repeat(forms.MaxRows+1, func(i int) string { return row(i+2, "1", fmt.Sprintf("'第%d镇", i), "5") }) + "</sheetData>"), "行数过多", ""},
		{"ten million shared strings", sheet(one, with("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si><t/></si>", 10_000_000)+"</sst>")), "内部结构异常", ""},
		{"a million different shared strings", sheet(one, swap(rels, "</Rel", `<Relationship Id="rId3" Type="`+relNS+`/sharedStrings" Target="sharedStrings.xml"/></Rel`),
			with("xl/sharedStrings.xml", "<sst>"+repeat(1_000_000, func(i int) string { return fmt.Sprintf("<si><t>%d</t></si>", i*7919) })+"</sst>")), "内容过多", ""},
		{"a cell far to the right", sheet(data(head(1), `<row r="2"><c r="B2" t="inlineStr"><is><t>晋江市</t></is></c><c r="XFD2"><v>1</v></c></row>`)), "列之后", ""},
		{"a column that no sheet has", sheet(data(head(1), `<row r="2"><c r="ZZZZ2"><v>1</v></c></row>`)), "已损坏", ""},
		{"a row that no sheet has", sheet(data(head(1), `<row r="99999999999"><c r="A1"><v>1</v></c></row>`)), "已损坏", ""},
		{"rows out of order", sheet(data(row(2, "1"), row(1, "1"))), "已损坏", ""},
		{"a cell of another row", sheet(data(head(1), `<row r="2"><c r="B7"><v>1</v></c></row>`)), "已损坏", ""},
		// Merged cells.
		{"merged cells that are none", sheet(one + `<mergeCells><mergeCell ref="A0:B-1"/></mergeCells>`), "", good + "* 工作表“附件”中有无效或重叠的合并单元格，已按未合并处理。\n"},
		{"merged cells that overlap", sheet(one + `<mergeCells><mergeCell ref="A5:C9"/><mergeCell ref="B6:D10"/></mergeCells>`), "", good + "* 工作表“附件”中有无效或重叠的合并单元格，已按未合并处理。\n"},
		{"merged cells written backwards", sheet(one + `<mergeCells><mergeCell ref="F3:A3"/></mergeCells>`), "", good},
		{"everything merged into one", sheet(data(head(1)) + `<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>`), "", ""},
		// Cells.
		{"an error", sheet(cell(`<c r="%s" t="e"><v>#DIV/0!</v></c>`)), "", "2 place=晋江市 count=#DIV/0!\n!0 C2「人数」为错误值#DIV/0!，请改正公式或直接填写结果。\n"},
		{"a formula", sheet(cell(`<c r="%s"><f>2+3</f><v>5</v></c>`)), "", good + "* 1处为公式，取其保存的结果：C2。\n"},
		{"a formula without its result", sheet(cell(`<c r="%s"><f>2+3</f></c>`)), "", "2 place=晋江市\n!0 C2「人数」的公式没有保存结果，请用 Excel 或 WPS 打开后保存，再上传。\n* 1处为公式，取其保存的结果：C2。\n"},
		{"DDE", sheet(cell(`<c r="%s" t="str"><f>cmd|'/c calc'!A0</f><v>5</v></c>`)), "", good + "* 1处为公式，取其保存的结果：C2。\n"},
		{"a formula as text", sheet(plain("1", "'=1+1", "5")), "", "2 place==1+1 count=5\n"},
		{"a string that is not there", sheet(cell(`<c r="%s" t="s"><v>7</v></c>`)), "已损坏", ""},
		{"a type of cell that is none", sheet(cell(`<c r="%s" t="x"><v>7</v></c>`)), "已损坏", ""},
		{"a number as text, full width", sheet(cell("'５")), "", good},
		{"no number", sheet(cell("'约5")), "", "2 place=晋江市 count=约5\n!0 C2「人数」填“约5”，应为不小于0的整数，如 128。\n"},
		{"infinity", sheet(cell("1e999")), "", "2 place=晋江市 count=1e999\n!0 C2「人数」填“1e999”，应为不小于0的整数，如 128。\n"},
		{"a date of 1900", sheet(plain("1", "'晋江市", "5", "", `<c r="%s" s="1"><v>44372</v></c>`)), "", "2 place=晋江市 count=5 day=2021-06-25\n"},
		{"a date of 1904", sheet(plain("1", "'晋江市", "5", "", `<c r="%s" s="2"><v>42910</v></c>`), swap("xl/workbook.xml", "<sheets>", `<workbookPr date1904="1"/><sheets>`)), "", "2 place=晋江市 count=5 day=2021-06-25\n"},
		{"the day that never was", sheet(plain("1", "'晋江市", "5", "", `<c r="%s" s="1"><v>60</v></c>`)), "", "2 place=晋江市 count=5 day=1900-02-29\n!0 E2「日期」填“1900-02-29”，没有这一天，请核对年、月、日。\n"},
		{"a sum of floats", sheet(plain("1", "'晋江市", "5", "0.30000000000000004")), "", "2 place=晋江市 count=5 amount=0.3\n"},
		{"more digits than are shown", sheet(plain("1", "'晋江市", "5", `<c r="%s" s="5"><v>3.3333333333333335</v></c>`)), "", "2 place=晋江市 count=5 amount=3.33\n~0 D2「金额（万元）」实际为3.33333333333333，按显示的3.33读入。\n"},
		{"shown in 万", sheet(plain("1", "'晋江市", "5", `<c r="%s" s="4"><v>12345</v></c>`)), "", "2 place=晋江市 count=5 amount=12345\n!0 D2「金额（万元）」的单元格格式把数缩小显示（实际为12345），请改为常规格式并核对。\n"},
		{"a telephone number as a number", sheet(plain("1", "'晋江市", "5", "", "", "13800000000")), "", "2 place=晋江市 count=5 phone=13800000000\n"},
		{"rich text and a phonetic guide", sheet(cell(`<c r="%s" t="inlineStr"><is><r><t>1</t></r><r><t>2</t></r><rPh sb="0" eb="1"><t>9</t></rPh></is></c>`)), "", "2 place=晋江市 count=12\n"},
		{"only hidden sheets", sheet(one, swap("xl/workbook.xml", `sheetId="1"`, `sheetId="1" state="hidden"`)), "隐藏的工作表", ""},
		{"a hidden column", sheet(`<cols><col min="3" max="3" hidden="1"/></cols>` + one), "", good + "* 1列被隐藏，已一并读入：C列。\n"},
		{"a hidden row", sheet(data(head(1), strings.Replace(row(2, "1", "'晋江市", "5"), "<row ", `<row hidden="1" `, 1))), "", good + "* 1行被隐藏，已一并读入：第2行。\n"},
		// The dialects.
		{"absolute targets, as WPS writes them", sheet(one, swap("_rels/.rels", "xl/workbook.xml", "/xl/workbook.xml"), swap(rels, "worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml")), "", good},
		{"no references and no row numbers", sheet(`<sheetData><row><c t="inlineStr"><is><t>序号</t></is></c><c t="inlineStr"><is><t>地区</t></is></c><c t="inlineStr"><is><t>人数</t></is></c></row><row><c><v>1</v></c><c t="inlineStr"><is><t>晋江市</t></is></c><c><v>5</v></c></row></sheetData>`), "", good + "- 金额（万元）、日期、电话 + \n"},
		{"prefixes and the strict dialect", sheet("", swap("_rels/.rels", relNS, "http://purl.oclc.org/ooxml/officeDocument/relationships"),
			with("xl/worksheets/sheet1.xml", strings.NewReplacer("</", "</x:", "<", "<x:").Replace("<worksheet>"+strings.ReplaceAll(one, "/>", "></c>")+"</worksheet>"))), "", good},
	}
})

func TestZoo(t *testing.T) {
	beasts := zoo()
	if len(beasts) < 60 {
		t.Errorf("the zoo has %d files", len(beasts))
	}
	for _, c := range beasts {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			got, fault := "", ""
			b, err := open(c.file)
			if err == nil {
				var im *workbook.Import
				if im, err = workbook.Match(persons(), b); err == nil {
					got = said(im)
				}
			}
			if err != nil {
				f, ok := workbook.As(err)
				if !ok {
					t.Fatalf("the error is no Fault: %v", err)
				}
				fault = f.Zh
			}
			runtime.ReadMemStats(&after)
			if d := time.Since(start); d > 30*time.Second {
				t.Errorf("took %s", d)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 1024 {
				t.Errorf("allocated %d MB over time", mb)
			}
			if got != c.reads || c.fault == "" && fault != "" || !strings.Contains(fault, c.fault) {
				t.Errorf("reads %.500q, fault %q", got, fault)
			}
		})
	}
}
