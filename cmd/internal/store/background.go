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
