package proof

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
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

// BenchmarkHandOver is the whole way of a digest from the ledger to a relay, against the bare
// conversation of go-mail over as many connections, and of Python's smtplib over one. The relay is
// Postfix's smtp-sink, which takes everything and keeps nothing.
func BenchmarkHandOver(b *testing.B) {
	const messages, lanes = 4000, 16
	sink := smtpSink(b)
	body := digestBytes(b)
	rate := func(b *testing.B, run func()) {
		b.Helper()
		for range b.N {
			run()
		}
		b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
	}
	b.Run("go-mail", func(b *testing.B) {
		rate(b, func() { bareGoMail(b, sink, lanes, messages, body) })
	})
	b.Run("smtplib", func(b *testing.B) {
		rate(b, func() { smtplib(b, sink, messages, body) })
	})
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			office := newBenchOffice(b, url(b), sink, lanes)
			rate(b, func() {
				b.StopTimer()
				office.fill(b, messages)
				b.StartTimer()
				office.deliver(b, messages)
			})
		})
	}
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
func bareGoMail(b *testing.B, port, connections, messages int, body []byte) {
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
				if err := c.Send("baosong@baosong.example", []string{"lin@jinjiang.example"}, bytesOf(body)); err != nil {
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
import smtplib, sys
host, port, n, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
body = open(path, "rb").read()
s = smtplib.SMTP(host, port)
for _ in range(n):
    s.sendmail("baosong@baosong.example", ["lin@jinjiang.example"], body)
s.quit()
`

func smtplib(b *testing.B, port, messages int, body []byte) {
	b.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		testneed.Missing(b, "python3", "install the Debian package python3")
	}
	path := filepath.Join(b.TempDir(), "message.eml")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(python, "-", "127.0.0.1", strconv.Itoa(port), strconv.Itoa(messages), path)
	cmd.Stdin = strings.NewReader(pythonScript)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}

var benchComposer = notify.Composer{Key: []byte("0123456789abcdef"), From: "baosong@baosong.example", Domain: "baosong.example",
	BaseURL: "https://bs.baosong.example", Bureau: "泉州市民政局"}

// digestBytes is a digest of the size that the benchmark sends.
func digestBytes(b *testing.B) []byte {
	b.Helper()
	due := calendar.MustDate("2021-06-25").At(calendar.EndOfDay)
	r, err := benchComposer.Compose(notify.Draft{ID: "m", Channel: notify.Email, Person: "林样一", Address: "lin@jinjiang.example", Slot: due.AddDate(0, 0, -3),
		Items: []notify.Item{{Duty: "quanzhou-2021/progress/2021-06-25/qz-jinjiang", Unit: "晋江市", Directive: "泉民保〔2021〕3号", Obligation: "特殊困难群体排查成效进度表",
			Label: "附件2", Period: "2021年6月25日期", Due: due, DueText: "6月25日24:00", Rung: "T-3"}}})
	if err != nil {
		b.Fatal(err)
	}
	return bytes.Clone(r.Body)
}

// benchOffice is a store with people to remind, and a deliverer.
type benchOffice struct {
	s       *store.Store
	d       *notify.Deliverer
	duty    string
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
	duty := store.NewDuty{
		Duty: scheduler.Duty{Key: scheduler.DutyKey{Directive: "quanzhou-2021", Obligation: "progress", Period: "2021-06-25", Unit: "qz-jinjiang"}, Catalogue: "c0ffee",
			Period: scheduler.Period{ID: "2021-06-25", Label: "2021年6月25日期"}, UnitName: "晋江市", Opens: o.present.AddDate(0, 0, -10), Due: date.At(calendar.EndOfDay), DueDate: date,
			DueTime: calendar.EndOfDay, Revision: 1, Forms: []string{"annex-2"}},
		Labels: store.Labels{Title: "特殊困难群体排查成效进度表", Label: "附件2", DirectiveNumber: "泉民保〔2021〕3号"}, To: "qz",
	}
	if _, err := s.InsertDuties(ctx, []store.NewDuty{duty}, o.present); err != nil {
		b.Fatal(err)
	}
	o.duty = duty.Key.String()
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
		r := notify.Reminder{Duty: o.duty, Revision: 1, Rung: fmt.Sprint("rung", i), Person: fmt.Sprintf("p%03d", i%o.people), Unit: "qz-jinjiang", Channel: notify.Email,
			PlannedAt: o.present, State: notify.Planned}
		rs = append(rs, r)
		ms = append(ms, store.MessagePlan{ID: fmt.Sprint("m", i), Person: r.Person, Channel: notify.Email, Slot: o.present.Add(time.Duration(i/o.people-100000) * time.Millisecond), Keys: []string{r.Key()}})
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
