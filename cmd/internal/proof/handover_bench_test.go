package proof

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gomail "github.com/go-mail/mail/v2"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// BenchmarkHandOver is the whole way of a digest from the ledger to a relay, against bare go-mail over
// as many connections, which it uses again, and Python's smtplib over one: once as one writes it in
// these languages, from the same words, and once with the very bytes. The relay is Postfix's
// smtp-sink, which takes everything and keeps nothing. cpu-µs is what this process alone took.
func BenchmarkHandOver(b *testing.B) {
	const messages, lanes = 4000, 16
	sink := smtpSink(b)
	m := newBenchMail(b)
	b.Logf("the mail has %d bytes", len(m.body))
	figures := func(b *testing.B, run func()) {
		b.Helper()
		before := cpuTime(b)
		b.ResetTimer()
		run()
		b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
		b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(messages*b.N), "cpu-µs/message")
	}
	rate := func(b *testing.B, run func()) {
		figures(b, func() {
			for range b.N {
				run()
			}
		})
	}
	b.Run("go-mail", func(b *testing.B) {
		rate(b, func() { bareGoMail(b, sink, lanes, messages, m.gomail) })
	})
	b.Run("go-mail-bytes", func(b *testing.B) {
		rate(b, func() { bareGoMail(b, sink, lanes, messages, func() io.WriterTo { return bytesOf(m.body) }) })
	})
	b.Run("smtplib", func(b *testing.B) { // slow enough for fewer
		smtplib(b, sink, messages/10*b.N, m, "send_message")
		b.ReportMetric(float64(messages/10*b.N)/b.Elapsed().Seconds(), "messages/s")
	})
	b.Run("smtplib-bytes", func(b *testing.B) {
		rate(b, func() { smtplib(b, sink, messages, m, "sendmail") })
	})
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			office := newBenchOffice(b, url(b), sink, lanes)
			office.fill(b, messages*b.N)
			figures(b, func() { office.deliver(b, messages*b.N) })
		})
	}
}

// cpuTime is what this process has used of the processors, its children not counted.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// smtpSink starts the relay and returns its port.
func smtpSink(b *testing.B) int {
	b.Helper()
	program, err := exec.LookPath("smtp-sink")
	if err != nil {
		program = "/usr/sbin/smtp-sink"
		if _, err := os.Stat(program); err != nil {
			testneed.Missing(b, "smtp-sink", "install the Debian package postfix")
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		b.Fatal(err)
	}
	args := []string{"127.0.0.1:" + strconv.Itoa(port), "100"}
	if os.Getuid() == 0 { // it refuses to be root
		args = append([]string{"-u", "nobody"}, args...)
	}
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	for range 100 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			_ = c.Close()
			return port
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatal("smtp-sink does not listen")
	return 0
}

// bytesOf is a message that is there already.
type bytesOf []byte

func (m bytesOf) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(m)
	return int64(n), err
}

// bareGoMail sends as go-mail does when nothing is recorded.
func bareGoMail(b *testing.B, port, connections, messages int, message func() io.WriterTo) {
	b.Helper()
	var g sync.WaitGroup
	for range connections {
		g.Go(func() {
			d := gomail.NewDialer("127.0.0.1", port, "", "")
			d.StartTLSPolicy = gomail.NoStartTLS
			c, err := d.Dial()
			if err != nil {
				b.Error(err)
				return
			}
			for range messages / connections {
				if err := c.Send("baosong@baosong.example", []string{"lin@jinjiang.example"}, message()); err != nil {
					b.Error(err)
					return
				}
			}
			if err := c.Close(); err != nil {
				b.Error(err)
			}
		})
	}
	g.Wait()
}

const pythonScript = `
import json, smtplib, sys
from email.message import EmailMessage
how, host, port, n, path = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
with open(path, encoding="utf-8") as f:
    mail = json.load(f)
body = mail["Body"].encode("ascii")
s = smtplib.SMTP(host, port)
for _ in range(n):
    if how == "sendmail":
        s.sendmail("baosong@baosong.example", ["lin@jinjiang.example"], body)
        continue
    m = EmailMessage()
    m["From"], m["To"], m["Subject"] = "泉州市民政局 <baosong@baosong.example>", "林样一 <lin@jinjiang.example>", mail["Subject"]
    m.set_content(mail["Text"])
    m.add_alternative(mail["HTML"], subtype="html")
    m.add_attachment(mail["Calendar"].encode(), maintype="text", subtype="calendar", filename="duties.ics")
    s.send_message(m)
s.quit()
`

