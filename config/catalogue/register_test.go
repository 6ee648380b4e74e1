package catalogue_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// register is what the five documents ask for, entry by entry, with the words of the text.
type register struct {
	Entries []entry `yaml:"entries,required"`
}

type entry struct {
	ID    string `yaml:"id,required"`
	Cls   string `yaml:"cls,required"`
	Norm  string `yaml:"norm,required"`
	Quote string `yaml:"quote,required"`
}

func readRegister(t *testing.T) []entry {
	t.Helper()
	data, err := os.ReadFile("testdata/register.txt")
	if err != nil {
		t.Fatal(err)
	}
	var r register
	if err := strict.Decode("register.txt", data, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Entries) != 93 {
		t.Fatalf("%d entries, want 93", len(r.Entries))
	}
	return r.Entries
}

// document is the directive that holds the entries S0.…, S1.… and so on.
func document(t *testing.T, c *scheduler.Catalogue, source string) *scheduler.Directive {
	t.Helper()
	ids := []string{"fujian-2020", "jinjiang-2019", "shanxi-2021", "quanzhou-2021", "jilin-2020"}
	d := c.Directive(ids[source[1]-'0'])
	if d == nil {
		t.Fatalf("%s: no directive", source)
	}
	return d
}

// held is where the catalogue holds an entry.
type held struct {
	obligations []*scheduler.Obligation
	stages      []scheduler.Stage
	listed      string // the reason
}

func holds(d *scheduler.Directive, source string) (h held) {
	for _, o := range d.Obligations {
		if slices.Contains(o.Sources, source) {
			h.obligations = append(h.obligations, o)
		}
	}
	for _, s := range d.Stages {
		if slices.Contains(s.Sources, source) {
			h.stages = append(h.stages, s)
		}
	}
	for _, l := range d.Listed {
		if l.Source == source {
			h.listed += l.Why
		}
	}
	return h
}

// kept says of each entry of class rule what keeps it: a check of a form, or the stamp. The
// other rules cannot be checked on any form, and are listed with a reason.
var kept = map[string]string{
	"S1.5":  "annual-check/report-still-valid",
	"S3.23": "annex-2/not-below-handed-down",
	"S3.25": "annex-4/found-this-year",
	"S3.26": "annex-4/other-field-in-remark",
	"S3.28": "stamped",
	"S4.7":  "event audit",
}

// Every entry of the register is an obligation, a stage or a check, or listed as none of them
// with a reason; and nothing names an entry that the register does not have.
func TestEveryEntryIsAccountedFor(t *testing.T) {
	c := load(t)
	known := map[string]bool{}
	for _, e := range readRegister(t) {
		known[e.ID] = true
		d := document(t, c, e.ID)
		h := holds(d, e.ID)
		switch {
		case len(h.obligations)+len(h.stages) == 0 && h.listed == "":
			t.Errorf("%s (%s) is neither held nor listed: %s", e.ID, e.Cls, e.Quote)
			continue
		case len(h.obligations)+len(h.stages) > 0 && h.listed != "":
			t.Errorf("%s is held and listed as nothing too", e.ID)
		case h.listed != "" && len([]rune(h.listed)) < 10:
			t.Errorf("%s is listed for no reason: %q", e.ID, h.listed)
		}
		switch e.Cls {
		case "report", "milestone", "payment", "implied", "own":
			if len(h.obligations) == 0 {
				t.Errorf("%s is a %s, but no obligation holds it", e.ID, e.Cls)
			}
		case "stage":
			if len(h.stages) != 1 || len(h.obligations) > 0 {
				t.Errorf("%s is a stage: held by %d stages, %d obligations", e.ID, len(h.stages), len(h.obligations))
			}
		case "rule":
			if want := kept[e.ID]; (want == "") != (h.listed != "") {
				t.Errorf("%s is a rule kept by %q and listed for %q: want one of them", e.ID, want, h.listed)
			} else if want != "" && !slices.ContainsFunc(h.obligations, func(o *scheduler.Obligation) bool { return keeps(d, o, want) }) {
				t.Errorf("%s: %s does not keep it", e.ID, want)
			}
		case "event", "action":
			if h.listed == "" {
				t.Errorf("%s has no time limit, but something holds it", e.ID)
			}
		}
	}
	for _, d := range c.Directives {
		var named []string
		for _, o := range d.Obligations {
			named = append(named, o.Sources...)
		}
		for _, s := range d.Stages {
			named = append(named, s.Sources...)
		}
		for _, l := range d.Listed {
			named = append(named, l.Source)
		}
		for _, id := range named {
			if !known[id] || document(t, c, id) != d {
				t.Errorf("%s names %s, which the register does not have for it", d.ID, id)
			}
		}
	}
}

