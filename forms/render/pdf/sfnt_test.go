package pdf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	f := faces()
	gbk, signs := hanzi(t, 0x81, 0xfe), "〔〕〇①⑳㎡％—–…·“”‘’≥≤×÷±℃〓□■√（）￥ 0123456789AZaz,.%ⅠⅫ⑴㈠"
	if len(gbk) < 20902 {
		t.Fatalf("GBK has 20,902 hanzi, listed %d", len(gbk))
	}
	for _, r := range gbk {
		if !f.all[regular].has(r) {
			t.Errorf("regular lacks %c of GBK", r)
		}
	}
	for r := rune(0x3400); r < 0x4db6; r++ { // GB 18030—2022, implementation level 1
		if !f.all[regular].has(r) {
			t.Errorf("regular lacks %U of extension A", r)
		}
	}
	for w, face := range f.all[:2] {
		for _, r := range signs {
			if !face.has(r) {
				t.Errorf("face %d lacks %c", w, r)
			}
		}
	}
	for _, r := range "泉州市特殊困难群体排查成效进度表全市合计鲤城晋江" {
		if !f.all[bold].has(r) {
			t.Errorf("bold lacks %c", r)
		}
	}
}

// loadWhole reads the shipped file with x/image, a reader independent of parseFace.
func loadWhole(t *testing.T, w int) *sfnt.Font {
	t.Helper()
	f, err := sfnt.Parse([][]byte{regularFile, boldFile, rareFile}[w])
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A cut face is read back by another reader: same outlines, same widths, under the numbers
// that documents use, and nothing else in it.
func TestCutFaceKeepsOutlines(t *testing.T) {
	for w, face := range faces().all {
		whole := loadWhole(t, w)
		var want []rune
		for _, r := range "泉州市〔2021〕3号 ①％—“”éÅǘ䶮镕𬱖𠮷泉" {
			if face.has(r) && !slices.Contains(want, r) {
				want = append(want, r)
			}
		}
		file := face.cut(want)
		if sum32(pad4(slices.Clone(file))) != 0xb1b0afba {
			t.Error("the checksum of a cut face is wrong")
		}
		again, err := parseFace(withTables(face, file))
		if err != nil {
			t.Fatalf("a cut face cannot be read again: %v", err)
		}
		cut, err := sfnt.Parse(withTables(face, file))
		if err != nil {
			t.Fatal(err)
		}
		var a, b sfnt.Buffer
		for n, r := range want {
			i, _ := whole.GlyphIndex(&a, r)
			if again.at(r).id != uint16(n+1) {
				t.Fatalf("%c is glyph %d, want %d", r, again.at(r).id, n+1)
			}
			x, err1 := whole.LoadGlyph(&a, i, fixed.I(1000), nil)
			y, err2 := cut.LoadGlyph(&b, sfnt.GlyphIndex(n+1), fixed.I(1000), nil)
			if err1 != nil || err2 != nil || len(x) != len(y) {
				t.Fatalf("%c: outlines of %d and %d parts (%v, %v)", r, len(x), len(y), err1, err2)
			}
			for k := range x {
				if x[k] != y[k] {
					t.Fatalf("%c: outline differs at part %d", r, k)
				}
			}
			adv, err := cut.GlyphAdvance(&b, sfnt.GlyphIndex(n+1), fixed.I(1000), 0)
			if err != nil || adv.Round() != int(face.at(r).width) {
				t.Errorf("%c: width %v, want %d (%v)", r, adv, face.at(r).width, err)
			}
		}
		if again.has('厦') {
			t.Error("a cut face holds what was not asked for")
		}
	}
}

// withTables gives a cut face the tables that readers of whole faces ask for.
func withTables(f *face, cut []byte) []byte {
	be := binary.BigEndian
	names, data := []string{}, map[string][]byte{}
	for i := range int(be.Uint16(cut[4:])) {
		rec := cut[12+16*i:]
		name := string(rec[:4])
		names, data[name] = append(names, name), cut[be.Uint32(rec[8:]):][:be.Uint32(rec[12:])]
	}
	for _, name := range []string{"OS/2", "name", "post"} {
		names, data[name] = append(names, name), f.tables[name]
	}
	slices.Sort(names)
	out := append(be.AppendUint16(be.AppendUint32(nil, 0x00010000), uint16(len(names))), make([]byte, 6+16*len(names))...)
	for i, name := range names {
		rec := out[12+16*i:]
		copy(rec, name)
		be.PutUint32(rec[8:], uint32(len(out)))
		be.PutUint32(rec[12:], uint32(len(data[name])))
		out = pad4(append(out, data[name]...))
	}
	return out
}

// What an operator points to is refused when it is loaded, with the file and the reason.
func TestLoadFacesRefuses(t *testing.T) {
	damaged := slices.Clone(boldFile)
	dir := t.TempDir()
	f, err := parseFace(boldFile)
	if err != nil {
		t.Fatal(err)
	}
	loca := bytes.Index(damaged, f.tables["loca"])
	copy(damaged[loca+4000:], bytes.Repeat([]byte{0xff}, 400))
	locked := slices.Clone(boldFile)
	locked[bytes.Index(locked, f.tables["OS/2"])+9] = 2
	for says, file := range map[string][]byte{
		"not a font": nil, "not a TrueType font": []byte("not a font at all"), "CFF outlines": append([]byte("OTTO"), boldFile[4:]...),
		"font collection": append([]byte("ttcf"), boldFile[4:]...), "cut short": boldFile[:len(boldFile)/2], "damaged": damaged, "forbids embedding": locked,
	} {
		path := filepath.Join(dir, "face.ttf")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for name, p := range map[string]FacePaths{"body": {Body: path}, "fallback": {Fallbacks: []string{path}}} {
			if _, err := LoadFaces(p); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s as %s: got %v", says, name, err)
			}
		}
	}
	if _, err := LoadFaces(FacePaths{Kai: filepath.Join(dir, "nowhere.ttf")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	for i, x := range faces().all {
		if err := x.check(); err != nil {
			t.Errorf("shipped face %d: %v", i, err)
		}
	}
}

// Whatever is in a file that an operator points to: it is refused, or it can be drawn with.
func FuzzFace(f *testing.F) {
	whole := faces().all[regular]
	small := withTables(whole, whole.cut([]rune("泉州é1")))
	f.Add(small)
	f.Add(small[:len(small)/2])
	f.Add([]byte("OTTO"))
	for _, at := range []int{5, 30, 80, 200, 400} {
		bad := slices.Clone(small)
		bad[at] ^= 0xff
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		x, err := parseFace(file)
		if err != nil || x.check() != nil {
			return
		}
		var has []rune
		for r := rune(0); r < lastPlanes && len(has) < 300; r++ {
			if x.has(r) {
				has = append(has, r)
			}
		}
		x.cut(has)
	})
}

// The faces an operator has are used for what GB/T 9704—2012 asks them for; what is missing is
// said in the report, in the file and in words.
func TestOperatorFaces(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, file []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	none, err := LoadFaces(FacePaths{})
	if err != nil || len(none.Substitutions()) != 4 || none.Substitutions()[0].String() != "正文：应用仿宋，现用Noto Serif SC Regular" {
		t.Errorf("without any: %v, %v", err, none.Substitutions())
	}
	// The shipped bold face plays 仿宋: a body in it cannot be mistaken.
	some, err := LoadFaces(FacePaths{Body: write("fangsong.ttf", boldFile), Title: write("xiaobiaosong.ttf", regularFile)})
	if err != nil {
		t.Fatal(err)
	}
	if got := some.Substitutions(); len(got) != 2 || got[0].Wanted != "黑体" || got[1].Wanted != "楷体" {
		t.Errorf("with two: %v", got)
	}
	used := func(as role) string {
		i, g := some.find(as, '泉')
		if g.id == 0 {
			t.Errorf("role %d has no 泉", as)
		}
		return some.all[i].name
	}
	if !strings.Contains(used(body), "Bold") || strings.Contains(used(title), "Bold") || !strings.Contains(used(hei), "Bold") || strings.Contains(used(regular), "Bold") {
		t.Errorf("roles are set in %s, %s, %s, %s", used(body), used(title), used(hei), used(regular))
	}
	var file bytes.Buffer
	rep, err := (Encoder{Faces: some}).Draw(&file, narrative(1))
	if err != nil || len(rep.Substitutions) != 2 {
		t.Errorf("got %v, %v", rep.Substitutions, err)
	}
	if !bytes.Contains(file.Bytes(), []byte("/Keywords")) {
		t.Error("the file does not state what stands in")
	}
	if rep, err := (Encoder{Faces: some}).Draw(io.Discard, table1()); err != nil || len(rep.Substitutions) != 0 {
		t.Errorf("a table states %v, %v", rep.Substitutions, err)
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
