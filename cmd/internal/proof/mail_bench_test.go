package proof

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gomail "github.com/go-mail/mail/v2"

	"github.com/baosong/baosong/cmd/internal/testneed"
	relay "github.com/baosong/baosong/notify/mail"
	"github.com/baosong/baosong/notify/mail/mailtest"
)

func trusting(s *mailtest.Server) *tls.Config { return &tls.Config{RootCAs: s.Roots()} }

// sink starts Postfix's smtp-sink, which takes mail and forgets it as fast as a relay could.
func sink(b *testing.B) (port int) {
	b.Helper()
	program, err := exec.LookPath("smtp-sink")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/smtp-sink"); err != nil {
			testneed.Missing(b, "smtp-sink", "apt-get install postfix")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(program, "-u", "nobody", "127.0.0.1:"+strconv.Itoa(port), "1000")
	if os.Getuid() != 0 {
		cmd = exec.Command(program, "127.0.0.1:"+strconv.Itoa(port), "1000")
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 200 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			c.Close()
			return port
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatal("smtp-sink does not come up")
	return 0
}

// BenchmarkHandOver compares what hands a composed digest over to the same relay: the sender over
// one and over sixteen lines, go-mail left alone over connections that it uses again, and Python's
// smtplib. mails/s is the figure to read.
func BenchmarkHandOver(b *testing.B) {
	port := sink(b)
	c, d := poisoned()
	r, err := c.Compose(d)
	if err != nil {
		b.Fatal(err)
	}
	report := func(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s") }

	for _, lines := range []int{1, 16} {
		b.Run(fmt.Sprintf("sender/lines=%d", lines), func(b *testing.B) {
			s, err := relay.New(relay.Settings{Host: "127.0.0.1", Port: port, Security: relay.Plain, From: c.From, Lines: lines})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			each(b, lines, func(int) func() error {
				return func() error { _, err := s.Send(b.Context(), r); return err }
			})
			report(b)
		})
		b.Run(fmt.Sprintf("go-mail/lines=%d", lines), func(b *testing.B) {
			open := make([]gomail.SendCloser, lines)
			for i := range open {
				if open[i], err = (&gomail.Dialer{Host: "127.0.0.1", Port: port, StartTLSPolicy: gomail.NoStartTLS}).Dial(); err != nil {
					b.Fatal(err)
				}
				defer open[i].Close()
			}
			each(b, lines, func(i int) func() error {
				return func() error { return open[i].Send(c.From, []string{r.To}, content(r.Body)) }
			})
			report(b)
		})
	}

	b.Run("smtplib/lines=1", func(b *testing.B) {
		python, err := exec.LookPath("python3")
		if err != nil {
			testneed.Missing(b, "python3", "apt-get install python3")
		}
		file := filepath.Join(b.TempDir(), "mail.eml")
		if err := os.WriteFile(file, r.Body, 0o600); err != nil {
			b.Fatal(err)
		}
		const script = `import smtplib,sys
body=open(sys.argv[4],"rb").read()
s=smtplib.SMTP("127.0.0.1",int(sys.argv[1])); s.ehlo()
print("ready",flush=True); sys.stdin.readline()
for i in range(int(sys.argv[5])): s.sendmail(sys.argv[2],[sys.argv[3]],body)
print("done",flush=True)`
		cmd := exec.Command(python, "-c", script, strconv.Itoa(port), c.From, r.To, file, strconv.Itoa(b.N))
		in, _ := cmd.StdinPipe()
		out, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		said := bufio.NewScanner(out)
		said.Scan() // ready
		b.ResetTimer()
		io.WriteString(in, "\n")
		said.Scan()
		b.StopTimer()
		if said.Text() != "done" {
			b.Fatalf("smtplib says %q", said.Text())
		}
		report(b)
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
	})
}

// each does b.N sendings in as many goroutines as there are lines.
func each(b *testing.B, lines int, line func(i int) func() error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for i := range lines {
		send := line(i)
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := send(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
}

type content []byte

// WriteTo implements io.WriterTo.
func (c content) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c)
	return int64(n), err
}
