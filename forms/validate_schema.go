package forms

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The bounds of what a schema may say.
const (
	minMargin = 5 // mm: printers reach no further
	maxMargin = 60
	mostFiles = 50 // in one cell
)

var marginShape = regexp.MustCompile(`^\d{1,2}(\.\d)?$`)

// margin reports whether a margin in mm is within bounds and given to a tenth at most.
func margin(mm float64) bool {
	return mm >= minMargin && mm <= maxMargin && marginShape.MatchString(strconv.FormatFloat(mm, 'f', -1, 64))
}

func (v *validator) page() {
	p := v.form.Page
	oneOf(v, "page.paper", p.Paper, "", "A4", "A3")
	if p.Paper == "" && p.Landscape {
		v.atf("page.landscape", "a page lies across only if its paper is stated: add paper: A4 or A3, or remove landscape")
	}
	if p.Margins == nil {
		return
	}
	for _, m := range []struct {
		key string
		mm  float64
	}{{"top", p.Margins.Top}, {"right", p.Margins.Right}, {"bottom", p.Margins.Bottom}, {"left", p.Margins.Left}} {
		if !margin(m.mm) {
			v.atf("page.margins."+m.key, "%v mm is no margin: write %d to %d, with one decimal at most", m.mm, minMargin, maxMargin)
		}
	}
}

// lines checks the lines above or below the table.
func (v *validator) lines(key string, items []HeadItem) {
	for i, h := range items {
		at := fmt.Sprintf("%s[%d]", key, i)
		v.printable(at+".label", h.Label, at+".text", h.Text)
		oneOf(v, key+" item "+h.Label, h.From, HeadUnit, HeadDate, HeadPhone, HeadFixed, HeadClerk, HeadSign)
		switch {
		case h.Label == "":
			v.atf(at+".label", "a line without a label: write what is printed before its value, such as 填报单位")
		case h.From == HeadFixed && strings.TrimSpace(h.Text) == "":
			v.atf(at+".text", "a fixed line needs its text: add text: 民基12表, or take it from %s", HeadUnit)
		case h.From != HeadFixed && h.Text != "":
			v.atf(at+".text", "a line that is filled in from %s has no text of its own: write from: fixed, or remove text", h.From)
		}
	}
}

// texts refuses characters that no paper can show, and what would not survive being stored.
func (v *validator) texts() {
	f := v.form
	v.printable("label", f.Label, "title", f.Title, "stub", f.Stub, "total", f.Total, "notes_label", f.NotesLabel, "remark", f.Remark)
	for i, n := range f.Notes {
		v.printable(fmt.Sprintf("notes[%d]", i), n)
	}
	for i, s := range f.Sections {
		v.printable(fmt.Sprintf("sections[%d].name", i), s.Name)
	}
	for i, k := range f.Checks {
		at := fmt.Sprintf("checks[%d].", i)
		v.printable(at+"message", k.Message, at+"message_en", k.MessageEn, at+"cite", k.Cite)
	}
	var walk func([]*Heading, string)
	walk = func(hs []*Heading, below string) {
		for i, h := range hs {
			if h == nil {
				continue
			}
			at := fmt.Sprintf("%scolumns[%d].", below, i)
			v.printable(at+"heading", h.Label)
			if h.Field != nil {
				v.printable(at+"unit", h.Field.Unit, at+"remark", h.Field.Remark)
			}
			walk(h.Children, at)
		}
	}
	walk(f.Columns, "")
}

// printable takes keys and texts by turns.
func (v *validator) printable(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.IndexFunc(pairs[i+1], unprintable) >= 0 {
			v.atf(pairs[i], "%s contains control characters or broken encoding: remove them", strconv.Quote(pairs[i+1]))
		}
	}
}

func (v *validator) sections() {
	f := v.form
	ids, names := map[string]bool{}, map[string]bool{}
	for i, s := range f.Sections {
		at := fmt.Sprintf("sections[%d]", i)
		switch {
		case !formIDShape.MatchString(s.ID):
			v.atf(at+".id", "%q is not an id: write lower-case letters, digits and single hyphens, such as child-welfare", s.ID)
		case ids[s.ID]:
			v.atf(at+".id", "section %s is there already: give each an id of its own", s.ID)
		case strings.TrimSpace(s.Name) == "" || names[s.Name]:
			v.atf(at+".name", "name %q is blank or that of another section: write what the section is called, such as 儿童福利科", s.Name)
		case !slices.ContainsFunc(f.Fields(), func(x *Field) bool { return x.Section == s.ID }):
			v.atf(at, "no column is filled in by section %s: write section: %s at a column or a heading, or remove the section", s.ID, s.ID)
		}
		ids[s.ID], names[s.Name] = true, true
	}
	for _, x := range f.Fields() {
		if x.Section != "" && !ids[x.Section] {
			v.field = x.ID
			v.atf("section", "there is no section %q: add it to sections, or write one of %q", x.Section, sectionIDs(f))
			v.field = ""
		}
	}
}

