package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// baseline gathers the figures handed down (底数) to a unit, by "form.field", from the
// versions asked for, or those in force if at is nil; and says which versions they are. The
// catalogue's own figures are version 0 and stand until a file has been imported over them.
func (d *Desk) baseline(ctx context.Context, dir *scheduler.Directive, unit string, at map[string]int) (map[string]string, map[string]int, error) {
	figures, versions, err := d.Store.UnitFigures(ctx, dir.ID, unit, at)
	if err != nil {
		return nil, nil, err
	}
	if versions == nil {
		versions = map[string]int{}
	}
	var out map[string]string
	add := func(form string, row map[string]string) {
		for field, figure := range row {
			if out == nil {
				out = map[string]string{}
			}
			out[form+"."+field] = figure
		}
	}
	for form, b := range dir.Baselines {
		_, then := at[form]
		if versions[form] == 0 && (at == nil || then) {
			versions[form] = 0
			add(form, b.Rows[unit])
		}
	}
	for form, row := range figures {
		add(form, row)
	}
	return out, versions, nil
}

// Handed is the figures of one form that are handed down, version by version.
type Handed struct {
	Form     *forms.Form
	Versions []store.BaselineVersion // newest first, without rows; the catalogue's own is not among them
	Rows     map[string]forms.Row    // those in force, by unit id
	Units    []*scheduler.Unit       // the units they may concern, in the order of official tables
}

// ErrNothingHandedDown: the import would hand down no figure to any unit.
var ErrNothingHandedDown = errors.New("no figure for any unit")

// ErrNoFigure: what is to be handed down is no figure of the form.
var ErrNoFigure = errors.New("it is no figure")

// Handed returns what is handed down in a form of a directive. Only reviewers of the bureau the
// directive reports to may ask. store.ErrNotFound.
func (d *Desk) Handed(ctx context.Context, v store.Viewer, directive, form string) (Handed, error) {
	dir, to, err := d.hands(ctx, v, directive)
	if err != nil {
		return Handed{}, err
	}
	others := othersUnits(dir, to)
	f := dir.Form(form)
	if f == nil || f.Kind != forms.Table {
		return Handed{}, store.ErrNotFound
	}
	h := Handed{Form: f, Rows: map[string]forms.Row{}}
	if b := dir.Baselines[form]; b != nil {
		for unit, row := range b.Rows {
			h.Rows[unit] = row
		}
	}
	all, err := d.Store.Baselines(ctx, directive, form)
	if err != nil {
		return h, err
	}
	for _, x := range all {
		if x.To == to {
			h.Versions = append(h.Versions, x)
		}
	}
	if len(h.Versions) > 0 {
		latest, err := d.Store.Baseline(ctx, directive, form, h.Versions[0].N)
		if err != nil {
			return h, err
		}
		h.Rows = map[string]forms.Row{}
		for unit, row := range latest.Rows {
			h.Rows[unit] = row
		}
	}
	maps.DeleteFunc(h.Rows, func(unit string, _ forms.Row) bool { return others[unit] })
	concerned := map[string]bool{}
	for _, o := range dir.Obligations {
		for _, u := range o.From {
			concerned[u] = true
		}
		if o.Own != "" {
			concerned[o.Own] = true
		}
	}
	for unit := range h.Rows {
		concerned[unit] = true
	}
	for _, u := range d.Catalogue.Units {
		if concerned[u.ID] && !others[u.ID] {
			h.Units = append(h.Units, u)
		}
	}
	return h, nil
}

// othersUnits are the units that owe something by the directive, but nothing to the bureau: their
// figures are not the bureau's to see or to hand down, its own among them if it owes something
// itself by another's document. A version that named them would be the one they are checked against.
func othersUnits(dir *scheduler.Directive, to string) map[string]bool {
	out := map[string]bool{}
	for _, o := range dir.Obligations {
		if o.To.Unit != to {
			for _, u := range append([]string{o.Own}, o.From...) {
				out[u] = true
			}
		}
	}
	for _, o := range dir.Obligations {
		if o.To.Unit == to {
			for _, u := range append([]string{o.Own}, o.From...) {
				delete(out, u)
			}
		}
	}
	if dir.Issuer == to { // the totals of its own document
		delete(out, to)
	}
	return out
}