func smtplib(b *testing.B, port, messages int, m benchMail, how string) {
	b.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		testneed.Missing(b, "python3", "install the Debian package python3")
	}
	said, err := json.Marshal(map[string]string{"Body": string(m.body), "Subject": m.subject, "Text": m.text, "HTML": m.html, "Calendar": m.calendar})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "message.json")
	if err := os.WriteFile(path, said, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(python, "-", how, "127.0.0.1", strconv.Itoa(port), strconv.Itoa(messages), path)
	cmd.Stdin = strings.NewReader(pythonScript)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}

var benchComposer = notify.Composer{Key: []byte("0123456789abcdef"), From: "baosong@baosong.example", Domain: "baosong.example",
	BaseURL: "https://bs.baosong.example", Bureau: "泉州市民政局"}

// benchMail is the digest of two duties that the benchmark sends, and what it says.
type benchMail struct {
	body                          []byte
	subject, text, html, calendar string
}

func newBenchMail(b *testing.B) benchMail {
	b.Helper()
	due := calendar.MustDate("2021-06-25").At(calendar.EndOfDay)
	item := notify.Item{Duty: "quanzhou-2021/progress/2021-06-25/qz-jinjiang", Unit: "晋江市", Directive: "泉民保〔2021〕3号", Obligation: "特殊困难群体排查成效进度表",
		Label: "附件2", Period: "2021年6月25日期", Due: due, DueText: "6月25日24:00", Rung: "T-3"}
	other := item
	other.Duty, other.Obligation, other.Label = "quanzhou-2021/clues/2021-06-25/qz-jinjiang", "问题线索登记表", "附件3"
	r, err := benchComposer.Compose(notify.Draft{ID: "m", Channel: notify.Email, Person: "林样一", Address: "lin@jinjiang.example", Slot: due.AddDate(0, 0, -3),
		Items: []notify.Item{item, other}})
	if err != nil {
		b.Fatal(err)
	}
	m := benchMail{body: bytes.Clone(r.Body), subject: r.Subject}
	read, err := netmail.ReadMessage(bytes.NewReader(r.Body))
	if err != nil {
		b.Fatal(err)
	}
	for kind, text := range leaves(b, read.Header.Get("Content-Type"), read.Body) {
		switch kind {
		case "text/plain":
			m.text = text
		case "text/html":
			m.html = text
		case "text/calendar":
			m.calendar = text
		}
	}
	if m.text == "" || m.html == "" || m.calendar == "" {
		b.Fatal("the digest lacks a part")
	}
	return m
}

// leaves are the decoded parts of a message by media type.
func leaves(b *testing.B, contentType string, r io.Reader) map[string]string {
	b.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		b.Fatal(err)
	}
	out := map[string]string{}
	if !strings.HasPrefix(kind, "multipart/") {
		text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, r))
		if err != nil {
			b.Fatal(err)
		}
		out[kind] = string(text)
		return out
	}
	for parts := multipart.NewReader(r, params["boundary"]); ; {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			b.Fatal(err)
		}
		maps.Copy(out, leaves(b, p.Header.Get("Content-Type"), p))
	}
}

// gomail makes the mail as one does with go-mail.
func (m benchMail) gomail() io.WriterTo {
	g := gomail.NewMessage()
	g.SetAddressHeader("From", "baosong@baosong.example", "泉州市民政局")
	g.SetAddressHeader("To", "lin@jinjiang.example", "林样一")
	g.SetHeader("Subject", m.subject)
	g.SetBody("text/plain", m.text)
	g.AddAlternative("text/html", m.html)
	g.AttachReader("duties.ics", strings.NewReader(m.calendar), gomail.SetHeader(map[string][]string{"Content-Type": {"text/calendar; charset=UTF-8"}}))
	return g
}

