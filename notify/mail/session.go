package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	gomail "github.com/go-mail/mail/v2"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/clock"
)

// session is one signed-in connection. One goroutine at a time has it.
type session struct {
	line *line
	smtp gomail.SendCloser
	idle func() time.Duration // since the last message
	sent int
}

// connect dials, greets and signs in. Its errors are classed.
func connect(ctx context.Context, set Settings) (*session, error) {
	failed := func(err error, at phase) (*session, error) {
		return nil, classify(fmt.Errorf("connecting to %s: %w", set.Host, err), at)
	}
	l, err := dial(ctx, set)
	if err != nil {
		return failed(err, greeting)
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	c, err := converse(l, set)
	if err != nil {
		l.Close()
		return failed(l.explain(err), l.phase)
	}
	l.limit = time.Time{}
	return &session{line: l, smtp: c, idle: clock.Elapsed()}, nil
}

// send runs one transaction and returns the relay's answer to the final dot.
func (o *session) send(ctx context.Context, set Settings, r notify.Rendered) (string, error) {
	stop := context.AfterFunc(ctx, func() { o.line.Close() })
	defer stop()
	o.line.patience, o.line.phase = set.Command, mailFrom
	err := o.smtp.Send(set.From, []string{r.To}, &content{body: r.Body, line: o.line, reply: set.Reply})
	if err != nil && o.line.phase == finalDot && took(o.line.answer()) {
		err = nil // an odd 2xx, or 250 without words: RFC 5321 §4.2 has us go by the digits
	}
	if err != nil {
		return "", o.line.explain(err)
	}
	return o.line.answer(), nil
}

// farewell is how long a relay may take to answer QUIT: a firewall that forgot the connection
// never will.
const farewell = 5 * time.Second

// part says goodbye on all of the connections at once and closes them.
func part(leaving []*session) error {
	errs := make([]error, len(leaving))
	var all sync.WaitGroup
	for i, o := range leaving {
		all.Go(func() {
			o.line.patience = farewell
			errs[i] = o.smtp.Close()
			o.line.Close()
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// content gives go-mail the bytes and tells the line when they are through: go-mail writes
// the final dot right after WriteTo returns.
type content struct {
	body  []byte
	line  *line
	reply time.Duration
}

// WriteTo implements io.WriterTo.
func (c *content) WriteTo(w io.Writer) (int64, error) {
	c.line.phase = data
	n, err := w.Write(c.body)
	if err == nil {
		c.line.phase, c.line.patience = finalDot, c.reply
	}
	return int64(n), err
}
