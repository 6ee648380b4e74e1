package proof

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	gomail "github.com/go-mail/mail/v2"

	relay "github.com/baosong/baosong/notify/mail"
)

// BenchmarkMailSender is the sender alone, without a ledger, over one and over sixteen lines, beside
// go-mail left alone over as many connections that it uses again. mails/s is the figure to read.
func BenchmarkMailSender(b *testing.B) {
	port := smtpSink(b)
	c, d := poisoned()
	r, err := c.Compose(d)
	if err != nil {
		b.Fatal(err)
	}
	for _, lines := range []int{1, 16} {
		b.Run(fmt.Sprintf("sender/lines=%d", lines), func(b *testing.B) {
			s, err := relay.New(relay.Settings{Host: "127.0.0.1", Port: port, Security: relay.Plain, From: c.From, Lines: lines})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			eachLine(b, lines, func(int) error { _, err := s.Send(b.Context(), r); return err })
		})
		b.Run(fmt.Sprintf("go-mail/lines=%d", lines), func(b *testing.B) {
			open := make([]gomail.SendCloser, lines)
			for i := range open {
				if open[i], err = (&gomail.Dialer{Host: "127.0.0.1", Port: port, StartTLSPolicy: gomail.NoStartTLS}).Dial(); err != nil {
					b.Fatal(err)
				}
				defer open[i].Close()
			}
			eachLine(b, lines, func(i int) error { return open[i].Send(c.From, []string{r.To}, bytesOf(r.Body)) })
		})
	}
}

// eachLine does b.N sendings in as many goroutines as there are lines.
func eachLine(b *testing.B, lines int, send func(line int) error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for i := range lines {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := send(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}