// hands finds the directive and the bureau for which the viewer may hand down its figures.
func (d *Desk) hands(ctx context.Context, v store.Viewer, directive string) (*scheduler.Directive, string, error) {
	dir := d.Catalogue.Directive(directive)
	if dir == nil {
		return nil, "", store.ErrNotFound
	}
	p, err := d.Store.Person(ctx, v.Person)
	if err != nil {
		return nil, "", err
	}
	for _, o := range dir.Obligations {
		if !p.Disabled && p.Acts(o.To.Unit, store.Reviewer) {
			return dir, o.To.Unit, nil
		}
	}
	return nil, "", store.ErrNotFound
}

// UnitFigure is one figure that an import would change.
type UnitFigure struct {
	Unit     *scheduler.Unit
	Field    *forms.Field
	From, To string // canonical; empty for none
}

// Difference lists what replacing the figures in force by rows would change, by unit and column.
func (h Handed) Difference(rows map[string]forms.Row) []UnitFigure {
	var out []UnitFigure
	for _, u := range h.Units {
		for _, x := range h.Form.Fields() {
			if from, to := h.Rows[u.ID][x.ID], rows[u.ID][x.ID]; from != to {
				out = append(out, UnitFigure{u, x, from, to})
			}
		}
	}
	return out
}

// ByName turns rows by the names of units, as a file has them, into rows by unit id. Names that
// are no unit concerned are returned as strangers; a unit the file does not name keeps what it has.
func (h Handed) ByName(named map[string]forms.Row) (rows map[string]forms.Row, strangers []string) {
	rows = map[string]forms.Row{}
	for unit, row := range h.Rows {
		rows[unit] = row
	}
	for name, row := range named {
		i := slices.IndexFunc(h.Units, func(u *scheduler.Unit) bool { return u.Name == strings.TrimSpace(name) })
		if i < 0 {
			strangers = append(strangers, name)
			continue
		}
		rows[h.Units[i].ID] = row
	}
	slices.Sort(strangers)
	return rows, strangers
}

// HandDown stores rows as the next version of the figures of a form. Every value must be a
// canonical figure of the form. Returns made before keep the version they were checked against.
func (d *Desk) HandDown(ctx context.Context, v store.Viewer, directive, form string, rows map[string]forms.Row, source, note string, now time.Time) (int, error) {
	dir, to, err := d.hands(ctx, v, directive)
	if err != nil {
		return 0, err
	}
	f := dir.Form(form)
	if f == nil || f.Kind != forms.Table {
		return 0, store.ErrNotFound
	}
	b := store.BaselineVersion{Directive: directive, Form: form, To: to, Source: source, Note: note, Rows: map[string]map[string]string{}}
	any, others := false, othersUnits(dir, to)
	for unit, row := range rows {
		if others[unit] {
			return 0, fmt.Errorf("figures for %s, which owes nothing to %s: %w", unit, to, store.ErrNotFound)
		}
		kept := map[string]string{}
		for _, x := range f.Fields() {
			value, fault := forms.Normalize(x, row[x.ID])
			if fault != nil || !x.Type.Numeric() && value != "" {
				return 0, fmt.Errorf("figure %s of %s: %w", x.ID, unit, ErrNoFigure) // what was sent is not for the log
			}
			if value != "" {
				kept[x.ID] = value
				any = true
			}
		}
		b.Rows[unit] = kept
	}
	if !any {
		return 0, ErrNothingHandedDown
	}
	return d.Store.PutBaseline(ctx, v, b, now)
}
