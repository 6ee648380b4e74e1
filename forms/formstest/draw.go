package formstest

import (
	"fmt"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/forms"
)

// mostDrawn is about how many fields a drawn form has at most.
const mostDrawn = 20

// Draw draws a valid form of any kind: all types of fields, under headings of one to four levels,
// with totals, sections, units, column numbers, checks and texts that are awkward to write down.
// The labels under one heading differ.
func Draw(t *rapid.T) *forms.Form {
	d := drawer{T: t}
	f := &forms.Form{
		ID: rapid.StringMatching(`f[a-z0-9]{0,4}(-[a-z0-9]{1,3}){0,2}`).Draw(t, "id"), Version: d.upTo(9, "version") + 1,
		Kind:  rapid.SampledFrom([]forms.Kind{forms.Table, forms.Register, forms.Ledger, forms.Narrative, forms.Attestation}).Draw(t, "kind"),
		Label: d.maybe("label"), Title: d.label("title"), Page: d.page(), Head: d.lines("head"), Foot: d.lines("foot"),
		Stub: d.maybe("stub"), Total: d.maybe("total"), UnitRow: d.one(3, "unit row"),
		NotesLabel: d.maybe("notes label"), Remark: d.maybe("remark"),
	}
	f.Numbers = f.Kind != forms.Narrative && d.one(3, "numbers")
	for range d.upTo(2, "notes") {
		f.Notes = append(f.Notes, d.awkward("note"))
	}
	for i := range d.upTo(3, "columns") + 1 {
		f.Columns = append(f.Columns, d.heading(i, 4))
	}
	if f.Kind == forms.Ledger {
		f.Ledger = d.ledger(f)
	}
	d.totals(f.Fields())
	d.sections(f)
	d.checks(f)
	f.SetPaths()
	if errs := f.Validate(); len(errs) > 0 {
		t.Fatalf("a drawn form is not valid: %v", errs)
	}
	return f
}

// drawer draws the parts of one form.
type drawer struct {
	*rapid.T
	fields int
}

func (d *drawer) upTo(n int, what string) int { return rapid.IntRange(0, n).Draw(d.T, what) }

// one is true once in n times; it shrinks to false.
func (d *drawer) one(n int, what string) bool { return d.upTo(n-1, what) == n-1 }

// The texts that forms are made of, then those that writers of YAML, XML and HTML get wrong.
var plainTexts = []string{"实际排查数", "已纳入或正在纳入低保", "金额（万元）", "地区", "备注", "𠮷野家", "一、二；“三”", "〔2021〕3号"}

var oddTexts = []string{"true", "null", "~", "0123", "1e3", "2021-06-25", "no: yes", "- 项", "#1", "{a: b}", "[x", "@x", "`x`", "'单'", `"双"`,
	`a\b`, "%d", "=1+1", "&amp;", "<b>粗</b>", "a,b", "? x", "x #y", "|", ">", "*x", "!y", "\u3000全角", "e\u0301", "葛\U000E0100城", "张\u200D三"}

func (d *drawer) label(what string) string {
	if d.one(4, what+" is odd") {
		return rapid.SampledFrom(oddTexts).Draw(d.T, what)
	}
	return rapid.SampledFrom(plainTexts).Draw(d.T, what)
}

func (d *drawer) maybe(what string) string {
	if d.one(2, "has "+what) {
		return d.label(what)
	}
	return ""
}

// awkward is a text of several lines and blanks anywhere.
func (d *drawer) awkward(what string) string {
	parts := rapid.SliceOfN(rapid.SampledFrom(append([]string{" ", "  ", "\n", "\n\n", "\t", "：", ": ", " #", "\u0085", "\u2028", "\uFEFF"}, plainTexts...)), 0, 6).Draw(d.T, what)
	s := ""
	for _, p := range parts {
		s += p
	}
	return s
}

func (d *drawer) page() forms.Page {
	p := forms.Page{Paper: rapid.SampledFrom([]string{"", "A4", "A3"}).Draw(d.T, "paper")}
	p.Landscape = p.Paper != "" && d.one(2, "landscape")
	if d.one(3, "margins") {
		mm := func(what string) float64 { return float64(rapid.IntRange(50, 600).Draw(d.T, what)) / 10 }
		p.Margins = &forms.Margins{Top: mm("top"), Right: mm("right"), Bottom: mm("bottom"), Left: mm("left")}
	}
	return p
}

func (d *drawer) lines(what string) []forms.HeadItem {
	var out []forms.HeadItem
	for range d.upTo(2, what) {
		h := forms.HeadItem{Label: d.label(what), Right: d.one(3, "right"), From: rapid.SampledFrom([]forms.HeadSource{
			forms.HeadUnit, forms.HeadDate, forms.HeadPhone, forms.HeadFixed, forms.HeadClerk, forms.HeadSign}).Draw(d.T, "from")}
		if h.From == forms.HeadFixed {
			h.Text = d.label("fixed text")
		}
		out = append(out, h)
	}
	return out
}

// heading draws the i-th heading of its level, with up to depth levels.
func (d *drawer) heading(i, depth int) *forms.Heading {
	h := &forms.Heading{Label: d.label("heading") + strconv.Itoa(i)}
	if depth == 1 || d.fields >= mostDrawn || !d.one(3, "has columns") {
		h.Field = d.field()
		return h
	}
	for j := range d.upTo(3, "columns below") + 1 {
		h.Children = append(h.Children, d.heading(j, depth-1))
	}
	return h
}

