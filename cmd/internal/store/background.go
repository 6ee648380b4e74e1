package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// prior is a duty whose return is in, as a candidate for what a later one is checked against.
type prior struct {
	ID         string           `db:"id"`
	Obligation string           `db:"obligation"`
	Period     string           `db:"period"`
	Unit       string           `db:"unit"`
	State      scheduler.State  `db:"state"`
	Opens      instant          `db:"opens"`
	Due        instant          `db:"due"` // as the directive gave it, extensions aside
	Version    int              `db:"version"`
	Forms      jsonOf[[]string] `db:"forms"`
	Zero       flag             `db:"zero"`
	Sent       instant          `db:"sent"`
	more       bool             // as a candidate: one after it tells what it could not know
}

const priorColumns = `d.id, d.obligation, d.period, d.unit, d.state, d.opens,
	COALESCE((SELECT x.from_due FROM extension x WHERE x.duty = d.id AND x.revoked_at = 0 ORDER BY x.n LIMIT 1), d.due) AS due, d.version, d.forms`

// before orders the duties of one unit for one obligation: each opens when the one before it is
// due, and those of a quota, which open together, are numbered.
func (p prior) before(x prior) bool {
	return cmp.Or(p.Opens.Compare(x.Opens.Time), cmp.Compare(p.Period, x.Period)) < 0
}

// accepted reports whether the bureau has accepted the return.
func (p prior) accepted() bool { return p.State == scheduler.Accepted || p.State == scheduler.Closed }

// priors reads the duties (alias d) that q keeps and whose return is in.
func priors(ctx context.Context, db querier, q *query) (out []prior, err error) {
	err = db.SelectContext(ctx, &out, `
		SELECT `+priorColumns+`, r.zero, r.submitted_at AS sent FROM duty d JOIN return_version r ON r.duty = d.id AND r.version = d.version
		WHERE d.state IN ('submitted', 'accepted', 'closed') AND `+q.String(), q.args...)
	return out, err
}

// sheet is the sheet of a form in a return that is in; ok is false if it has none.
func (p prior) sheet(c forms.Content, form string) (sheet forms.Sheet, ok bool) {
	sheet, ok = c[form]
	if bool(p.Zero) && slices.Contains(p.Forms.V, form) {
		sheet.Zero, ok = true, true
	}
	return sheet, ok
}

// search finds for each key the first of its candidates whose content take accepts. Contents
// are read for many keys at a time, so that a hundred units cost as many queries as one.
func search[K comparable](ctx context.Context, db querier, candidates map[K][]prior, take func(K, prior, inHand) bool) error {
	for len(candidates) > 0 {
		ids := map[string]bool{}
		for k, list := range candidates {
			if len(list) == 0 {
				delete(candidates, k)
				continue
			}
			ids[list[0].ID] = true
		}
		found, err := contents(ctx, db, ids)
		if err != nil {
			return err
		}
		for k, list := range candidates {
			if take(k, list[0], found[list[0].ID]) {
				delete(candidates, k)
			} else {
				candidates[k] = list[1:]
			}
		}
	}
	return nil
}

// inHand is what a return that is in holds, and the forms it was made with.
type inHand struct {
	Content forms.Content
	Basis   Basis
}

// contents reads the returns that are in of duties, by duty.
func contents(ctx context.Context, db querier, duties map[string]bool) (map[string]inHand, error) {
	ids := make([]string, 0, len(duties))
	for id := range duties {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	out := make(map[string]inHand, len(ids))
	for some := range chunks(ids) {
		var q query
		q.and("d.id IN " + list(&q, some))
		var rows []struct {
			ID      string                `db:"id"`
			Content jsonOf[forms.Content] `db:"content"`
			Basis   jsonOf[Basis]         `db:"basis"`
		}
		if err := db.SelectContext(ctx, &rows, `
			SELECT d.id, r.content, r.basis FROM duty d JOIN return_version r ON r.duty = d.id AND r.version = d.version WHERE `+q.String(), q.args...); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = inHand{r.Content.V, r.Basis.V}
		}
	}
	return out, nil
}

// tellsItems reports whether p says where the items of a ledger stood before the duty x. A list of
// problems that one obligation draws up and another clears is one ledger of the unit, if the
// directive gives both the same form.
func (p prior) tellsItems(form string, x prior) bool {
	if bool(p.Zero) || !slices.Contains(p.Forms.V, form) {
		return false
	}
	if p.Obligation == x.Obligation {
		return p.before(x)
	}
	return p.Due.Before(x.Due.Time)
}

// lasts reports whether p may be the unit's accepted return of the period before x.
func (p prior) lasts(x prior) bool {
	return p.Unit == x.Unit && p.Obligation == x.Obligation && p.before(x) && p.accepted()
}

// latestDue sorts candidates of several obligations, latest due first.
func latestDue(list []prior) {
	slices.SortStableFunc(list, func(a, b prior) int {
		return cmp.Or(b.Due.Compare(a.Due.Time), strings.Compare(a.Obligation, b.Obligation))
	})
}

