package catalogue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// duties are all duties of the five directives, worked out by hand from the documents: due
// date, obligation, number of units. Nothing that the text leaves open is among them.
const duties = `
jinjiang-2019: the 6 街道 and 13 镇 of 晋江
2019-04-30 contact 19
2019-04-30 data-entry 19
2019-04-30 funds-check 19
2019-04-30 clue-review 1
2019-05-10 stage-summary 19
2019-05-10 payment 19
2019-05-31 data-entry 19
2019-05-31 funds-check 19
2019-05-31 clue-review 1
2019-06-10 payment 19
2019-06-30 data-entry 19
2019-06-30 funds-check 19
2019-06-30 clue-review 1
2019-07-10 payment 19
2019-07-31 data-entry 19
2019-07-31 funds-check 19
2019-07-31 clue-review 1
2019-08-10 payment 19
2019-08-31 data-entry 19
2019-08-31 funds-check 19
2019-08-31 clue-review 1
2019-09-10 payment 19
2019-09-30 data-entry 19
2019-09-30 funds-check 19
2019-09-30 clue-review 1
2019-10-10 payment 19
2019-10-31 data-entry 19
2019-10-31 funds-check 19
2019-10-31 clue-review 1
2019-11-10 payment 19
2019-11-30 data-entry 19
2019-11-30 funds-check 19
2019-11-30 clue-review 1
2019-12-10 stage-summary 19
2019-12-10 payment 19
2019-12-31 annual-check 19
2019-12-31 data-entry 19
2019-12-31 funds-check 19
2019-12-31 clue-review 1

fujian-2020: 9 cities and 平潭; 83 counties and 台商投资区
2020-03-31 death-comparison 84
2020-03-31 clue-review 95
2020-04-15 accountability 10
2020-04-30 death-comparison 84
2020-04-30 clue-review 95
2020-05-15 accountability 10
2020-05-31 death-comparison 84
2020-05-31 clue-review 95
2020-06-15 accountability 10
2020-06-30 death-comparison 84
2020-06-30 clue-review 95
2020-06-30 screening 94
2020-07-15 accountability 10
2020-07-31 death-comparison 84
2020-07-31 clue-review 95
2020-08-15 accountability 10
2020-08-31 death-comparison 84
2020-08-31 clue-review 95
2020-09-15 accountability 10
2020-09-30 death-comparison 84
2020-09-30 clue-review 95
2020-10-15 accountability 10
2020-10-31 death-comparison 84
2020-10-31 clue-review 95
2020-11-15 accountability 10
2020-11-30 death-comparison 84
2020-11-30 clue-review 95
2020-12-15 accountability 10
2020-12-31 death-comparison 84
2020-12-31 clue-review 95
2020-12-31 annual-review 84

jilin-2020: 9 cities, 长白山, 60 counties
2020-04-20 plan 70
2020-11-30 year-county 60
2020-12-10 year-city 9

shanxi-2021: 11 cities
2021-07-05 ledger 11
2021-10-05 ledger 11
2021-12-31 year-summary 11

quanzhou-2021: 11 counties and 台商投资区
2021-06-13 clues 12
2021-06-13 work-report 12
2021-06-25 progress 12
2021-06-28 clues 12
2021-06-28 work-report 12
2021-06-30 house-check 12
2021-06-30 problem-list 12
2021-06-30 database 12
2021-07-13 clues 12
2021-07-13 work-report 12
2021-07-25 progress 12
2021-07-28 clues 12
2021-07-28 work-report 12
2021-08-13 clues 12
2021-08-13 work-report 12
2021-08-25 progress 12
2021-08-25 petitions 12
2021-08-28 clues 12
2021-08-28 work-report 12
2021-08-31 inclusion 12
2021-08-31 rectification 12
2021-08-31 system-list 12
2021-08-31 relief-policies 12
2021-08-31 child-policies 12
2021-09-08 summary 12
2021-09-13 clues 12
2021-09-13 work-report 12
2021-09-28 clues 12
2021-09-28 work-report 12
`

