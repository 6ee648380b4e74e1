// Package exchange puts one question to a provider over HTTP and reads the answer.
//
// Its one rule: it knows whether the question may have reached the other side. Before anything
// is written an error only defers; once something is on the wire, silence, a broken connection or
// an answer that cannot be read is a lost answer, and never a failure.
//
// To keep that knowledge simple every question has a connection of its own, in HTTP/1.1: a resting
// connection that the provider is just closing looks like a lost answer, and net/http puts a GET on
// such a connection a second time without being asked. Redirects are not followed: a moved provider
// is a matter for the operator, and a second host must not see the numbers. Answers are not
// unpacked, and bounded.
//
// It knows neither messages nor providers.
package exchange

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/baosong/baosong/notify"
)

// Settings are those of a client.
type Settings struct {
	Timeout time.Duration  // for one exchange, answer included: 30 seconds if zero
	Roots   *x509.CertPool // whom to believe; nil: whom the system believes
	// Direct leaves out the proxy that the environment may name: for whoever checks the address
	// that is dialled.
	Direct bool
	// Control may refuse an address before it is dialled; nil allows all.
	Control func(network, address string, c syscall.RawConn) error
}

// Client puts questions. It is safe for concurrent use.
type Client struct{ http *http.Client }

// bound is the most that is read of an answer, and of its header, in bytes.
const bound = 256 << 10

// New returns a client; it does not connect.
func New(s Settings) *Client {
	if s.Timeout == 0 {
		s.Timeout = 30 * time.Second
	}
	dialer := &net.Dialer{Timeout: s.Timeout, Control: s.Control}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.Roots},
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
		TLSHandshakeTimeout:    s.Timeout,
		MaxResponseHeaderBytes: bound,
		DisableKeepAlives:      true,
		DisableCompression:     true,
	}
	if !s.Direct {
		transport.Proxy = http.ProxyFromEnvironment
	}
	return &Client{http: &http.Client{
		Transport:     transport,
		Timeout:       s.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Answer is what came back.
type Answer struct {
	Status int
	Line   string // "202 Accepted"
	Header http.Header
	Body   []byte
	// Cut says why the body is not whole; nil if it is.
	Cut error
}

// Do puts the question. An error is classed: Temporary or Misconfigured if nothing of the question
// can have reached the provider, Lost if something may. It never holds the address, which may
// hold secrets.
func (c *Client) Do(req *http.Request) (Answer, error) {
	var begun atomic.Bool // something of the question may be on the wire
	trace := &httptrace.ClientTrace{WroteHeaders: func() { begun.Store(true) }}
	resp, err := c.http.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		var certificate *tls.CertificateVerificationError
		var forbidden *Forbidden
		switch {
		case begun.Load():
			return Answer{}, notify.Lost(fmt.Errorf("no answer: %w", err))
		case errors.As(err, &certificate), errors.As(err, &forbidden):
			return Answer{}, notify.Misconfigured(fmt.Errorf("not sent: %w", err))
		}
		return Answer{}, notify.Temporary(fmt.Errorf("not sent: %w", err))
	}
	defer resp.Body.Close()
	a := Answer{Status: resp.StatusCode, Line: resp.Status, Header: resp.Header}
	if a.Body, a.Cut = io.ReadAll(io.LimitReader(resp.Body, bound+1)); len(a.Body) > bound {
		a.Body, a.Cut = nil, fmt.Errorf("an answer of more than %d bytes", bound)
	}
	return a, nil
}

// Forbidden is what a Control returns to refuse an address.
type Forbidden struct{ Address, Why string }

func (f *Forbidden) Error() string { return f.Address + " may not be dialled: " + f.Why }
