package gateway_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	. "github.com/baosong/baosong/notify/sms/gateway"
	"github.com/baosong/baosong/notify/sms/smstest"
)

var letter = notify.Rendered{MessageID: "0123456789abcdef0123456789abcdef", To: "13800000001", Subject: "due",
	Body: sms.Message{Template: "due", Params: []string{"1", "进度表", "6月25日24:00"}, Signature: "泉州市民政局", Text: "【泉州市民政局】x"}.Encode()}

// send sends letter to a handler and returns the state it leads to.
func send(t *testing.T, set Settings, h http.HandlerFunc) (notify.State, notify.Accepted, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	set.URL = server.URL + "/sms"
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Send(context.Background(), letter)
	if err != nil {
		return notify.Class(err), a, err
	}
	return notify.HandedOver, a, nil
}

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Location", "http://203.0.113.1/")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// TestBehaviours: whatever the gateway does, what may have been taken is not called failed.
func TestBehaviours(t *testing.T) {
	smstest.Run(t, smstest.Case{Wire: smstest.Gateway(), Letter: letter, Secret: "s3cret", Open: func(url string, roots *x509.CertPool) (notify.Sender, error) {
		return New(Believing(Settings{URL: url + "sms", Username: "u", Password: "s3cret"}, roots))
	}})
}

// TestFaults: whose matter a refusal is, as the gateway calls it, in a 200 and in a 4xx.
func TestFaults(t *testing.T) {
	for name, want := range map[string]struct {
		state notify.State
		fault notify.Fault
	}{
		"":              {notify.Refused, notify.FaultMessage},
		"message":       {notify.Refused, notify.FaultMessage},
		"recipient":     {notify.Refused, notify.FaultRecipient},
		"number_limit":  {notify.Deferred, notify.FaultNumberLimit},
		"account_limit": {notify.Deferred, notify.FaultAccountLimit},
		"config":        {notify.Deferred, notify.FaultConfig},
		"transient":     {notify.Deferred, notify.FaultTransient},
		"of another":    {notify.Refused, notify.FaultMessage},
	} {
		for _, status := range []int{200, 202, 400, 422, 429} {
			body := fmt.Sprintf(`{"status":"refused","reason":"blacklisted","fault":%q,"retry_after":3600}`, name)
			state, _, err := send(t, Settings{}, answers(status, body))
			if state != want.state || notify.FaultOf(err) != want.fault || !strings.Contains(err.Error(), "blacklisted") {
				t.Errorf("%d %q: %s, %s, %v", status, name, state, notify.FaultOf(err), err)
			}
			if wait := notify.WaitOf(err); (wait == time.Hour) != (name == "number_limit" || name == "transient") {
				t.Errorf("%d %q: to wait %v", status, name, wait)
			}
		}
	}
	for _, body := range []string{`{}`, `{"status":"queued?"}`, `{"id":"7","status":"?"}`} {
		if state, _, err := send(t, Settings{}, answers(200, body)); state != notify.Unknown {
			t.Errorf("%s: %s, %v", body, state, err)
		}
	}
	// A status says it where the body does not.
	for status, want := range map[int]notify.Fault{401: notify.FaultConfig, 402: notify.FaultAccountLimit, 403: notify.FaultConfig, 404: notify.FaultConfig, 409: notify.FaultMessage, 429: notify.FaultTransient} {
		if _, _, err := send(t, Settings{}, answers(status, "no")); notify.FaultOf(err) != want {
			t.Errorf("%d: %s, want %s", status, notify.FaultOf(err), want)
		}
	}
}

// TestTimeLimit: the sender's own, without anybody's help.
func TestTimeLimit(t *testing.T) {
	done := make(chan struct{})
	got, _, err := send(t, Settings{Timeout: 300 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
		defer close(done)
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	<-done
	if got != notify.Unknown {
		t.Errorf("%s, %v", got, err)
	}
}

// TestRequest: what a gateway gets, with each kind of credentials, and that a redirect does
// not carry it on.
func TestRequest(t *testing.T) {
	for want, set := range map[string]Settings{"Bearer tok": {Token: "tok"}, "Basic dTpw": {Username: "u", Password: "p"}, "": {}} {
		got, a, err := send(t, set, func(w http.ResponseWriter, r *http.Request) {
			var req Request
			if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
				t.Error(err)
			}
			if r.Method != http.MethodPost || r.URL.Path != "/sms" || r.Header.Get("Authorization") != want {
				t.Errorf("%s %s, %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
			}
			if req.Phone != letter.To || req.Reference != letter.MessageID || req.Template != "due" || len(req.Params) != 3 || req.Signature != "泉州市民政局" {
				t.Errorf("%+v", req)
			}
			io.WriteString(w, `{"id":"7","status":"accepted"}`)
		})
		if got != notify.HandedOver || a.Reference != "7" || a.Answer != "200 OK accepted" {
			t.Errorf("%s %+v %v", got, a, err)
		}
	}
	var followed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer other.Close()
	send(t, Settings{}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	if followed.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		found  bool
		fails  bool
	}{
		{200, `{"id":"7","status":"accepted"}`, true, false},
		{200, `{"id":"7","status":"refused"}`, false, false},
		{404, ``, false, false},
		{200, `?`, false, true}, {401, ``, false, true}, {500, ``, false, true}, {302, ``, false, true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Path != "/sms/"+letter.MessageID {
				t.Errorf("%s %s", r.Method, r.URL.Path)
			}
			answers(c.status, c.body)(w, r)
		}))
		s, err := New(Settings{URL: server.URL + "/sms/"})
		if err != nil {
			t.Fatal(err)
		}
		a, found, err := s.Find(context.Background(), notify.Sent{MessageID: letter.MessageID})
		if found != c.found || (err != nil) != c.fails || found && a.Reference != "7" {
			t.Errorf("%d %s: %v %+v %v", c.status, c.body, found, a, err)
		}
		server.Close()
	}
}

