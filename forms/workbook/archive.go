package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// ratio is how far an entry larger than ratioFrom bytes may inflate: figures and Chinese text
// stay far below, what repeats one byte for ever does not.
const (
	ratio     = 100
	ratioFrom = 100 << 10
)

// archive is a zip file whose directory has been counted.
type archive struct {
	parts map[string]*zip.File // by lower-case name: part names do not differ by case (ECMA-376 part 2, 6.2.2.3)
	left  int64                // bytes that may still be inflated
	spare int                  // elements that may still be read
}

// openArchive opens a zip file and refuses what cannot be an honest workbook by its directory:
// too many entries, too large, inflating too far, the same name twice, entries that overlap, or
// names that lead out of the archive.
func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	// The directory is held in memory once it is read, so its entries are counted before, by
	// their signature. Compressed data hold these four bytes by chance once in 4 GiB.
	n, err := count(r, size, []byte("PK\x01\x02"))
	if err != nil {
		return nil, err
	}
	if n > MaxEntries {
		return nil, tooBig
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, broken
	}
	a := &archive{parts: make(map[string]*zip.File, len(z.File)), left: MaxInflated, spare: maxElements}
	var sum uint64
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, `\`, "/") // some writers take the system's separator
		sum += f.UncompressedSize64
		switch {
		case f.Flags&1 != 0:
			return nil, locked
		case strings.HasSuffix(name, "/"):
			continue
		case !fs.ValidPath(name) || strings.ContainsAny(name, ":\x00") || f.Mode()&fs.ModeSymlink != 0:
			return nil, suspicious
		case f.UncompressedSize64 > MaxInflated || sum > MaxInflated:
			return nil, tooBig
		case f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/ratio > f.CompressedSize64:
			return nil, suspicious
		}
		key := strings.ToLower(name)
		if a.parts[key] != nil {
			return nil, suspicious
		}
		a.parts[key] = f
	}
	return a, overlap(z.File)
}

// overlap refuses entries that share bytes: the way to inflate one block a thousand times.
func overlap(files []*zip.File) error {
	type extent struct{ start, end int64 }
	var all []extent
	for _, f := range files {
		start, err := f.DataOffset()
		if err != nil {
			return broken
		}
		const header = 30 // bytes of a local header without name and extra field
		all = append(all, extent{start - header, start + int64(f.CompressedSize64)})
	}
	slices.SortFunc(all, func(a, b extent) int { return int(a.start - b.start) })
	for i := 1; i < len(all); i++ {
		if all[i].start < all[i-1].end {
			return suspicious
		}
	}
	return nil
}

// count counts where a signature occurs.
func count(r io.ReaderAt, size int64, sign []byte) (int, error) {
	buf := make([]byte, 1<<16)
	n, keep := 0, len(sign)-1
	for at := int64(0); at < size; at += int64(len(buf) - keep) {
		got, err := r.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		n += bytes.Count(buf[:got], sign)
	}
	return n, nil
}

var suspicious = Fault{"文件的内部结构异常，为安全起见未予读取。请用 Excel 或 WPS 打开，另存为新的 .xlsx 文件后再上传。",
	"The file is not built the way spreadsheets build theirs and was not read: open it and save it as a new .xlsx file."}

// has reports whether there is a part of the name.
func (a *archive) has(name string) bool { return a.parts[strings.ToLower(name)] != nil }

// open opens a part as XML; it is a Fault if there is none.
func (a *archive) open(name string) (*tokens, error) {
	f := a.parts[strings.ToLower(name)]
	if f == nil {
		return nil, broken
	}
	in, err := f.Open()
	if err != nil {
		return nil, broken
	}
	return newTokens(in, a), nil
}
