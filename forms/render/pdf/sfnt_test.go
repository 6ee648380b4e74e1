package pdf

import (
	"bytes"
	"compress/gzip"
	"go/parser"
	"go/token"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// hanzi lists what a two-byte code can write, of the given lead bytes.
func hanzi(t *testing.T, from, to byte) []rune {
	t.Helper()
	var out []rune
	for hi := int(from); hi <= int(to); hi++ {
		for lo := 0x40; lo < 0xff; lo++ {
			s, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{byte(hi), byte(lo)})
			rs := []rune(string(s))
			if err == nil && len(rs) == 1 && rs[0] >= 0x3400 && rs[0] < 0xa000 {
				out = append(out, rs[0])
			}
		}
	}
	return out
}

func TestFacesCover(t *testing.T) {
	f := setter(t).faces
	gbk, signs := hanzi(t, 0x81, 0xfe), "〔〕〇①⑳㎡％—–…·“”‘’≥≤×÷±℃〓□■√（）￥ 0123456789AZaz,.%ⅠⅫ⑴㈠"
	if len(gbk) < 20902 {
		t.Fatalf("GBK has 20,902 hanzi, listed %d", len(gbk))
	}
	for _, r := range gbk {
		if !f[regular].has(r) {
			t.Errorf("regular lacks %c of GBK", r)
		}
	}
	for r := rune(0x3400); r < 0x4db6; r++ { // GB 18030—2022, implementation level 1
		if !f[regular].has(r) {
			t.Errorf("regular lacks %U of extension A", r)
		}
	}
	for w, face := range f {
		for _, r := range signs {
			if !face.has(r) {
				t.Errorf("face %d lacks %c", w, r)
			}
		}
	}
	for _, r := range "泉州市特殊困难群体排查成效进度表全市合计鲤城晋江" {
		if !f[bold].has(r) {
			t.Errorf("bold lacks %c", r)
		}
	}
}

// loadWhole reads the shipped file with x/image, a reader independent of parseFace.
func loadWhole(t *testing.T, w weight) *sfnt.Font {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(map[weight][]byte{regular: regularGz, bold: boldGz}[w]))
	if err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	f, err := sfnt.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A cut face is read back by another reader: same outlines, same widths, nothing else in it.
func TestCutFaceKeepsOutlines(t *testing.T) {
	for w, face := range setter(t).faces {
		whole := loadWhole(t, weight(w))
		want := []rune("泉州市〔2021〕3号 ①％—“”éÅǘ䶮镕")
		cut, err := sfnt.Parse(face.cut(append(want, '😀', 0xe000)))
		if err != nil {
			t.Fatal(err)
		}
		var a, b sfnt.Buffer
		for _, r := range want {
			if !face.has(r) {
				continue
			}
			i, _ := whole.GlyphIndex(&a, r)
			j, err := cut.GlyphIndex(&b, r)
			if err != nil || j == 0 {
				t.Fatalf("%c is gone (%v)", r, err)
			}
			x, err1 := whole.LoadGlyph(&a, i, fixed.I(1000), nil)
			y, err2 := cut.LoadGlyph(&b, j, fixed.I(1000), nil)
			if err1 != nil || err2 != nil || len(x) != len(y) {
				t.Fatalf("%c: outlines of %d and %d parts (%v, %v)", r, len(x), len(y), err1, err2)
			}
			for k := range x {
				if x[k] != y[k] {
					t.Fatalf("%c: outline differs at part %d", r, k)
				}
			}
			adv, err := cut.GlyphAdvance(&b, j, fixed.I(1000), 0)
			if err != nil || adv.Round() != int(face.widths[r]) {
				t.Errorf("%c: width %v, want %d (%v)", r, adv, face.widths[r], err)
			}
		}
		if j, _ := cut.GlyphIndex(&b, '厦'); j != 0 {
			t.Error("a cut face holds what was not asked for")
		}
		again, err := parseFace(face.cut(want))
		if err != nil || !again.has('泉') || again.has('厦') {
			t.Errorf("a cut face cannot be read again: %v", err)
		}
	}
}

func TestParseFaceRefuses(t *testing.T) {
	good := setter(t).faces[regular].cut([]rune("泉州"))
	for name, file := range map[string][]byte{
		"nothing": nil, "text": []byte("not a font at all"), "OpenType with CFF": append([]byte("OTTO"), good[4:]...), "half a font": good[:len(good)/2],
	} {
		if _, err := parseFace(file); err == nil {
			t.Errorf("%s was taken for a font", name)
		}
	}
}

// Only pen.go may hold gofpdf: its text methods lose characters.
func TestOnlyThePenHoldsGofpdf(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	users := ""
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if strings.Contains(i.Path.Value, "gofpdf") {
				users += e.Name() + " "
			}
		}
	}
	if users != "pen.go " {
		t.Errorf("gofpdf is imported by %s", users)
	}
}
