package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Only returns the catalogue of the named directives alone: what they impose, the units that
// have to do with it, those above them, and those directly below the ones that owe something,
// to whom they may pass it on. c is left as it is; the two share what is in them.
// Its Version tells both the catalogue and the selection. It is an error to name no directive,
// or one that c does not hold.
func (c *Catalogue) Only(ids ...string) (*Catalogue, error) {
	if len(ids) == 0 {
		return nil, errors.New("no directive is named")
	}
	var known []string
	for _, d := range c.Directives {
		known = append(known, d.ID)
	}
	chosen := slices.Compact(slices.Sorted(slices.Values(ids)))
	for _, id := range chosen {
		if !slices.Contains(known, id) {
			return nil, fmt.Errorf("no directive %q: there is %s", id, strings.Join(known, ", "))
		}
	}
	sum := sha256.Sum256([]byte("only\n" + c.Version + "\n" + strings.Join(chosen, "\n")))
	out := &Catalogue{Version: hex.EncodeToString(sum[:]), Days: c.Days}
	concerned := map[string]bool{}
	for _, d := range c.Directives {
		if slices.Contains(chosen, d.ID) {
			out.Directives = append(out.Directives, d)
			d.concerns(concerned)
		}
	}
	for _, g := range c.Delegations {
		if slices.Contains(chosen, g.Directive) {
			out.Delegations = append(out.Delegations, g)
			for _, id := range append([]string{g.By}, g.To...) {
				concerned[id] = true
			}
		}
	}
	owes := map[string]bool{}
	for _, d := range out.Directives {
		for _, o := range d.Obligations {
			for _, id := range o.From {
				owes[id] = true
			}
		}
	}
	for _, u := range c.Units {
		concerned[u.ID] = concerned[u.ID] || owes[u.Parent]
		for above := u; concerned[u.ID] && above != nil; above = c.Unit(above.Parent) {
			concerned[above.ID] = true
		}
	}
	for _, u := range c.Units {
		if concerned[u.ID] {
			out.Units = append(out.Units, u)
		}
	}
	for _, w := range c.Warnings {
		if folder, _, _ := strings.Cut(w.File, "/"); slices.Contains(chosen, folder) || !slices.Contains(known, folder) {
			out.Warnings = append(out.Warnings, w)
		}
	}
	return out, nil
}

// concerns marks the units that d names.
func (d *Directive) concerns(units map[string]bool) {
	mark := func(ids ...string) {
		for _, id := range ids {
			units[id] = true
		}
	}
	mark(d.Issuer)
	for _, o := range d.Obligations {
		mark(o.Own)
		for _, p := range o.Shares() {
			mark(p.From...)
			mark(p.To.Unit)
		}
	}
	for _, b := range d.Baselines {
		for id := range b.Rows {
			mark(id)
		}
	}
}
