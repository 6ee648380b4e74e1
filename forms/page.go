package forms

// mostOnA4 is the number of figures a table may have to be printed on A4 when its form states no
// page (practice: GB/T 9704—2012 has no rule for A3).
const mostOnA4 = 16

// Setup returns the page of the form with everything stated. What the form leaves open is:
//
//   - paper: texts (narrative, attestation) on A4 upright; the others across, on A4 with up to 16
//     figures and on A3 with more. Texts in a table count for nothing here: they wrap.
//   - margins: DefaultMargins of that page.
//
// A table that is still too wide is split by its encoder, with the stub repeated.
func (f *Form) Setup() Page {
	p := f.Page
	text := f.Kind == Narrative || f.Kind == Attestation
	if p.Paper == "" {
		figures := 0
		for _, x := range f.Fields() {
			if x.Type.Numeric() {
				figures++
			}
		}
		p.Paper, p.Landscape = "A4", !text
		if !text && figures > mostOnA4 {
			p.Paper = "A3"
		}
	}
	if p.Margins == nil {
		m := p.DefaultMargins(!text)
		p.Margins = &m
	}
	return p
}

// Size returns the width and height of the page in mm as it is read; of A4 if no paper is stated.
func (p Page) Size() (width, height float64) {
	width, height = 210, 297
	if p.Paper == "A3" {
		width, height = 297, 420
	}
	if p.Landscape {
		width, height = height, width
	}
	return width, height
}

// DefaultMargins returns the margins, in mm, of a page that states none. Tables have the wide
// margin on the left, for binding. Texts have those of an official document: GB/T 9704—2012,
// 5.2.1, 天头 37 mm, 订口 28 mm, type area 156 mm × 225 mm.
func (p Page) DefaultMargins(table bool) Margins {
	width, _ := p.Size()
	switch {
	case !table:
		return Margins{Top: 37, Right: 26, Bottom: 35, Left: 28}
	case width > 297:
		return Margins{Top: 20, Right: 15, Bottom: 20, Left: 25}
	}
	return Margins{Top: 18, Right: 15, Bottom: 18, Left: 25}
}