// unseen marks the candidates that tell where a ledger stands, sorted, after which others must be
// read: of what was sent late, or corrected, when a later period was in already, that one could
// know nothing, nor two obligations due at once of each other, nor a unit of another whose place it
// took later. All between are read with it, which know what has become of its items since.
func unseen(form string, list []prior) {
	last := 0
	for j := range list {
		for i := range list[:j] {
			if list[j].Sent.After(list[i].Sent.Time) || list[j].Unit != list[i].Unit || !list[j].tellsItems(form, list[i]) {
				last = j
			}
		}
	}
	for i := range last {
		list[i].more = true
	}
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

// newest sorts candidates for one unit and obligation, newest first.
func newest(list []prior) {
	slices.SortFunc(list, func(a, b prior) int {
		return cmp.Or(b.Opens.Compare(a.Opens.Time), cmp.Compare(b.Period, a.Period))
	})
}

// Background returns what the unit of a task has sent before and beside it. The viewer may see
// the task; what the unit sent is its own, whoever it was owed to. ErrNotFound.
func (s *Store) Background(ctx context.Context, v Viewer, duty string) (b Background, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		b = Background{Items: forms.Content{}, Others: forms.Content{}}
		d, err := peekDuty(ctx, tx, duty, func(q *query) { q.visible(v) }, "")
		if err != nil {
			return err
		}
		var self prior
		if err := tx.GetContext(ctx, &self, `SELECT `+priorColumns+`, 0 AS zero, 0 AS sent FROM duty d WHERE d.id = $1`, duty); err != nil {
			return err
		}
		var q query
		q.and("d.directive = " + q.arg(d.Directive))
		before, err := answering(ctx, tx, Roll{Directive: d.Directive, Obligation: d.Obligation, Period: d.Period}, []string{d.Unit})
		if err != nil {
			return err
		}
		q.and("d.unit IN " + list(&q, append(slices.Sorted(maps.Keys(before)), d.Unit)))
		q.and("d.id <> " + q.arg(d.ID))
		sent, err := priors(ctx, tx, &q)
		if err != nil {
			return err
		}
		return search(ctx, tx, self.needs(sent), func(n need, p prior, x inHand) bool { return b.take(n, p, x) })
	})
	return b, err
}

// need is one thing a background is made of.
type need struct{ part, form string }

const (
	needLast  = "last"
	needItem  = "item"
	needOther = "other"
)

// needs lists for each part of the background of p the returns it may come from, best first.
func (p prior) needs(sent []prior) map[need][]prior {
	out := map[need][]prior{}
	for _, x := range sent {
		if x.lasts(p) {
			out[need{needLast, ""}] = append(out[need{needLast, ""}], x)
		}
		for _, f := range p.Forms.V {
			if x.tellsItems(f, p) {
				out[need{needItem, f}] = append(out[need{needItem, f}], x)
			}
		}
		if x.Due.After(p.Due.Time) || x.Unit != p.Unit {
			continue
		}
		for _, f := range x.Forms.V {
			if !slices.Contains(p.Forms.V, f) {
				out[need{needOther, f}] = append(out[need{needOther, f}], x)
			}
		}
	}
	for n, list := range out {
		if newest(list); n.part != needLast {
			latestDue(list)
		}
		if n.part == needItem {
			unseen(n.form, list)
		}
	}
	return out
}

// take puts a return into its place, and reports whether nothing more is needed.
func (b *Background) take(n need, p prior, x inHand) bool {
	sheet, ok := p.sheet(x.Content, n.form)
	switch n.part {
	case needLast:
		b.Last = x.Content
		return true
	case needItem:
		there, known := b.Items[n.form]
		if ok && !sheet.Zero {
			if b.ItemForms == nil {
				b.ItemForms = map[string]map[string]int{}
			}
			if !known {
				b.ItemForms[n.form] = map[string]int{}
			}
			rows := listed(there.Rows, sheet.Rows, b.ItemForms[n.form], x.Basis.Forms[n.form])
			if !known {
				there = sheet
			}
			there.Rows = rows
			b.Items[n.form], known = there, true
		}
		return known && !p.more
	default:
		if ok {
			b.Others[n.form] = sheet
		}
	}
	return ok
}

// listed adds to the rows of a ledger the items that an earlier return has and they have not, and
// notes with which version of the form each was sent. Rows without an id, from before the form
// was a ledger, are those of the latest return alone, noted under "".
func listed(rows, earlier []forms.Row, versions map[string]int, version int) []forms.Row {
	first := len(versions) == 0
	if first {
		versions[""] = version
	}
	for _, r := range earlier {
		id := r[forms.ItemID]
		if _, there := versions[id]; !first && (there || id == "") {
			continue
		}
		versions[id] = version
		rows = append(rows, r)
	}
	return rows
}

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
// return was accepted (that of Background.Last): what a carry (上期数暂用) takes. A unit without
// one is left out. Scope as for OpeningItems.
func (s *Store) LastSheets(ctx context.Context, v Viewer, roll Roll) (map[string]forms.Sheet, error) {
	out := map[string]forms.Sheet{}
	err := s.lookBack(ctx, v, roll, prior.lasts, func(unit string, p prior, x inHand) bool {
		if sheet, ok := p.sheet(x.Content, roll.Form); ok {
			out[unit] = sheet
		}
		return true
	})
	return out, err
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
