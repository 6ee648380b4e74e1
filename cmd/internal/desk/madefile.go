package desk

import (
	"cmp"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// madeDirective is a table's directive.yaml, as it is written and read back.
type madeDirective struct {
	ID          string           `yaml:"id"`
	Number      string           `yaml:"number,omitempty"`
	Title       string           `yaml:"title"`
	Issuer      string           `yaml:"issuer"`
	Signed      string           `yaml:"signed"`
	Window      *madeWindow      `yaml:"window,omitempty,flow"`
	Obligations []madeObligation `yaml:"obligations"`
}

type madeWindow struct {
	From string `yaml:"from"`
	To   string `yaml:"to,omitempty"`
}

type madeObligation struct {
	ID     string     `yaml:"id"`
	Title  string     `yaml:"title"`
	Label  string     `yaml:"label"`
	Clause madeClause `yaml:"clause,flow"`
	From   madeFrom   `yaml:"from"`
	To     madeTo     `yaml:"to,flow"`
	Forms  []string   `yaml:"forms,flow"`
	Due    madeDue    `yaml:"due,omitempty"`
	// Undecided stands in place of a deadline when the table was ended before anything was due: the
	// directive stays, for the duties that were dropped, and nothing is planned.
	Undecided *madeUndecided `yaml:"undecided,omitempty"`
	Zero      bool           `yaml:"zero,omitempty"`
	Stamped   bool           `yaml:"stamped,omitempty"`
	Own       string         `yaml:"own,omitempty"`
}

type madeClause struct {
	Place string `yaml:"place"`
	Quote string `yaml:"quote"`
}

type madeFrom struct {
	Units []string `yaml:"units,flow"`
}

type madeTo struct {
	Unit    string `yaml:"unit"`
	Section string `yaml:"section,omitempty"`
}

type madeDue struct {
	Dates     []string          `yaml:"dates,omitempty,flow"`
	Monthly   []int             `yaml:"monthly,omitempty,flow"`
	Quarterly *madeQuarter      `yaml:"quarterly,omitempty,flow"`
	At        string            `yaml:"at,omitempty"`
	Override  map[string]string `yaml:"override,omitempty"`
}

type madeUndecided struct {
	Question     string            `yaml:"question"`
	Alternatives []madeAlternative `yaml:"alternatives"`
}

type madeAlternative struct {
	ID   string  `yaml:"id"`
	Says string  `yaml:"says"`
	Due  madeDue `yaml:"due,omitempty"`
}

type madeQuarter struct {
	Day int `yaml:"day"`
}

// says is the deadline in words, as the clause of the obligation quotes it.
func (t TableDue) says() string {
	switch t.Repeat {
	case Monthly:
		days := make([]string, len(t.Days))
		for i, d := range t.Days {
			if days[i] = fmt.Sprintf("%d日", d); d < 0 {
				days[i] = "月底"
			}
		}
		return fmt.Sprintf("每月%s%s前", strings.Join(days, "、"), t.At)
	case Quarterly:
		return fmt.Sprintf("每季度后首月%d日%s前", t.Day, t.At)
	}
	return t.Date.Chinese() + t.At.String() + "前"
}

var tableLabels = map[forms.Kind]string{forms.Table: "统计表", forms.Register: "登记表", forms.Ledger: "台账", forms.Narrative: "材料", forms.Attestation: "反馈表"}

// Files writes the table as files of the catalogue. own is the bureau's own row, empty if it has none.
func (t Table) Files(own string) ([]store.MadeFile, error) {
	o := madeObligation{
		ID: "table", Title: t.Form.Title, Label: cmp.Or(tableLabels[t.Form.Kind], "报表"), From: madeFrom{t.Units}, To: madeTo{t.Bureau, t.Section},
		Forms: []string{t.Form.ID}, Zero: t.Zero, Stamped: t.Stamped, Own: own,
		Clause: madeClause{"网上布置", fmt.Sprintf("请于%s报送《%s》", t.Due.says(), t.Form.Title)},
		Due:    madeDue{At: t.Due.At.String()},
	}
	d := madeDirective{ID: t.ID, Number: t.Number, Title: t.Title, Issuer: t.Bureau, Signed: t.Signed.String()}
	switch t.Due.Repeat {
	case Monthly:
		o.Due.Monthly = t.Due.Days
	case Quarterly:
		o.Due.Quarterly = &madeQuarter{t.Due.Day}
	default:
		first := t.Due.Date
		if !t.Due.First.IsZero() {
			first = t.Due.First
		}
		o.Due.Dates = []string{first.String()}
		if first != t.Due.Date {
			o.Due.Override = map[string]string{first.String(): t.Due.Date.String()}
		}
	}
	if t.Due.Repeat != Once {
		d.Window = &madeWindow{t.Signed.String(), t.Due.Until.String()}
	}
	if t.Due.Ended {
		o.Undecided = &madeUndecided{"布置单位已结束本事项，不再报送", []madeAlternative{
			{ID: "ended", Says: "不再报送"}, {ID: "resumed", Says: "按原截止时间报送", Due: o.Due}}}
		o.Due = madeDue{}
	}
	d.Obligations = []madeObligation{o}
	form, err := forms.Encode(t.Form)
	if err != nil {
		return nil, err
	}
	directive, err := yaml.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode directive %s: %w", t.ID, err)
	}
	file := func(name string, b []byte) store.MadeFile {
		return store.MadeFile{Directive: t.ID, Path: t.ID + "/" + name, Content: string(b), To: t.Bureau}
	}
	return []store.MadeFile{file("directive.yaml", directive), file("forms/"+t.Form.ID+".yaml", form)}, nil
}

