package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"unicode/utf16"
)

// face is one TrueType file, read where it lies: nothing of it is copied, and what is looked
// up is remembered by blocks of 256 characters. It may be shared by documents being drawn at
// the same time.
//
// It answers the two questions gofpdf cannot: has this face the character, and how wide is
// it, before a page exists. And it can be cut (cut.go).
type face struct {
	name   string // as the file calls itself: Noto Serif SC
	script string // the name for programs: NotoSerifSC-Regular
	tables map[string][]byte
	narrow []byte // cmap of format 4, or nil
	wide   []byte // cmap of format 12, or nil; it is asked first
	em     int    // font units to the em
	full   int    // glyphs with an advance of their own
	count  int    // glyphs
	long   bool   // offsets of loca in 32 bits
	blocks [lastPlanes >> 8]atomic.Pointer[block]
}

// glyph is what a face has for a character. The zero glyph: it lacks the character.
type glyph struct {
	id    uint16
	width uint16 // thousandths of the type size
}

type block [256]glyph

// lastPlanes ends the code points that are looked up: planes 0 to 3, where the hanzi are.
const lastPlanes = 0x40000

// needed are the tables that a face is read by.
var needed = [...]string{"OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name"}

// parseFace reads a TrueType file with glyf outlines and a Unicode cmap of format 4 or 12
// (OpenType 1.9, cmap). It looks at the directory only; check looks at everything.
func parseFace(file []byte) (f *face, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("font is cut short: %v", r)
		}
	}()
	be := binary.BigEndian
	switch {
	case len(file) < 12:
		return nil, errors.New("not a font")
	case string(file[:4]) == "OTTO":
		return nil, errors.New("an OpenType font with CFF outlines: a TrueType font (glyf outlines) is needed")
	case string(file[:4]) == "ttcf":
		return nil, errors.New("a font collection (.ttc): a single TrueType font (.ttf) is needed")
	case be.Uint32(file) != 0x00010000 && string(file[:4]) != "true":
		return nil, errors.New("not a TrueType font")
	}
	f = &face{tables: map[string][]byte{}}
	for i := range int(be.Uint16(file[4:])) {
		rec := file[12+16*i:]
		at, n := int(be.Uint32(rec[8:])), int(be.Uint32(rec[12:]))
		if at+n > len(file) {
			return nil, fmt.Errorf("font is cut short in table %q", rec[:4])
		}
		f.tables[string(rec[:4])] = file[at : at+n : at+n]
	}
	for _, name := range needed {
		if len(f.tables[name]) == 0 {
			return nil, fmt.Errorf("font has no table %s", name)
		}
	}
	// OpenType 1.9, OS/2, fsType: what its maker forbids would make the file useless anyway.
	if may := be.Uint16(f.tables["OS/2"][8:]); may&0xf == 2 || may&0x300 != 0 {
		return nil, fmt.Errorf("font forbids embedding or subsetting (OS/2 fsType %#x)", may)
	}
	f.readCmaps(f.tables["cmap"])
	if f.narrow == nil && f.wide == nil {
		return nil, errors.New("font has no Unicode cmap of format 4 or 12")
	}
	f.em = int(be.Uint16(f.tables["head"][18:]))
	f.long = be.Uint16(f.tables["head"][50:]) != 0
	f.count = int(be.Uint16(f.tables["maxp"][4:]))
	f.full = int(be.Uint16(f.tables["hhea"][34:]))
	if f.em == 0 || f.count == 0 || f.full == 0 || f.full > f.count || len(f.tables["hmtx"]) < 2*f.full+2*f.count {
		return nil, errors.New("font has no metrics")
	}
	f.name, f.script = nameOf(f.tables["name"], 4), nameOf(f.tables["name"], 6)
	return f, nil
}

// check looks at every glyph and character, so that a damaged file is refused
// when it is loaded and not when somebody prints.
func (f *face) check() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("font is damaged: %v", r)
		}
	}()
	if len(f.tables["loca"]) < (f.count+1)*map[bool]int{false: 2, true: 4}[f.long] {
		return errors.New("font is damaged: table loca is too short")
	}
	for id := range f.count {
		eachPart(f.outline(id), func(part []byte) {
			if at := int(binary.BigEndian.Uint16(part)); at >= f.count {
				panic(fmt.Sprintf("glyph %d names a part %d of %d", id, at, f.count))
			}
		})
	}
	known := 0
	for b := range rune(len(f.blocks)) {
		for _, g := range f.block(b) {
			if int(g.id) >= f.count {
				return fmt.Errorf("font is damaged: glyph %d of %d", g.id, f.count)
			}
			if g.id != 0 {
				known++
			}
		}
	}
	if known == 0 {
		return errors.New("font has no characters")
	}
	return nil
}