func sectionIDs(f *Form) []string {
	var out []string
	for _, s := range f.Sections {
		if !slices.Contains(out, s.ID) {
			out = append(out, s.ID)
		}
	}
	return out
}

// sums checks the totals: of what they are made, and that no total adds itself up.
func (v *validator) sums() {
	s := newSummer(v.form)
	for _, x := range s.totals {
		v.field = x.ID
		for i, id := range x.Sum {
			v.part(x, s.fields[id], i)
		}
		if !x.Type.Numeric() {
			v.atf("sum", "a field of type %s is no total: make it a number, or remove sum", x.Type)
		}
		if x.Required {
			v.atf("required", "a total is computed, never typed: remove required here, and require its parts")
		}
		if path := s.adder(x); path != "" {
			v.atf("sum", "the total adds itself up (%s): take %s out of one of these sums", path, x.ID)
		}
	}
	v.field = ""
}

// part checks one part of the total x.
func (v *validator) part(x, part *Field, i int) {
	at, id := fmt.Sprintf("sum[%d]", i), x.Sum[i]
	switch {
	case part == nil:
		v.atf(at, "the form has no field %q: name the fields it is the total of", id)
	case slices.Contains(x.Sum[:i], id):
		v.atf(at, "%s is there twice: a total counts each field once", id)
	case !x.Type.Numeric():
	case !part.Type.Numeric():
		v.atf(at, "%s is a %s: only numbers add up", id, part.Type)
	case (x.Type == Money) != (part.Type == Money):
		v.atf(at, "%s is a %s and the total a %s: money adds up with money only", id, part.Type, x.Type)
	case x.Type == Count && part.Type != Count:
		v.atf(at, "%s is a %s, but the total is a count of whole numbers: make the total a decimal", id, part.Type)
	case part.Decimals > x.Decimals:
		v.atf(at, "%s has %d decimals and the total %d: give the total as many", id, part.Decimals, x.Decimals)
	}
}

// ledger checks how the items of a ledger live.
func (v *validator) ledger() {
	l := v.form.Ledger
	switch {
	case l == nil && v.form.Kind == Ledger:
		v.atf("kind", "a ledger says how its items live: add ledger: {closed: FIELD}, the date field by which they are closed, or ledger: {zero: nothing_new} if they never are")
		return
	case l == nil:
		return
	case v.form.Kind != Ledger:
		v.atf("ledger", "only a form of kind ledger has items that live on: write kind: ledger, or remove ledger")
	}
	switch {
	case l.Closed == "" && (l.Deadline != "" || len(l.Evidence) > 0):
		v.atf("ledger", "a deadline or evidence is for items that are closed: name the date field of closing as closed, or remove them")
	case l.Closed == "" && l.Zero == NothingOpen:
		v.atf("ledger.zero", "items that are never closed are always open: write %s", NothingNew)
	case l.Closed == "":
	default:
		if x := v.day("ledger.closed", l.Closed); x != nil && x.Required {
			v.atf("ledger.closed", "%s is required, but an item that is still open has no date of closing: remove required there", x.ID)
		}
	}
	if l.Deadline != "" {
		v.day("ledger.deadline", l.Deadline)
		if l.Deadline == l.Closed {
			v.atf("ledger.deadline", "%s is the date of closing: name another field", l.Deadline)
		}
	}
	for i, id := range l.Evidence {
		at := fmt.Sprintf("ledger.evidence[%d]", i)
		switch {
		case v.form.Field(id) == nil:
			v.atf(at, "the form has no field %q: name a field that shows that an item is done", id)
		case id == l.Closed:
			v.atf(at, "%s is the date of closing itself: name what shows that an item is done", id)
		case slices.Contains(l.Evidence[:i], id):
			v.atf(at, "%s is there twice: name each field once", id)
		}
	}
	if l.Zero != NothingNew && l.Zero != NothingOpen {
		v.atf("ledger.zero", "%q is not what a zero report attests: write %s or %s", l.Zero, NothingNew, NothingOpen)
	}
}

// day returns the date field that a ledger names; nil, with an error, if it is none.
func (v *validator) day(key, id string) *Field {
	x := v.form.Field(id)
	switch {
	case x == nil:
		v.atf(key, "the form has no field %q: name a date field", id)
	case x.Type != DateType:
		v.atf(key, "%s is a %s: name a date field", id, x.Type)
	default:
		return x
	}
	return nil
}
