package store

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
)

// What all units of a roll-up sent before, read at once: see background.go for one of them.

// OpeningItems returns for each unit of a roll the rows of its ledger as last reported before:
// those of Background.Items, and the versions of the form they were sent with, by unit and item as
// in Background.ItemForms. Which of them are still open is for the form's LedgerRule to say. A
// unit that never reported one is left out. The viewer is a reviewer of the receiving unit; what
// else they may not see is left out too.
func (s *Store) OpeningItems(ctx context.Context, v Viewer, roll Roll) (rows map[string][]forms.Row, versions map[string]map[string]int, err error) {
	rows, versions = map[string][]forms.Row{}, map[string]map[string]int{}
	err = s.lookBack(ctx, v, roll, func(p, own prior) bool { return p.tellsItems(roll.Form, own) }, func(unit string, p prior, x inHand) bool {
		_, known := rows[unit]
		if sheet, ok := p.sheet(x.Content, roll.Form); ok && !sheet.Zero {
			if !known {
				versions[unit] = map[string]int{}
			}
			rows[unit], known = listed(rows[unit], sheet.Rows, versions[unit], x.Basis.Forms[roll.Form]), true
		}
		return known && !p.more
	})
	return rows, versions, err
}

// LastSheets returns for each unit of a roll its sheet of the latest earlier period whose
// return was accepted (that of Background.Last): what a carry (上期数暂用) takes; and the version of
// the form it was made with, 0 where that is not known. A unit without one is left out. Scope as for
// OpeningItems.
func (s *Store) LastSheets(ctx context.Context, v Viewer, roll Roll) (sheets map[string]forms.Sheet, versions map[string]int, err error) {
	sheets, versions = map[string]forms.Sheet{}, map[string]int{}
	err = s.lookBack(ctx, v, roll, prior.lasts, func(unit string, p prior, x inHand) bool {
		if sheet, ok := p.sheet(x.Content, roll.Form); ok {
			sheets[unit], versions[unit] = sheet, x.Basis.Forms[roll.Form]
		}
		return true
	})
	return sheets, versions, err
}

// lookBack searches the other returns of all units of a roll at once, and of those whose place they
// took; may says which of them bear on the unit's own duty.
func (s *Store) lookBack(ctx context.Context, v Viewer, roll Roll, may func(p, own prior) bool, take func(unit string, p prior, x inHand) bool) error {
	return s.read(ctx, func(tx *sqlx.Tx) error {
		q := query{args: []any{roll.Directive, roll.Obligation, roll.Period}}
		q.and("d.directive = $1 AND d.obligation = $2 AND d.period = $3")
		q.asReviewer(v, "d.to_unit")
		q.eq("d.to_unit", roll.To)
		var now []prior
		if err := tx.SelectContext(ctx, &now, `SELECT `+priorColumns+`, 0 AS zero, 0 AS sent FROM duty d WHERE `+q.String(), q.args...); err != nil {
			return err
		}
		units := make(map[string]prior, len(now))
		for _, p := range now {
			if slices.Contains(p.Forms.V, roll.Form) {
				units[p.Unit] = p
			}
		}
		earlier := query{args: []any{roll.Directive, roll.Obligation, roll.Period}}
		earlier.and("d.directive = $1 AND NOT (d.obligation = $2 AND d.period = $3)")
		sent, err := priors(ctx, tx, &earlier)
		if err != nil {
			return err
		}
		before, err := answering(ctx, tx, roll, slices.Sorted(maps.Keys(units)))
		if err != nil {
			return err
		}
		candidates := map[string][]prior{}
		for _, p := range sent {
			if own, ok := units[cmp.Or(before[p.Unit], p.Unit)]; ok && may(p, own) {
				candidates[own.Unit] = append(candidates[own.Unit], p)
			}
		}
		for _, list := range candidates {
			newest(list)
			latestDue(list)
			unseen(roll.Form, list)
		}
		return search(ctx, tx, candidates, take)
	})
}

// answering returns which of these units, as they stand in a roll, answer for the ledgers of which units
// that are no more: units merged into them, or split, if they were named to take the unit's place.
// One that still owes its own return of the roll answers for itself.
func answering(ctx context.Context, db querier, r Roll, units []string) (map[string]string, error) {
	out := map[string]string{}
	for some := range chunks(units) {
		q := query{args: []any{r.Directive, r.Obligation, r.Period}}
		var rows []struct {
			Unit string `db:"unit"`
			Heir string `db:"heir"`
		}
		if err := db.SelectContext(ctx, &rows, `
			WITH RECURSIVE line (unit, heir) AS (
				SELECT x.unit, x.successor FROM unit_successor x WHERE x.children = 1 AND x.successor IN `+list(&q, some)+`
				UNION SELECT x.unit, l.heir FROM unit_successor x JOIN line l ON x.successor = l.unit WHERE x.children = 1)
			SELECT l.unit, l.heir FROM line l JOIN unit u ON u.id = l.unit
			JOIN duty h ON h.directive = $1 AND h.obligation = $2 AND h.period = $3 AND h.unit = l.heir
			WHERE u.valid_to > 0 AND u.valid_to < h.due AND NOT EXISTS (SELECT 1 FROM duty d
				WHERE d.directive = $1 AND d.obligation = $2 AND d.period = $3 AND d.unit = l.unit AND d.state <> 'exempt')`, q.args...); err != nil {
			return nil, err
		}
		for _, x := range rows {
			out[x.Unit] = x.Heir
		}
	}
	return out, nil
}
