package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// face is one parsed TrueType file. It is read-only after parseFace and may be shared by
// documents being drawn at the same time.
//
// It answers the two questions gofpdf cannot: has this face the character, and how wide is
// it, before a page exists. And it cuts the face down to the characters of one document:
// gofpdf parses what it is given twice and appends into it (which makes sharing a race), so
// it is given a small file of its own.
type face struct {
	tables map[string][]byte
	glyphs []uint16 // by code point of the BMP; 0: the face lacks it
	widths []uint16 // by code point, thousandths of the type size
	offset []uint32 // by glyph, into glyf; one more than there are glyphs
}

// cutTables are the tables that gofpdf reads, in the order of the file.
var cutTables = [...]string{"OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"}

// parseFace reads a TrueType file with glyf outlines and a Unicode cmap of format 4
// (OpenType 1.9, cmap: platform 3 encoding 1, or platform 0).
func parseFace(file []byte) (f *face, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("font is cut short: %v", r)
		}
	}()
	be := binary.BigEndian
	if len(file) < 12 || be.Uint32(file) != 0x00010000 {
		return nil, errors.New("font is not a TrueType file with glyf outlines")
	}
	f = &face{tables: map[string][]byte{}, glyphs: make([]uint16, 1<<16), widths: make([]uint16, 1<<16)}
	for i := range int(be.Uint16(file[4:])) {
		rec := file[12+16*i:]
		at, n := int(be.Uint32(rec[8:])), int(be.Uint32(rec[12:]))
		if at+n > len(file) {
			return nil, fmt.Errorf("font is cut short in table %q", rec[:4])
		}
		f.tables[string(rec[:4])] = file[at : at+n : at+n]
	}
	for _, name := range cutTables {
		if len(f.tables[name]) == 0 {
			return nil, fmt.Errorf("font has no table %s", name)
		}
	}
	if err := f.readCmap(f.tables["cmap"]); err != nil {
		return nil, err
	}
	count := int(be.Uint16(f.tables["maxp"][4:]))
	loca, long := f.tables["loca"], be.Uint16(f.tables["head"][50:]) != 0
	for i := range count + 1 {
		if long {
			f.offset = append(f.offset, be.Uint32(loca[4*i:]))
		} else {
			f.offset = append(f.offset, 2*uint32(be.Uint16(loca[2*i:])))
		}
	}
	em := int(be.Uint16(f.tables["head"][18:]))
	for r, g := range f.glyphs {
		adv, _ := f.metrics(int(g))
		f.widths[r] = uint16((int(adv)*1000 + em/2) / em)
	}
	return f, nil
}

func (f *face) readCmap(cmap []byte) error {
	be := binary.BigEndian
	for i := range int(be.Uint16(cmap[2:])) {
		rec := cmap[4+8*i:]
		platform, encoding := be.Uint16(rec), be.Uint16(rec[2:])
		sub := cmap[be.Uint32(rec[4:]):]
		if be.Uint16(sub) != 4 || platform != 0 && (platform != 3 || encoding != 1) {
			continue
		}
		n := int(be.Uint16(sub[6:])) // twice the number of segments
		for s := 0; s < n; s += 2 {
			last, first := int(be.Uint16(sub[14+s:])), int(be.Uint16(sub[16+n+s:]))
			delta, ranges := be.Uint16(sub[16+2*n+s:]), sub[16+3*n+s:]
			for c := first; c <= last && c < 0xffff; c++ {
				g := uint16(c)
				if off := int(be.Uint16(ranges)); off != 0 {
					if g = be.Uint16(ranges[off+2*(c-first):]); g == 0 {
						continue
					}
				}
				f.glyphs[c] = g + delta
			}
		}
		return nil
	}
	return errors.New("font has no Unicode cmap of format 4")
}

// metrics returns the advance width and the left bearing of a glyph, in font units. The last
// advance of hmtx stands for all glyphs after it.
func (f *face) metrics(glyph int) (advance, bearing uint16) {
	be, hmtx := binary.BigEndian, f.tables["hmtx"]
	full := int(be.Uint16(f.tables["hhea"][34:]))
	if glyph < full {
		return be.Uint16(hmtx[4*glyph:]), be.Uint16(hmtx[4*glyph+2:])
	}
	return be.Uint16(hmtx[4*full-4:]), be.Uint16(hmtx[4*full+2*(glyph-full):])
}

func (f *face) has(r rune) bool { return r >= 0 && r < 0xffff && f.glyphs[r] != 0 }

