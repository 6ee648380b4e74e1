package pdf

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// kept are the tables of a face that a document needs (ISO 32000-1, 9.9), those of the hinting
// among them, if the face has them.
var kept = [...]string{"cmap", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"}

// cut returns a TrueType file of its own that holds the given characters only, the n-th as
// glyph n counted from 1, and the glyphs they are composed of.
func (f *face) cut(runes []rune) []byte {
	be := binary.BigEndian
	old, place := []uint16{0}, map[uint16]uint16{} // new glyph → old, old → new
	add := func(g uint16) uint16 {
		n, known := place[g]
		if !known {
			n = uint16(len(old))
			place[g] = n
			old = append(old, g)
		}
		return n
	}
	for i, r := range runes {
		g := f.at(r).id
		old = append(old, g) // two characters may share a glyph: each has its own number
		place[g] = uint16(i + 1)
	}
	glyf := make([]byte, 0, 300*len(old))
	loca, hmtx := make([]byte, 0, 4*len(old)+64), make([]byte, 0, 4*len(old)+64)
	for i := 0; i < len(old); i++ { // grows while composed glyphs name their parts
		loca = be.AppendUint32(loca, uint32(len(glyf)))
		advance, bearing := f.metrics(int(old[i]))
		hmtx = be.AppendUint16(be.AppendUint16(hmtx, advance), bearing)
		at := len(glyf)
		glyf = append(glyf, f.outline(int(old[i]))...)
		eachPart(glyf[at:], func(part []byte) { be.PutUint16(part, add(be.Uint16(part))) })
		glyf = pad4(glyf)
	}
	loca = be.AppendUint32(loca, uint32(len(glyf)))

	tables := map[string][]byte{"glyf": glyf, "loca": loca, "hmtx": hmtx, "cmap": cutCmap(runes)}
	patch := func(table string, at int, v ...byte) {
		if tables[table] == nil {
			tables[table] = slices.Clone(f.tables[table])
		}
		copy(tables[table][at:], v)
	}
	patch("head", 50, 0, 1)      // long offsets
	patch("head", 8, 0, 0, 0, 0) // the checksum, below
	patch("hhea", 34, be.AppendUint16(nil, uint16(len(old)))...)
	patch("maxp", 4, be.AppendUint16(nil, uint16(len(old)))...)
	for _, name := range kept {
		if data := f.tables[name]; tables[name] == nil && len(data) > 0 {
			tables[name] = data
		}
	}
	return assemble(tables)
}

// assemble writes a TrueType file with its directory and checksums (OpenType 1.9, table
// directory).
func assemble(tables map[string][]byte) []byte {
	be, n, head := binary.BigEndian, len(tables), 0
	size := 12 + 16*n
	for _, data := range tables {
		size += len(data) + 3
	}
	low := 1
	for low*2 <= n {
		low *= 2
	}
	out := be.AppendUint32(make([]byte, 0, size), 0x00010000)
	for _, v := range [...]int{n, 16 * low, bits.Len(uint(low)) - 1, 16 * (n - low)} {
		out = be.AppendUint16(out, uint16(v))
	}
	out = append(out, make([]byte, 16*n)...)
	i := 0
	for _, name := range kept {
		data, has := tables[name]
		if !has {
			continue
		}
		if name == "head" {
			head = len(out)
		}
		at := len(out)
		out = pad4(append(out, data...))
		rec := out[12+16*i:]
		copy(rec, name)
		be.PutUint32(rec[4:], sum32(out[at:]))
		be.PutUint32(rec[8:], uint32(at))
		be.PutUint32(rec[12:], uint32(len(data)))
		i++
	}
	be.PutUint32(out[head+8:], 0xb1b0afba-sum32(out))
	return out
}

func pad4(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }

func sum32(b []byte) (sum uint32) {
	for ; len(b) > 0; b = b[4:] {
		sum += binary.BigEndian.Uint32(b)
	}
	return sum
}

// eachPart calls do with the place of each part's glyph number in a composed outline
// (OpenType 1.9, glyf, composite glyph description). Other outlines have no parts.
func eachPart(outline []byte, do func(part []byte)) {
	const words, scale, more, xyScale, twoByTwo = 1 << 0, 1 << 3, 1 << 5, 1 << 6, 1 << 7
	be := binary.BigEndian
	if len(outline) < 10 || int16(be.Uint16(outline)) >= 0 {
		return
	}
	for at := 10; ; {
		flags := be.Uint16(outline[at:])
		do(outline[at+2 : at+4])
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

// cutCmap writes a cmap of one format 12 table, a group for each run of characters whose glyphs
// follow each other too. Documents go by glyph numbers; this is for who opens the face alone.
func cutCmap(runes []rune) []byte {
	type entry struct{ r, glyph uint32 }
	list := make([]entry, len(runes))
	for i, r := range runes {
		list[i] = entry{uint32(r), uint32(i + 1)}
	}
	slices.SortFunc(list, func(a, b entry) int { return int(a.r) - int(b.r) })
	be := binary.BigEndian
	var groups []byte
	for i := 0; i < len(list); {
		n := 1
		for i+n < len(list) && list[i+n].r == list[i].r+uint32(n) && list[i+n].glyph == list[i].glyph+uint32(n) {
			n++
		}
		for _, v := range [...]uint32{list[i].r, list[i].r + uint32(n) - 1, list[i].glyph} {
			groups = be.AppendUint32(groups, v)
		}
		i += n
	}
	var out []byte
	for _, v := range [...]uint32{1, 3<<16 | 10, 12, 12 << 16, uint32(16 + len(groups)), 0, uint32(len(groups) / 12)} {
		out = be.AppendUint32(out, v)
	}
	return append(out, groups...)
}
