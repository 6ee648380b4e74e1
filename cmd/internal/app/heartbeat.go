package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Heartbeat fetches an address of a monitoring system for as long as all is well: what watches it
// tells when it falls silent, also when this machine is gone. It is used by one job at a time.
type Heartbeat struct {
	url    string
	client *http.Client
	last   time.Time
}

// The limits of a heartbeat: whoever watches counts minutes, and no answer of theirs holds the
// daemon up.
const (
	heartbeatEvery   = time.Minute
	heartbeatTimeout = 10 * time.Second
)

// NewHeartbeat returns a heartbeat to an http(s) address. The address is a secret: whoever knows it
// can feign the beat, so errors do not repeat it.
func NewHeartbeat(address string) (*Heartbeat, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the address of the heartbeat cannot be fetched: write https://…")
	}
	return &Heartbeat{url: address, client: &http.Client{
		Timeout:   heartbeatTimeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		// An answer that leads elsewhere is a captive portal, or not the address that was meant.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Beat fetches the address, at most once a minute.
func (h *Heartbeat) Beat(ctx context.Context, now time.Time) error {
	if since := now.Sub(h.last); since >= 0 && since < heartbeatEvery {
		return nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, nil)
	if err != nil {
		return errors.New("heartbeat: the address cannot be fetched")
	}
	res, err := h.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // it repeats the address
			err = u.Err
		}
		return fmt.Errorf("heartbeat: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, 1<<10)
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("heartbeat: answered with %s", res.Status)
	}
	h.last = now
	return nil
}
