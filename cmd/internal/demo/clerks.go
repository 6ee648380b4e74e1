package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Clerks plays the clerks of all units but the visitor's. What each does, and when, follows
// from the seed and the duty alone.
type Clerks struct {
	Desk    *desk.Desk
	Shelf   *desk.Shelf // of the tables a visitor makes; nil: there are none
	Cast    *Cast
	Seed    uint64
	Visitor string // unit id left to a person; empty for none
	temper  map[string]temper
}

// NewClerks deals out the tempers.
func NewClerks(d *desk.Desk, cast *Cast, seed uint64, visitor string) *Clerks {
	var units []string
	for u := range cast.clerks {
		if u != visitor {
			units = append(units, u)
		}
	}
	return &Clerks{Desk: d, Cast: cast, Seed: seed, Visitor: visitor, temper: tempers(seed, units)}
}

// desk is the desk with the catalogue in force.
func (c *Clerks) desk() *desk.Desk {
	if c.Shelf == nil {
		return c.Desk
	}
	return &desk.Desk{Store: c.Desk.Store, Catalogue: c.Shelf.Catalogue()}
}

// made tells that a visitor has made what the task asks for.
func (c *Clerks) made(t store.Task) bool { return c.Desk.Catalogue.Directive(t.Key.Directive) == nil }

// unfinished are the states in which a clerk still has something to do.
var unfinished = []scheduler.State{scheduler.NotOpen, scheduler.Pending, scheduler.Draft, scheduler.Review, scheduler.Returned}

// Step lets every clerk do what they would have done by now; next is when one of them wants
// to act again.
func (c *Clerks) Step(ctx context.Context, now time.Time) (next time.Time, err error) {
	tasks, err := c.desk().Store.AllTasks(ctx, store.Filter{States: unfinished}, now)
	if err != nil {
		return time.Time{}, err
	}
	for _, t := range tasks {
		at, ok := c.due(t)
		if !ok {
			continue
		}
		if at.After(now) {
			if next.IsZero() || at.Before(next) {
				next = at
			}
			continue
		}
		if err := c.send(ctx, t, now); err != nil {
			return time.Time{}, fmt.Errorf("simulated clerk of %s, %s: %w", t.Key.Unit, t.ID, err)
		}
	}
	return next, nil
}

// due tells when the clerk acts on a task: at the moment of their temper, or, if it was sent
// back, at half past ten on the next working day.
func (c *Clerks) due(t store.Task) (time.Time, bool) {
	_, played := c.Cast.Clerk(t.Key.Unit) // nobody plays the townships a visitor passes a duty on to
	switch {
	case t.Key.Unit == c.Visitor || !played:
		return time.Time{}, false
	case t.State == scheduler.Returned:
		return officeTime(t.ReturnedAt, 10*60+30, c.desk().Catalogue.Days), true
	case t.State == scheduler.NotOpen || t.State.Owed():
		return moment(c.Seed, c.temper[t.Key.Unit], t.Duty, c.desk().Catalogue.Days), true
	}
	return time.Time{}, false
}

func (c *Clerks) send(ctx context.Context, t store.Task, now time.Time) error {
	clerk, ok := c.Cast.Clerk(t.Key.Unit)
	if !ok {
		return errors.New("nobody plays this unit")
	}
	v := store.Viewer{Person: clerk.ID}
	uuid := c.uuid(t)
	// Nearly half of the clue reports have nothing to say.
	if t.Zero && t.State != scheduler.Returned && chance(c.Seed, "zero", t.ID).IntN(100) < 45 {
		_, _, err := c.desk().Zero(ctx, v, t.ID, uuid, now)
		return err
	}
	w, err := c.desk().View(ctx, v, t.ID, now)
	if err != nil {
		return err
	}
	content, err := c.Figures(t)
	if err != nil {
		return err
	}
	if err := c.attach(ctx, w, content, now); err != nil {
		return err
	}
	c.carry(w.Ground, content)
	c.correct(w.Ground, content)
	c.explain(w.Ground, content)
	_, problems, err := c.desk().Submit(ctx, v, store.Submission{Duty: t.ID, Content: content, UUID: uuid}, 0, now)
	if errors.Is(err, desk.ErrProblems) && c.made(t) {
		return nil // a table may ask what no invented clerk can know: it stays owed
	}
	if errors.Is(err, desk.ErrProblems) {
		return fmt.Errorf("%w, the first: %s", err, problems[0].Message)
	}
	return err
}

