package xlsx

import (
	"github.com/xuri/excelize/v2"
)

const (
	fontName    = "宋体"
	charsetGB   = 134 // GB2312_CHARSET: lets a program without the font pick a Chinese one
	bodySize    = 10.5
	rowHeight   = 18.0 // pt
	lineHeight  = 14.0 // pt, of a line of body text
	mutedColour = "808080"
	notedColour = "FFF2CC" // an adjusted figure
	shutColour  = "F2F2F2" // a cell of a template that is not filled in by hand
	wrongColour = "FFC7CE" // a cell with an error
)

// look is how a cell looks and whether its text is guarded.
type look struct {
	size         float64 // pt; 0 is the body size
	align        string  // "", "center", "right"
	format       string  // number format; "" is general
	bold, muted  bool
	border, wrap bool
	quoted       bool   // quote prefix: the text is not a formula, even when edited
	open         bool   // may be changed although the sheet is protected
	noted        bool   // an adjustment changed the figure: it is marked
	fill         string // background, RRGGBB; "" for none
}

// styles makes each look once.
type styles struct {
	file  *excelize.File
	known map[look]int
}

func newStyles(f *excelize.File) *styles { return &styles{file: f, known: map[look]int{}} }

// id returns the number of the style of a look.
func (s *styles) id(l look) (int, error) {
	if id, ok := s.known[l]; ok {
		return id, nil
	}
	plain := l
	plain.quoted = false
	id, err := s.file.NewStyle(plain.style())
	if err != nil {
		return 0, err
	}
	if l.quoted {
		// The library knows the attribute (ECMA-376 part 1, 18.8.45 quotePrefix) but has no
		// option for it: take the style again and set it there.
		yes, all := true, s.file.Styles.CellXfs
		xf := all.Xf[id]
		xf.QuotePrefix = &yes
		id = len(all.Xf)
		all.Xf = append(all.Xf, xf)
		all.Count = len(all.Xf)
	}
	s.known[l] = id
	return id, nil
}

func (l look) style() *excelize.Style {
	charset := charsetGB
	font := &excelize.Font{Family: fontName, Charset: &charset, Size: l.size, Bold: l.bold, Color: "000000"}
	if l.size == 0 {
		font.Size = bodySize
	}
	if l.muted {
		font.Color = mutedColour
	}
	x := &excelize.Style{
		Font:      font,
		Alignment: &excelize.Alignment{Horizontal: l.align, Vertical: "center", WrapText: l.wrap},
	}
	if l.format != "" {
		x.CustomNumFmt = &l.format
	}
	if l.open {
		x.Protection = &excelize.Protection{Locked: false}
	}
	if l.fill != "" {
		x.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{l.fill}}
	}
	if l.border {
		for _, side := range []string{"left", "top", "right", "bottom"} {
			x.Border = append(x.Border, excelize.Border{Type: side, Style: 1, Color: "000000"})
		}
	}
	return x
}