func TestDuties(t *testing.T) {
	c := load(t)
	planned, err := scheduler.Plan(c, calendar.Span{})
	if err != nil {
		t.Fatal(err)
	}
	got, wrong := map[string][]string{}, map[string]bool{}
	for _, p := range planned {
		line := p.DueDate.String() + " " + p.Key.Obligation
		ls := got[p.Key.Directive]
		if n := len(ls); n > 0 && strings.HasPrefix(ls[n-1], line+" ") {
			var units int
			fmt.Sscan(strings.TrimPrefix(ls[n-1], line+" "), &units)
			ls[n-1] = fmt.Sprint(line, " ", units+1)
		} else {
			ls = append(ls, line+" 1")
		}
		got[p.Key.Directive] = ls
		if p.DueTime != calendar.EndOfDay {
			wrong[line] = true // "X日前" includes X, to 24:00
		}
	}
	sections := strings.Split(strings.TrimSpace(duties), "\n\n")
	for _, s := range sections {
		lines := strings.Split(s, "\n")
		id, _, _ := strings.Cut(lines[0], ":")
		if !slices.Equal(got[id], lines[1:]) {
			t.Errorf("%s\ngot\n%s\nwant\n%s", id, strings.Join(got[id], "\n"), strings.Join(lines[1:], "\n"))
		}
	}
	if len(c.Directives) != len(sections) || len(wrong) > 0 {
		t.Errorf("%d directives, %d sections; not due at 24:00: %v", len(c.Directives), len(sections), wrong)
	}
	if len(planned) != 3157 { // 579 + 2058 + 139 + 33 + 348
		t.Errorf("%d duties, want 3157", len(planned))
	}
}

// open is what the texts leave open, with the dates each reading would give; typed by hand.
const open = `
fujian-2020/accountability-county
  day-5: 2020-04-05 2020-05-05 2020-06-05 2020-07-05 2020-08-05 2020-09-05 2020-10-05 2020-11-05 2020-12-05
  day-10: 2020-04-10 2020-05-10 2020-06-10 2020-07-10 2020-08-10 2020-09-10 2020-10-10 2020-11-10 2020-12-10
  day-12: 2020-04-12 2020-05-12 2020-06-12 2020-07-12 2020-08-12 2020-09-12 2020-10-12 2020-11-12 2020-12-12
fujian-2020/death-comparison plans
  month-end: 2020-03-31 2020-04-30 2020-05-31 2020-06-30 2020-07-31 2020-08-31 2020-09-30 2020-10-31 2020-11-30 2020-12-31
  day-10: 2020-04-10 2020-05-10 2020-06-10 2020-07-10 2020-08-10 2020-09-10 2020-10-10 2020-11-10 2020-12-10
fujian-2020/clue-review plans
  month-end: 2020-03-31 2020-04-30 2020-05-31 2020-06-30 2020-07-31 2020-08-31 2020-09-30 2020-10-31 2020-11-30 2020-12-31
  day-15: 2020-04-15 2020-05-15 2020-06-15 2020-07-15 2020-08-15 2020-09-15 2020-10-15 2020-11-15 2020-12-15
fujian-2020/annual-review plans
  year-end: 2020-12-31
  with-screening: with screening
fujian-2020/problem-ledger
  with-screening: with screening
  year-end: 2020-12-31
jilin-2020/plan plans
  direct: as it stands
  through-city: as it stands
jilin-2020/year-changbaishan
  as-city: 2020-12-10
  as-county: 2020-11-30
jilin-2020/quarter
  quarter-end: 2020-06-30 2020-09-30 2020-12-31
  next-5: 2020-04-05 2020-07-05 2020-10-05
  next-10: 2020-04-10 2020-07-10 2020-10-10
jilin-2020/quarter-collection
  quarter-end: 2020-06-30 2020-09-30 2020-12-31
  next-15: 2020-04-15 2020-07-15 2020-10-15
jilin-2020/quarter-notice
  quarter-end: 2020-06-30 2020-09-30 2020-12-31
  next-month-end: 2020-04-30 2020-07-31 2020-10-31
jilin-2020/problem-ledger
  with-plan: 2020-04-20
  with-year: 2020-11-30
jinjiang-2019/year-plan
  may-10: 2019-05-10
  year-end: 2019-12-31
jinjiang-2019/five-groups
  day-10: 2019-06-10
  day-20: 2019-06-20
jinjiang-2019/data-entry plans
  month-end: 2019-04-30 2019-05-31 2019-06-30 2019-07-31 2019-08-31 2019-09-30 2019-10-31 2019-11-30 2019-12-31
  with-payment: with payment
jinjiang-2019/funds-check plans
  month-end: 2019-04-30 2019-05-31 2019-06-30 2019-07-31 2019-08-31 2019-09-30 2019-10-31 2019-11-30 2019-12-31
  with-payment: with payment
jinjiang-2019/clue-review plans
  month-end: 2019-04-30 2019-05-31 2019-06-30 2019-07-31 2019-08-31 2019-09-30 2019-10-31 2019-11-30 2019-12-31
  day-20: 2019-04-20 2019-05-20 2019-06-20 2019-07-20 2019-08-20 2019-09-20 2019-10-20 2019-11-20 2019-12-20
jinjiang-2019/work-ledger
  with-summary: with stage-summary
  year-end: 2019-12-31
quanzhou-2021/clues plans
  new: as it stands
  cumulative: as it stands
quanzhou-2021/clues-province
  same-day: 2021-06-13 2021-06-28 2021-07-13 2021-07-28 2021-08-13 2021-08-28 2021-09-13 2021-09-28
  half-month: 2021-06-15 2021-06-30 2021-07-15 2021-07-31 2021-08-15 2021-08-31 2021-09-15 2021-09-30
quanzhou-2021/clues-inspectors
  month-end: 2021-06-30 2021-07-31 2021-08-31 2021-09-30
  day-28: 2021-06-28 2021-07-28 2021-08-28 2021-09-28
quanzhou-2021/clue-ledgers
  first-report: 2021-06-13
  june-end: with problem-list
quanzhou-2021/household-ledger
  june-end: with house-check
  stage-end: 2021-08-31
quanzhou-2021/visiting-system
  june-end: with house-check
  august-end: with system-list
quanzhou-2021/lists-province
  stage-end: 2021-09-30
  keep-ready: as it stands
shanxi-2021/ledger-q4
  january: 2022-01-05
  with-summary: with year-summary
  none: as it stands
shanxi-2021/three-lists
  stage-end: 2021-07-31
  with-ledger: with ledger
shanxi-2021/payment-ledgers
  stage-end: 2021-07-31
  year-end: 2021-12-31
shanxi-2021/relatives
  stage-end: 2021-07-31
  year-end: 2021-12-31
shanxi-2021/petition-ledger
  stage-end: 2021-07-31
  year-end: 2021-12-31
shanxi-2021/petition-talks
  quarterly: 2021-06-30 2021-09-30 2021-12-31
  monthly: 2021-05-31 2021-06-30 2021-07-31 2021-08-31 2021-09-30 2021-10-31 2021-11-30 2021-12-31
`

