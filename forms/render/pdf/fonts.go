package pdf

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"fmt"
	"sync"
)

// The shipped faces: fonts/README.md says where they come from and how they were cut.
//
//go:embed fonts/NotoSerifSC-Regular.ttf.gz
var regularGz []byte

//go:embed fonts/NotoSerifSC-Bold.ttf.gz
var boldGz []byte

// weight names a face. The numbers index faces.
type weight uint8

const (
	regular weight = iota
	bold
)

// faces are the two weights. Bold is the smaller set; what it lacks is set in regular.
type faces [2]*face

// loadFaces reads the shipped faces once a process, when the first document is drawn: a
// daemon that draws nothing does not pay for it.
var loadFaces = sync.OnceValues(readFaces)

func readFaces() (faces, error) {
	var out faces
	for w, packed := range map[weight][]byte{regular: regularGz, bold: boldGz} {
		zr, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return faces{}, fmt.Errorf("inflate font: %w", err)
		}
		// The last four bytes are the inflated size (RFC 1952, 2.3.1, ISIZE): one allocation.
		var file bytes.Buffer
		file.Grow(int(binary.LittleEndian.Uint32(packed[len(packed)-4:])) + bytes.MinRead)
		if _, err := file.ReadFrom(zr); err != nil {
			return faces{}, fmt.Errorf("inflate font: %w", err)
		}
		if out[w], err = parseFace(file.Bytes()); err != nil {
			return faces{}, err
		}
	}
	return out, nil
}
