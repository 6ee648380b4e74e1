package smstest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/notify/sms/gateway"
	. "github.com/baosong/baosong/notify/sms/smstest"
)

// TestLedger: what was taken is in the file, each time it came, through restarts and a line that
// a kill cut short; what was not taken is not.
func TestLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	send := func(script func(int, Taken) Behaviour, references ...string) {
		t.Helper()
		server, err := Listen(Options{Ledger: path, Wire: Gateway(), Script: script})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		s, err := gateway.New(gateway.Settings{URL: server.URL() + "sms"})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range references {
			_, _ = s.Send(t.Context(), notify.Rendered{MessageID: r, To: "19900000001", Body: sms.Message{Template: "due", Params: []string{"2"}, Text: "【局】好"}.Encode()})
		}
	}
	send(nil, "a", "b", "a")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"n":4,"refer`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var closes Behaviour
	for _, b := range Behaviours() {
		if b.Name == "read and close" {
			closes = b
		}
	}
	send(func(n int, _ Taken) Behaviour {
		if n == 1 {
			return closes
		}
		return Accept
	}, "c", "b")
	taken, err := ReadLedger(path)
	if err != nil || len(taken) != 4 {
		t.Fatalf("%+v, %v", taken, err)
	}
	for i, want := range []struct {
		reference string
		repeat    bool
	}{{"a", false}, {"b", false}, {"a", true}, {"b", true}} {
		got := taken[i]
		if got.N != i+1 || got.Reference != want.reference || got.Repeat != want.repeat || got.Phone != "19900000001" || got.Text != "【局】好" || got.Template != "due" || len(got.Digest) != 64 || got.At.IsZero() {
			t.Errorf("%+v", got)
		}
	}
	if taken[0].Digest != taken[2].Digest || taken[0].Digest == taken[1].Digest {
		t.Error("the digests do not tell repetitions")
	}
}
