package workbook

import "strconv"

// What a template of ours carries for its return: a hidden sheet that says whose it is, a hidden
// column with the ids of ledger items, and, when it is given back, a column that says what is
// wrong.
const (
	TagSheet    = "_baosong"
	ItemHeading = "事项编号（请勿改动）"
	WhyHeading  = "错误说明"
)

// Tag says what a template was made for. It is a help in reading, never an authority: whoever
// takes the file in compares it with the duty at hand.
type Tag struct {
	Duty    string // id; empty if the template is not one duty's
	Form    string // id
	Version int    // of the form
	Unit    string // the name that stands in the stub
	Period  string // ISO date
	Columns []string
}

// Rows spells the tag as the rows of its sheet. Columns are the field ids from the first column
// on, "" for the stub.
func (t Tag) Rows() [][]string {
	return [][]string{
		{"baosong", "1"}, {"duty", t.Duty}, {"form", t.Form}, {"version", strconv.Itoa(t.Version)},
		{"unit", t.Unit}, {"period", t.Period}, append([]string{"columns"}, t.Columns...),
	}
}

// Tag returns the tag of the book; ok is false if it has none that can be read.
func (b *Book) Tag() (t Tag, ok bool) {
	for _, s := range b.Sheets {
		if s.Name != TagSheet || !s.Hidden {
			continue
		}
		for _, l := range s.Rows {
			key, _ := l.cell(0)
			v, _ := l.cell(1)
			switch key.Text {
			case "baosong":
				ok = v.Text == "1"
			case "duty":
				t.Duty = v.Text
			case "form":
				t.Form = v.Text
			case "version":
				t.Version, _ = strconv.Atoi(v.Text)
			case "unit":
				t.Unit = v.Text
			case "period":
				t.Period = v.Text
			case "columns":
				for _, c := range l.Cells[1:] {
					for len(t.Columns) < c.Col-1 {
						t.Columns = append(t.Columns, "")
					}
					t.Columns = append(t.Columns, c.Text)
				}
			}
		}
		return t, ok && t.Form != ""
	}
	return Tag{}, false
}