func TestUndecided(t *testing.T) {
	c := load(t)
	var b strings.Builder
	for _, d := range c.Directives {
		for _, o := range d.Obligations {
			u := o.Undecided
			if u == nil {
				continue
			}
			plans := ""
			if u.Plans {
				plans = " plans"
			}
			fmt.Fprintf(&b, "\n%s/%s%s", d.ID, o.ID, plans)
			for _, a := range u.Alternatives {
				says := strings.Join(occurrences(t, c, d, a.Due), " ")
				switch {
				case a.With != "":
					says = "with " + a.With
				case !a.Dated():
					says = "as it stands"
				}
				fmt.Fprintf(&b, "\n  %s: %s", a.ID, says)
			}
		}
	}
	if got := b.String() + "\n"; got != open {
		t.Errorf("got%s", got)
	}
}

// Nobody is told what nobody has decided, and a county's own city receives what it sends.
func TestRecipients(t *testing.T) {
	c := load(t)
	for _, d := range c.Directives {
		for _, o := range d.Obligations {
			for _, p := range o.Shares() {
				where := d.ID + "/" + o.ID
				if o.Kind != scheduler.Action && p.To.Unit == "" && p.To.Body == "" {
					t.Errorf("%s is sent to nobody", where)
				}
				if o.Kind == scheduler.Action && p.To != (scheduler.Recipient{}) {
					t.Errorf("%s is an action, but goes to %+v", where, p.To)
				}
				for _, id := range p.From {
					if u := c.Unit(id); u.Own || id == p.To.Unit {
						t.Errorf("%s: %s owes it to %s", where, id, p.To.Unit)
					}
				}
			}
		}
	}
	for id, parts := range map[string]int{"fujian-2020/accountability-county": 9, "jilin-2020/year-county": 9} {
		directive, obligation, _ := strings.Cut(id, "/")
		o := c.Directive(directive).Obligation(obligation)
		if len(o.Parts) != parts {
			t.Fatalf("%s has %d parts", id, len(o.Parts))
		}
		for _, p := range o.Parts {
			for _, county := range p.From {
				if c.Unit(county).Parent != p.To.Unit {
					t.Errorf("%s: %s reports to %s", id, county, p.To.Unit)
				}
			}
		}
	}
	for id, want := range map[string]scheduler.Recipient{
		"fujian-2020/accountability":     {Unit: "fj", Section: "社会救助处"},
		"jilin-2020/year-city":           {Unit: "jl", Section: "社会救助处"},
		"jinjiang-2019/stage-summary":    {Unit: "qz-jinjiang"},
		"shanxi-2021/ledger":             {Unit: "sx"},
		"quanzhou-2021/child-policies":   {Unit: "qz", Section: "儿童福利科"},
		"quanzhou-2021/clues-inspectors": {Body: "驻市民政局纪检监察组"},
	} {
		directive, obligation, _ := strings.Cut(id, "/")
		if got := c.Directive(directive).Obligation(obligation).To; got != want {
			t.Errorf("%s goes to %+v, want %+v", id, got, want)
		}
	}
}
