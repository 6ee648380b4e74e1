package chase

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/baosong/baosong/cmd/internal/app"
	"github.com/baosong/baosong/notify"
)

// asDaemon is the environment variable that makes this test binary a daemon of a town; it holds the
// setting as JSON.
const asDaemon = "BAOSONG_PROOF_DAEMON"

// The points at which a daemon kills itself, in the order of the flow. Those of a commit lie within it:
// before, and when the database has committed and the process does not know it yet (on SQLite, whose
// commit is a call, right after the call).
const (
	planBefore    = "plan: duties written, not committed"
	planAfter     = "plan: duties committed"
	chaseRead     = "chase: facts read, reminders written, not committed"
	chaseReminded = "chase: reminders committed, messages written, not committed"
	chaseAfter    = "chase: messages committed"
	claimBefore   = "claim: written, not committed"
	claimAfter    = "claim: committed"
	beginBefore   = "begin: written, not committed"
	beginAfter    = "begin: committed"
	mailBefore    = "mail: before MAIL"
	mailInData    = "mail: in DATA"
	mailDotted    = "mail: taken, not answered"
	mailAfter     = "mail: answered, not recorded"
	textBefore    = "text: before the request"
	textTaken     = "text: taken, not answered"
	textAfter     = "text: answered, not recorded"
	recordBefore  = "record: written, not committed"
	recordAfter   = "record: committed"
)

// points are all of them; the three that lie in a server are done by the server.
var points = []string{planBefore, planAfter, chaseRead, chaseReminded, chaseAfter, claimBefore, claimAfter, beginBefore, beginAfter,
	mailBefore, mailInData, mailDotted, mailAfter, textBefore, textTaken, textAfter, recordBefore, recordAfter}

// inServer tells the stage of a conversation a point stands for, if a server has to do it.
var inServer = map[string]string{mailInData: inData, mailDotted: dotted, textTaken: texted}

// child is the daemon process: it opens the installation, goes on to an instant and ends, unless it
// dies at its point.
func child() int {
	if err := runChild(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func runChild(ctx context.Context) error {
	var set setting
	if err := json.Unmarshal([]byte(os.Getenv(asDaemon)), &set); err != nil {
		return err
	}
	p := &point{name: set.Point, spare: set.Spare, poison: set.Poison}
	if strings.HasPrefix(set.Database, "sqlite:") {
		sqlite.RegisterConnectionHook(p.onSQLite)
	} else {
		through, err := p.standBefore(set.Database)
		if err != nil {
			return err
		}
		set.Database = through
	}
	d, err := open(ctx, set, hooks{
		outbox: func(o notify.Outbox) notify.Outbox { return pointedOutbox{o, p} },
		sender: func(ch notify.Channel, s notify.Sender) notify.Sender {
			if f, ok := s.(notify.Finder); ok {
				return struct {
					pointedSender
					notify.Finder
				}{pointedSender{s, ch, p}, f}
			}
			return pointedSender{s, ch, p}
		},
		job: func(j app.Job) app.Job {
			step := j.Step
			j.Step = func(ctx context.Context, now time.Time) (time.Time, error) {
				p.enter(j.Name)
				defer p.enter("")
				next, err := step(ctx, now)
				if err == nil {
					p.reach(map[string]string{"plan": planAfter, "chase": chaseAfter}[j.Name])
				}
				return next, err
			}
			return j
		},
	})
	if err != nil {
		return err
	}
	if set.For > 0 {
		set.To = d.Clock.Now().Add(set.For)
	}
	if err := d.To(ctx, set.To); err != nil {
		return err
	}
	return d.close()
}

// point is where the process dies: the first time it is reached after it was passed often enough.
type point struct {
	name   string
	poison string // address

	mu    sync.Mutex
	spare int
	doing string // plan, chase, deliver; claim, begin, record
}

// reach kills the process if this is its point.
func (p *point) reach(name string) {
	if name == "" || name != p.name {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spare--; p.spare < 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // it takes a moment
	}
}

func (p *point) enter(doing string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing = doing
}

// committing tells which point lies before the commit of a transaction, by what is done and what was
// written in it ("new duty": a row was inserted; "message": one was changed), and which after.
func (p *point) committing(wrote func(what string) bool) (before, after string) {
	p.mu.Lock()
	doing := p.doing
	p.mu.Unlock()
	switch {
	case doing == "plan" && wrote("new duty"):
		return planBefore, planAfter
	case doing == "chase" && wrote("new message"):
		return chaseReminded, chaseAfter
	case doing == "chase" && wrote("new reminder"):
		return chaseRead, ""
	case doing == "claim" && wrote("message"):
		return claimBefore, claimAfter
	case doing == "begin" && wrote("new attempt"):
		return beginBefore, beginAfter
	case doing == "record" && wrote("message"):
		return recordBefore, recordAfter
	}
	return "", ""
}

// onSQLite watches a connection: which tables a transaction writes, and when it commits.
func (p *point) onSQLite(conn sqlite.ExecQuerierContext, _ string) error {
	hooks, ok := conn.(sqlite.HookRegisterer)
	if !ok {
		return fmt.Errorf("the driver has no hooks")
	}
	wrote := map[string]bool{}
	hooks.RegisterPreUpdateHook(func(d sqlite.SQLitePreUpdateData) {
		if d.Op == sqlite3.SQLITE_INSERT {
			wrote["new "+d.TableName] = true
		} else {
			wrote[d.TableName] = true
		}
	})
	hooks.RegisterCommitHook(func() int32 {
		before, _ := p.committing(func(t string) bool { return wrote[t] })
		p.reach(before)
		clear(wrote)
		return 0
	})
	hooks.RegisterRollbackHook(func() { clear(wrote) })
	return nil
}

// pointedOutbox names what is being done to the ledger.
type pointedOutbox struct {
	notify.Outbox
	*point
}

func (o pointedOutbox) Claim(ctx context.Context, now time.Time, token string, lease time.Time, limit int) ([]notify.Draft, error) {
	o.enter("claim")
	defer o.enter("deliver")
	drafts, err := o.Outbox.Claim(ctx, now, token, lease, limit)
	if len(drafts) > 0 {
		o.reach(claimAfter)
	}
	return drafts, err
}

func (o pointedOutbox) Begin(ctx context.Context, token string, as []notify.Attempt, now time.Time) (map[string]error, error) {
	o.enter("begin")
	defer o.enter("deliver")
	verdicts, err := o.Outbox.Begin(ctx, token, as, now)
	o.reach(beginAfter)
	return verdicts, err
}

func (o pointedOutbox) Record(ctx context.Context, token string, rs []notify.Result, now time.Time) (map[string]error, error) {
	o.enter("record")
	defer o.enter("deliver")
	verdicts, err := o.Outbox.Record(ctx, token, rs, now)
	o.reach(recordAfter)
	return verdicts, err
}

// pointedSender has the points around a conversation.
type pointedSender struct {
	notify.Sender
	channel notify.Channel
	*point
}

func (s pointedSender) Send(ctx context.Context, r notify.Rendered) (notify.Accepted, error) {
	before, after := mailBefore, mailAfter
	if s.channel == notify.SMS {
		before, after = textBefore, textAfter
	}
	s.reach(before)
	if r.To == s.poison && r.To != "" {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	a, err := s.Sender.Send(ctx, r)
	if err == nil {
		s.reach(after)
	}
	return a, err
}