func (d *drawer) field() *forms.Field {
	d.fields++
	x := &forms.Field{
		ID: rapid.SampledFrom([]string{"c", "found_", "a_b", "x0"}).Draw(d.T, "field") + strconv.Itoa(d.fields),
		Type: rapid.SampledFrom([]forms.Type{forms.Count, forms.Decimal, forms.Money, forms.Text, forms.LongText, forms.DateType,
			forms.Choice, forms.Name, forms.Phone, forms.IDNumber, forms.UnitName, forms.File}).Draw(d.T, "type"),
		Required: d.one(3, "required"), Personal: d.one(4, "personal"), Remark: d.maybe("field's remark"),
	}
	switch {
	case x.Type.Numeric():
		x.Unit = rapid.SampledFrom([]string{"", "人", "万元", "%"}).Draw(d.T, "unit")
		if d.one(4, "baseline") {
			x.Baseline = "annex-1.n" + strconv.Itoa(d.fields)
		}
		if x.Type != forms.Count {
			x.Decimals = d.upTo(6, "decimals")
		}
	case x.Type == forms.Choice:
		x.Choices = rapid.SliceOfNDistinct(rapid.SampledFrom(choices), 1, 4, rapid.ID[string]).Draw(d.T, "choices")
	case x.Type == forms.File && d.one(2, "max"):
		x.Max = 3
	case x.MaxLen() > 0 && d.one(3, "max"):
		x.Max = d.upTo(40, "characters") + 12
	}
	return x
}

var choices = []string{"整改到位", "未整改", "是", "否", "0", "007", "true", "A类", "其他：见备注", "—", "\U00020BB7"}

// ledger adds the dates by which items live.
func (d *drawer) ledger(f *forms.Form) *forms.LedgerRule {
	l := &forms.LedgerRule{Closed: "closed_on", Zero: rapid.SampledFrom([]forms.ZeroMeaning{forms.NothingNew, forms.NothingOpen}).Draw(d.T, "zero means")}
	others := f.Fields()
	f.Columns = append(f.Columns, &forms.Heading{Label: "销号日期", Field: &forms.Field{ID: l.Closed, Type: forms.DateType}})
	if d.one(2, "deadline") {
		l.Deadline = "deadline"
		f.Columns = append(f.Columns, &forms.Heading{Label: "整改时限", Field: &forms.Field{ID: l.Deadline, Type: forms.DateType}})
	}
	for _, x := range others[:min(len(others), d.upTo(2, "evidence"))] {
		l.Evidence = append(l.Evidence, x.ID)
	}
	return l
}

// totals makes sums of some numbers: of those before them, so that none adds itself up.
func (d *drawer) totals(fields []*forms.Field) {
	for i, x := range fields {
		if !x.Type.Numeric() || !d.one(2, "total") {
			continue
		}
		for _, part := range fields[:i] {
			fits := part.Type == x.Type || x.Type == forms.Decimal && part.Type == forms.Count
			if fits && part.Decimals <= x.Decimals && len(x.Sum) < 5 && !d.one(4, "no part") {
				x.Sum = append(x.Sum, part.ID)
			}
		}
		x.Required = x.Required && len(x.Sum) == 0
	}
}

// sections gives each section a field at least.
func (d *drawer) sections(f *forms.Form) {
	fields := f.Fields()
	for i := range min(d.upTo(3, "sections"), len(fields)) {
		s := forms.Section{ID: fmt.Sprintf("section-%d", i), Name: d.label("section") + strconv.Itoa(i)}
		f.Sections = append(f.Sections, s)
		fields[i].Section = s.ID
	}
	for _, x := range fields[len(f.Sections):] {
		if len(f.Sections) > 0 && d.one(2, "in a section") {
			x.Section = rapid.SampledFrom(f.Sections).Draw(d.T, "section of a field").ID
		}
	}
}

func (d *drawer) checks(f *forms.Form) {
	fields := f.Fields()
	for i := range d.upTo(2, "checks") {
		k := forms.Check{ID: fmt.Sprintf("check-%d", i), Severity: d.severity(), Message: d.maybe("message"), MessageEn: d.maybe("message in English"),
			Cite: d.maybe("cite")}
		if slices.ContainsFunc([]string{k.Message, k.MessageEn}, func(s string) bool { return s == "{a: b}" }) {
			k.Message, k.MessageEn = "{column}填{cell}", "" // braces are placeholders here
		}
		if d.one(2, "tried on zero") {
			k.Zero = forms.ZeroTries
		}
		switch x := rapid.SampledFrom(fields).Draw(d.T, "checked"); {
		case x.Baseline != "":
			k.Each, k.Rule = []string{x.ID}, "cell >= baseline"
		case x.Type.Numeric():
			k.Rule = x.ID + " >= 0 and sum(" + x.ID + ", 1) > " + x.ID
		default:
			k.Rule = "not empty(" + x.ID + ")"
		}
		if d.one(3, "later") {
			k.Later = []forms.Change{{From: "2021-07-01", Severity: d.severity()}, {From: "2022-01-01", Severity: d.severity()}}
		}
		f.Checks = append(f.Checks, k)
	}
}

func (d *drawer) severity() forms.Severity {
	return rapid.SampledFrom([]forms.Severity{forms.Explain, forms.Blocking}).Draw(d.T, "severity")
}
