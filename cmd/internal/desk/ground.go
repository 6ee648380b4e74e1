package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Ground is a duty with what its checks look at: its forms, the figures handed down, what the
// unit sent before and beside it, and what has been waived.
type Ground struct {
	Task       store.Task
	Directive  *scheduler.Directive
	Obligation *scheduler.Obligation
	Unit       *scheduler.Unit
	Forms      []*forms.Form     // those of the duty, in order
	Baseline   map[string]string // figures handed down to the unit by "form.field"
	Last       forms.Content     // the unit's accepted return for the period before; nil if there is none
	Opening    map[string][]forms.Row
	Basis      store.Basis // the versions of Forms and Baseline
	others     forms.Content
	waivers    []forms.Waiver
	units      []string
	issued     map[string][]string // ids of items by ledger form, in the versions of its return
}

// Ground gathers what the checks of a task look at. store.ErrNotFound.
func (d *Desk) Ground(ctx context.Context, v store.Viewer, t store.Task, now time.Time) (Ground, error) {
	return d.ground(ctx, v, t, nil, now)
}

// ground gathers it as of a basis, or as of today if basis is nil. A task whose directive has
// left the catalogue is a fault of the installation, and says so.
func (d *Desk) ground(ctx context.Context, v store.Viewer, t store.Task, basis *store.Basis, now time.Time) (Ground, error) {
	g := Ground{Task: t, Directive: d.Catalogue.Directive(t.Key.Directive), Unit: d.Catalogue.Unit(t.Key.Unit),
		Basis: store.Basis{Forms: map[string]int{}, Baselines: map[string]int{}}}
	if g.Directive != nil {
		g.Obligation = g.Directive.Obligation(t.Key.Obligation)
	}
	if g.Obligation == nil || g.Unit == nil {
		return g, fmt.Errorf("duty %s: its directive, obligation or unit is not in the catalogue", t.ID)
	}
	for _, id := range t.Forms {
		version := 0
		if basis != nil {
			version = basis.Forms[id]
		}
		f, err := d.form(ctx, t.Key.Directive, id, version)
		if err != nil {
			return g, fmt.Errorf("duty %s: form %s: %w", t.ID, id, err)
		}
		g.Forms, g.Basis.Forms[id] = append(g.Forms, f), f.Version
	}
	var err error
	var at map[string]int
	if basis != nil {
		at = map[string]int{}
		maps.Copy(at, basis.Baselines)
		if len(basis.Forms) == 0 { // from before versions were kept: the catalogue's own were all there was
			for form := range g.Directive.Baselines {
				at[form] = 0
			}
		}
		g.Basis.Edition = basis.Edition
	}
	if g.Baseline, g.Basis.Baselines, err = d.baseline(ctx, g.Directive, t.Key.Unit, at); err != nil {
		return g, err
	}
	return g, d.background(ctx, v, &g, now)
}

// background adds what the unit sent before and beside the task, and what is waived for it.
func (d *Desk) background(ctx context.Context, v store.Viewer, g *Ground, now time.Time) error {
	b, err := d.Store.Background(ctx, v, g.Task.ID)
	if err != nil {
		return err
	}
	g.Last, g.others = b.Last, b.Others
	if err := d.items(ctx, v, g, b); err != nil {
		return err
	}
	waived, err := d.Store.Waivers(ctx, v, g.Task.Key.Directive, g.Task.Key.Obligation, g.Task.Key.Period, g.Task.Key.Unit)
	if err != nil {
		return err
	}
	for _, w := range waived {
		if w.RevokedAt.IsZero() {
			g.waivers = append(g.waivers, w.Waiver)
		}
	}
	for _, u := range d.Catalogue.Units {
		g.units = append(g.units, u.Name)
	}
	return nil
}

// items adds what is known of the items of ledgers: which were open when the period began, and
// which the duty's own return has had at any time.
func (d *Desk) items(ctx context.Context, v store.Viewer, g *Ground, b store.Background) error {
	for _, f := range g.Forms {
		if f.Kind != forms.Ledger {
			continue
		}
		if g.Opening == nil {
			g.Opening, g.issued = map[string][]forms.Row{}, map[string][]string{}
		}
		open, err := d.open(ctx, g.Task.Key.Directive, f, b.Items[f.ID].Rows, b.ItemForms[f.ID])
		if err != nil {
			return err
		}
		g.Opening[f.ID] = open
	}
	if g.Opening == nil {
		return nil
	}
	returns, err := d.Store.Returns(ctx, v, g.Task.ID)
	if err != nil {
		return err
	}
	for _, r := range returns {
		for form := range g.Opening {
			for _, row := range r.Content[form].Rows {
				if id := row[forms.ItemID]; id != "" {
					g.issued[form] = append(g.issued[form], id)
				}
			}
		}
	}
	return d.itemsBelow(ctx, v, g)
}

