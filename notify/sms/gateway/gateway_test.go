package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
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

func TestClasses(t *testing.T) {
	drop := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
		want notify.State
	}{
		{"accepted", answers(200, `{"id":"7","status":"accepted"}`), notify.HandedOver},
		{"accepted, 202", answers(202, `{"id":"7"}`), notify.HandedOver},
		{"refused inside a 200", answers(200, `{"status":"refused","reason":"blacklisted"}`), notify.Refused},
		{"200 with babble", answers(200, `<html>login</html>`), notify.Unknown},
		{"200 with nothing", answers(200, ``), notify.Unknown},
		{"200 without end", answers(200, `{"id":"`+strings.Repeat("x", 70<<10)+`"}`), notify.Unknown},
		{"200 cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"id":`)
		}, notify.Unknown},
		{"301", answers(301, ``), notify.Deferred},
		{"307", answers(307, ``), notify.Deferred},
		{"400", answers(400, `bad number`), notify.Refused},
		{"401", answers(401, ``), notify.Deferred},
		{"403", answers(403, ``), notify.Deferred},
		{"404", answers(404, ``), notify.Deferred},
		{"408", answers(408, ``), notify.Deferred},
		{"409", answers(409, ``), notify.Refused},
		{"413", answers(413, ``), notify.Refused},
		{"422", answers(422, ``), notify.Refused},
		{"429", answers(429, ``), notify.Deferred},
		{"500", answers(500, ``), notify.Deferred},
		{"502", answers(502, ``), notify.Unknown},
		{"503", answers(503, ``), notify.Deferred},
		{"504", answers(504, ``), notify.Unknown},
		{"dropped after the request", drop, notify.Unknown},
	} {
		got, _, err := send(t, Settings{Timeout: 5 * time.Second}, c.h)
		if got != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.name, got, c.want, err)
		}
	}
}

func TestSilence(t *testing.T) {
	done := make(chan struct{})
	got, _, err := send(t, Settings{Timeout: 60 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
		defer close(done)
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	<-done
	if got != notify.Unknown {
		t.Errorf("%s, %v", got, err)
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s, err := New(Settings{URL: fmt.Sprintf("http://%s/sms", l.Addr()), Password: "secret", Username: "u"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(context.Background(), letter); notify.Class(err) != notify.Deferred || err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	if _, _, err := s.Find(context.Background(), "x"); err == nil {
		t.Error("nobody was asked, and it is no error")
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
		a, found, err := s.Find(context.Background(), letter.MessageID)
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
	for _, l := range []notify.Rendered{{To: letter.To, Body: []byte("free text")}, {To: "10086", Body: letter.Body}} {
		if _, err := s.Send(context.Background(), l); notify.Class(err) != notify.Refused || err == nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
}
