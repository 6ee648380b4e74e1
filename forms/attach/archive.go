package attach

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a zip: what Apache POI takes for a bomb, and a total.
const (
	maxEntries = 2000
	maxTotal   = 200 << 20 // bytes of all entries, unpacked
	maxRatio   = 100       // of unpacked to packed bytes, beyond freeRatio
	freeRatio  = 100 << 10
	maxCatalog = 2 << 20 // bytes of the directory at the end
)

// entry is a file of a zip.
type entry struct {
	*zip.File
	head   []byte // its first bytes, unpacked
	seen   markup // if it is XML
	fields bool   // it is XML that speaks of a Word document's fields
}

// archive judges the formats that are zips: docx, xlsx and OFD.
func (f file) archive() (Verdict, error) {
	z, headers, err := f.open()
	if err != nil {
		return Verdict{}, err
	}
	if err := f.laidOut(z, headers); err != nil {
		return Verdict{}, err
	}
	var entries []entry
	var total int64
	for _, x := range z.File {
		e, n, err := unpack(x, maxTotal-total)
		if err != nil {
			return Verdict{}, err
		}
		total += n
		entries = append(entries, e)
	}
	media, err := packageMedia(entries)
	if err != nil {
		return Verdict{}, err
	}
	for _, e := range entries {
		if err := e.harmless(media); err != nil {
			return Verdict{}, err
		}
	}
	return Verdict{Media: media}, nil
}

var (
	brokenZip = damaged("文件", "file")
	bombZip   = bomb("文件", "file")
)

// open reads the directory, once it is known to be a small one: the reader of the standard
// library takes what comes. headers are the offsets of the entries' own headers.
func (f file) open() (z *zip.Reader, headers []int64, err error) {
	tail := make([]byte, min(f.size, 22+1<<16))
	if n, err := f.r.ReadAt(tail, f.size-int64(len(tail))); n < len(tail) {
		return nil, nil, short(err)
	}
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < 22 {
		return nil, nil, brokenZip
	}
	end := tail[i:]
	count, size, offset := binary.LittleEndian.Uint16(end[10:]), int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	comment := int(binary.LittleEndian.Uint16(end[20:]))
	at := f.size - int64(len(end))
	switch {
	case comment != len(end)-22: // something stands behind the archive, or in its remark
		return nil, nil, brokenZip
	case count > maxEntries || size > maxCatalog:
		return nil, nil, bombZip
	// The directory fills the room before its end record, but for the records of the 64-bit
	// form, whose figures must be these: no office file of this size needs others.
	case offset+size != at && offset+size != at-76:
		return nil, nil, brokenZip
	}
	catalog := make([]byte, size)
	if n, err := f.r.ReadAt(catalog, offset); n < len(catalog) {
		return nil, nil, short(err)
	}
	for len(catalog) >= 46 && string(catalog[:4]) == "PK\x01\x02" {
		headers = append(headers, int64(binary.LittleEndian.Uint32(catalog[42:])))
		next := 46
		for _, field := range []int{28, 30, 32} { // name, extra, remark
			next += int(binary.LittleEndian.Uint16(catalog[field:]))
		}
		catalog = catalog[min(next, len(catalog)):]
	}
	if len(headers) != int(count) || len(catalog) > 0 {
		return nil, nil, brokenZip
	}
	z, err = zip.NewReader(f.r, f.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) || len(z.File) != len(headers) {
		return nil, nil, brokenZip
	}
	return z, headers, nil
}

