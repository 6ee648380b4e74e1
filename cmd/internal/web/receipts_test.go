package web

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/gateway"
)

const callbackKey = "a-key-of-more-than-20-characters"

// listening gives the site a carrier that calls back.
func listening(t testing.TB) func(*Options) {
	s, err := gateway.New(gateway.Settings{URL: "http://127.0.0.1:1/sms", CallbackKey: callbackKey})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Listeners = map[string]notify.Listener{"gateway": s} }
}

// handed leaves one text message in the ledger, taken by the gateway, and returns our reference.
func handed(t *testing.T, s *site) string {
	t.Helper()
	ctx, ref := context.Background(), "0123456789abcdef0123456789abcdef"
	if err := s.store.PutPerson(ctx, store.Person{ID: jinjiang, Name: "林样一", Login: "jinjiang", Phone: "19900000001",
		Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}}}, ""); err != nil {
		t.Fatal(err)
	}
	now := s.clock.Now()
	m := store.NewMessage{Kind: notify.KindCheck, Person: jinjiang, Channel: notify.SMS, Slot: now, Note: "联络核对", About: "check"}
	if err := s.store.PutMessage(ctx, m, now); err != nil {
		t.Fatal(err)
	}
	drafts, err := s.store.Claim(ctx, now, "token", now.Add(time.Hour), 1)
	if err != nil || len(drafts) != 1 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	for id, err := range mustMap(s.store.Begin(ctx, "token", []notify.Attempt{{ID: m.ID(), Carrier: "gateway", Rendered: notify.Rendered{MessageID: ref, To: "19900000001", Subject: "check", Body: []byte("{}")}}}, now)) {
		t.Fatal(id, err)
	}
	for id, err := range mustMap(s.store.Record(ctx, "token", []notify.Result{{ID: m.ID(), Outcome: notify.Outcome{State: notify.HandedOver, Reference: "g-1"}}}, now)) {
		t.Fatal(id, err)
	}
	return ref
}

func mustMap(verdicts map[string]error, err error) map[string]error {
	if err != nil {
		return map[string]error{"": err}
	}
	return verdicts
}

func TestCarriersReport(t *testing.T) {
	s := newSite(t, listening(t))
	ref := handed(t, s)
	call := func(path, body string) (int, string) {
		r := httptest.NewRequest("POST", "http://bs.example"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.web.Handler().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	state := func() notify.State {
		t.Helper()
		all, err := s.store.Messages(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%d messages, %v", len(all), err)
		}
		return all[0].State
	}
	report := `{"reference":"` + ref + `","status":"delivered"}`
	for _, path := range []string{"/receipt/gateway", "/receipt/gateway?key=wrong", "/receipt/pigeon?key=" + callbackKey} {
		if code, _ := call(path, report); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
	if got := state(); got != notify.HandedOver {
		t.Fatalf("a report without the key made it %s", got)
	}
	for range 2 { // carriers say it twice
		if code, body := call("/receipt/gateway?key="+callbackKey, report); code != 200 || body != `{"code":0}` {
			t.Errorf("%d %q", code, body)
		}
	}
	if got := state(); got != notify.Delivered {
		t.Errorf("%s", got)
	}
	// What was delivered does not become undelivered.
	if code, _ := call("/receipt/gateway?key="+callbackKey, strings.Replace(report, "delivered", "undelivered", 1)); code != 200 || state() != notify.Delivered {
		t.Errorf("%d %s", code, state())
	}
	if code, _ := call("/receipt/gateway?key="+callbackKey, "not json"); code != 404 {
		t.Errorf("%d", code)
	}
	if code, _ := call("/receipt/gateway?key="+callbackKey, strings.Repeat(" ", maxReceipts+1)); code != 413 {
		t.Errorf("%d", code)
	}
}
