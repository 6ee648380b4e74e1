package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// watched is an office whose operator is told, over a store with a clerk in each of the units; the
// clerk of 南安市 has no address.
func watched(t *testing.T, now time.Time) *Office {
	t.Helper()
	ctx := t.Context()
	s := storetest.Open(t, storetest.SQLite(t))
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(ctx, s, cat, []byte("0123456789abcdef"), now); err != nil {
		t.Fatal(err)
	}
	for _, p := range []store.Person{
		{ID: "lin", Name: "林样一", Email: "lin@baosong.example", Phone: "19900000001", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}}},
		{ID: "wu", Name: "吴样三", Roles: []store.Role{{Unit: "qz-nanan", Name: store.Clerk}}},
	} {
		if err := s.PutPerson(ctx, p, ""); err != nil {
			t.Fatal(err)
		}
	}
	o := &Office{Store: s, Catalogue: cat, Pace: config.Default().Pace, Since: calendar.DateOf(now), Log: slog.New(slog.DiscardHandler),
		Operator: Operator{"op@baosong.example", "19900000099"}, Watch: true, Deliverer: &notify.Deliverer{Outbox: s}}
	if _, err := o.plan(ctx, now); err != nil {
		t.Fatal(err)
	}
	return o
}

func messagesOf(t *testing.T, s *store.Store) (out []store.Message) {
	t.Helper()
	all, err := s.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Person == store.OperatorID {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b store.Message) int {
		return cmpOr(a.Slot.Compare(b.Slot), strings.Compare(string(a.Channel), string(b.Channel)))
	})
	return out
}

func cmpOr(ns ...int) int {
	for _, n := range ns {
		if n != 0 {
			return n
		}
	}
	return 0
}

func TestTheDaysPlan(t *testing.T) {
	o := watched(t, at("2021-06-21 07:00"))
	ctx := t.Context()
	for _, c := range []struct{ now, next string }{
		{"2021-06-25 07:00", "2021-06-25 08:00"}, // not yet
		{"2021-06-25 08:00", "2021-06-26 08:00"},
		{"2021-06-25 08:05", "2021-06-26 08:00"}, // once a day
		{"2021-06-26 08:00", "2021-06-27 08:00"}, // a Saturday
		{"2021-06-28 18:00", "2021-06-29 08:00"}, // nobody wants today's plan in the evening
	} {
		next, err := o.today(ctx, at(c.now))
		if err != nil || !next.Equal(at(c.next)) {
			t.Errorf("at %s: next %v, %v", c.now, next.In(calendar.Zone), err)
		}
	}
	ms := messagesOf(t, o.Store)
	if len(ms) != 1 || ms[0].Channel != notify.Email || ms[0].Address != "op@baosong.example" || !ms[0].Slot.Equal(at("2021-06-25 08:00")) {
		t.Fatalf("plans: %+v", ms)
	}
	trace, _, err := o.Store.Trace(ctx, store.Asker{Operator: true}, ms[0].ID, at("2021-06-25 08:00"))
	if err != nil {
		t.Fatal(err)
	}
	// On the 25th 晋江市 owes its progress table; two more are due in a working day, three in three.
	for _, want := range []string{"2021年6月25日催报计划\n", "08:30 邮件 1 封、短信 1 条（约 1 条计费），涉及 6 项任务。\n", "15:00 邮件 1 封、短信 1 条（约 1 条计费），涉及 1 项任务。\n",
		"三、上一工作日（6月24日）的消息\n无。\n", "四、联系不上的单位\n", "南安市", "五、须人工办理\n无。\n", "baosong alive"} {
		if !strings.Contains(trace.Note, want) {
			t.Errorf("the plan lacks %q:\n%s", want, trace.Note)
		}
	}
	if strings.Contains(trace.Note, "晋江市") {
		t.Errorf("晋江市 can be reached:\n%s", trace.Note)
	}
}