// keeps reports whether an obligation keeps a rule in the way that kept says.
func keeps(d *scheduler.Directive, o *scheduler.Obligation, how string) bool {
	if how == "stamped" {
		return o.Stamped
	}
	if event, ok := strings.CutPrefix(how, "event "); ok {
		return o.After != nil && o.After.Event == event
	}
	form, check, _ := strings.Cut(how, "/")
	if !slices.Contains(o.Forms, form) {
		return false
	}
	for _, k := range d.Form(form).Checks {
		if k.ID == check {
			return true
		}
	}
	return false
}

// What a clause says is in the text: each quotation is part of the words of an entry that the
// obligation or stage names as its source, and each entry it names is quoted.
func TestQuotations(t *testing.T) {
	c := load(t)
	words := map[string]string{}
	for _, e := range readRegister(t) {
		words[e.ID] = e.Quote
	}
	check := func(where string, clauses []scheduler.Clause, sources []string) {
		if len(sources) == 0 {
			t.Errorf("%s names no source", where)
		}
		for _, cl := range clauses {
			if cl.Place == "" || !slices.ContainsFunc(sources, func(id string) bool { return strings.Contains(words[id], cl.Quote) }) {
				t.Errorf("%s: %s %q is not in the words of %v", where, cl.Place, cl.Quote, sources)
			}
		}
		for _, id := range sources {
			if !slices.ContainsFunc(clauses, func(cl scheduler.Clause) bool {
				return strings.Contains(words[id], cl.Quote) || strings.Contains(cl.Quote, words[id])
			}) {
				t.Errorf("%s: no clause quotes %s, %q", where, id, words[id])
			}
		}
	}
	for _, d := range c.Directives {
		for _, o := range d.Obligations {
			check(d.ID+"/"+o.ID, append([]scheduler.Clause{o.Clause}, o.Also...), o.Sources)
		}
		for _, s := range d.Stages {
			check(d.ID+" stage "+s.ID, []scheduler.Clause{s.Clause}, s.Sources)
		}
	}
}

var (
	isoDates = regexp.MustCompile(`\d{4}-\d\d-\d\d`)
	days     = regexp.MustCompile(`^monthly ([\d,]+)$`)
)

// Where the register has dates, the catalogue has the same: read here a second way, from the
// norms of the register.
func TestDatesOfTheRegister(t *testing.T) {
	c := load(t)
	for _, e := range readRegister(t) {
		if strings.Contains(e.Norm, "ambiguous") {
			continue // see TestUndecided
		}
		d := document(t, c, e.ID)
		h := holds(d, e.ID)
		var want []string
		kind, _, _ := strings.Cut(e.Norm, " ")
		switch {
		case e.Cls == "stage":
			s, norm := h.stages[0].Dates, isoDates.FindAllString(e.Norm, -1)
			if s.To.String() != norm[len(norm)-1] || len(norm) == 2 && s.From.String() != norm[0] {
				t.Errorf("%s lasts %s to %s, want %v", e.ID, s.From, s.To, norm)
			}
			continue
		case kind == "once" || kind == "dates":
			want = isoDates.FindAllString(e.Norm, -1)
		case days.MatchString(e.Norm):
			for day := d.Window.From; !day.After(d.Window.To); day = day.AddDays(1) {
				if slices.Contains(strings.Split(days.FindStringSubmatch(e.Norm)[1], ","), strconv.Itoa(day.Day)) {
					want = append(want, day.String())
				}
			}
		case e.Norm == "quarterly m1 5": // the fourth quarter is an open reading
			want = []string{"2021-07-05", "2021-10-05"}
		default:
			continue
		}
		if !slices.ContainsFunc(h.obligations, func(o *scheduler.Obligation) bool {
			return !blocked(o) && slices.Equal(occurrences(t, c, d, o.Shares()[0].Due), want)
		}) {
			t.Errorf("%s: nothing that holds it falls due on %v exactly", e.ID, want)
		}
	}
}

// blocked reports whether an open reading keeps the obligation from being planned.
func blocked(o *scheduler.Obligation) bool { return o.Undecided != nil && !o.Undecided.Plans }

// occurrences are the due dates of a rule within the directive's window.
func occurrences(t *testing.T, c *scheduler.Catalogue, d *scheduler.Directive, rule calendar.Rule) []string {
	t.Helper()
	all, err := rule.Occurrences(d.Window, c.Days)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range all {
		out = append(out, x.Date.String())
	}
	return out
}
