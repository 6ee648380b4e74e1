package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/smstest"
	. "github.com/baosong/baosong/notify/webhook"
	"github.com/baosong/baosong/scheduler/clock"
)

// The test vector of the specification's own libraries
// (github.com/standard-webhooks/standard-webhooks, libraries/go/webhook_test.go and its sisters).
const (
	published = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID  = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vector    = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	other     = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

var vectorTime = time.Unix(1614265330, 0)

var letter = notify.Rendered{MessageID: "<0123456789abcdef@bs.example>", To: "lin", Body: []byte(`{"text":"您单位有2项报表待报。"}`)}

// verify is what a receiver does: it returns the body of a request that one of the signatures
// vouches for.
func verify(r *http.Request, secret string, now time.Time) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	id, stamp := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" {
		return nil, fmt.Errorf("webhook-id %q, webhook-timestamp %q", id, stamp)
	}
	if age := now.Sub(time.Unix(seconds, 0)).Abs(); age > 5*time.Minute {
		return nil, fmt.Errorf("dated %v ago", age)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	for _, s := range strings.Split(r.Header.Get("webhook-signature"), " ") {
		version, text, _ := strings.Cut(s, ",")
		if got, err := base64.StdEncoding.DecodeString(text); err == nil && version == "v1" && hmac.Equal(got, mac.Sum(nil)) {
			return body, nil
		}
	}
	return nil, errors.New("no signature vouches for it")
}

func settings(url string) Settings {
	return Settings{URL: url, Secrets: []string{published}, Clock: clock.NewVirtual(vectorTime)}
}

// send sends to a handler and returns what it leads to.
func send(t *testing.T, set Settings, r notify.Rendered, h http.HandlerFunc) (notify.Accepted, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	set.URL = server.URL + "/hook"
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	return s.Send(t.Context(), r)
}

