package attach

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// beast is one upload of the zoo. answer is part of the refusal's Chinese text, or what the
// file is taken for: its media type, or its safe name.
type beast struct {
	name   string
	data   []byte
	answer string
}

const (
	asPDF, asLegacy, asPacked, asMarkup = "内容却是PDF", "旧版Office", "压缩包", "网页或XML"
	isBroken, isBomb                    = "损坏或不完整", "解压后过大"
	isScripted, isTwofold, isLocked     = "可执行内容", "混有其他格式", "密码"
	isForeign                           = "认不出文件的格式"
)

// zoo is the upload zoo: classes of files that people, and others, send.
func zoo() map[string][]beast {
	good, photo, logo := sheet(""), jpg(picture(64, 48)), pngOf(red(20, 10))
	return map[string][]beast{
		"wrong extensions": {
			{"说明.docx", good, asPDF},
			{"说明.pdf", docx(), "内容却是Word文档"},
			{"表.docx", xlsx(), "内容却是Excel表格"},
			{"表.xlsx", docx(), "内容却是Word文档"},
			{"照片.png", photo, "内容却是JPG图片"},
			{"照片.jpg", logo, "内容却是PNG图片"},
			{"公文.pdf", ofd(), "内容却是OFD"},
			{"扫描件.jpg", good, asPDF},
			{"报表.xlsx", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), asLegacy},
			{"工具.pdf", []byte("MZ\x90\x00" + strings.Repeat("\x00", 200)), "程序、音频和视频"},
			{"材料.docx", zipOf(part{"a.txt", "a"}), asPacked},
			{"照片.jpg", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "HEIC"},
			{"照片.png", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "另存为JPG或PNG"},
			{"资料.pdf", []byte("Rar!\x1a\x07\x01\x00" + strings.Repeat("x", 50)), asPacked},
			{"情况.txt", good, asPDF},
		},
		"polyglots": {
			{"a.pdf", append([]byte("<html><script>alert(1)</script>\n"), good...), "开头有多余内容"},
			{"a.pdf", append(bytes.Clone(good), "<html><script>alert(1)</script></html>"...), "末尾有多余内容"},
			{"a.pdf", bytes.Replace(good, []byte("%%EOF"), []byte("%<script>alert(1)</script>\n%%EOF"), 1), isTwofold},
			{"a.pdf", append(bytes.Clone(good), zipOf(part{"a.txt", "a"})...), "末尾有多余内容"},
			{"a.pdf", zipInside(), isTwofold},
			{"a.pdf", append([]byte("/*"), good...), "开头有多余内容"},
		},
		"pdf": {
			{"script.pdf", sheet("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), isScripted},
			{"escaped.pdf", sheet("/OpenAction<</S/#4a#61vaScript/#4aS 5 0 R>>", stream("", []byte("x"))), isScripted},
			{"hidden.pdf", packed("/Names 6 0 R", "<</JavaScript 7 0 R>>", "<</Names[(a) 8 0 R]>>", "<</S/JavaScript/JS(1)>>"), isScripted},
			{"launch.pdf", sheet("/OpenAction 5 0 R", "<</S/Launch/F(cmd.exe)>>"), isScripted},
			{"embedded.pdf", sheet("/Names<</EmbeddedFiles 5 0 R>>", "<</Names[(a) 6 0 R]>>", "<</Type/Filespec/EF<</F 7 0 R>>>>", stream("/Type/EmbeddedFile", []byte("MZ"))), isScripted},
			{"open.pdf", sheet("/OpenAction<</S/URI/URI(http://x.invalid/)>>"), isScripted},
			{"locked.pdf", pdf("/Encrypt 5 0 R", "<</Type/Catalog/Pages 2 0 R>>", tree, page, text, "<</Filter/Standard/V 2>>"), isLocked},
			{"pages.pdf", pagesOf(100_000), "超过2000页"},
			{"objects.pdf", millionObjects(), "过于复杂"},
			{"stream.pdf", sheet("", stream("/Filter/FlateDecode", append([]byte{0x78, 0x9c}, zeros(300)...))), isBomb},
			{"twice.pdf", sheet("", stream("/Filter[/FlateDecode/FlateDecode]", deflated(deflated(make([]byte, 64<<20))))), isBomb},
			{"kids.pdf", pdf("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 1>>"), isBroken},
			{"prev.pdf", prevLoop(), isBroken},
			{"length.pdf", sheet("", "<</Length 5 0 R>>stream\nabc\nendstream"), isBroken},
			{"nested.pdf", sheet("", strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)), "过于复杂"},
		},
		"pictures": {
			{"big.png", pngStating(65_000, 65_000, []byte("x")), "65000×65000"},
			{"big.jpg", frameOf(photo, 65_000, 65_000), "65000×65000"},
			{"wide.jpg", frameOf(photo, 12_001, 10), "12001×10"},
			{"cut.jpg", photo[:len(photo)/2], isBroken},
			{"cut.png", logo[:len(logo)-20], isBroken},
			{"place.jpg", after(photo, 0xe1, exifHead+located(6)), JPEG},
			{"vector.png", []byte("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"), "另存为JPG或PNG"},
			{"print.jpg", cmyk(), JPEG},
			{"moving.png", pngWith(logo, newChunk("acTL", make([]byte, 8))), "动态图片"},
			{"bomb.png", pngStating(10, 10, make([]byte, 50<<20)), isBomb},
		},
		"zips": {
			{"bomb.xlsx", raw(xlsx(), "xl/media/a.bin", zeros(1024), 1<<30), isBomb},
			{"lying.xlsx", raw(xlsx(), "xl/media/a.bin", zeros(100), 1), isBroken},
			{"shy.xlsx", raw(xlsx(), "xl/media/a.bin", zeros(1), 150<<20), isBomb},
			{"nested.docx", docx(part{"word/media/a.png", string(zipOf(part{"b.zip", "PK\x03\x04"}))}), "嵌入的其他文件"},
			{"crowd.xlsx", crowd(400_000), isBomb},
			{"many.xlsx", zipOf(make2001()...), isBomb},
			{"up.docx", docx(part{"../../etc/cron.d/a", "a"}), "路径不合规"},
			{"back.docx", docx(part{`word\..\..\a`, "a"}), "路径不合规"},
			{"link.docx", docx(part{"word/a", "symlink:/etc/passwd"}), "路径不合规"},
			{"overlap.xlsx", overlapping(), isBroken},
			{"twice.xlsx", xlsx(part{"xl/a.xml", "<a/>"}, part{"XL/A.xml", "<b/>"}), isBroken},
			{"front.xlsx", append([]byte("PK\x03\x04 not the beginning "), xlsx()...), isBroken},
		},
		"xml": {
			{"dtd.xlsx", xlsx(part{"xl/sharedStrings.xml", xmlHead + "<!DOCTYPE sst><sst/>"}), "不允许的声明"},
			{"entity.xlsx", xlsx(part{"xl/sharedStrings.xml", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst>&x;</sst>`}), "不允许的声明"},
			{"laughs.docx", docx(part{"word/styles.xml", laughs()}), "不允许的声明"},
			{"deep.docx", docx(part{"word/styles.xml", noisy("<a>", 2_000_000, "</a>")}), "过于复杂"},
			{"strings.xlsx", xlsx(part{"xl/sharedStrings.xml", "<sst>" + strings.Repeat("<si><t>1</t></si>", 10_000_000) + "</sst>"}), isBomb},
			{"wide.docx", docx(part{"word/styles.xml", "\xff\xfe<\x00a\x00/\x00>\x00"}), "不是UTF-8"},
			{"open.docx", docx(part{"word/styles.xml", "<a><b></a>"}), isBroken},
			{"comment.docx", docx(part{"word/styles.xml", `<!---> <x y=" --> <!DOCTYPE a [<!ENTITY b "c">]> <a z="1"/>`}), "不允许的声明"},
		},
		"names": {
			{"../../etc/passwd.pdf", good, "passwd.pdf"},
			{"a\x00b.pdf", good, "ab.pdf"},
			{"CON.pdf", good, "_CON.pdf"},
			{strings.Repeat("报", 300) + ".pdf", good, strings.Repeat("报", 78) + ".pdf"},
			{"附件\u202efdp.exe.pdf", good, "附件fdp.exe.pdf"},
			{`a"; filename="b.html.pdf`, good, "a__ filename=_b.html.pdf"},
			{"...", good, "附件.pdf"},
			{`C:\Users\me\第1.2节`, good, "第1.2节.pdf"},
		},
		"sizes": {
			{"empty.pdf", nil, "0字节"},
			{"limit.pdf", ofSize(20 << 20), PDF},
			{"over.pdf", ofSize(20<<20 + 1), "20MB的上限"},
			{"one.pdf", []byte("%"), isForeign},
			{"head.pdf", []byte("%PDF-1.4\n"), isBroken},
			{"half.pdf", good[:len(good)/2], isBroken},
		},
	}
}

// The zoo: each file with its answer, and none costs more memory than a few times itself.
func TestZoo(t *testing.T) {
	n := 0
	for class, beasts := range zoo() {
		for i, b := range beasts {
			n++
			t.Run(fmt.Sprintf("%s/%02d-%s", class, i, SafeName(b.name)), func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				v, err := Inspect(b.name, bytes.NewReader(b.data), int64(len(b.data)))
				runtime.ReadMemStats(&after)
				if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<20+8*uint64(len(b.data)) {
					t.Errorf("%d bytes cost %d MiB of memory", len(b.data), spent>>20)
				}
				fault := AsFault(err)
				switch {
				case err == nil:
					if b.answer != v.Media && b.answer != v.Name {
						t.Errorf("taken as %+v, expected %q", v, b.answer)
					}
				case fault == nil:
					t.Errorf("not a refusal: %v", err)
				case !strings.Contains(fault.Zh, b.answer):
					t.Errorf("refused with %q, expected %q", fault.Zh, b.answer)
				default:
					courteous(t, fault)
				}
			})
		}
	}
	if n != 80 {
		t.Errorf("the zoo has %d animals", n)
	}
}

// courteous checks that a refusal is in both languages, says what to do, and does not shout.
func courteous(t *testing.T, f *Fault) {
	t.Helper()
	if f.En == "" || !strings.Contains(f.Zh, "请") && !strings.Contains(f.Zh, "可接收") || strings.ContainsAny(f.Zh+f.En, "!！") {
		t.Errorf("not courteous: %q / %q", f.Zh, f.En)
	}
	if strings.Contains(f.En, "%!") || strings.Contains(f.Zh, "%!") || !utf8.ValidString(f.Zh) {
		t.Errorf("badly formed: %q / %q", f.Zh, f.En)
	}
}

// zipInside is a PDF with a zip in a stream whose remark reaches to the end of the file.
func zipInside() []byte {
	z := zipOf(part{"a.txt", "alert(1)"})
	b := sheet("", stream("", z))
	end := bytes.LastIndex(b, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint16(b[end+20:], uint16(len(b)-end-22))
	return b
}

// millionObjects is a PDF whose table has a million entries.
func millionObjects() []byte {
	b := sheet("")
	at := bytes.LastIndex(b, []byte("xref\n0 "))
	table := "xref\n0 1000000\n0000000000 65535 f \n" + strings.Repeat("0000000015 00000 n \n", 999_999)
	return append(b[:at:at], fmt.Sprintf("%strailer\n<</Size 1000000/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF", table, at)...)
}

func prevLoop() []byte {
	b := sheet("")
	at := bytes.LastIndex(b, []byte("xref\n0 "))
	return bytes.Replace(b, []byte("/Root 1 0 R"), fmt.Appendf(nil, "/Root 1 0 R/Prev %d", at), 1)
}

// noisy nests n elements, with a number in each so that they do not pack too well.
func noisy(open string, n int, end string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%x", open, uint32(i)*2654435761)
	}
	return b.String() + strings.Repeat(end, n)
}

func make2001() (parts []part) {
	for i := range 2001 {
		parts = append(parts, part{fmt.Sprintf("xl/%d", i), ""})
	}
	return parts
}

// A reader that ends before the size it announced, goes on beyond it, or fails.
func TestSizeMustBeTheSize(t *testing.T) {
	good := sheet("")
	for _, size := range []int64{int64(len(good)) - 1, int64(len(good)) + 1, int64(len(good)) + 5000} {
		if _, err := Inspect("a.pdf", bytes.NewReader(good), size); AsFault(err) == nil || !strings.Contains(AsFault(err).Zh, "没有完整传到") {
			t.Errorf("size %d of %d: %v", size, len(good), err)
		}
	}
	if _, err := Inspect("a.pdf", bytes.NewReader(good), -1); AsFault(err) == nil {
		t.Errorf("a negative size: %v", err)
	}
	if _, err := Inspect("a.pdf", failing{}, 100); err == nil || AsFault(err) != nil {
		t.Errorf("a disk that fails is no refusal of the file: %v", err)
	}
	if _, err := (Limits{Size: 100}).Inspect("a.pdf", bytes.NewReader(good), int64(len(good))); AsFault(err) == nil || !strings.Contains(AsFault(err).Zh, "100 B的上限") {
		t.Errorf("an own limit: %v", err)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }
