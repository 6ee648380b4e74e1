package demo

import (
	"fmt"
	"slices"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

// Cast is the invented people of a campaign: a clerk and a head (分管领导) for each unit that owes
// something and a reviewer for each bureau that receives something.
type Cast struct {
	clerks    map[string]store.Person // by unit
	reviewers map[string]store.Person // by unit
	heads     map[string]store.Person // by unit
	order     []store.Person
}

// surnames and "样" (sample) make names that read as names and plainly are nobody's.
var surnames = []string{"林", "陈", "黄", "张", "吴", "李", "王", "郑", "蔡", "许", "苏", "庄", "洪", "曾", "杨", "郭"}

var digits = []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}

// NewCast invents the people for a catalogue; the same catalogue gives the same people.
// E-mail addresses end in .example (RFC 2606); what is sent to them, and to the numbers, never
// leaves the process.
func NewCast(c *scheduler.Catalogue) *Cast {
	k := &Cast{clerks: map[string]store.Person{}, reviewers: map[string]store.Person{}, heads: map[string]store.Person{}}
	owes, receives := map[string]bool{}, map[string]bool{}
	for _, d := range c.Directives {
		for _, o := range d.Obligations {
			receives[o.To.Unit] = true
			for _, u := range o.From {
				owes[u] = true
			}
		}
	}
	for _, u := range c.Units {
		if owes[u.ID] {
			k.add(k.clerks, u, store.Clerk)
		}
		if receives[u.ID] {
			k.add(k.reviewers, u, store.Reviewer)
		}
	}
	for _, u := range c.Units { // last, so that names and numbers of the others do not hang on them
		if owes[u.ID] {
			k.add(k.heads, u, store.Leader)
		}
	}
	return k
}

func (k *Cast) add(to map[string]store.Person, u *scheduler.Unit, role store.RoleName) {
	n := len(k.order)
	name := surnames[n%len(surnames)] + "样" + digits[(n/len(surnames)+n)%len(digits)]
	id := u.ID
	switch role {
	case store.Reviewer:
		id += "-review"
	case store.Leader:
		id += "-head"
	}
	login := id
	if role == store.Leader {
		login = "" // is written to, and has nothing to do here
	}
	p := store.Person{
		ID: id, Login: login, Name: name,
		Email: id + "@baosong.example",
		Phone: fmt.Sprintf("1990000%04d", n+1),
		Roles: []store.Role{{Unit: u.ID, Name: role}},
	}
	to[u.ID] = p
	k.order = append(k.order, p)
}

// People lists everybody in the order of units.
func (k *Cast) People() []store.Person { return slices.Clone(k.order) }

// Clerk returns the clerk of a unit; ok is false if the unit owes nothing.
func (k *Cast) Clerk(unit string) (p store.Person, ok bool) { p, ok = k.clerks[unit]; return }

// Head returns the head of a unit, who is written to when all else was in vain; ok is false if the
// unit owes nothing.
func (k *Cast) Head(unit string) (p store.Person, ok bool) { p, ok = k.heads[unit]; return }

// Reviewer returns the reviewer of a bureau; ok is false if it receives nothing.
func (k *Cast) Reviewer(unit string) (p store.Person, ok bool) { p, ok = k.reviewers[unit]; return }
