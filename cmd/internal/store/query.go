package store

import (
	"fmt"
	"slices"
	"strings"
)

// query collects the conditions of a SELECT whose filters vary, with $N placeholders. Text
// added to it is always written in this package; values go in through arg and list only.
type query struct {
	where []string
	args  []any
}

// arg adds a value and returns its placeholder.
func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

// and adds a condition.
func (q *query) and(condition string) { q.where = append(q.where, condition) }

// eq adds column = v unless v is empty.
func (q *query) eq(column, v string) {
	if v != "" {
		q.and(column + " = " + q.arg(v))
	}
}

// roll adds the columns of a roll-up, under an alias, for those of its parts that are given.
func (q *query) roll(alias string, r Roll) {
	q.eq(alias+".directive", r.Directive)
	q.eq(alias+".obligation", r.Obligation)
	q.eq(alias+".period", r.Period)
	q.eq(alias+".form", r.Form)
	q.eq(alias+".to_unit", r.To)
}

// String returns the conditions joined by AND.
func (q *query) String() string {
	if len(q.where) == 0 {
		return "1 = 1"
	}
	return strings.Join(q.where, " AND ")
}

// list adds the values and returns "($1, $2, …)"; an empty list matches nothing.
func list[T any](q *query, values []T) string {
	if len(values) == 0 {
		return "(NULL)"
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.arg(v)
	}
	return "(" + strings.Join(marks, ", ") + ")"
}

// --- who may see what: all of it is here ---

// roleUnits selects the units in which a viewer who is not disabled has a role.
func roleUnits(person string, name RoleName) string {
	return "(SELECT x.unit FROM role x JOIN person v ON v.id = x.person WHERE v.disabled = 0 AND x.person = " +
		person + " AND x.name = '" + string(name) + "')"
}

// asClerk keeps duties (alias d) of units the viewer is a clerk of.
func (q *query) asClerk(v Viewer) { q.and("d.unit IN " + roleUnits(q.arg(v.Person), Clerk)) }

// asReviewer keeps rows whose receiving unit, in the given column, has the viewer as reviewer.
func (q *query) asReviewer(v Viewer, column string) {
	q.and(column + " IN " + roleUnits(q.arg(v.Person), Reviewer))
}

// visible keeps duties (alias d) that either of the two keeps.
func (q *query) visible(v Viewer) {
	p := q.arg(v.Person)
	q.and("(d.unit IN " + roleUnits(p, Clerk) + " OR d.to_unit IN " + roleUnits(p, Reviewer) + ")")
}

// visibleList is visible for lists: PostgreSQL finds no index for an OR of two subqueries, but
// one for each half of a union.
func (q *query) visibleList(v Viewer) {
	p := q.arg(v.Person)
	q.and("d.id IN (SELECT c.id FROM duty c WHERE c.unit IN " + roleUnits(p, Clerk) +
		" UNION ALL SELECT c.id FROM duty c WHERE c.to_unit IN " + roleUnits(p, Reviewer) + ")")
}

// chunkSize bounds the values of one IN list; see dialect.insertRows for why it is small.
const chunkSize = 200

// chunks splits values for IN lists.
func chunks[T any](values []T) func(func([]T) bool) { return slices.Chunk(values, chunkSize) }

// sortBy orders by a text key, byte by byte: databases sort text by their own collation.
func sortBy[T any](rows []T, key func(T) string) {
	slices.SortFunc(rows, func(a, b T) int { return strings.Compare(key(a), key(b)) })
}

// sortStable is sortBy that keeps the order of rows with one key.
func sortStable[T any](rows []T, key func(T) string) {
	slices.SortStableFunc(rows, func(a, b T) int { return strings.Compare(key(a), key(b)) })
}