func (f *face) readCmaps(cmap []byte) {
	be := binary.BigEndian
	for i := range int(be.Uint16(cmap[2:])) {
		rec := cmap[4+8*i:]
		platform, encoding := be.Uint16(rec), be.Uint16(rec[2:])
		sub := cmap[be.Uint32(rec[4:]):]
		if platform != 0 && (platform != 3 || encoding != 1 && encoding != 10) {
			continue
		}
		switch be.Uint16(sub) {
		case 4:
			f.narrow = sub
		case 12:
			f.wide = sub
		}
	}
}

// at returns the face's glyph for a character.
func (f *face) at(r rune) glyph {
	if uint32(r) >= lastPlanes {
		return glyph{}
	}
	if b := f.blocks[r>>8].Load(); b != nil {
		return b[r&0xff]
	}
	return f.block(r >> 8)[r&0xff]
}

func (f *face) has(r rune) bool { return f.at(r).id != 0 }

// block reads the glyphs of the characters n<<8 to n<<8+255. Two documents may read the same
// block at once: they read the same.
func (f *face) block(n rune) *block {
	b := new(block)
	if f.wide != nil {
		f.fillWide(b, uint32(n)<<8)
	} else if n < 0x100 {
		f.fillNarrow(b, int(n)<<8)
	}
	for i := range b {
		if id := int(b[i].id); id != 0 {
			advance, _ := f.metrics(id)
			b[i].width = uint16((int(advance)*1000 + f.em/2) / f.em)
		}
	}
	f.blocks[n].Store(b)
	return b
}

// fillWide reads a cmap of format 12: groups of first, last and the first one's glyph.
func (f *face) fillWide(b *block, from uint32) {
	be := binary.BigEndian
	groups := f.wide[16:]
	lo, hi := 0, int(be.Uint32(f.wide[12:]))
	for lo < hi { // the first group that does not end before the block
		if mid := (lo + hi) / 2; be.Uint32(groups[12*mid+4:]) < from {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for n := int(be.Uint32(f.wide[12:])); lo < n; lo++ {
		first, last, id := be.Uint32(groups[12*lo:]), be.Uint32(groups[12*lo+4:]), be.Uint32(groups[12*lo+8:])
		if first > from+255 {
			return
		}
		for c := max(first, from); c <= min(last, from+255); c++ {
			b[c-from].id = uint16(id + c - first)
		}
	}
}

// fillNarrow reads a cmap of format 4: segments with a difference or a list of glyphs.
func (f *face) fillNarrow(b *block, from int) {
	be := binary.BigEndian
	n := int(be.Uint16(f.narrow[6:])) // twice the number of segments
	for s := 0; s < n; s += 2 {
		last, first := int(be.Uint16(f.narrow[14+s:])), int(be.Uint16(f.narrow[16+n+s:]))
		if last < from {
			continue
		}
		if first > from+255 {
			return
		}
		delta, ranges := be.Uint16(f.narrow[16+2*n+s:]), f.narrow[16+3*n+s:]
		for c := max(first, from); c <= min(last, from+255, 0xfffe); c++ {
			id := uint16(c)
			if off := int(be.Uint16(ranges)); off != 0 {
				if id = be.Uint16(ranges[off+2*(c-first):]); id == 0 {
					continue
				}
			}
			b[c-from].id = id + delta
		}
	}
}

// metrics returns the advance width and the left bearing of a glyph, in font units. The last
// advance of hmtx stands for all glyphs after it.
func (f *face) metrics(id int) (advance, bearing uint16) {
	be, hmtx := binary.BigEndian, f.tables["hmtx"]
	if id < f.full {
		return be.Uint16(hmtx[4*id:]), be.Uint16(hmtx[4*id+2:])
	}
	return be.Uint16(hmtx[4*f.full-4:]), be.Uint16(hmtx[4*f.full+2*(id-f.full):])
}

// outline is the glyph's entry in glyf; empty for a space.
func (f *face) outline(id int) []byte {
	be, loca := binary.BigEndian, f.tables["loca"]
	if f.long {
		return f.tables["glyf"][be.Uint32(loca[4*id:]):be.Uint32(loca[4*id+4:])]
	}
	return f.tables["glyf"][2*int(be.Uint16(loca[2*id:])) : 2*int(be.Uint16(loca[2*id+2:]))]
}

// nameOf reads a name of the name table (OpenType 1.9, name), in English if there is one.
func nameOf(table []byte, id uint16) string {
	be, out := binary.BigEndian, ""
	texts := table[be.Uint16(table[4:]):]
	for i := range int(be.Uint16(table[2:])) {
		rec := table[6+12*i:]
		if platform, lang := be.Uint16(rec), be.Uint16(rec[4:]); platform == 3 && be.Uint16(rec[6:]) == id && (out == "" || lang == 0x409) {
			raw := texts[be.Uint16(rec[10:]):][:be.Uint16(rec[8:])]
			var units []uint16
			for ; len(raw) > 1; raw = raw[2:] {
				units = append(units, be.Uint16(raw))
			}
			out = string(utf16.Decode(units))
		}
	}
	return out
}
