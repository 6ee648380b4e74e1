package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A preview is served until its context ends, to this machine only.
func TestServePreview(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- servePreview(ctx, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }), func(a net.Addr) { ready <- a })
	}()
	select {
	case a := <-ready:
		r, err := http.Get("http://" + a.String())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if b, err := io.ReadAll(r.Body); err != nil || string(b) != "here" {
			t.Errorf("%q, %v", b, err)
		}
	case err := <-ended:
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if listen := newPreview().Flags().Lookup("listen").DefValue; !strings.HasPrefix(listen, "127.0.0.1:") {
		t.Errorf("serves on %s unless told otherwise", listen)
	}
}