func TestPublishedVector(t *testing.T) {
	r := notify.Rendered{MessageID: vectorID, Body: []byte(`{"test": 2432232314}`)}
	_, err := send(t, settings(""), r, func(_ http.ResponseWriter, req *http.Request) {
		if req.Header.Get("webhook-id") != vectorID || req.Header.Get("webhook-timestamp") != "1614265330" || req.Header.Get("webhook-signature") != vector {
			t.Errorf("%v", req.Header)
		}
		if body, err := verify(req, published, vectorTime); err != nil || string(body) != `{"test": 2432232314}` {
			t.Errorf("%s, %v", body, err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRotation: a receiver that knows either secret is content, one that knows neither is not.
func TestRotation(t *testing.T) {
	set := settings("")
	set.Secrets = []string{other, published}
	for secret, vouched := range map[string]bool{published: true, other: true, "whsec_" + strings.Repeat("AAAA", 8): false} {
		_, err := send(t, set, letter, func(_ http.ResponseWriter, r *http.Request) {
			if body, err := verify(r, secret, vectorTime); (err == nil) != vouched || vouched && string(body) != string(letter.Body) {
				t.Errorf("%s: %s, %v", secret, body, err)
			}
			if r.Method != http.MethodPost || r.URL.Path != "/hook" || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestStatuses(t *testing.T) {
	for status, want := range map[int]struct {
		state notify.State
		fault notify.Fault
		wait  time.Duration
	}{
		200: {state: notify.HandedOver}, 202: {state: notify.HandedOver}, 204: {state: notify.HandedOver},
		301: {notify.Deferred, notify.FaultConfig, 0}, 308: {notify.Deferred, notify.FaultConfig, 0},
		400: {notify.Refused, notify.FaultMessage, 0}, 401: {notify.Deferred, notify.FaultConfig, 0}, 404: {notify.Deferred, notify.FaultConfig, 0},
		410: {notify.Deferred, notify.FaultConfig, 0},
		429: {notify.Deferred, notify.FaultTransient, 7 * time.Minute}, 503: {notify.Deferred, notify.FaultTransient, 7 * time.Minute},
		500: {notify.Deferred, notify.FaultTransient, 0}, 502: {notify.Unknown, notify.FaultTransient, 0}, 504: {notify.Unknown, notify.FaultTransient, 0},
	} {
		a, err := send(t, settings(""), letter, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "420")
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
		})
		if err == nil {
			if want.state != notify.HandedOver || !strings.HasPrefix(a.Answer, strconv.Itoa(status)) {
				t.Errorf("%d: %+v", status, a)
			}
			continue
		}
		if notify.Class(err) != want.state || notify.FaultOf(err) != want.fault || notify.WaitOf(err) != want.wait {
			t.Errorf("%d: %s, %s, %v, %v", status, notify.Class(err), notify.FaultOf(err), notify.WaitOf(err), err)
		}
	}
}

// TestBehaviours: a receiver's word is its status, so all that take and say 2xx are handed over
// whatever else they say; the rest is as with every provider.
func TestBehaviours(t *testing.T) {
	wire := smstest.Wire{
		Read: func(r *http.Request, body []byte) (smstest.Taken, bool, error) {
			return smstest.Taken{Reference: r.Header.Get("webhook-id"), Text: string(body)}, true, nil
		},
		Accept: func(smstest.Taken) []byte { return []byte("ok") },
	}
	smstest.Run(t, smstest.Case{Wire: wire, StatusOnly: true, Letter: letter, Secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Open: func(url string, roots *x509.CertPool) (notify.Sender, error) {
		return New(Believing(settings(url), roots))
	}})
}

// TestForbidden: addresses that may not be dialled, however they are written.
func TestForbidden(t *testing.T) {
	for _, a := range []string{
		"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::1",
		"::10.0.0.1", "100.64.0.1", "198.18.0.1", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "192.0.0.8", "203.0.113.1", "2001:db8::1", "2001::1", "fec0::1",
	} {
		if May(false, nil, netip.MustParseAddr(a)) == "" {
			t.Errorf("%s may be dialled", a)
		}
	}
	allow := []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd12::/16")}
	for a, may := range map[string]bool{"10.20.3.4": true, "::ffff:10.20.3.4": true, "10.21.0.1": false, "fd12::1": true, "fd13::1": false, "127.0.0.1": false,
		"114.114.114.114": true, "2400:3200::1": true, "172.32.0.1": true, "100.63.0.1": true} {
		if got := May(false, allow, netip.MustParseAddr(a)); (got == "") != may {
			t.Errorf("%s: %q", a, got)
		}
	}
	if May(true, nil, netip.MustParseAddr("127.0.0.1")) != "" || May(true, nil, netip.MustParseAddr("10.0.0.1")) == "" {
		t.Error("a receiver on this machine is not dialled, or one elsewhere is")
	}
}

// TestNotDialled: through the whole sender. A name that means this machine is not dialled unless the
// settings name this machine.
func TestNotDialled(t *testing.T) {
	var reached atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, host := range []string{"10.0.0.1", "[::ffff:10.0.0.1]", "169.254.169.254", "0.0.0.0", "[::]", "[fe80::1%25lo]"} {
		s, err := New(settings("https://" + host + port + "/"))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		if _, err := s.Send(t.Context(), letter); notify.Class(err) != notify.Deferred || notify.FaultOf(err) != notify.FaultConfig {
			t.Errorf("%s: %v", host, err)
		}
	}
	if reached.Load() != 0 {
		t.Error("it was reached")
	}
}

// TestNoDetour: neither a redirect nor a proxy of the environment leads elsewhere.
func TestNoDetour(t *testing.T) {
	var elsewhere atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer thief.Close()
	for _, n := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(n, thief.URL)
	}
	_, err := send(t, settings(""), letter, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
	})
	if notify.Class(err) != notify.Deferred || err == nil || elsewhere.Load() != 0 {
		t.Errorf("%v; elsewhere %d", err, elsewhere.Load())
	}
}

func TestSettings(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:8080/hook", "http://localhost/hook", "http://[::1]/hook", "https://bridge.example/hook?room=1"} {
		if _, err := New(settings(url)); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "bridge.example", "http://bridge.example/", "http://127.0.0.1.bridge.example/", "http://10.0.0.1/", "ftp://bridge.example/", "file:///etc/passwd",
		"gopher://x/", "https://user:pass@bridge.example/", "https:///hook", "https://bridge.example/#x"} {
		if _, err := New(settings(url)); err == nil || strings.Contains(err.Error(), "pass") && strings.Contains(err.Error(), "user") && strings.Contains(err.Error(), "user:pass") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for name, secrets := range map[string][]string{"none": nil, "no prefix": {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "no base64": {"whsec_!"}, "short": {"whsec_AAAA"},
		"long": {"whsec_" + strings.Repeat("AAAA", 22)}, "one bad of two": {published, "x"}} {
		set := settings("https://bridge.example/")
		set.Secrets = secrets
		if _, err := New(set); err == nil || strings.Contains(err.Error(), "MfKQ9r8G") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := New(settings("https://bridge.example/"))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "a b", "a\r\nx: y", "甲"} {
		if _, err := s.Send(t.Context(), notify.Rendered{MessageID: id}); notify.Class(err) != notify.Refused || err == nil {
			t.Errorf("%q: %v", id, err)
		}
	}
}