// readTable reads a table back from its files.
func readTable(files []store.MadeFile) (m Made, err error) {
	var d madeDirective
	for _, f := range files {
		if f.At.After(m.At) {
			m.At, m.By = f.At, f.By
		}
		if strings.HasSuffix(f.Path, "/directive.yaml") {
			if err := yaml.Unmarshal([]byte(f.Content), &d); err != nil {
				return m, err
			}
			continue
		}
		s, err := forms.Load(f.Path, []byte(f.Content))
		if err != nil {
			return m, err
		}
		m.Form, m.Version = s.Form, s.Form.Version
	}
	if len(d.Obligations) != 1 || m.Form == nil {
		return m, fmt.Errorf("directive %s is no single table: %w", d.ID, store.ErrNotFound)
	}
	o := d.Obligations[0]
	if u := o.Undecided; u != nil && len(u.Alternatives) > 0 {
		m.Due.Ended, o.Due = true, u.Alternatives[len(u.Alternatives)-1].Due
	}
	m.Table.ID, m.Bureau, m.Section, m.Title, m.Number = d.ID, o.To.Unit, o.To.Section, d.Title, d.Number
	m.Units, m.Zero, m.Stamped = o.From.Units, o.Zero, o.Stamped
	date := func(s string) (x calendar.Date) {
		if s != "" && err == nil {
			x, err = calendar.ParseDate(s)
		}
		return x
	}
	m.Signed = date(d.Signed)
	if m.Due.At, err = calendar.ParseTimeOfDay(o.Due.At); err != nil {
		return m, err
	}
	switch {
	case len(o.Due.Monthly) > 0:
		m.Due.Repeat, m.Due.Days = Monthly, o.Due.Monthly
	case o.Due.Quarterly != nil:
		m.Due.Repeat, m.Due.Day = Quarterly, o.Due.Quarterly.Day
	case len(o.Due.Dates) == 1:
		m.Due.Repeat, m.Due.First = Once, date(o.Due.Dates[0])
		if m.Due.Date = m.Due.First; o.Due.Override[o.Due.Dates[0]] != "" {
			m.Due.Date = date(o.Due.Override[o.Due.Dates[0]])
		}
	}
	if d.Window != nil {
		m.Due.Until = date(d.Window.To)
	}
	return m, err
}