// laidOut checks what two readers of one zip might see differently: names, entries that share
// bytes, headers that contradict the directory, bytes that belong to no entry.
func (f file) laidOut(z *zip.Reader, headers []int64) error {
	type span struct{ from, to int64 }
	var spans []span
	names := map[string]bool{}
	for i, x := range z.File {
		switch {
		case x.Flags&1 != 0:
			return locked
		case !safePath(x.Name), x.Mode()&(fs.ModeSymlink|fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0:
			return fault("文件内部结构异常（路径不合规），不能接收。请用Office或WPS重新另存后再上传。",
				"The file's inner structure is irregular (unsafe paths). Please save it anew with Office or WPS.")
		case names[strings.ToLower(x.Name)]:
			return brokenZip
		case x.Method != zip.Store && x.Method != zip.Deflate:
			return brokenZip
		}
		names[strings.ToLower(x.Name)] = true
		data, err := x.DataOffset()
		if err != nil {
			return brokenZip
		}
		if !f.agrees(x, headers[i], data) {
			return brokenZip
		}
		// CompressedSize64 is what the directory says; its sum with an offset may overflow.
		if x.CompressedSize64 > uint64(f.size) || data+int64(x.CompressedSize64) > f.size {
			return brokenZip
		}
		spans = append(spans, span{headers[i], data + int64(x.CompressedSize64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(a.from - b.from) })
	var at int64
	for _, s := range spans {
		if gap := s.from - at; gap < 0 || gap > 24 { // a descriptor behind an entry has up to 24 bytes
			return brokenZip
		}
		at = s.to
	}
	return nil
}

var locked = fault("文件设有打开密码。请取消密码（文件—信息—保护文档—清除密码）后再上传。",
	"The file is protected by a password. Please remove the password, save it, and upload it again.")

// agrees compares the header before an entry's data with the directory: a reader that streams
// sees the one, a reader that seeks the other.
func (f file) agrees(x *zip.File, at, data int64) bool {
	const fixed = 30
	if data-at < fixed || data-at > fixed+2<<16 {
		return false
	}
	h := make([]byte, data-at)
	if n, _ := f.r.ReadAt(h, at); n < len(h) || string(h[:4]) != "PK\x03\x04" || !strings.HasPrefix(string(h[fixed:]), x.Name) {
		return false
	}
	le := binary.LittleEndian
	flags, packed := le.Uint16(h[6:]), le.Uint32(h[18:])
	late := flags&8 != 0 || packed == 1<<32-1 // the sizes follow behind the data, or in the extra field
	return int(le.Uint16(h[26:])) == len(x.Name) && le.Uint16(h[8:]) == x.Method && flags&1 == 0 &&
		(late || uint64(packed) == x.CompressedSize64)
}

// safePath reports whether a name stays inside of a folder on any system.
func safePath(name string) bool {
	if name == "" || len(name) > 255 || !utf8.ValidString(name) || strings.ContainsAny(name, "\\:\x00") || strings.HasPrefix(name, "/") {
		return false
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f {
			return false
		}
	}
	return !slices.ContainsFunc(strings.Split(strings.TrimSuffix(name, "/"), "/"), func(s string) bool { return s == ".." || s == "." || s == "" })
}

// unpack reads an entry to its end, whatever it says of its size, and keeps nothing of it but
// what is judged.
func unpack(x *zip.File, left int64) (entry, int64, error) {
	e := entry{File: x}
	if x.UncompressedSize64 > uint64(left) {
		return e, 0, bombZip
	}
	r, err := x.Open()
	if err != nil {
		return e, 0, brokenZip
	}
	defer r.Close()
	bound := min(left, max(freeRatio, maxRatio*int64(x.CompressedSize64)))
	w := &judge{entry: &e, xml: isXML(x.Name)}
	n, err := io.Copy(w, io.LimitReader(r, bound+1))
	switch {
	case n > bound:
		return e, n, bombZip
	case w.err != nil:
		return e, n, w.err
	case err != nil || uint64(n) != x.UncompressedSize64:
		return e, n, brokenZip
	}
	if w.xml {
		if err := e.seen.end(); err != nil {
			return e, n, err
		}
	}
	return e, n, nil
}

func isXML(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels") || strings.HasSuffix(name, ".vml")
}

// judge takes an entry's bytes as they are unpacked.
type judge struct {
	entry *entry
	xml   bool
	err   error
	last  []byte // the end of the piece before
}

func (j *judge) Write(p []byte) (int, error) {
	if room := 512 - len(j.entry.head); room > 0 {
		j.entry.head = append(j.entry.head, p[:min(room, len(p))]...)
	}
	if j.xml {
		if j.err = j.entry.seen.write(p); j.err != nil {
			return 0, j.err
		}
		if e := j.entry; !e.fields {
			over := append(j.last, p[:min(len(p), 16)]...)
			for _, w := range []string{"instrText", "fldSimple"} {
				e.fields = e.fields || bytes.Contains(over, []byte(w)) || bytes.Contains(p, []byte(w))
			}
			j.last = append(j.last[:0], p[max(0, len(p)-16):]...)
		}
	}
	return len(p), nil
}
