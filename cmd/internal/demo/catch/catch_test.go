package catch_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/demo/catch"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/notify/sms/gateway"
)

var composer = notify.Composer{
	Key: []byte("0123456789abcdef"), From: "mzj@example.gov.cn", Domain: "bs.example.gov.cn",
	BaseURL: "http://127.0.0.1:8080", Bureau: "泉州市民政局", Contact: "社会救助科",
}

func draft(channel notify.Channel, n int) notify.Draft {
	d := notify.Draft{ID: fmt.Sprintf("%s-%d", channel, n), Channel: channel, Person: "林样一", Address: fmt.Sprintf("Lin%d@example.gov.cn", n),
		Slot: time.Date(2021, 6, 25, 0, 30, 0, 0, time.UTC),
		Items: []notify.Item{{Duty: "quanzhou-2021/progress/2021-06-25/qz-jinjiang", Unit: "晋江市", Obligation: "特殊困难群体排查成效进度表", Label: "进度表",
			Period: "2021年6月25日期", Due: time.Date(2021, 6, 25, 16, 0, 0, 0, time.UTC), DueText: "6月25日24:00"}}}
	if channel == notify.SMS {
		d.Address = fmt.Sprintf("1380000%04d", n)
	}
	return d
}

// TestMail sends a composed digest through a real conversation and reads it on the other side.
func TestMail(t *testing.T) {
	file := filepath.Join(t.TempDir(), "caught.mbox")
	box, err := catch.ListenMail(file)
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	s, err := mail.New(mail.Settings{Host: box.Host(), Port: box.Port(), Security: mail.Plain, From: composer.From})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := composer.Compose(draft(notify.Email, 1))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if a, err := s.Send(context.Background(), r); err != nil || !strings.HasPrefix(a.Answer, "250") {
			t.Fatal(a, err)
		}
	}
	got := box.To("lin1@example.gov.cn")
	if len(got) != 2 || len(box.ByID(r.MessageID)) != 2 || len(box.To("lin2@example.gov.cn")) != 0 {
		t.Fatalf("%d mails", len(got))
	}
	m := got[0]
	if m.Problem != "" || m.From != composer.From || m.Subject != "【报送提醒】今日截止1项（泉州市民政局）" || m.Sender != "泉州市民政局 <mzj@example.gov.cn>" ||
		!m.Date.Equal(time.Date(2021, 6, 25, 0, 30, 0, 0, time.UTC)) || !bytes.Equal(m.Raw, r.Body) || !bytes.Equal(got[1].Raw, r.Body) {
		t.Errorf("%+v", m)
	}
	if !strings.Contains(m.Text, "林样一，您好：") || !strings.Contains(m.HTML, "特殊困难群体排查成效进度表") {
		t.Errorf("%q\n%q", m.Text, m.HTML)
	}
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "报送截止日期.ics" || m.Attachments[0].Type != "text/calendar" || !bytes.HasPrefix(m.Attachments[0].Data, []byte("BEGIN:VCALENDAR\r\n")) {
		t.Errorf("%+v", m.Attachments)
	}
	kept, err := os.ReadFile(file)
	if err != nil || strings.Count(string(kept), "From mzj@example.gov.cn Fri Jun 25 00:30:00 2021\n") != 2 {
		t.Errorf("%v\n%.300s", err, kept)
	}
}

func TestParseProblems(t *testing.T) {
	for raw, want := range map[string]string{
		"no header at all": "malformed", "Subject: x\r\n\r\nbody": "Content-Type", "": "EOF",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ncut sho": "unexpected EOF",
		"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n*****":                      "base64",
	} {
		if m := catch.Parse([]byte(raw)); !strings.Contains(m.Problem, want) || string(m.Raw) != raw {
			t.Errorf("%q: %q", raw, m.Problem)
		}
	}
}

// TestSMS sends text messages through the gateway's HTTP interface and asks for one.
func TestSMS(t *testing.T) {
	box, err := catch.ListenSMS()
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	s, err := gateway.New(gateway.Settings{URL: box.URL()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := composer.Compose(draft(notify.SMS, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, found, err := s.Find(context.Background(), notify.Sent{MessageID: r.MessageID, Address: r.To}); found || err != nil {
		t.Fatal(found, err)
	}
	for range 2 {
		if a, err := s.Send(context.Background(), r); err != nil || a.Reference != "g-"+r.MessageID {
			t.Fatal(a, err)
		}
	}
	if a, found, err := s.Find(context.Background(), notify.Sent{MessageID: r.MessageID, Address: r.To}); !found || err != nil || a.Reference != "g-"+r.MessageID {
		t.Fatal(a, found, err)
	}
	got := box.To("13800000001")
	if len(got) != 1 || got[0].Copies != 2 || got[0].Template != "due" || !strings.HasPrefix(got[0].Text, "【泉州市民政局】您单位1项报表待报") {
		t.Errorf("%+v", got)
	}
}

// TestManyAtOnce: both catchers serve many senders at a time.
func TestManyAtOnce(t *testing.T) {
	mails, err := catch.ListenMail("")
	if err != nil {
		t.Fatal(err)
	}
	defer mails.Close()
	texts, err := catch.ListenSMS()
	if err != nil {
		t.Fatal(err)
	}
	defer texts.Close()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			m, err := mail.New(mail.Settings{Host: mails.Host(), Port: mails.Port(), Security: mail.Plain, From: composer.From})
			if err != nil {
				t.Error(err)
				return
			}
			defer m.Close()
			g, err := gateway.New(gateway.Settings{URL: texts.URL()})
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 5 {
				for channel, s := range map[notify.Channel]notify.Sender{notify.Email: m, notify.SMS: g} {
					r, err := composer.Compose(draft(channel, worker*5+i))
					if err != nil {
						t.Error(err)
						continue
					}
					if _, err := s.Send(context.Background(), r); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if len(mails.All()) != 40 || len(texts.All()) != 40 {
		t.Errorf("%d mails, %d texts", len(mails.All()), len(texts.All()))
	}
}
