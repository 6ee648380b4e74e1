package drop_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	. "github.com/baosong/baosong/notify/sms/drop"
)

func letter(reference string) notify.Rendered {
	return notify.Rendered{MessageID: reference, To: "19900000001", Subject: "due",
		Body: sms.Message{Template: "due", Params: []string{"2", "线索登记表", "6月25日24:00"}, Signature: "泉州市民政局", Text: "【泉州市民政局】您单位有2项报表待报。"}.Encode()}
}

func open(t *testing.T) (*Sender, string) {
	t.Helper()
	folder := t.TempDir()
	s, err := New(folder)
	if err != nil {
		t.Fatal(err)
	}
	return s, folder
}

func files(t *testing.T, folder string) []string {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

func TestSend(t *testing.T) {
	s, folder := open(t)
	a, err := s.Send(t.Context(), letter("0123abcd"))
	if err != nil || a.Reference != "0123abcd.json" {
		t.Fatalf("%+v, %v", a, err)
	}
	path := filepath.Join(folder, "out", "0123abcd.json")
	b, err := os.ReadFile(path)
	var m Message
	if err != nil || json.Unmarshal(b, &m) != nil || m.Phone != "19900000001" || m.Text != "【泉州市民政局】您单位有2项报表待报。" || m.Reference != "0123abcd" || len(m.Params) != 3 || m.Signature != "泉州市民政局" || m.Template != "due" {
		t.Errorf("%s, %v", b, err)
	}
	if got := files(t, filepath.Join(folder, "out")); len(got) != 1 {
		t.Errorf("beside the message there is %q", got)
	}
	// A second sending changes nothing, wherever the file has wandered.
	for _, part := range []string{"out", "taken", "receipts"} {
		moved := filepath.Join(folder, part, "0123abcd.json")
		if err := os.Rename(path, moved); err != nil {
			t.Fatal(err)
		}
		path = moved
		if err := os.WriteFile(path, []byte("as the platform left it"), 0o600); err != nil {
			t.Fatal(err)
		}
		if a, err := s.Send(t.Context(), letter("0123abcd")); err != nil || a.Answer != "was there already, in "+part {
			t.Errorf("%+v, %v", a, err)
		}
		if a, found, err := s.Find(t.Context(), notify.Sent{MessageID: "0123abcd"}); err != nil || !found || a.Answer != "found in "+part {
			t.Errorf("%+v, %v, %v", a, found, err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "as the platform left it" {
			t.Errorf("%s, %v", b, err)
		}
	}
	if got := files(t, filepath.Join(folder, "out")); len(got) != 0 {
		t.Errorf("sent a second time: %q", got)
	}
	if _, found, err := s.Find(t.Context(), notify.Sent{MessageID: "other"}); found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
}

// TestAtOnce: many at a time, several of each message: one file each, whole, and all are told that
// it is there.
func TestAtOnce(t *testing.T) {
	s, folder := open(t)
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			if _, err := s.Send(t.Context(), letter(fmt.Sprint("m", i%20))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got := files(t, filepath.Join(folder, "out"))
	if len(got) != 20 {
		t.Errorf("%d files: %q", len(got), got)
	}
	for _, f := range got {
		b, err := os.ReadFile(filepath.Join(folder, "out", f))
		if err != nil || !json.Valid(b) {
			t.Errorf("%s: %s, %v", f, b, err)
		}
	}
}

// TestNoFolder: what is not mounted neither takes nor says that there is nothing.
func TestNoFolder(t *testing.T) {
	s, folder := open(t)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), letter("a")); notify.Class(err) != notify.Deferred || err == nil {
		t.Error(err)
	}
	if _, found, err := s.Find(t.Context(), notify.Sent{MessageID: "a"}); err == nil {
		t.Errorf("not there: %v", found)
	}
	if _, err := New("outbox"); err == nil || !strings.Contains(err.Error(), "outbox") {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	s, _ := open(t)
	for _, r := range []notify.Rendered{{MessageID: "a", To: "10086", Body: letter("a").Body}, {MessageID: "a", To: "19900000001", Body: []byte("free text")}} {
		if _, err := s.Send(t.Context(), r); notify.Class(err) != notify.Refused || err == nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestNames(t *testing.T) {
	seen := map[string]string{}
	for _, reference := range []string{"0123abcd", "../../etc/passwd", "a/b", ".hidden", "", "<id@bs.example>", "a b", "x", "甲", strings.Repeat("a", 300), "a\x00b"} {
		n := Name(reference)
		if filepath.Base(n) != n || strings.HasPrefix(n, ".") || len(n) > 120 || seen[n] != "" {
			t.Errorf("%q is %q", reference, n)
		}
		seen[n] = reference + "!"
	}
}

func TestPoll(t *testing.T) {
	s, folder := open(t)
	for name, body := range map[string]string{
		"a": `{"status":"delivered","at":"2021-06-25T08:31:00+08:00"}`,
		"b": `{"status":"undelivered","reason":"空号","bad_number":true}`,
		"c": `{"status":"queued"}`,
		"d": `{"status":"deliv`, // being written
	} {
		if err := os.WriteFile(filepath.Join(folder, "receipts", name+".json"), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Poll(t.Context(), []notify.Sent{{MessageID: "d"}, {MessageID: "a"}, {MessageID: "b"}, {MessageID: "c"}, {MessageID: "e"}})
	if len(got) != 2 || err == nil || !strings.Contains(err.Error(), "d.json") {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0] != (notify.Receipt{Reference: "a", State: notify.Delivered, Reason: "delivered", At: time.Date(2021, 6, 25, 0, 31, 0, 0, time.UTC)}) {
		t.Errorf("%+v", got[0])
	}
	if got[1] != (notify.Receipt{Reference: "b", State: notify.Refused, Reason: "undelivered 空号", BadNumber: true}) {
		t.Errorf("%+v", got[1])
	}
}
