package exchange

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
)

// TestOnce: a GET is put once, though its predecessor's connection might have been used again and
// breaks. (With resting connections net/http puts it a second time, unasked.)
func TestOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var questions atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for r := bufio.NewReader(c); ; {
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					if questions.Add(1) > 1 {
						return // takes it, and breaks
					}
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
				}
			}()
		}
	}()
	c := New(Settings{})
	ask := func() error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/?password=s3cret", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Do(req)
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	if err := ask(); notify.Class(err) != notify.Unknown || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%s: %v", notify.Class(err), err)
	}
	if n := questions.Load(); n != 2 {
		t.Errorf("two questions were put %d times", n)
	}
}

// TestForbidden: what a Control refuses is a matter of settings, and nothing was sent.
func TestForbidden(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer server.Close()
	c := New(Settings{Control: func(_, address string, _ syscall.RawConn) error {
		return &Forbidden{Address: address, Why: "not today"}
	}})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(req); notify.Class(err) != notify.Deferred || notify.FaultOf(err) != notify.FaultConfig || !strings.Contains(err.Error(), "not today") {
		t.Error(err)
	}
}

func TestMark(t *testing.T) {
	for _, c := range []struct {
		v     Verdict
		state notify.State
		fault notify.Fault
		wait  time.Duration
	}{
		{Verdict{}, notify.Deferred, notify.FaultTransient, 0},
		{Verdict{Wait: time.Minute}, notify.Deferred, notify.FaultTransient, time.Minute},
		{Verdict{Fault: notify.FaultTransient}, notify.Deferred, notify.FaultTransient, 0},
		{Verdict{Fault: notify.FaultMessage, Wait: time.Minute}, notify.Refused, notify.FaultMessage, 0},
		{Verdict{Fault: notify.FaultRecipient}, notify.Refused, notify.FaultRecipient, 0},
		{Verdict{Fault: notify.FaultNumberLimit, Wait: time.Hour}, notify.Deferred, notify.FaultNumberLimit, time.Hour},
		{Verdict{Fault: notify.FaultAccountLimit}, notify.Deferred, notify.FaultAccountLimit, 0},
		{Verdict{Fault: notify.FaultConfig}, notify.Deferred, notify.FaultConfig, 0},
		{Verdict{Fault: notify.FaultConfig, Lost: true}, notify.Unknown, notify.FaultTransient, 0},
	} {
		err := c.v.Mark(io.ErrUnexpectedEOF)
		if notify.Class(err) != c.state || notify.FaultOf(err) != c.fault || notify.WaitOf(err) != c.wait {
			t.Errorf("%+v: %s, %s, %v", c.v, notify.Class(err), notify.FaultOf(err), notify.WaitOf(err))
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		header, date string
		want         time.Duration
	}{
		{"120", "", 2 * time.Minute}, {"0", "", 0}, {"", "", 0}, {"-5", "", 0}, {"soon", "", 0}, {"999999", "", 24 * time.Hour}, {"99999999999999999999", "", 0},
		{"Fri, 25 Jun 2021 00:35:00 GMT", "Fri, 25 Jun 2021 00:30:00 GMT", 5 * time.Minute},
		{"Fri, 25 Jun 2021 00:25:00 GMT", "Fri, 25 Jun 2021 00:30:00 GMT", 0},
		{"Sun, 25 Jul 2021 00:30:00 GMT", "Fri, 25 Jun 2021 00:30:00 GMT", 24 * time.Hour},
		{"Fri, 25 Jun 2021 00:35:00 GMT", "", 0},
	} {
		a := Answer{Status: 429, Line: "429 Too Many Requests", Header: http.Header{"Retry-After": {c.header}, "Date": {c.date}}}
		if got := notify.WaitOf(a.Judge()); got != c.want {
			t.Errorf("%q at %q: %v", c.header, c.date, got)
		}
	}
}
