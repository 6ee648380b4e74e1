package chase

import (
	"slices"
	"testing"

	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/notify"
)

// A town in which nobody reports for two weeks: every rung of every duty reaches everybody it is
// meant for, once and in time, on both databases. And the judges are not always content.
func TestEveryHandOverIsExpectedAndOnlyThose(t *testing.T) {
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			d := begin(t, p.of(database(t), 3, "2021-03-01 00:00"), hooks{})
			p.now = d.Clock.Now
			d.runs(t, "2021-03-12 23:00")
			hold(t, d.store, p.entries()).none(t)
			h := historyOf(t, d.store, d.office.Catalogue, d.Clock.Now())
			check(t, h, handovers(t, d.store, p.entries()))
			t.Logf("%d duties, %d messages", len(h.Duties), len(p.entries()))
		})
	}
}

// The judge of books finds what is put into them, or left out.
func TestTheJudgeIsNotAlwaysContent(t *testing.T) {
	p := newPost(t)
	d := begin(t, p.of(storetest.SQLite(t), 2, "2021-03-01 00:00"), hooks{})
	d.runs(t, "2021-03-05 23:00")
	whole := p.entries()
	i := slices.IndexFunc(whole, func(e entry) bool { return e.channel == notify.Email })
	for _, c := range []struct {
		name                     string
		book                     []entry
		lost, unflagged, strange int
	}{
		{"as it is", whole, 0, 0, 0},
		{"one is gone", slices.Delete(slices.Clone(whole), i, i+1), 1, 0, 0},
		{"one came twice", append(slices.Clone(whole), whole[i]), 0, 1, 0},
		{"one came twice, with other bytes", append(slices.Clone(whole), entry{notify.Email, whole[i].id, whole[i].to, []byte("x"), whole[i].at}), 0, 1, 1},
		{"one is not in the ledger", append(slices.Clone(whole), entry{notify.Email, "<x>", whole[i].to, []byte("x"), whole[i].at}), 0, 0, 1},
	} {
		v := hold(t, d.store, c.book)
		if len(v.lost) != c.lost || len(v.unflagged) != c.unflagged || len(v.strange) != c.strange {
			t.Errorf("%s: %q %q %q", c.name, v.lost, v.unflagged, v.strange)
		}
	}
}
