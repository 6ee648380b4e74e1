package rollup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

// Differences says in Chinese, a sentence a line, all that is different between an edition and
// the one that could be made now: the returns (Changed), the adjustments, then the figures one
// by one, the totals first. Changed texts are named, not quoted; rows that came, went or were
// closed are counted for each unit.
func Differences(f *forms.Form, old, now Table) []string {
	out := Changed(old.Inputs, now.Inputs)
	if old.Version != now.Version {
		out = append(out, fmt.Sprintf("表样由第%d版改为第%d版，各栏不作比较。", old.Version, now.Version))
	}
	out = append(out, adjustmentsOnlyIn(now, old, f, "新增调整：")...)
	out = append(out, adjustmentsOnlyIn(old, now, f, "撤销调整：")...)
	fields := f.Fields()
	var units []string
	tallies := map[string]*tally{}
	count := func(c Change) *tally {
		if tallies[c.Unit] == nil {
			tallies[c.Unit] = &tally{name: c.Name}
			units = append(units, c.Unit)
		}
		return tallies[c.Unit]
	}
	for _, c := range Changes(old, now) {
		switch {
		case c.Kind == RowAdded:
			count(c).added++
		case c.Kind == RowRemoved:
			count(c).removed++
		case c.Kind != CellChanged || c.Column >= len(fields):
		case f.Ledger != nil && fields[c.Column].ID == f.Ledger.Closed && c.From == "":
			count(c).closed++
		default:
			at := c.Name
			if !f.Single() {
				at += fmt.Sprintf(" 第%s行", now.Lines[c.Line].Label)
			}
			x := fields[c.Column]
			if at += " " + x.Column(); x.Type.Numeric() {
				out = append(out, at+"："+shown(x, c.From)+"→"+shown(x, c.To)+"。")
			} else {
				out = append(out, at+"：内容有改动。")
			}
		}
	}
	for _, u := range units {
		out = append(out, tallies[u].String())
	}
	return out
}

// adjustmentsOnlyIn words the adjustments of a table that another has not.
func adjustmentsOnlyIn(t, other Table, f *forms.Form, word string) []string {
	names := t.names()
	var out []string
	for _, a := range t.Adjustments {
		if !slices.ContainsFunc(other.Adjustments, func(b Adjustment) bool { return b.ID == a.ID }) {
			out = append(out, word+a.Text(cmp.Or(names[a.Unit], a.Unit), f.Field(a.Field))+"。")
		}
	}
	return out
}

// names gives the names of the units by id.
func (t Table) names() map[string]string {
	names := make(map[string]string, len(t.Inputs))
	for _, in := range t.Inputs {
		names[in.Unit] = in.Name
	}
	return names
}

// tally counts what became of a unit's rows.
type tally struct {
	name                   string
	added, removed, closed int
}

func (t *tally) String() string {
	var parts []string
	for _, x := range []struct {
		word string
		n    int
	}{{"新增", t.added}, {"减少", t.removed}, {"销号", t.closed}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%s%d项", x.word, x.n))
		}
	}
	return t.name + "：" + strings.Join(parts, "，") + "。"
}
