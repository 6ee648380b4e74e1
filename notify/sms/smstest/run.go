package smstest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
)

// Case is one provider's sender under Run.
type Case struct {
	Wire Wire
	// Open makes a sender for the server at url that believes only these roots (nil: the system's).
	Open   func(url string, roots *x509.CertPool) (notify.Sender, error)
	Letter notify.Rendered
	// StatusOnly is for a provider whose word is the status of its answer and nothing in it: a 2xx
	// with whatever body is handed over, and there is no refusal inside one.
	StatusOnly bool
	// Secret is what may not stand in any error: a password, a key.
	Secret string
}

// Run shows a sender every behaviour, once, or 20 times each with BAOSONG_SOAK set: it concludes
// the state that stands beside the behaviour, never calls failed what is in the ledger, takes
// nothing for delivered that is not, sends once a call, and keeps secrets out of errors. A provider
// that can be asked finds exactly what it took.
func Run(t *testing.T, c Case) {
	times := 1
	if os.Getenv("BAOSONG_SOAK") != "" {
		times = 20
	}
	for _, b := range Behaviours() {
		if c.StatusOnly && b.Wire {
			continue
		}
		if c.StatusOnly && b.Answered {
			b.States = handed
			if b.holds { // it may give up before it has read the status
				b.States = noticed
			}
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			for range times {
				c.once(t, b)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		url := "http://" + l.Addr().String() + "/"
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		c.concludes(t, url, nil, deferred)
	})
	t.Run("plain where TLS is expected", func(t *testing.T) {
		s := c.listen(t, nil, nil)
		c.concludes(t, strings.Replace(s.URL(), "http:", "https:", 1), nil, deferred)
	})
	t.Run("a certificate of a stranger", func(t *testing.T) {
		s := c.listen(t, nil, certificate(t))
		if err := c.concludes(t, s.URL(), x509.NewCertPool(), deferred); notify.FaultOf(err) != notify.FaultConfig {
			t.Errorf("%v is a matter of %q", err, notify.FaultOf(err))
		}
		if len(s.Taken()) != 0 {
			t.Error("the message was sent to a stranger")
		}
	})
	t.Run("TLS", func(t *testing.T) {
		pair := certificate(t)
		roots := x509.NewCertPool()
		roots.AddCert(pair.Certificates[0].Leaf)
		c.concludes(t, c.listen(t, nil, pair).URL(), roots, handed)
	})
}

// certificate borrows that of httptest, for 127.0.0.1.
func certificate(t *testing.T) *tls.Config {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pair := s.TLS.Certificates[0]
	pair.Leaf = s.Certificate()
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
}

func (c Case) listen(t *testing.T, script func(int, Taken) Behaviour, pair *tls.Config) *Server {
	t.Helper()
	s, err := Listen(Options{Ledger: filepath.Join(t.TempDir(), "ledger"), Wire: c.Wire, Script: script, TLS: pair})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// concludes sends once and checks the state.
func (c Case) concludes(t *testing.T, url string, roots *x509.CertPool, want []notify.State) error {
	t.Helper()
	sender, err := c.Open(url, roots)
	if err != nil {
		t.Fatal(err)
	}
	state, err := c.send(t, t.Context(), sender)
	if !slices.Contains(want, state) {
		t.Errorf("%s, want %v: %v", state, want, err)
	}
	return err
}

func (c Case) send(t *testing.T, ctx context.Context, sender notify.Sender) (notify.State, error) {
	t.Helper()
	_, err := sender.Send(ctx, c.Letter)
	if err == nil {
		return notify.HandedOver, nil
	}
	if c.Secret != "" && strings.Contains(err.Error(), c.Secret) {
		t.Errorf("the error tells a secret: %v", err)
	}
	return notify.Class(err), err
}

func (c Case) once(t *testing.T, b Behaviour) {
	s := c.listen(t, func(int, Taken) Behaviour { return b }, nil)
	sender, err := c.Open(s.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if b.holds {
		go func() { // gives up when there is nothing to wait for any more, not by a time limit
			select {
			case <-s.Held():
			case <-ctx.Done():
			}
			cancel()
		}()
	}
	state, err := c.send(t, ctx, sender)
	if !b.holds && ctx.Err() != nil {
		t.Fatalf("it took a minute: %v", err)
	}
	taken, ledgerErr := ReadLedger(s.o.Ledger)
	if ledgerErr != nil {
		t.Fatal(ledgerErr)
	}
	switch {
	case !slices.Contains(b.States, state):
		t.Errorf("%s, want %v: %v", state, b.States, err)
	case len(taken) > 1:
		t.Errorf("one call sent %d times", len(taken))
	case len(taken) == 1 && state != notify.HandedOver && state != notify.Unknown:
		t.Errorf("what was taken is called %s: %v", state, err)
	case len(taken) == 0 && state == notify.HandedOver:
		t.Error("what was not taken is called handed over")
	case len(taken) == 1 && taken[0].Reference != c.Letter.MessageID:
		t.Errorf("taken under the reference %q", taken[0].Reference)
	}
	if finder, ok := sender.(notify.Finder); ok && c.Wire.Ask != nil && !b.early {
		_, found, err := finder.Find(t.Context(), notify.Sent{MessageID: c.Letter.MessageID, Address: c.Letter.To, At: s.o.Clock.Now()})
		if err != nil && !errors.Is(err, notify.ErrUnsure) || found != (len(taken) == 1) {
			t.Errorf("asked, the provider finds it: %v, %v; %d are in its ledger", found, err, len(taken))
		}
	}
	if b.States[0] == notify.Deferred && errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it waited where there was nothing to wait for: %v", err)
	}
}