func TestSettingsAndBytes(t *testing.T) {
	for _, u := range []string{"", "gateway", "ftp://x/", "http://", "https://x/sms?key=1"} {
		if _, err := New(Settings{URL: u}); err == nil {
			t.Errorf("%q is taken", u)
		}
	}
	s, err := New(Settings{URL: "http://127.0.0.1:1/sms"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []notify.Rendered{{To: letter.To, Body: []byte("free text")}, {To: "10086", Body: letter.Body}, {To: "+8613800000001", Body: letter.Body}} {
		if _, err := s.Send(context.Background(), l); notify.Class(err) != notify.Refused || err == nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

// TestPoll: receipts by reference, none for what is under way; one question that fails hides no other.
func TestPoll(t *testing.T) {
	at := time.Date(2021, 6, 25, 0, 31, 0, 0, time.UTC)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path.Base(r.URL.Path) {
		case "a":
			answers(200, `{"id":"1","status":"delivered","at":"2021-06-25T08:31:00+08:00"}`)(w, r)
		case "b":
			answers(200, `{"id":"2","status":"accepted"}`)(w, r)
		case "c":
			answers(200, `{"id":"3","status":"undelivered","reason":"UNDELIV 空号","bad_number":true}`)(w, r)
		case "d":
			answers(404, ``)(w, r)
		default:
			answers(500, ``)(w, r)
		}
	}))
	defer server.Close()
	s, err := New(Settings{URL: server.URL + "/sms"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Poll(t.Context(), []notify.Sent{{MessageID: "a"}, {MessageID: "b"}, {MessageID: "c"}, {MessageID: "d"}, {MessageID: "e"}, {MessageID: "a"}, {MessageID: "e"}, {MessageID: "e"}, {MessageID: "e"}, {MessageID: "a"}})
	want := []notify.Receipt{{Reference: "a", State: notify.Delivered, Reason: "delivered", At: at},
		{Reference: "c", State: notify.Refused, Reason: "undelivered UNDELIV 空号", BadNumber: true},
		{Reference: "a", State: notify.Delivered, Reason: "delivered", At: at}} // but not again: three in a row failed
	if err == nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestListen(t *testing.T) {
	s, err := New(Settings{URL: "http://127.0.0.1:1/sms", CallbackKey: "k3y"})
	if err != nil {
		t.Fatal(err)
	}
	key := map[string][]string{"key": {"k3y"}}
	got, answer, err := s.Listen(key, []byte(`[{"reference":"a","id":"1","status":"delivered"},{"id":"2","status":"undelivered","reason":"关机"},{"reference":"c","status":"accepted"}]`))
	want := []notify.Receipt{{Reference: "a", State: notify.Delivered, Reason: "delivered"}, {Reference: "2", State: notify.Refused, Reason: "undelivered 关机"}}
	if err != nil || !slices.Equal(got, want) || string(answer) != `{"code":0}` {
		t.Errorf("%+v, %s, %v", got, answer, err)
	}
	if got, _, err := s.Listen(key, []byte(` {"reference":"a","status":"delivered"}`)); err != nil || len(got) != 1 {
		t.Errorf("one alone: %+v, %v", got, err)
	}
	for name, c := range map[string]struct {
		query map[string][]string
		body  string
	}{
		"no key": {nil, `[]`}, "a wrong key": {map[string][]string{"key": {"k3"}}, `[]`}, "two keys": {map[string][]string{"key": {"k3y", "k3y"}}, `[]`},
		"no JSON": {key, `status=1`}, "a receipt of nothing": {key, `[{"status":"delivered"}]`},
	} {
		if got, _, err := s.Listen(c.query, []byte(c.body)); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if s, err = New(Settings{URL: "http://127.0.0.1:1/sms"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Listen(map[string][]string{"key": {""}}, []byte(`[]`)); err == nil {
		t.Error("whoever brings an empty key may call when none is set")
	}
}
