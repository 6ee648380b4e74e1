package pdf

import (
	"fmt"
	"strconv"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"

	"github.com/baosong/baosong/forms/stamp"
)

// square is a QR code in its place: the symbol's box without the quiet zone around it.
type square struct {
	box
	quiet float64 // mm
	dots  int     // width and height of the image
	bits  []byte  // a bit for each dot, rows filled up to bytes
}

// The QR code stands in the upper right corner, away from where a seal goes. There it costs a
// table hardly any height: the title beside it is centred, and what stands above the table is
// at the left or below.
const (
	codeSide = 22.0 // mm, the symbol
	codeEdge = 10.0 // mm, from the paper's edge: a scanner may lose what is nearer
	codeRoom = codeEdge + codeSide + 4
	// codeClear is the height in mm that the code with its quiet zone needs, codeWidth the width.
	codeClear, codeWidth = codeEdge + codeSide + 3, codeSide + 4
	// codeDots is the number of dots to a module and direction. Viewers smooth what they
	// enlarge: with several the blur stays within the module.
	codeDots = 4
	// codeBeside is the width in mm of the small print beside a code, codeGap what parts them.
	codeBeside, codeGap = 42.0, 1.0
)

// codeOf makes the QR code of one page (GB/T 18284—2000, error correction level M, which bears
// the loss of 15 %). It is one image, so that it is found again both in a scan and in the file.
func codeOf(c stamp.Code, x, y float64) (*square, error) {
	q, err := encoder.Encoder_encodeWithoutHint(c.String(), decoder.ErrorCorrectionLevel_M)
	if err != nil {
		return nil, fmt.Errorf("QR code of %d characters: %w", len(c.String()), ErrTooLarge)
	}
	m := q.GetMatrix()
	n := m.GetWidth()
	s := &square{box: box{x, y, codeSide, codeSide}, quiet: 4 * codeSide / float64(n), dots: n * codeDots}
	for row := range s.dots {
		line := make([]byte, (s.dots+7)/8)
		for col := range s.dots {
			if m.Get(col/codeDots, row/codeDots) == 0 {
				line[col/8] |= 0x80 >> (col % 8) // 1 is white
			}
		}
		s.bits = append(s.bits, line...)
	}
	return s, nil
}

// code sets the QR code of the last page and, of a text, the small print beside it: of a table it
// stands at the foot of the page.
func (l *layout) code(c stamp.Code, page, pages int, table bool) (err error) {
	c.Page, c.Pages = page, pages
	x, y := min(l.left+l.width(), l.w-codeEdge)-codeSide, codeEdge
	p := l.page()
	if p.code, err = codeOf(c, x, y); err != nil {
		return err
	}
	if table {
		return nil
	}
	st := style{size: footSize, grey: 70}
	lines := []string{
		versionOf(c),
		"第" + strconv.Itoa(page) + "页/共" + strconv.Itoa(pages) + "页",
		hashOf(c),
	}
	lead := st.leading()
	for i, s := range lines {
		l.put(box{x - codeBeside - codeGap - p.code.quiet, y + codeSide - float64(len(lines)-i)*lead, codeBeside, lead}, st, "R", s)
	}
	return nil
}

func versionOf(c stamp.Code) string { return "第" + strconv.Itoa(c.Version) + "版" }
func hashOf(c stamp.Code) string    { return "校验码 " + c.Hash }