// open are the rows whose item is open. Which are closed is for the version of the form to say that
// each was sent with: versions has it by item, as store.Background.ItemForms.
func (d *Desk) open(ctx context.Context, directive string, f *forms.Form, rows []forms.Row, versions map[string]int) ([]forms.Row, error) {
	var out []forms.Row
	then := map[int]*forms.Form{0: f, f.Version: f}
	for _, r := range rows {
		version := versions[r[forms.ItemID]]
		if then[version] == nil {
			x, err := d.form(ctx, directive, f.ID, version)
			if err != nil {
				return nil, fmt.Errorf("form %s version %d: %w", f.ID, version, err)
			}
			if x.Ledger == nil { // it was no ledger yet
				x = f
			}
			then[version] = x
		}
		out = append(out, then[version].Open([]forms.Row{r})...)
	}
	return out, nil
}

// form is a form of a directive in one version; 0 is the version in force. Old ones come from
// the store, which keeps every version a return may have been made with.
func (d *Desk) form(ctx context.Context, directive, id string, version int) (*forms.Form, error) {
	if dir := d.Catalogue.Directive(directive); dir != nil {
		if f := dir.Form(id); f != nil && (version == 0 || version == f.Version) {
			return f, nil
		}
	}
	if version == 0 {
		return nil, errors.New("it is not in the catalogue")
	}
	return d.Store.FormVersion(ctx, directive, id, version)
}

// Check returns the problems of a content for the task, blocking ones first within each form.
// A content without a sheet for one of the duty's forms is checked as an empty sheet, so that
// a form cannot be left out.
func (g Ground) Check(c forms.Content) []forms.Problem {
	var blocking, explain, all []forms.Problem
	for _, f := range g.Forms {
		blocking, explain = blocking[:0], explain[:0]
		for _, p := range f.Checker(g.Directive.Forms...).Check(g.attested(f, c[f.ID]), g.look(c)) {
			if p.Severity == forms.Blocking {
				blocking = append(blocking, p)
			} else {
				explain = append(explain, p)
			}
		}
		all = append(append(all, blocking...), explain...)
	}
	return all
}

// attested is the sheet as its checks see it: the items that a ledger's zero report only carries on
// are no rows of it. What is new or has been written in since stays, and contradicts it.
func (g Ground) attested(f *forms.Form, s forms.Sheet) forms.Sheet {
	if s.Zero && f.Kind == forms.Ledger {
		s.Rows = news(s.Rows, f.Carry(g.Opening[f.ID]).Rows)
	}
	return s
}

func (g Ground) look(c forms.Content) forms.Context {
	return forms.Context{Period: g.period(), Baseline: g.Baseline, Content: c, Others: g.others, Last: g.Last,
		Opening: g.Opening, Issued: g.issued, Waivers: g.waivers, Units: g.units}
}

// period is the day that checks which change with time go by: the period's own, or for a
// quarter or a year the day it is due.
func (g Ground) period() string {
	if p, err := calendar.ParseDate(g.Task.Period.ID); err == nil {
		return p.String()
	}
	return g.Task.DueDate.String()
}

// restore puts open items that a content lacks back at its end: what came to be open after a draft
// was begun, because an earlier period was sent late or corrected, and what a row was deleted of. An
// item cannot vanish, and nobody can type its number. A zero report has no rows.
func (g Ground) restore(c forms.Content) forms.Content {
	for _, f := range g.Forms {
		sheet := c[f.ID]
		if f.Kind != forms.Ledger || sheet.Zero {
			continue
		}
		there := map[string]bool{"": true}
		for _, r := range sheet.Rows {
			there[r[forms.ItemID]] = true
		}
		missing := slices.DeleteFunc(f.Carry(g.Opening[f.ID]).Rows, func(r forms.Row) bool { return there[r[forms.ItemID]] })
		if len(missing) == 0 {
			continue
		}
		if c = maps.Clone(c); c == nil {
			c = forms.Content{}
		}
		sheet.Rows = slices.Concat(sheet.Rows, missing)
		c[f.ID] = sheet
	}
	return c
}

// begin is what a new period starts from: a ledger with its open items, else nothing.
func (g Ground) begin() forms.Content {
	c := forms.Content{}
	for _, f := range g.Forms {
		if f.Kind == forms.Ledger && len(g.Opening[f.ID]) > 0 {
			c[f.ID] = f.Carry(g.Opening[f.ID])
		}
	}
	return c
}
