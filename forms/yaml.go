package forms

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/baosong/baosong/config/strict"
)

// yamlForm is a form as the file has it.
type yamlForm struct {
	strict.Pos
	ID         strict.ID     `yaml:"id,required"`
	Version    int           `yaml:"version,required"`
	Kind       kindWord      `yaml:"kind,required"`
	Label      string        `yaml:"label"`
	Title      string        `yaml:"title,required"`
	Page       yamlPage      `yaml:"page"`
	Head       []yamlHead    `yaml:"head"`
	Foot       []yamlHead    `yaml:"foot"`
	Stub       string        `yaml:"stub"`
	Total      string        `yaml:"total"`
	UnitRow    bool          `yaml:"unit_row"`
	Numbers    bool          `yaml:"numbers"`
	Ledger     *yamlLedger   `yaml:"ledger"`
	Sections   []yamlSection `yaml:"sections"`
	Columns    []yamlColumn  `yaml:"columns,required"`
	NotesLabel string        `yaml:"notes_label"`
	Notes      []string      `yaml:"notes"`
	Checks     []yamlCheck   `yaml:"checks"`
	Remark     string        `yaml:"remark"`
}

type yamlPage struct {
	Paper     paperWord    `yaml:"paper"`
	Landscape bool         `yaml:"landscape"`
	Margins   *yamlMargins `yaml:"margins"`
}

type yamlMargins struct {
	Top    millimetres `yaml:"top,required"`
	Right  millimetres `yaml:"right,required"`
	Bottom millimetres `yaml:"bottom,required"`
	Left   millimetres `yaml:"left,required"`
}

type yamlLedger struct {
	Closed   fieldWord   `yaml:"closed"`
	Deadline fieldWord   `yaml:"deadline"`
	Evidence []fieldWord `yaml:"evidence"`
	Zero     meaningWord `yaml:"zero"`
}

type yamlSection struct {
	ID   strict.ID `yaml:"id,required"`
	Name string    `yaml:"name,required"`
}

type yamlHead struct {
	Label string   `yaml:"label,required"`
	From  headWord `yaml:"from,required"`
	Text  string   `yaml:"text"`
	Right bool     `yaml:"right"`
}

type yamlColumn struct {
	strict.Pos
	Heading  string       `yaml:"heading,required"`
	Columns  []yamlColumn `yaml:"columns"`
	ID       fieldWord    `yaml:"id"`
	Type     typeWord     `yaml:"type"`
	Unit     string       `yaml:"unit"`
	Decimals int          `yaml:"decimals"`
	Required bool         `yaml:"required"`
	Choices  []string     `yaml:"choices"`
	Baseline string       `yaml:"baseline"`
	Sum      []fieldWord  `yaml:"sum"`
	Section  strict.ID    `yaml:"section"`
	Personal bool         `yaml:"personal"`
	Max      int          `yaml:"max"`
	Remark   string       `yaml:"remark"`
}

type yamlCheck struct {
	ID        strict.ID    `yaml:"id,required"`
	Each      []fieldWord  `yaml:"each"`
	Rule      string       `yaml:"rule,required"`
	Severity  severityWord `yaml:"severity,required"`
	Later     []yamlChange `yaml:"later"`
	Zero      zeroWord     `yaml:"zero"`
	Message   string       `yaml:"message"`
	MessageEn string       `yaml:"message_en"`
	Cite      string       `yaml:"cite"`
}

type yamlChange struct {
	From     isoDate      `yaml:"from,required"`
	Severity severityWord `yaml:"severity,required"`
}

