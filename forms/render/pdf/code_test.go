package pdf

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/stamp"
)

// The code of each page is read back from the page as a scanner would see it.
func TestCodesAreReadFromThePages(t *testing.T) {
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm (poppler-utils) is not installed: no page can be turned into a picture")
	}
	for name, d := range map[string]render.Document{"table": signed(60), "text": coded()} {
		dir := t.TempDir()
		cmd := exec.Command(tool, "-r", "150", "-gray", "-png", "-", filepath.Join(dir, "p"))
		cmd.Stdin = bytes.NewReader(draw(t, d))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		pages, err := filepath.Glob(filepath.Join(dir, "p*.png"))
		if err != nil || len(pages) == 0 {
			t.Fatal("no pages", err)
		}
		for i, file := range pages {
			want := *d.Code
			want.Page, want.Pages = i+1, len(pages)
			if got, ok := stamp.Parse(read(t, file)); !ok || got != want {
				t.Errorf("%s, page %d: read %+v, want %+v", name, i+1, got, want)
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	res, err := qrcode.NewQRCodeReader().Decode(bmp, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(file), err)
	}
	return res.GetText()
}

func TestWhatStandsBesideACode(t *testing.T) {
	l, err := lay(faces(), coded(), false)
	if err != nil {
		t.Fatal(err)
	}
	for i, pg := range l.pages {
		if want := fmt.Sprintf("第1版\n第%d页/共%d页\n校验码 0123456789abcdef\n", i+1, len(l.pages)); !strings.Contains(pageText(pg), want) {
			t.Errorf("text, page %d does not say %s", i+1, want)
		}
	}
	if l, err = lay(faces(), signed(60), false); err != nil {
		t.Fatal(err)
	}
	for i, pg := range l.pages {
		text := pageText(pg)
		for _, want := range []string{fmt.Sprintf("第2版　校验码 3f9a0c713f9a0c71　第 %d 页 共 %d 页\n", i+1, len(l.pages))} {
			if !strings.Contains(text, want) {
				t.Errorf("page %d does not say %s", i+1, want)
			}
		}
	}
}

// A table too wide for A3 goes on in groups of columns: every page has the stub and the head
// over its own columns, breaks fall between top headings, and nothing is left out.
func TestWideTables(t *testing.T) {
	d := wide()
	l, err := lay(faces(), d, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.pages) < 2 {
		t.Fatalf("80 figures on %d page", len(l.pages))
	}
	for i, pg := range l.pages {
		text := pageText(pg)
		for _, want := range []string{"地区名称", "全市合计", "台商投资区", "第 " + strconv.Itoa(i+1) + " 页 共 " + strconv.Itoa(len(l.pages)) + " 页", "\n甲\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("page %d lacks %s", i+1, want)
			}
		}
		if more := strings.Contains(text, "（续表）"); more != (i > 0) {
			t.Errorf("page %d: （续表） is %v", i+1, more)
		}
		if last := strings.Contains(text, "单位负责人"); last != (i == len(l.pages)-1) {
			t.Errorf("page %d: signature lines are %v", i+1, last)
		}
	}
	tt := l.texts(d, d.Form.Fields())
	groups, err := l.groups(d.Form, tt, d.Form.Fields())
	if err != nil {
		t.Fatal(err)
	}
	level, at := boundaries(d.Form), 0
	for _, g := range groups {
		if g.from != at || level[g.to] != 0 {
			t.Errorf("fields %d to %d parts a heading or leaves something out", g.from, g.to)
		}
		at = g.to
	}
	if at != 80 {
		t.Errorf("%d of 80 fields are shown", at)
	}
	many := wide()
	for range 3 {
		many.Form.Columns = append(many.Form.Columns, wide().Form.Columns...)
	}
	many.Lines = nil
	if err := sound(many); err != nil {
		t.Errorf("320 columns: %v", err)
	}
}

// Names beyond U+FFFF are drawn, and copy out of the file as what they are.
func TestRareNamesCopyOut(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed: text extraction is not tried")
	}
	var file bytes.Buffer
	rep, err := Draw(&file, named())
	if err != nil || len(rep.Unseen) > 0 {
		t.Fatalf("got %q, %v", string(rep.Unseen), err)
	}
	cmd := exec.Command(tool, "-", "-")
	cmd.Stdin = &file
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(string(out)), "")
	for _, name := range []string{"张𬱖一", "李𠮷二", "王𫖯三（𪟝、𫍽）", "赵㛃四"} {
		if !strings.Contains(got, name) {
			t.Errorf("%s cannot be copied out", name)
		}
	}
}

// The 196 characters of the 通用规范汉字表 (2013) beyond U+FFFF: names on identity cards.
func TestShippedFacesReachBeyondTheBMP(t *testing.T) {
	for _, r := range "𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓" {
		if !faces().has(r) {
			t.Errorf("no shipped face has %c (%U)", r, r)
		}
	}
}
