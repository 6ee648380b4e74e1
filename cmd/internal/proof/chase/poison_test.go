package chase

import (
	"errors"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
)

// One message among many cannot be rendered, in whatever way: the others go out at once, and it ends
// with a name.
func TestPoisonInTheComposer(t *testing.T) {
	counties := testneed.Soak(20, 400)
	victim := county(3) + "@baosong.example"
	for name, poison := range map[string]func(notify.Rendered) (notify.Rendered, error){
		"panics": func(notify.Rendered) (notify.Rendered, error) { panic("a template is broken") },
		"fails": func(notify.Rendered) (notify.Rendered, error) {
			return notify.Rendered{}, errors.New("no such template")
		},
		"a megabyte of subject": func(r notify.Rendered) (notify.Rendered, error) {
			r.Body = []byte(strings.Replace(string(r.Body), "Subject: ", "Subject: "+strings.Repeat("x", 1<<20), 1))
			return r, nil
		},
		"no address":   func(r notify.Rendered) (notify.Rendered, error) { r.To = ""; return r, nil },
		"a bare CR":    func(r notify.Rendered) (notify.Rendered, error) { r.Body = append(r.Body, "\rx\r\n"...); return r, nil },
		"an empty one": func(r notify.Rendered) (notify.Rendered, error) { r.Body = nil; return r, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t)
			d := begin(t, p.of(storetest.SQLite(t), counties, "2021-03-01 00:00"), hooks{
				render: func(compose func(notify.Draft) (notify.Rendered, error)) func(notify.Draft) (notify.Rendered, error) {
					return func(d notify.Draft) (notify.Rendered, error) {
						r, err := compose(d)
						if err == nil && r.To == victim {
							return poison(r)
						}
						return r, err
					}
				}})
			d.runs(t, "2021-03-01 08:30")
			count := map[string]int{}
			for _, e := range p.entries() {
				count[e.to]++
			}
			for to, m := range messagesTo(t, d.store, "2021-03-01 08:30") {
				want := arrives
				if to == victim || to == "" {
					want = end{notify.Refused, 0, false}
				}
				if got := (end{m.State, count[to], m.Duplicate}); got != want {
					t.Errorf("%s: %v, want %v: %s", to, got, want, m.Reason)
				}
			}
			t.Logf("%d others went out in the same minute", len(p.entries()))
		})
	}
}

// One message among many kills the process that sends it, each time: after three deaths it is left alone,
// and everybody else has had theirs.
func TestPoisonThatKills(t *testing.T) {
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t)
			set := p.of(database(t), testneed.Soak(12, 100), "2021-03-01 00:00")
			set.Lanes, set.Poison, set.To = 4, county(3)+"@baosong.example", at("2021-03-01 14:59")
			deaths := 0
			for {
				cmd, said := process(t, set)
				if !dies(t, cmd, said) {
					break
				}
				if deaths++; deaths > 3 {
					t.Fatal("it kills a fourth time")
				}
			}
			d := begin(t, set, hooks{})
			copies := map[string]int{}
			for _, e := range p.entries() {
				copies[e.to]++
			}
			for to, m := range messagesTo(t, d.store, "2021-03-01 08:30") {
				switch {
				case to == set.Poison:
					if m.State != notify.Quarantined || copies[to] != 0 {
						t.Errorf("the poison is %s: %s", m.State, m.Reason)
					}
				case m.State != notify.HandedOver || copies[to] > 1 && !m.Duplicate:
					t.Errorf("%s is %s, received %d times, flagged %v: %s", to, m.State, copies[to], m.Duplicate, m.Reason)
				}
			}
			v := hold(t, d.store, p.entries())
			v.none(t)
			t.Logf("%d deaths: %s", deaths, v)
		})
	}
}
