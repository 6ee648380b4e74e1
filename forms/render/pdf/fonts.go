package pdf

import (
	_ "embed"
	"fmt"
	"os"
	"sync"
)

// The shipped faces: fonts/README.md says where they come from and how they were cut. They
// are not compressed: the system maps the program into memory, and only the pages with the
// characters of a document are ever read.
//
//go:embed fonts/NotoSerifSC-Regular.ttf
var regularFile []byte

//go:embed fonts/NotoSerifSC-Bold.ttf
var boldFile []byte

//go:embed fonts/RareHan.ttf
var rareFile []byte

// role says what a text is, and so which face it is set in.
type role uint8

const (
	regular role = iota // tables and small print: 宋体
	bold                // totals and heads of tables
	body                // 正文 of texts: 仿宋
	title               // 小标宋
	kai                 // 二级标题: 楷体
	hei                 // 一级标题, 附件2: 黑体
	roles
)

// FacePaths name TrueType files of the faces that GB/T 9704—2012 asks for and that may not be
// shipped: an operator who has a licence for them points to them here. An empty path is a
// face that is not to be had: the shipped one stands in for it.
type FacePaths struct {
	Body  string // 仿宋: the body of texts
	Title string // 小标宋: titles
	Kai   string // 楷体: headings of the second level
	Hei   string // 黑体: headings of the first level, and 附件2
	// Fallbacks are asked in turn for characters that no other face has, such as rare names.
	Fallbacks []string
}

// Faces are the faces documents are set in. They are read-only and may be shared.
type Faces struct {
	all   []*face
	chain [roles][]uint8 // by role, indexes of all, in the order in which they are asked
	subs  []Substitution
}

// Substitution is a face that GB/T 9704—2012 asks for and that another stands in for.
type Substitution struct {
	Use    string // 正文, 标题, 二级标题, 一级标题
	Wanted string // 仿宋
	Used   string // Noto Serif SC Regular
}

func (s Substitution) String() string { return s.Use + "：应用" + s.Wanted + "，现用" + s.Used }

// shipped are the faces without an operator's.
var shipped = sync.OnceValues(func() (*Faces, error) { return LoadFaces(FacePaths{}) })

// LoadFaces reads and checks an operator's faces. Its error says which file is wrong and why:
// it cannot be read, is no TrueType file with glyf outlines (an .otf with CFF, a .ttc), is
// damaged, or forbids embedding.
func LoadFaces(p FacePaths) (*Faces, error) {
	f := &Faces{}
	for _, file := range [][]byte{regularFile, boldFile, rareFile} {
		x, err := parseFace(file)
		if err != nil {
			return nil, fmt.Errorf("render/pdf: shipped font: %w", err)
		}
		f.all = append(f.all, x)
	}
	const shippedRegular, shippedBold, shippedRare = 0, 1, 2
	load := func(path string) (uint8, error) {
		file, err := os.ReadFile(path)
		if err != nil {
			return 0, fmt.Errorf("render/pdf: font: %w", err)
		}
		x, err := parseFace(file)
		if err == nil {
			err = x.check()
		}
		if err != nil {
			return 0, fmt.Errorf("render/pdf: font %s: %w", path, err)
		}
		if len(f.all) == 255 {
			return 0, fmt.Errorf("render/pdf: font %s: more than 255 fonts", path)
		}
		f.all = append(f.all, x)
		return uint8(len(f.all) - 1), nil
	}
	var rest []uint8
	for _, path := range p.Fallbacks {
		i, err := load(path)
		if err != nil {
			return nil, err
		}
		rest = append(rest, i)
	}
	rest = append(rest, shippedRare)
	f.chain[regular] = append([]uint8{shippedRegular}, rest...)
	f.chain[bold] = append([]uint8{shippedBold, shippedRegular}, rest...)
	for _, x := range []struct {
		role   role
		like   role // the shipped stand-in
		path   string
		use    string
		wanted string
	}{
		{body, regular, p.Body, "正文", "仿宋"}, {title, bold, p.Title, "标题", "小标宋"},
		{hei, bold, p.Hei, "一级标题", "黑体"}, {kai, bold, p.Kai, "二级标题", "楷体"},
	} {
		f.chain[x.role] = f.chain[x.like]
		if x.path == "" {
			used := "Noto Serif SC Regular"
			if x.like == bold {
				used = "Noto Serif SC Bold"
			}
			f.subs = append(f.subs, Substitution{x.use, x.wanted, used})
			continue
		}
		i, err := load(x.path)
		if err != nil {
			return nil, err
		}
		f.chain[x.role] = append([]uint8{i}, f.chain[x.like]...)
	}
	return f, nil
}

// Substitutions lists the faces of GB/T 9704—2012 that the shipped ones stand in for; empty
// if the operator has given all four.
func (f *Faces) Substitutions() []Substitution { return append([]Substitution(nil), f.subs...) }

// find returns the first face of the role's chain that has the character, and its glyph; the
// zero glyph if none has.
func (f *Faces) find(as role, r rune) (uint8, glyph) {
	for _, i := range f.chain[as] {
		if g := f.all[i].at(r); g.id != 0 {
			return i, g
		}
	}
	return f.chain[as][0], glyph{}
}

// has reports whether any face has the character.
func (f *Faces) has(r rune) bool {
	_, g := f.find(regular, r)
	return g.id != 0
}