// benchOffice is a store with people to remind, and a deliverer.
type benchOffice struct {
	s       *store.Store
	d       *notify.Deliverer
	duties  []string
	people  int
	filled  int
	present time.Time
}

func newBenchOffice(b *testing.B, url string, port, lanes int) *benchOffice {
	b.Helper()
	s := storetest.Open(b, url)
	ctx := b.Context()
	if err := s.PutUnits(ctx, storetest.Units()); err != nil {
		b.Fatal(err)
	}
	o := &benchOffice{s: s, people: 200, present: calendar.MustDate("2021-06-22").At(8*60 + 30)}
	for i := range o.people {
		p := store.Person{ID: fmt.Sprintf("p%03d", i), Name: "林样一", Email: fmt.Sprintf("lin%03d@jinjiang.example", i), Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Clerk}}}
		if err := s.PutPerson(ctx, p, ""); err != nil {
			b.Fatal(err)
		}
	}
	date := calendar.MustDate("2021-06-25")
	var duties []store.NewDuty
	for _, x := range [][3]string{{"progress", "特殊困难群体排查成效进度表", "附件2"}, {"clues", "问题线索登记表", "附件3"}} {
		d := store.NewDuty{
			Duty: scheduler.Duty{Key: scheduler.DutyKey{Directive: "quanzhou-2021", Obligation: x[0], Period: "2021-06-25", Unit: "qz-jinjiang"}, Catalogue: "c0ffee",
				Period: scheduler.Period{ID: "2021-06-25", Label: "2021年6月25日期"}, UnitName: "晋江市", Opens: o.present.AddDate(0, 0, -10), Due: date.At(calendar.EndOfDay), DueDate: date,
				DueTime: calendar.EndOfDay, Revision: 1, Forms: []string{"annex-2"}},
			Labels: store.Labels{Title: x[1], Label: x[2], DirectiveNumber: "泉民保〔2021〕3号"}, To: "qz",
		}
		duties = append(duties, d)
		o.duties = append(o.duties, d.Key.String())
	}
	if _, err := s.InsertDuties(ctx, duties, o.present); err != nil {
		b.Fatal(err)
	}
	relay, err := mail.New(mail.Settings{Host: "127.0.0.1", Port: port, Security: mail.Plain, From: "baosong@baosong.example", Lines: lanes, PerLine: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := relay.Close(); err != nil {
			b.Error(err)
		}
	})
	o.d = &notify.Deliverer{Outbox: s, Compose: benchComposer.Compose,
		Carriers: map[notify.Channel][]notify.Carrier{notify.Email: {{Name: "relay", Sender: relay, Lanes: lanes}}}}
	return o
}

// fill puts messages into the ledger.
func (o *benchOffice) fill(b *testing.B, n int) {
	b.Helper()
	var rs []notify.Reminder
	var ms []store.MessagePlan
	for range n {
		i := o.filled
		o.filled++
		m := store.MessagePlan{ID: fmt.Sprint("m", i), Person: fmt.Sprintf("p%03d", i%o.people), Channel: notify.Email,
			Slot: o.present.Add(time.Duration(i/o.people-100000) * time.Millisecond)}
		for _, duty := range o.duties {
			r := notify.Reminder{Duty: duty, Revision: 1, Rung: fmt.Sprint("rung", i), Person: m.Person, Unit: "qz-jinjiang", Channel: notify.Email,
				PlannedAt: o.present, State: notify.Planned}
			rs, m.Keys = append(rs, r), append(m.Keys, r.Key())
		}
		ms = append(ms, m)
	}
	if err := o.s.PutReminders(b.Context(), rs, ms, o.present); err != nil {
		b.Fatal(err)
	}
}

// deliver hands all of them over.
func (o *benchOffice) deliver(b *testing.B, n int) {
	b.Helper()
	for sent := 0; sent < n; {
		k, err := o.d.Step(context.WithoutCancel(b.Context()), o.present)
		if err != nil || k == 0 {
			b.Fatalf("%d of %d sent: %v", sent, n, err)
		}
		sent += k
	}
}
