package scheduler

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/forms"
)

// yamlBaseline is a file of figures handed down (底数), a line per unit as in the printed
// table; the figures stand in the order of fields:
//
//	form: annex-1
//	fields: [unstable, epidemic, total]
//	rows:
//	  qz:      [192, 188, 380]    # the printed total of the issuing bureau
//	  qz-anxi: [57, 75, 132]      # "" for a blank cell
//	note: …
type yamlBaseline struct {
	strict.Pos
	Form   string              `yaml:"form,required"`
	Fields []string            `yaml:"fields,required"`
	Rows   map[string][]string `yaml:"rows,required"`
	Note   string              `yaml:"note"`
}

func (l *loader) loadBaselines(d *directive) {
	first := map[string]strict.Pos{}
	for _, name := range d.folder.baselines {
		var y yamlBaseline
		whole := l.decode(name, &y)
		if y.Form == "" {
			continue // its fault is told already
		}
		d.used[y.Form] = true
		f := d.Form(y.Form)
		switch other, twice := first[y.Form]; {
		case f == nil:
			if !d.broken {
				l.problem(y.At("form").Problem("%s", strict.Unknown("form", y.Form, d.formIDs())))
				d.broken = true // what hangs on these figures is not judged
			}
			continue
		case f.Kind != forms.Table:
			l.problem(y.At("form").Problem("%s is a %s: figures are handed down in a form of kind table", f.ID, f.Kind))
			continue
		case twice:
			l.problem(y.At("form").Problem("figures of %s are given already, in %s: keep one file", f.ID, other.File))
			continue
		}
		first[y.Form] = y.Pos
		b := l.baseline(d, f, &y)
		d.Baselines[f.ID] = b
		if whole {
			l.checkTotal(d, f, b, y.Pos)
			l.checkRows(f, b, y.Pos)
		}
	}
	l.checkHandedDown(d, first)
}

// baseline reads the rows of one table of figures.
func (l *loader) baseline(d *directive, f *forms.Form, y *yamlBaseline) *Baseline {
	b := &Baseline{Form: f.ID, Rows: map[string]forms.Row{}, Note: y.Note}
	fields := make([]*forms.Field, len(y.Fields))
	for i, id := range y.Fields {
		fields[i] = f.Field(id)
		switch pos := y.Item("fields", i); {
		case fields[i] == nil && !d.broken:
			l.problem(pos.Problem("%s", strict.Unknown("field of "+f.ID, id, fieldIDs(f))))
		case slices.Contains(y.Fields[:i], id):
			l.problem(pos.Problem("%s is listed twice: keep it once", id))
		}
	}
	for _, unit := range y.At("rows").Keys() {
		pos := y.At("rows." + unit)
		l.knownUnit(pos, unit)
		cells := y.Rows[unit]
		if len(cells) != len(fields) {
			l.problem(pos.Problem("has %d figures for %d fields: write one for each, \"\" for a blank cell", len(cells), len(fields)))
			continue
		}
		row := forms.Row{}
		for i, cell := range cells {
			x := fields[i]
			if x == nil || cell == "" {
				continue
			}
			value, fault := forms.Normalize(x, cell)
			switch at := y.Item("rows."+unit, i); {
			case fault != nil:
				l.problem(at.Problem("%q cannot be a figure of %s: %s", cell, x.ID, fault.En))
			case value != cell:
				l.problem(at.Problem("%q is not written plainly: write %s", cell, value))
			default:
				row[x.ID] = value
			}
		}
		b.Rows[unit] = row
	}
	return b
}

// checkTotal compares the printed total, the row of the issuing bureau, with the sum of the
// rows. A column with a blank cell is not judged: missing is not zero.
func (l *loader) checkTotal(d *directive, f *forms.Form, b *Baseline, pos strict.Pos) {
	printed, ok := b.Rows[d.Issuer]
	if !ok {
		return
	}
	for _, x := range f.Fields() {
		want, err := decimal.NewFromString(printed[x.ID])
		if !x.Type.Numeric() || err != nil {
			continue
		}
		sum, whole := decimal.Zero, true
		for unit, row := range b.Rows {
			if unit == d.Issuer {
				continue
			}
			n, err := decimal.NewFromString(row[x.ID])
			if whole = whole && err == nil; err == nil {
				sum = sum.Add(n)
			}
		}
		if whole && !sum.Equal(want) {
			l.warn(pos.At("rows."+d.Issuer).Problem("the printed total of %s is %s, but the rows add up to %s: compare with the document; a misprint stays as issued, with a note", x.ID, want, sum))
		}
	}
}

// checkRows tries the form's own checks on each row handed down: 合计 is the sum of its row.
func (l *loader) checkRows(f *forms.Form, b *Baseline, pos strict.Pos) {
	if len(f.Validate()) > 0 {
		return // told already
	}
	for _, unit := range pos.At("rows").Keys() {
		for _, p := range f.Check(forms.Sheet{Rows: []forms.Row{b.Rows[unit]}}, forms.Context{}) {
			l.warn(pos.At("rows."+unit).Problem("%s (%s)", p.MessageEn, p.Check))
		}
	}
}

// checkHandedDown warns of units that owe a form with figures to compare with but have none.
func (l *loader) checkHandedDown(d *directive, where map[string]strict.Pos) {
	told := map[[2]string]bool{}
	for _, o := range d.Obligations {
		for _, id := range o.Forms {
			f := d.Form(id)
			if f == nil {
				continue
			}
			for _, x := range f.Fields() {
				from, _, _ := strings.Cut(x.Baseline, ".")
				b := d.Baselines[from]
				if b == nil {
					continue
				}
				for _, unit := range o.From {
					if _, ok := b.Rows[unit]; !ok && !told[[2]string{from, unit}] {
						told[[2]string{from, unit}] = true
						l.warn(where[from].At("rows").Problem("no figures for %s, which sends %s: its figures will be compared with nothing", unit, id))
					}
				}
			}
		}
	}
}
