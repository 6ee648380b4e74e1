package desk

import (
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// When the ladder speaks next: by its steps, and after a promise not before it has passed.
func TestNextRungWaitsForAPromise(t *testing.T) {
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	d := &Desk{Catalogue: cat}
	at := func(s string, hour, minute int) time.Time {
		return calendar.MustDate(s).At(calendar.TimeOfDay(hour*60 + minute))
	}
	x := store.Task{Duty: scheduler.Duty{Key: scheduler.DutyKey{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Unit: "qz-jinjiang"},
		Opens: at("2021-06-18", 0, 0), DueDate: calendar.MustDate("2021-06-25"), DueTime: calendar.EndOfDay}, To: "qz", State: scheduler.Pending}
	x.Due = x.DueDate.At(x.DueTime)
	promise := store.Promise{Duty: x.ID, Call: "c-1", At: at("2021-06-28", 9, 50), Until: at("2021-06-29", 12, 0)}
	for _, c := range []struct {
		name string
		now  time.Time
		p    store.Promise
		want time.Time
	}{
		{"the next step", at("2021-06-28", 10, 0), store.Promise{}, at("2021-06-29", 8, 30)},
		{"a promise until noon: the slot after it, not the step before it", at("2021-06-28", 10, 0), promise, at("2021-06-29", 15, 0)},
		{"a promise that has been broken and told of: the third day drafts a letter, and reminds nobody", at("2021-06-29", 16, 0), promise, at("2021-07-02", 8, 30)},
		{"nothing more", at("2021-07-30", 9, 0), store.Promise{}, time.Time{}},
	} {
		if got := d.NextRung(x, c.p, c.now); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
