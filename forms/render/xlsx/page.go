package xlsx

import (
	"archive/zip"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms/render"
)

// page sets the sheet up for print: the form's paper, as wide as one page and as many
// pages long as it needs, small print and page numbers below.
func (b *book) page() error {
	set := b.doc.Form.Setup()
	yes, paper, orientation := true, 9, "portrait" // ECMA-376 part 1, 18.3.1.63: 9 is A4, 8 is A3
	if set.Paper == "A3" {
		paper = 8
	}
	if set.Landscape {
		orientation = "landscape"
	}
	wide, long := 1, 0
	if err := b.file.SetSheetProps(b.sheet, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return err
	}
	if err := b.file.SetPageLayout(b.sheet, &excelize.PageLayoutOptions{
		Size: &paper, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &long,
	}); err != nil {
		return err
	}
	left, right, top, bottom := inches(set.Margins.Left), inches(set.Margins.Right), inches(set.Margins.Top), inches(set.Margins.Bottom)
	small := min(inches(8), bottom/2)
	if err := b.file.SetPageMargins(b.sheet, &excelize.PageLayoutMarginsOptions{
		Left: &left, Right: &right, Top: &top, Bottom: &bottom, Header: &small, Footer: &small, Horizontally: &yes,
	}); err != nil {
		return err
	}
	footer := footerCodes("")
	if footerFits(b.doc.Footer) {
		footer = footerCodes(b.doc.Footer)
	}
	return b.file.SetHeaderFooter(b.sheet, &excelize.HeaderFooterOptions{OddFooter: footer})
}

func inches(mm float64) float64 { return mm / 25.4 }

// footerCodes returns the page footer: text left, page number right (codes of ECMA-376
// part 1, 18.3.1.46).
func footerCodes(text string) string {
	return "&L" + strings.ReplaceAll(text, "&", "&&") + "&R第 &P 页，共 &N 页"
}

// footerFits reports whether the small print fits into the format's 255 characters.
func footerFits(text string) bool {
	return units(footerCodes(text)) <= excelize.MaxFieldLength
}

// properties names the document and when it was made.
func (b *book) properties(made time.Time) error {
	at := made.Format(time.RFC3339)
	if err := b.file.SetDocProps(&excelize.DocProperties{
		Title: b.doc.Title, Creator: "baosong", LastModifiedBy: "baosong", Created: at, Modified: at, Language: "zh-CN",
	}); err != nil {
		return err
	}
	return b.file.SetAppProps(&excelize.AppProperties{Application: "baosong"})
}

// archiveTime returns the instant UTC in whole seconds, not before 1980: an archive knows
// no earlier time.
func archiveTime(t time.Time) time.Time {
	epoch := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	if t = t.UTC().Truncate(time.Second); t.Before(epoch) {
		return epoch
	}
	return t
}

// stampedZip makes archives whose entries all bear the instant.
func stampedZip(made time.Time) func(io.Writer) excelize.ZipWriter {
	return func(w io.Writer) excelize.ZipWriter { return &stamped{zip.NewWriter(w), made} }
}

type stamped struct {
	*zip.Writer
	made time.Time
}

func (s *stamped) Create(name string) (io.Writer, error) {
	return s.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: s.made})
}

// sheetName returns the form's label, or else its title, as a name a sheet may have: at
// most 31 UTF-16 units, none of \ / ? * : [ ] or control characters, no apostrophe at
// either end, and not "History", which Excel keeps for itself.
func sheetName(d render.Document) string {
	for _, s := range []string{d.Form.Label, d.Form.Title, d.Title} {
		s = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || r == unicode.ReplacementChar {
				return -1
			}
			if strings.ContainsRune(`\/?*:[]`, r) {
				return r + 0xFEE0 // its full-width form
			}
			return r
		}, s)
		for units(s) > excelize.MaxSheetNameLength {
			_, size := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-size]
		}
		s = strings.Trim(s, " 　'")
		if s != "" && !strings.EqualFold(s, "History") {
			return s
		}
	}
	return "报表"
}
