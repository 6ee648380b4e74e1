package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

const (
	reachPath   = "/reach"
	checkPath   = "/reach/check"
	confirmPath = "/reach/confirm"
)

// reachView is whom the units below can be reached through.
type reachView struct {
	Of     []choice // obligations to choose from
	Chosen string
	Units  []reachUnit
	Out    int // of them cannot be reached
	Export string
}

type reachUnit struct {
	Name, Office string
	Out          bool
	Late, Never  int
	People       []reachPerson
}

type reachPerson struct {
	Name, Role string
	Account    bool
	Ways       []reachWay
}

type reachWay struct {
	Channel, Address string
	Status           status
	When, Why        string
}

// said is a word of the ledger in the language of the page.
func (w Words) said(s desk.Said) string {
	if w.Lang == English {
		return s.En
	}
	return s.Zh
}

// wayStatus words how far an address is known to reach its reader.
func (w Words) wayStatus(x store.Way) status {
	switch x.State() {
	case store.WayBad:
		return status{Class: "red", Icon: "square", Word: w.T("不可用")}
	case store.WayVerified:
		return status{Class: "green", Icon: "check", Word: w.T("本人已确认")}
	case store.WayDelivered:
		return status{Class: "teal", Icon: "disc", Word: w.T("曾送达")}
	case store.WayHanded:
		return status{Class: "blue", Icon: "half", Word: w.T("曾发出")}
	}
	return status{Class: "grey", Icon: "ring", Word: w.T("未验证")}
}

func (v *visit) reachWay(x store.Way) reachWay {
	out := reachWay{Channel: v.said(desk.SaidChannel(x.Channel)), Address: x.Address, Status: v.wayStatus(x)}
	switch x.State() {
	case store.WayBad:
		out.When, out.Why = v.Day(x.Bad), x.BadReason
	case store.WayVerified:
		out.When = v.Day(x.Verified)
	case store.WayDelivered:
		out.When = v.Day(x.Delivered)
	case store.WayHanded:
		out.When = v.Day(x.Handed)
	}
	return out
}

// roleWord words what a person is in their unit; of two clerks one is the A岗, one the B岗.
func (w Words) roleWord(role store.RoleName, deputy bool) string {
	if role == store.Clerk && !deputy {
		return w.T("填报员（A岗）")
	}
	return w.said(desk.SaidRole(string(role), deputy))
}

// obligationsToMe are those whose returns come to a bureau the person reviews for.
func (v *visit) obligationsToMe() (out []choice) {
	mine := v.units(store.Reviewer)
	for _, d := range v.Desk.Catalogue.Directives {
		for _, o := range d.Obligations {
			if slices.Contains(mine, o.To.Unit) {
				out = append(out, choice{Value: d.ID + "/" + o.ID, Text: o.Title})
			}
		}
	}
	return out
}

// of reads the obligation asked for; what is none of theirs is not found.
func (v *visit) of(value string) (store.Filter, error) {
	if value == "" {
		return store.Filter{}, nil
	}
	if !slices.ContainsFunc(v.obligationsToMe(), func(c choice) bool { return c.Value == value }) {
		return store.Filter{}, store.ErrNotFound
	}
	directive, obligation, _ := strings.Cut(value, "/")
	return store.Filter{Directive: directive, Obligation: obligation}, nil
}

func (v *visit) reach() error {
	of := v.r.URL.Query().Get("of")
	f, err := v.of(of)
	if err != nil {
		return err
	}
	units, err := v.Store.Contacts(v.ctx(), v.viewer(), f, v.now)
	if err != nil {
		return err
	}
	r := reachView{Of: v.obligationsToMe(), Chosen: of, Export: reachPath + "/contacts.txt"}
	if of != "" {
		r.Export += "?of=" + of
	}
	for _, u := range units {
		x := v.reachUnit(u)
		if x.Out {
			r.Out++
		}
		r.Units = append(r.Units, x)
	}
	slices.SortStableFunc(r.Units, func(a, b reachUnit) int { return rank(b) - rank(a) })
	p := v.page(v.T("联络情况"))
	p.Wide = true
	return v.render(http.StatusOK, reachPage(p, r))
}

// rank brings to the top what wants attention.
func rank(u reachUnit) int {
	switch {
	case u.Out:
		return 2
	case u.Never > 0:
		return 1
	}
	return 0
}

func (v *visit) reachUnit(u store.UnitContacts) reachUnit {
	x := reachUnit{Name: u.Name, Office: u.Office, Out: !u.Reachable(), Late: u.Late, Never: u.Unreached}
	for _, c := range u.People {
		p := reachPerson{Name: c.Name, Role: v.roleWord(c.Role, c.Deputy), Account: c.Account}
		for _, w := range c.Ways {
			p.Ways = append(p.Ways, v.reachWay(w))
		}
		x.People = append(x.People, p)
	}
	return x
}

// reachText is the list as text, for a message or a file.
func (v *visit) reachText() error {
	f, err := v.of(v.r.URL.Query().Get("of"))
	if err != nil {
		return err
	}
	units, err := v.Store.Contacts(v.ctx(), v.viewer(), f, v.now)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, u := range units {
		x := v.reachUnit(u)
		b.WriteString(x.Name)
		if x.Out {
			b.WriteString("\t" + v.T("联系不上"))
		}
		b.WriteString("\n")
		for _, p := range x.People {
			b.WriteString("\t" + p.Name + "\t" + p.Role)
			for _, w := range p.Ways {
				b.WriteString("\t" + w.Channel + " " + w.Address + " " + w.Status.Word)
			}
			b.WriteString("\n")
		}
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="contacts.txt"`)
	v.wrote = true
	if _, err := v.w.Write([]byte(b.String())); err != nil {
		v.Logger.Info("client went away", "request", v.id, "error", err)
	}
	return nil
}

// unreached marks the status of an overdue duty about which nobody of the unit was ever reached:
// such a unit is not simply late.
func (v *visit) unreached(s status, t store.Task, never map[string]bool) status {
	if never[t.ID] {
		s.Tags = append(s.Tags, tag{"red", v.T("联系不上")})
	}
	return s
}

// channelOf reads a channel out of a form.
func channelOf(s string) (notify.Channel, bool) {
	c := notify.Channel(s)
	return c, c == notify.Email || c == notify.SMS || c == notify.Webhook
}

// titleOf is the title of an obligation by "directive/obligation"; of all of them if it is empty.
func (v *visit) titleOf(directive, obligation string) string {
	if directive == "" {
		return v.T("全部报送事项")
	}
	if d := v.Desk.Catalogue.Directive(directive); d != nil {
		if o := d.Obligation(obligation); o != nil {
			return o.Title
		}
	}
	return obligation
}

// officeOf is the name of a unit's office.
func (v *visit) officeOf(unit string) string { return v.recipient(scheduler.Recipient{Unit: unit}) }