// A year whose days off are not known stops the chase; the plan comes all the same and says so.
func TestThePlanNamesTheYearThatIsMissing(t *testing.T) {
	o := watched(t, at("2021-06-21 07:00"))
	if _, err := o.today(t.Context(), at("2049-01-04 08:00")); err != nil {
		t.Fatal(err)
	}
	ms := messagesOf(t, o.Store)
	if len(ms) != 1 {
		t.Fatalf("%d plans", len(ms))
	}
	trace, _, err := o.Store.Trace(t.Context(), store.Asker{Operator: true}, ms[0].ID, at("2049-01-04 08:00"))
	if err != nil || !strings.Contains(trace.Note, "2049年的放假调休安排尚未导入") {
		t.Errorf("%v:\n%s", err, trace.Note)
	}
}

func TestWhatIsWorthAnAlarm(t *testing.T) {
	now := at("2021-06-22 10:00")
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for _, c := range []struct {
		name   string
		x      store.Trouble
		closed bool
		trust  Trust
		want   []string
	}{
		{"all is well", store.Trouble{Pulses: []store.Pulse{{Job: "chase", At: ago(time.Hour), Next: now.Add(time.Hour)}}}, false, Outgoing, nil},
		{"it fails for a quarter of an hour", store.Trouble{Failing: 3, Since: ago(15 * time.Minute)}, false, Outgoing, []string{"stalled!"}},
		{"it has just begun to fail", store.Trouble{Failing: 3, Since: ago(14 * time.Minute)}, false, Outgoing, nil},
		{"at night nothing is tried", store.Trouble{Failing: 3, Since: ago(3 * time.Hour)}, true, Outgoing, nil},
		{"a carrier is paused", store.Trouble{Paused: []notify.Pause{{Carrier: "city", Until: now.Add(time.Hour), Reason: "arrears"}}}, false, Outgoing, []string{"paused"}},
		{"messages are lost", store.Trouble{Lost: []string{"m1", "m2"}}, true, Outgoing, []string{"lost"}},
		{"a job is silent", store.Trouble{Pulses: []store.Pulse{{Job: "chase", At: ago(3 * time.Hour), Next: ago(31 * time.Minute)}}}, true, Outgoing, []string{"silent!"}},
		{"a job is a little late", store.Trouble{Pulses: []store.Pulse{{Job: "chase", At: ago(3 * time.Hour), Next: ago(30 * time.Minute)}}}, true, Outgoing, nil},
		{"the clocks disagree", store.Trouble{}, false, Lasting, []string{"clock!"}},
	} {
		var got []string
		for _, a := range alarmsOf(c.x, !c.closed, c.trust, now) {
			cause := a.cause
			if a.stops {
				cause += "!"
			}
			got = append(got, cause)
			if a.title == "" || a.text == "" || strings.ContainsAny(a.text+a.title, "!！") {
				t.Errorf("%s: %+v", c.name, a)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// While a relay refuses everything the operator hears of it after a quarter of an hour, by mail and
// by text message, and again each hour; the heartbeat stops. When it is over, all that ends.
func TestARelayThatRefusesIsToldToTheOperator(t *testing.T) {
	o := watched(t, at("2021-06-21 07:00"))
	ctx := t.Context()
	beats := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats++ }))
	defer srv.Close()
	var err error
	if o.Heartbeat, err = NewHeartbeat(srv.URL); err != nil {
		t.Fatal(err)
	}
	watch := o.watching()
	if _, err := o.chase(ctx, at("2021-06-22 08:30")); err != nil {
		t.Fatal(err)
	}
	down := &outside{took: map[string][]time.Time{}, reply: func(now time.Time) error {
		return notify.Temporary(errors.New("451 try again later"))
	}}
	ms, err := o.Store.Messages(ctx)
	if err != nil || len(ms) == 0 {
		t.Fatalf("%d messages, %v", len(ms), err)
	}
	first := at("2021-06-22 08:31")
	fail(t, o.Store, down, first)
	var heard []string
	for now := first; now.Before(at("2021-06-22 10:00")); now = now.Add(time.Minute) {
		next, err := watch(ctx, now)
		if err != nil && !errors.Is(err, errIdle) || !next.Equal(now.Add(time.Minute)) {
			t.Fatal(next, err)
		}
		if now.Equal(at("2021-06-22 08:45")) && beats != 15 {
			t.Errorf("%d beats in the first quarter of an hour", beats)
		}
	}
	for _, m := range messagesOf(t, o.Store) {
		heard = append(heard, m.Slot.In(calendar.Zone).Format("15:04")+" "+string(m.Channel))
	}
	if d := cmp.Diff([]string{"08:46 email", "08:46 sms", "09:46 email", "09:46 sms"}, heard); d != "" {
		t.Errorf("alarms (-want +got):\n%s", d)
	}
	if beats != 15 {
		t.Errorf("%d beats although nothing goes out", beats)
	}
}

// An alarm by mail does not wait for the morning, and nothing else leaves the house with it; no
// telephone rings at night.
func TestAnAlarmGoesOutAtNight(t *testing.T) {
	o := watched(t, at("2021-06-21 07:00"))
	ctx := t.Context()
	if _, err := o.chase(ctx, at("2021-06-22 08:30")); err != nil {
		t.Fatal(err)
	}
	night := at("2021-06-22 22:00")
	c := clock.NewVirtual(night)
	r := &outside{took: map[string][]time.Time{}}
	composer := notify.Composer{Key: []byte("0123456789abcdef"), From: "mzj@baosong.example", Domain: "baosong.example", BaseURL: "http://127.0.0.1", Bureau: "泉州市民政局",
		Templates: sms.Defaults()}
	composer.Templates["alarm"] = sms.Template{Key: "alarm", Max: []int{20}, Names: []string{"what"}, Text: "报送系统：{1}，请检查。"} // as an operator had it approved
	o.Deliverer = &notify.Deliverer{Outbox: o.Store, Compose: composer.Compose, Carriers: map[notify.Channel][]notify.Carrier{
		notify.Email: {{Name: "relay", Sender: via{r, c}}}, notify.SMS: {{Name: "city", Sender: via{r, c}}}}}
	if err := o.Store.PauseCarrier(ctx, notify.Pause{Carrier: "aliyun", Until: night.Add(time.Hour), Reason: "arrears", At: night}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.watching()(ctx, night); err != nil {
		t.Fatal(err)
	}
	if _, err := o.deliver(ctx, night); err != nil {
		t.Fatal(err)
	}
	states := map[notify.Channel]notify.State{}
	for _, m := range messagesOf(t, o.Store) {
		states[m.Channel] = m.State
	}
	if d := cmp.Diff(map[notify.Channel]notify.State{notify.Email: notify.HandedOver, notify.SMS: notify.Planned}, states); d != "" || len(r.took) != 1 {
		t.Errorf("%d messages went out; alarms (-want +got):\n%s", len(r.took), d)
	}
}

// fail claims what is due and records that it was put off by an hour.
func fail(t *testing.T, s *store.Store, r *outside, now time.Time) {
	t.Helper()
	ctx := t.Context()
	ds, err := s.Claim(ctx, now, "tok", now.Add(10*time.Minute), 100)
	if err != nil || len(ds) == 0 {
		t.Fatalf("%d claimed, %v", len(ds), err)
	}
	for _, d := range ds {
		mail := notify.Rendered{MessageID: "<" + d.ID + "@bs.example>", To: d.Address, Body: []byte("x")}
		if v, err := s.Begin(ctx, "tok", []notify.Attempt{{ID: d.ID, Carrier: "relay", Rendered: mail}}, now); err != nil || v[d.ID] != nil {
			t.Fatal(v, err)
		}
		o := notify.Outcome{State: notify.Deferred, Reason: r.reply(now).Error(), Retry: now.Add(time.Hour)}
		if v, err := s.Record(ctx, "tok", []notify.Result{{ID: d.ID, Outcome: o}}, now); err != nil || v[d.ID] != nil {
			t.Fatal(v, err)
		}
	}
}

// A clock in doubt raises no alarm into the ledger, and stops the heartbeat.
func TestAClockInDoubtIsSilent(t *testing.T) {
	o := watched(t, at("2021-06-21 07:00"))
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer srv.Close()
	var err error
	if o.Heartbeat, err = NewHeartbeat(srv.URL); err != nil {
		t.Fatal(err)
	}
	for _, trust := range []Trust{Repeatable, Lasting} {
		o.Trust = func() Trust { return trust }
		if _, err := o.watching()(t.Context(), at("2021-06-22 10:00")); err != nil && !errors.Is(err, errIdle) {
			t.Fatal(err)
		}
	}
	var heard []notify.Channel
	for _, m := range messagesOf(t, o.Store) { // of the second: another daemon can send it
		heard = append(heard, m.Channel)
	}
	if d := cmp.Diff([]notify.Channel{notify.Email, notify.SMS}, heard); d != "" || asked != 0 {
		t.Errorf("%d beats; alarms:\n%s", asked, d)
	}
}

func TestHeartbeat(t *testing.T) {
	var asked []string
	answer := http.StatusOK
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(answer)
	}))
	defer srv.Close()
	h, err := NewHeartbeat(srv.URL + "/secret-path")
	if err != nil {
		t.Fatal(err)
	}
	now := at("2021-06-22 10:00")
	for _, c := range []struct {
		after  time.Duration
		answer int
		asked  int
		wrong  bool
	}{
		{0, 200, 1, false}, {59 * time.Second, 200, 1, false}, {time.Minute, 204, 2, false},
		{2 * time.Minute, 302, 3, true}, // not followed
		{2*time.Minute + time.Second, 500, 4, true},
		{2*time.Minute + 2*time.Second, 200, 5, false}, // what failed is tried again at once
	} {
		answer = c.answer
		err := h.Beat(t.Context(), now.Add(c.after))
		if (err != nil) != c.wrong || len(asked) != c.asked {
			t.Errorf("after %s: asked %d times, %v", c.after, len(asked), err)
		}
		if err != nil && strings.Contains(err.Error(), "secret-path") {
			t.Errorf("the address is told: %v", err)
		}
	}
	if slices.ContainsFunc(asked, func(s string) bool { return s != "GET /secret-path" }) {
		t.Errorf("asked: %q", asked)
	}
	srv.Close()
	if err := h.Beat(t.Context(), now.Add(time.Hour)); err == nil || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("nobody answers: %v", err)
	}
	for _, address := range []string{"", "hc.example/x", "ftp://hc.example/x", "https://"} {
		if _, err := NewHeartbeat(address); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
}

