package chase

import (
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/demo"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// campaigns are stretches of the directives that are shipped: a quarter of each, and at the size of a
// change the first weeks of one.
func campaigns() (out []campaign) {
	out = []campaign{{"quanzhou-2021", 1, "2021-06-07", "2021-07-06"}}
	if testneed.Soak(0, 1) == 0 {
		return out
	}
	out = nil
	for seed := range uint64(5) {
		out = append(out, campaign{"quanzhou-2021", seed + 1, "2021-06-07", "2021-09-30"})
	}
	for seed := range uint64(2) {
		out = append(out,
			campaign{"fujian-2020", seed + 1, "2020-06-08", "2020-09-08"}, campaign{"jinjiang-2019", seed + 1, "2019-04-20", "2019-07-20"},
			campaign{"shanxi-2021", seed + 1, "2021-06-20", "2021-09-20"}, campaign{"jilin-2020", seed + 1, "2020-11-16", "2021-02-16"})
	}
	return out
}

type campaign struct {
	directive string
	seed      uint64
	from, to  string
}

// Simulated clerks and reviewers act as their seed has it, the daemon chases them, and what the
// servers received is what the checker expected of these acts: each hand-over once, to the right
// person, on the right channel, at its time.
func TestCampaignsAreChasedAsTheWordsSay(t *testing.T) {
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range campaigns() {
		t.Run(fmt.Sprintf("%s seed %d", c.directive, c.seed), func(t *testing.T) {
			one, err := cat.Only(c.directive)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			p := newPost(t)
			relay := p.relay().AddrPort()
			camp, err := demo.Open(t.Context(), demo.Options{Catalogue: one, Database: storetest.SQLite(t), From: calendar.MustDate(c.from).Start(), Seed: c.seed,
				BaseURL: base, Relay: netip.AddrPortFrom(relay.Addr().Unmap(), relay.Port()), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer camp.Close()
			p.now = camp.Clock.Now
			if err := camp.To(t.Context(), calendar.MustDate(c.to).AddDays(1).Start()); err != nil {
				t.Fatal(err)
			}
			book := p.entries()
			for _, x := range camp.SMS.All() {
				for range x.Copies { // the instant is the ledger's: this catcher has no clock
					book = append(book, entry{channel: notify.SMS, id: x.Reference, to: x.Phone, raw: []byte(x.Text)})
				}
			}
			hold(t, camp.Store, book).none(t)
			h := historyOf(t, camp.Store, one, camp.Clock.Now())
			check(t, h, handovers(t, camp.Store, book))
			t.Logf("%d duties, %d messages in %s", len(h.Duties), len(book), time.Since(began).Round(time.Millisecond))
		})
	}
}