// attach puts a file where a form wants one: an empty copy of the form itself, plainly not a scan.
func (c *Clerks) attach(ctx context.Context, w desk.View, content forms.Content, now time.Time) error {
	clerk, _ := c.Cast.Clerk(w.Task.Key.Unit)
	for _, f := range w.Forms {
		for _, x := range f.Fields() {
			if x.Type != forms.File || !x.Required {
				continue
			}
			var page bytes.Buffer
			if err := pdf.Encode(&page, render.Single(f, forms.Sheet{}, render.Imprint{Footer: "演示数据", Made: now})); err != nil {
				return err
			}
			ref, err := c.desk().Attach(ctx, store.Viewer{Person: clerk.ID}, w.Task.ID,
				desk.Upload{Name: "扫描件（演示数据）.pdf", Size: int64(page.Len()), Data: bytes.NewReader(page.Bytes())}, now)
			if err != nil {
				return err
			}
			for _, row := range content[f.ID].Rows {
				row[x.ID] = forms.JoinFiles([]forms.FileRef{ref})
			}
		}
	}
	return nil
}

// carry puts the open items of ledgers before the new ones, the oldest of three or more closed:
// a clerk goes on from what the period began with.
func (c *Clerks) carry(g desk.Ground, content forms.Content) {
	for _, f := range g.Forms {
		open := f.Carry(g.Opening[f.ID]).Rows
		if f.Kind != forms.Ledger || len(open) == 0 {
			continue
		}
		if len(open) > 2 {
			for _, id := range append([]string{f.Ledger.Closed}, f.Ledger.Evidence...) {
				fd := f.Field(id)
				if fd == nil { // items of this ledger are never closed
					continue
				}
				if open[0][id] == "" && fd.Type == forms.DateType {
					open[0][id] = g.Task.DueDate.AddDays(-2).String()
				} else if open[0][id] == "" {
					open[0][id] = "已办结（演示数据）"
				}
			}
		}
		sheet := content[f.ID]
		sheet.Rows = append(open, sheet.Rows...)
		content[f.ID] = sheet
	}
}

// explain writes a reason for each figure that needs one.
func (c *Clerks) explain(g desk.Ground, content forms.Content) {
	for _, p := range g.Check(content) {
		if p.Severity != forms.Explain {
			continue
		}
		sheet := content[p.Form]
		if sheet.Reasons == nil {
			sheet.Reasons = map[string]string{}
		}
		sheet.Reasons[p.Key()] = "经核实，情况属实（演示数据）"
		if f := g.Directive.Form(p.Form).Field(p.Field); f != nil && f.Baseline != "" {
			sheet.Reasons[p.Key()] = "下发名单中1人已迁出本地，经核实移交迁入地办理（演示数据）"
		}
		content[p.Form] = sheet
	}
}

// Figures returns what the simulated clerk of the task's unit would report, without reasons.
// In the first month, when the house-to-house check is still under way, some are one short of
// the figures handed down; the visitor's unit always is.
func (c *Clerks) Figures(t store.Task) (forms.Content, error) {
	dir := c.desk().Catalogue.Directive(t.Key.Directive)
	unit := c.desk().Catalogue.Unit(t.Key.Unit)
	if dir == nil || unit == nil {
		return nil, fmt.Errorf("%s is not in the catalogue", t.ID)
	}
	var fs []*forms.Form
	for _, id := range t.Forms {
		if f := dir.Form(id); f != nil {
			fs = append(fs, f)
		}
	}
	x := c.filler(dir, t.Key.Unit, unit.Name, t.Key.Obligation, t.DueDate)
	firstMonth := x.months == 0
	x.below = t.Key.Unit == c.Visitor || firstMonth && chance(c.Seed, "below", t.ID).IntN(100) < 30
	return x.content(fs), nil
}

// Own returns the bureau's own row of a roll-up.
func (c *Clerks) Own(dir *scheduler.Directive, f *forms.Form, own *scheduler.Unit, obligation string, due calendar.Date) forms.Sheet {
	return c.filler(dir, own.ID, own.Name, obligation, due).sheet(f)
}

func (c *Clerks) filler(dir *scheduler.Directive, unit, name, obligation string, due calendar.Date) *filler {
	x := &filler{r: chance(c.Seed, "figures", dir.ID, obligation, due.String(), unit), unit: name, today: due, baseline: map[string]string{}}
	for form, b := range dir.Baselines {
		for field, figure := range b.Rows[unit] {
			x.baseline[form+"."+field] = figure
		}
	}
	if begin := dir.Window.From; !begin.IsZero() {
		x.months = max(0, (due.Year-begin.Year)*12+int(due.Month-begin.Month))
	}
	return x
}

// uuid names a submission: the same duty and version give the same one, so that a step
// repeated after a crash is recognised.
func (c *Clerks) uuid(t store.Task) string {
	sum := sha256.Sum256([]byte(strconv.FormatUint(c.Seed, 10) + "|" + t.ID + "|" + strconv.Itoa(t.Version+1)))
	return hex.EncodeToString(sum[:16])
}
