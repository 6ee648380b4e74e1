package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// polling is a carrier that takes everything and is asked later.
type polling struct {
	took  []string
	asked int
	says  map[string]notify.Receipt // by Message-ID
	err   error
}

func (p *polling) Send(_ context.Context, m notify.Rendered) (notify.Accepted, error) {
	p.took = append(p.took, m.MessageID)
	return notify.Accepted{Answer: "taken", Reference: "q" + m.MessageID}, nil
}

func (p *polling) Poll(_ context.Context, sent []notify.Sent) (out []notify.Receipt, err error) {
	p.asked++
	for _, s := range sent {
		if r, ok := p.says[s.MessageID]; ok {
			out = append(out, r)
		}
	}
	return out, p.err
}

// outbox is an office with a clerk of 晋江市 whose messages are put in by hand.
func outbox(t *testing.T, p notify.Sender) (*Office, func(id string, kind notify.Kind, slot string, about ...string)) {
	t.Helper()
	s := storetest.Open(t, storetest.SQLite(t))
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutUnits(t.Context(), cat.Units); err != nil {
		t.Fatal(err)
	}
	clerk := store.Person{ID: "lin", Name: "林样一", Email: "lin@baosong.example", Phone: "19900000001", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}}}
	if err := s.PutPerson(t.Context(), clerk, ""); err != nil {
		t.Fatal(err)
	}
	o := &Office{Store: s, Catalogue: cat, Pace: config.Default().Pace, Since: calendar.MustDate("2021-06-07"), Log: slog.New(slog.DiscardHandler), Deliverer: &notify.Deliverer{Outbox: s,
		Compose: func(d notify.Draft) (notify.Rendered, error) {
			return notify.Rendered{MessageID: d.ID, To: d.Address, Body: []byte(d.ID)}, nil
		},
		Carriers: map[notify.Channel][]notify.Carrier{notify.Email: {{Name: "bridge", Sender: p}}}}}
	if _, err := o.plan(t.Context(), at("2021-06-07 09:00")); err != nil {
		t.Fatal(err)
	}
	owed, err := s.AllTasks(t.Context(), store.Filter{Unit: "qz-jinjiang", DueFrom: at("2021-06-25 00:00")}, at("2021-06-18 15:00"))
	if err != nil {
		t.Fatal(err)
	}
	duty := owed[slices.IndexFunc(owed, func(t store.Task) bool { return t.State.Owed() })]
	return o, func(id string, kind notify.Kind, slot string, about ...string) {
		t.Helper()
		r := notify.Reminder{Duty: duty.Key.String(), Revision: duty.Revision, Rung: id, Person: "lin", Unit: "qz-jinjiang", Channel: notify.Email, PlannedAt: at(slot), State: notify.Planned, Topic: notify.AboutItem, Detail: id}
		m := store.MessagePlan{ID: id, Person: "lin", Channel: notify.Email, Slot: at(slot), Kind: kind, About: strings.Join(about, ""), Keys: []string{r.Key()}}
		if err := s.PutReminders(t.Context(), []notify.Reminder{r}, []store.MessagePlan{m}, at(slot)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOnADayOff: what a rung says for any day goes on a day off, and waits at night; what is counted
// in hours waits for nothing, and what belongs to working hours for these.
func TestOnADayOff(t *testing.T) {
	p := &polling{}
	for _, c := range []struct {
		kind       notify.Kind
		about      string
		slot, when string
		goes       bool
	}{
		{notify.KindUrgent, scheduler.AnyDay, "2021-06-19 10:00", "2021-06-19 10:00", true}, // a Saturday
		{notify.KindUrgent, scheduler.AnyDay, "2021-06-19 10:00", "2021-06-19 22:00", false},
		{notify.KindUrgent, scheduler.AtOnce, "2021-06-19 10:00", "2021-06-19 22:00", true}, // of a duty counted in hours
		{notify.KindUrgent, scheduler.AtOnce, "2021-06-19 23:30", "2021-06-19 23:30", true},
		{notify.KindUrgent, "", "2021-06-18 15:20", "2021-06-19 10:00", false},
		{notify.KindDigest, "", "2021-06-18 15:00", "2021-06-19 10:00", false},
	} {
		o, put := outbox(t, p)
		p.took = nil
		put("m", c.kind, c.slot, c.about)
		next, err := o.deliver(t.Context(), at(c.when))
		if err != nil || (len(p.took) == 1) != c.goes || next.IsZero() || next.After(at("2021-06-21 08:31")) {
			t.Errorf("%s of %s at %s: sent %d, next at %s, %v", c.kind, c.slot, c.when, len(p.took), next, err)
		}
	}
}

// TestReceiptsAreFetched: every few minutes, while something is awaited; a carrier that fails
// half-way has said what it has said.
func TestReceiptsAreFetched(t *testing.T) {
	p := &polling{says: map[string]notify.Receipt{}}
	o, put := outbox(t, p)
	now := at("2021-06-22 08:30")
	if !slices.ContainsFunc(o.Jobs(), func(j Job) bool { return j.Name == "receipts" }) {
		t.Fatal("nobody fetches receipts")
	}
	step := func(want error, asks bool) {
		t.Helper()
		now = now.Add(pollEvery)
		next, err := o.receipts(t.Context(), now)
		soon := now.Add(pollEvery) // with nothing to ask about it may be later
		if !errors.Is(err, want) || next.Before(soon) || asks && !next.Equal(soon) {
			t.Fatalf("next at %s, %v", next, err)
		}
	}
	step(nil, false)
	if p.asked != 0 {
		t.Error("asked though nothing is awaited")
	}
	for i := range 2 {
		put(fmt.Sprint("m", i), notify.KindDigest, []string{"2021-06-22 08:30", "2021-06-22 08:31"}[i])
	}
	if _, err := o.deliver(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	p.says["m0"] = notify.Receipt{Carrier: "what it calls itself", Reference: "qm0", State: notify.Delivered, Reason: "DELIVRD", At: now}
	p.err = errors.New("the carrier stumbled")
	step(p.err, true)
	p.err = nil
	step(nil, true)
	all, err := o.Store.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if all[0].State != notify.Delivered || all[1].State != notify.HandedOver || p.asked != 2 {
		t.Errorf("%s and %s, asked %d times", all[0].State, all[1].State, p.asked)
	}
	now = now.Add(72 * time.Hour)
	step(nil, false)
	if p.asked != 2 {
		t.Error("asked for what will never come")
	}
}