// cut returns a TrueType file of its own that holds the given characters only (those the
// face has) and the glyphs they are composed of. Checksums are left zero: gofpdf, the only
// reader, ignores them and writes its own.
func (f *face) cut(runes []rune) []byte {
	be := binary.BigEndian
	runes = slices.DeleteFunc(slices.Clone(runes), func(r rune) bool { return !f.has(r) })
	slices.Sort(runes)
	runes = slices.Compact(runes)

	old, place := []uint16{0}, map[uint16]uint16{0: 0} // new glyph → old, old → new
	add := func(g uint16) uint16 {
		n, known := place[g]
		if !known {
			n = uint16(len(old))
			place[g] = n
			old = append(old, g)
		}
		return n
	}
	for _, r := range runes {
		add(f.glyphs[r])
	}
	var glyf, loca, hmtx []byte
	for i := 0; i < len(old); i++ { // grows while composed glyphs name their parts
		loca = be.AppendUint32(loca, uint32(len(glyf)))
		advance, bearing := f.metrics(int(old[i]))
		hmtx = be.AppendUint16(be.AppendUint16(hmtx, advance), bearing)
		outline := slices.Clone(f.tables["glyf"][f.offset[old[i]]:f.offset[old[i]+1]])
		renameParts(outline, add)
		glyf = append(glyf, outline...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
	}
	loca = be.AppendUint32(loca, uint32(len(glyf)))

	tables := map[string][]byte{"glyf": glyf, "loca": loca, "hmtx": hmtx, "cmap": f.cutCmap(runes, place)}
	patch := func(table string, at int, v uint16) {
		tables[table] = slices.Clone(f.tables[table])
		be.PutUint16(tables[table][at:], v)
	}
	patch("head", 50, 1) // long offsets
	patch("hhea", 34, uint16(len(old)))
	patch("maxp", 4, uint16(len(old)))

	out := be.AppendUint32(nil, 0x00010000)
	out = append(be.AppendUint16(out, uint16(len(cutTables))), make([]byte, 6+16*len(cutTables))...)
	for i, name := range cutTables {
		data, fresh := tables[name]
		if !fresh {
			data = f.tables[name]
		}
		rec := out[12+16*i:]
		copy(rec, name)
		be.PutUint32(rec[8:], uint32(len(out)))
		be.PutUint32(rec[12:], uint32(len(data)))
		out = append(out, data...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// renameParts gives the parts of a composed glyph their new numbers (OpenType 1.9, glyf,
// composite glyph description).
func renameParts(outline []byte, add func(uint16) uint16) {
	const words, scale, more, xyScale, twoByTwo = 1 << 0, 1 << 3, 1 << 5, 1 << 6, 1 << 7
	be := binary.BigEndian
	if len(outline) < 10 || int16(be.Uint16(outline)) >= 0 {
		return
	}
	for at := 10; ; {
		flags := be.Uint16(outline[at:])
		be.PutUint16(outline[at+2:], add(be.Uint16(outline[at+2:])))
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&xyScale != 0:
			at += 4
		case flags&twoByTwo != 0:
			at += 8
		}
		if flags&more == 0 {
			return
		}
	}
}

// cutCmap writes a cmap of one format 4 table, one segment for each run of characters whose
// glyphs follow each other too.
func (f *face) cutCmap(runes []rune, place map[uint16]uint16) []byte {
	type segment struct{ first, last, glyph uint16 }
	var segs []segment
	for _, r := range runes {
		c, g := uint16(r), place[f.glyphs[r]]
		if n := len(segs) - 1; n >= 0 && segs[n].last+1 == c && segs[n].glyph+(c-segs[n].first) == g {
			segs[n].last = c
			continue
		}
		segs = append(segs, segment{c, c, g})
	}
	segs = append(segs, segment{0xffff, 0xffff, 0})
	be, n := binary.BigEndian, len(segs)
	var out []byte
	for _, v := range []int{0, 1, 3, 1, 0, 12, 4, 16 + 8*n, 0, 2 * n, 0, 0, 0} {
		out = be.AppendUint16(out, uint16(v))
	}
	for _, s := range segs {
		out = be.AppendUint16(out, s.last)
	}
	out = be.AppendUint16(out, 0)
	for _, s := range segs {
		out = be.AppendUint16(out, s.first)
	}
	for _, s := range segs {
		out = be.AppendUint16(out, s.glyph-s.first)
	}
	return append(out, make([]byte, 2*n)...)
}