// What got through leaves a sign of life; what was kept back or failed leaves none.
func TestSignsOfLife(t *testing.T) {
	r := newRig(nil)
	ctx := t.Context()
	if err := r.Start(ctx, false); err != nil {
		t.Fatal(err)
	}
	var fault error
	var next time.Time
	jobs := r.Guard.Jobs([]Job{{Name: "deliver", Needs: Outgoing, Step: func(context.Context, time.Time) (time.Time, error) { return next, fault }}})
	for _, c := range []struct {
		name  string
		after time.Duration
		next  time.Duration
		err   error
		want  int
	}{
		{"it got through", 0, time.Minute, nil, 1},
		{"again within the minute", 30 * time.Second, 90 * time.Second, nil, 1},
		{"within the minute, but it sleeps until the morning now", 40 * time.Second, 14 * time.Hour, nil, 2},
		{"it failed", 2 * time.Minute, 3 * time.Minute, errors.New("no database"), 2},
		{"it found nothing", 3 * time.Minute, 4 * time.Minute, errIdle, 3},
	} {
		next, fault = noon.Add(c.next), c.err
		r.wall, r.mono = noon.Add(c.after), c.after
		if _, err := step(ctx, r.Guard, jobs[0], r.wall); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
		if len(r.told) != c.want {
			t.Errorf("%s: %d signs of life, want %d", c.name, len(r.told), c.want)
		}
	}
	r.wall = noon.Add(time.Hour) // the clock jumps
	if _, err := step(ctx, r.Guard, jobs[0], r.wall); err != nil {
		t.Fatal(err)
	}
	if len(r.told) != 3 {
		t.Error("a step that was kept back left a sign of life")
	}
}
