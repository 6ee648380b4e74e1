package mail

import (
	"bytes"
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
	err := o.smtp.Send(set.From, []string{r.To}, &content{body: r.Body, line: o.line, reply: set.Reply, ctx: ctx})
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
	ctx   context.Context
}

// WriteTo implements io.WriterTo. The writer below looks at each byte for a dot that begins a
// line; where there is none, all but the last line goes to the wire as it is, which costs a third.
func (c *content) WriteTo(w io.Writer) (int64, error) {
	c.line.phase = data
	rest := c.body
	if !bytes.HasPrefix(rest, []byte(".")) && !bytes.Contains(rest, []byte("\r\n.")) {
		last := bytes.LastIndexByte(rest[:len(rest)-1], '\n') + 1
		for last > 0 {
			n := min(last, atOnce)
			if _, err := c.line.Write(rest[:n]); err != nil {
				return int64(len(c.body) - len(rest)), err
			}
			rest, last = rest[n:], last-n
		}
	}
	if at, ok := c.ctx.Deadline(); ok && !(clock.System{}).Now().Before(at) {
		// The process was halted, or the machine was, and its timers have not been told yet. Others
		// may have the message by now. The line goes first: go-mail ends what is left open.
		c.line.flaw = errHalted
		c.line.Close()
		return int64(len(c.body) - len(rest)), errHalted
	}
	_, err := w.Write(rest)
	if err == nil {
		c.line.phase, c.line.patience = finalDot, c.reply
	}
	return int64(len(c.body)), err
}

var errHalted = errors.New("the time for this message was over before all of it was written")

// atOnce is how many bytes of content are written within one measure of patience.
const atOnce = 64 << 10