func (y *yamlForm) form() *Form {
	f := &Form{
		ID: string(y.ID), Version: y.Version, Kind: Kind(y.Kind), Label: y.Label, Title: y.Title,
		Stub: y.Stub, Total: y.Total, UnitRow: y.UnitRow, Numbers: y.Numbers, Columns: make([]*Heading, len(y.Columns)),
		NotesLabel: y.NotesLabel, Notes: y.Notes, Remark: y.Remark,
		Head: headItems(y.Head), Foot: headItems(y.Foot),
		Page: Page{Paper: string(y.Page.Paper), Landscape: y.Page.Landscape},
	}
	if m := y.Page.Margins; m != nil {
		f.Page.Margins = &Margins{float64(m.Top), float64(m.Right), float64(m.Bottom), float64(m.Left)}
	}
	if l := y.Ledger; l != nil {
		f.Ledger = &LedgerRule{string(l.Closed), string(l.Deadline), texts(l.Evidence), ZeroMeaning(l.Zero)}
		if l.Zero == "" {
			f.Ledger.Zero = NothingNew
		}
	}
	for _, s := range y.Sections {
		f.Sections = append(f.Sections, Section{string(s.ID), s.Name})
	}
	for _, c := range y.Checks {
		check := Check{ID: string(c.ID), Each: texts(c.Each), Rule: c.Rule, Severity: Severity(c.Severity), Zero: ZeroCheck(c.Zero),
			Message: c.Message, MessageEn: c.MessageEn, Cite: c.Cite}
		for _, l := range c.Later {
			check.Later = append(check.Later, Change{string(l.From), Severity(l.Severity)})
		}
		f.Checks = append(f.Checks, check)
	}
	return f
}

func headItems(ys []yamlHead) []HeadItem {
	var out []HeadItem
	for _, h := range ys {
		out = append(out, HeadItem{h.Label, HeadSource(h.From), h.Text, h.Right})
	}
	return out
}

// texts is a list of words as plain texts; nil for an empty one.
func texts[W ~string](words []W) []string {
	var out []string
	for _, w := range words {
		out = append(out, string(w))
	}
	return out
}

// The words of the language, each refusing what it does not know.
type (
	fieldWord    string
	kindWord     string
	typeWord     string
	headWord     string
	paperWord    string
	severityWord string
	meaningWord  string
	zeroWord     string
	isoDate      string
	millimetres  float64
)

var (
	baselineName = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z][a-z0-9_]*$`)
)

func (w *fieldWord) UnmarshalText(b []byte) error {
	if !fieldIDShape.Match(b) {
		return fmt.Errorf("%q is not a field's id: write lower-case letters, digits and underscores, beginning with a letter, such as unstable_found", b)
	}
	*w = fieldWord(b)
	return nil
}

func (w *kindWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a kind of form", Table, Register, Ledger, Narrative, Attestation)
}

func (w *typeWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a type of field", Count, Decimal, Money, Text, LongText, DateType, Choice, Name, Phone, IDNumber, UnitName, File)
}

func (w *headWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a source of a head line", HeadUnit, HeadDate, HeadPhone, HeadFixed, HeadClerk, HeadSign)
}

func (w *paperWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a paper size", "A4", "A3")
}

func (w *severityWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a severity", Blocking, Explain)
}

func (w *meaningWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "what a zero report of a ledger attests", NothingNew, NothingOpen)
}

func (w *zeroWord) UnmarshalText(b []byte) error {
	return strict.OneOf(w, b, "a word for what a check does under a zero report (without one it is not tried)", ZeroTries)
}

func (w *millimetres) UnmarshalText(b []byte) error {
	mm, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !margin(mm) {
		return fmt.Errorf("%q is not a margin: write the millimetres, %d to %d, with one decimal at most, such as 18 or 25.4", b, minMargin, maxMargin)
	}
	*w = millimetres(mm)
	return nil
}

func (w *isoDate) UnmarshalText(b []byte) error {
	if canonical, fault := date(string(b)); fault != nil || canonical != string(b) {
		return fmt.Errorf("%q is not a date: write year-month-day, such as 2021-06-25, with a day the month has", b)
	}
	*w = isoDate(b)
	return nil
}
