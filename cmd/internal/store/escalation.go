package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// EscalationKind is what sort of paper a hard step is.
type EscalationKind string

// The kinds.
const (
	LeaderCopy EscalationKind = "copy"   // 抄送分管领导
	Letter     EscalationKind = "letter" // 提醒函
	Slip       EscalationKind = "slip"   // 催办单
)

// EscalationState is where it stands.
type EscalationState string

// The states.
const (
	Drafted   EscalationState = "drafted"
	Sent      EscalationState = "sent"
	Dismissed EscalationState = "dismissed"
)

// Escalation is a hard step of the chase: drafted by the ladder or by a reviewer, sent by a person
// or not at all.
type Escalation struct {
	ID         string
	Duty       string
	Revision   int    // of the deadline it speaks of
	Rung       string // "letter+3"; "hand.1" of one that a reviewer drafted
	Kind       EscalationKind
	DraftedAt  time.Time
	State      EscalationState
	DecidedAt  time.Time
	By, ByName string // who decided
	Text       string // as edited so far, and as sent; empty while nobody has edited it
	Number     string // 文号
	File       string // hash of the PDF as sent; empty of a copy
	Reason     string // why dismissed
	Messages   []NudgeMessage
}

// Errors of escalations.
var (
	// ErrNumberTaken: another paper of the bureau went out under this number.
	ErrNumberTaken = errors.New("another paper of the bureau has this number")
	// ErrNoLeader: the unit has no head who can be written to.
	ErrNoLeader = errors.New("the unit has no head with an e-mail address")
)

// EscalationFilter narrows a list of escalations; zero fields do not narrow.
type EscalationFilter struct {
	ID         string
	Unit, Duty string
	State      EscalationState
	// Live keeps those whose duty is still owed under the deadline they speak of.
	Live bool
}

// DraftEscalation drafts a step by hand, for a duty that is owed; if one of the kind is drafted
// already, by the ladder or by hand, that one is returned. ErrNotFound; scheduler.ErrNotNow if
// nothing is owed.
func (s *Store) DraftEscalation(ctx context.Context, v Viewer, duty string, kind EscalationKind, now time.Time) (e Escalation, err error) {
	switch kind {
	case LeaderCopy, Letter, Slip:
	default:
		return Escalation{}, ErrNotFound
	}
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		t, err := s.owedByHand(ctx, tx, v, duty, now)
		if err != nil {
			return err
		}
		q := query{args: []any{duty}}
		q.and("e.duty = $1")
		all, err := escalations(ctx, tx, &q)
		if err != nil {
			return err
		}
		byHand := 1
		for _, x := range all {
			if x.Kind == kind && x.State == Drafted && x.Revision == t.Revision {
				e = x
				return nil
			}
			if x.Kind == kind && x.Revision == t.Revision {
				byHand++
			}
		}
		e = Escalation{Duty: duty, Revision: t.Revision, Rung: "hand." + strconv.Itoa(byHand), Kind: kind, DraftedAt: now, State: Drafted}
		e.ID = escalationID(scheduler.Escalation{Duty: e.Duty, Revision: e.Revision, Rung: e.Rung, Kind: scheduler.Measure(e.Kind)})
		_, err = tx.ExecContext(ctx, `INSERT INTO escalation (id, duty, revision, rung, kind, drafted_at, state) VALUES ($1, $2, $3, $4, $5, $6, 'drafted')`,
			e.ID, e.Duty, e.Revision, e.Rung, string(e.Kind), instant{now})
		return err
	})
	return e, err
}

// owedByHand locks a duty that the viewer reviews and returns it. scheduler.ErrNotNow if it is not owed.
func (s *Store) owedByHand(ctx context.Context, tx *sqlx.Tx, v Viewer, duty string, now time.Time) (Task, error) {
	scope := func(q *query) { q.asReviewer(v, "d.to_unit") }
	if _, err := s.lockDuty(ctx, tx, duty, scope); err != nil {
		return Task{}, err
	}
	t, err := task(ctx, tx, duty, scope, now)
	if err == nil && !t.State.Owed() {
		err = scheduler.ErrNotNow
	}
	return t, err
}

// drafted locks the duty of a drafted escalation and returns both. ErrNotFound; ErrConflict if it
// has been decided, or if its text or number is not what the caller has seen.
func (s *Store) drafted(ctx context.Context, tx *sqlx.Tx, v Viewer, id string) (Escalation, error) {
	q := query{args: []any{id}}
	q.and("e.id = $1")
	q.asReviewer(v, "d.to_unit")
	all, err := escalations(ctx, tx, &q)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Escalation{}, err
	}
	if _, err := s.lockDuty(ctx, tx, all[0].Duty, func(q *query) { q.asReviewer(v, "d.to_unit") }); err != nil {
		return Escalation{}, err
	}
	if all, err = escalations(ctx, tx, &q); err != nil { // again, under the lock
		return Escalation{}, err
	}
	if all[0].State != Drafted {
		return Escalation{}, ErrConflict
	}
	return all[0], nil
}

// AmendEscalation keeps the text and the number of a draft as edited. ErrNotFound; ErrConflict if
// it has been decided; ErrTooLong.
func (s *Store) AmendEscalation(ctx context.Context, v Viewer, id, text, number string) error {
	text, number, err := escalationWords(text, number)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if _, err := s.drafted(ctx, tx, v, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE escalation SET text = $2, number = $3 WHERE id = $1`, id, text, number)
		return err
	})
}

func escalationWords(text, number string) (string, string, error) {
	text, err := bounded("text", text, maxLetter)
	if err != nil {
		return "", "", err
	}
	number, err = bounded("number", number, maxName)
	return text, number, err
}

// maxLetter is the longest text of a letter, in characters: four pages.
const maxLetter = 2400

// SendOrder is a person's order to send an escalation.
type SendOrder struct {
	ID           string
	Text, Number string          // as the person has seen them
	Paper        bool            // it goes by the usual exchange of papers: nobody is mailed
	Mail         string          // text of the mail that carries it
	File         *EscalationFile // nil of a copy
	Slot         time.Time       // from when the mail may go
}

// EscalationFile is a PDF to be kept and attached.
type EscalationFile struct {
	Name string // 提醒函.pdf
	Data []byte
}

// SendEscalation sends a draft, in one transaction: its PDF is kept, and the heads of the unit are
// written to by e-mail, with it attached.
//
// ErrNotFound; ErrConflict if it was decided or edited meanwhile; scheduler.ErrNotNow if the duty is
// no longer owed under the deadline it speaks of; ErrNumberTaken; ErrNoLeader; ErrTooLong.
func (s *Store) SendEscalation(ctx context.Context, v Viewer, o SendOrder, now time.Time) (err error) {
	if o.Text, o.Number, err = escalationWords(o.Text, o.Number); err != nil {
		return err
	}
	if o.Text == "" || o.Slot.IsZero() {
		return errors.New("an escalation is sent with a text and a slot")
	}
	var pdf *upload
	if o.File != nil {
		if pdf, err = receive(bytes.NewReader(o.File.Data), int64(len(o.File.Data))); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, pdf.Close()) }()
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		e, err := s.drafted(ctx, tx, v, o.ID)
		if err != nil {
			return err
		}
		if e.Text != o.Text || e.Number != o.Number {
			return ErrConflict
		}
		t, err := s.owedByHand(ctx, tx, v, e.Duty, now)
		if err != nil {
			return err
		}
		if t.Revision != e.Revision {
			return scheduler.ErrNotNow
		}
		if o.Number != "" {
			if err := s.freeNumber(ctx, tx, t.To, o.Number); err != nil {
				return err
			}
		}
		var files []FileRef
		var hash string
		if pdf != nil {
			if err := pdf.keep(ctx, tx, "application/pdf", now); err != nil {
				return err
			}
			hash = pdf.hash
			files = []FileRef{{Hash: hash, Name: o.File.Name}}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE escalation SET state = 'sent', decided_at = $2, by_person = $3, file = $4 WHERE id = $1`,
			e.ID, instant{now}, v.Person, orNull(hash)); err != nil {
			return err
		}
		if o.Paper {
			return nil
		}
		heads, err := leaders(ctx, tx, t.Key.Unit, now)
		if err != nil {
			return err
		}
		if len(heads) == 0 {
			return ErrNoLeader
		}
		for _, h := range heads {
			m := NewMessage{Kind: notify.KindLetter, Person: h.Person, Channel: notify.Email, Slot: o.Slot, Note: o.Mail, Files: files, About: e.ID}
			if err := putNewMessage(ctx, tx, m, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// freeNumber returns ErrNumberTaken if a paper of the bureau went out under the number.
func (s *Store) freeNumber(ctx context.Context, tx *sqlx.Tx, to, number string) error {
	if err := s.dialect.turn(ctx, tx, "number|"+to); err != nil {
		return err
	}
	var taken int
	err := tx.GetContext(ctx, &taken, `
		SELECT COUNT(*) FROM escalation e JOIN duty d ON d.id = e.duty WHERE e.state = 'sent' AND e.number = $1 AND d.to_unit = $2`, number, to)
	if err == nil && taken > 0 {
		err = ErrNumberTaken
	}
	return err
}

// leaders are the heads of a unit who can be written to.
func leaders(ctx context.Context, db querier, unit string, now time.Time) ([]Callee, error) {
	q := query{args: []any{unit, instant{now}}}
	q.and("x.unit = $1 AND x.name = 'leader' AND p.disabled = 0 AND p.email <> '' AND (u.valid_to = 0 OR u.valid_to > $2)")
	found, err := callees(ctx, db, &q)
	return found[unit], err
}

// Leaders lists the heads who would be written to about a duty. ErrNotFound.
func (s *Store) Leaders(ctx context.Context, v Viewer, duty string, now time.Time) ([]Callee, error) {
	t, err := task(ctx, s.r, duty, func(q *query) { q.asReviewer(v, "d.to_unit") }, now)
	if err != nil {
		return nil, err
	}
	return leaders(ctx, s.r, t.Key.Unit, now)
}

// DismissEscalation ends a draft that is not sent, with the reason. ErrNotFound, ErrNoReason,
// ErrTooLong; ErrConflict if it has been decided.
func (s *Store) DismissEscalation(ctx context.Context, v Viewer, id, reason string, now time.Time) error {
	reason, err := stated(reason)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if _, err := s.drafted(ctx, tx, v, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE escalation SET state = 'dismissed', decided_at = $2, by_person = $3, reason = $4 WHERE id = $1`,
			id, instant{now}, v.Person, reason)
		return err
	})
}

// Escalations lists those about duties that the viewer reviews: drafts first and oldest first, then
// the decided ones, latest first.
func (s *Store) Escalations(ctx context.Context, v Viewer, f EscalationFilter) (out []Escalation, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var q query
		q.asReviewer(v, "d.to_unit")
		q.eq("e.id", f.ID)
		q.eq("e.duty", f.Duty)
		q.eq("d.unit", f.Unit)
		q.eq("e.state", string(f.State))
		if f.Live {
			q.and("d.revision = e.revision AND d.state IN ('not_open', 'pending', 'draft', 'review', 'returned')")
		}
		if out, err = escalations(ctx, tx, &q); err != nil {
			return err
		}
		at := map[string]int{}
		var ids []string
		for i, e := range out {
			at[e.ID] = i
			ids = append(ids, e.ID)
		}
		for chunk := range chunks(ids) {
			var q query
			var rows []struct {
				About      string         `db:"about"`
				Name       string         `db:"name"`
				Channel    notify.Channel `db:"channel"`
				State      notify.State   `db:"state"`
				Reason     string         `db:"reason"`
				HandedOver instant        `db:"handed_over_at"`
			}
			if err := tx.SelectContext(ctx, &rows, `
				SELECT m.about, p.name, m.channel, m.state, m.reason, m.handed_over_at FROM message m JOIN person p ON p.id = m.person
				WHERE m.kind = 'letter' AND m.about IN `+list(&q, chunk)+` ORDER BY m.id`, q.args...); err != nil {
				return err
			}
			for _, r := range rows {
				e := &out[at[r.About]]
				e.Messages = append(e.Messages, NudgeMessage{r.Name, r.Channel, r.State, r.Reason, r.HandedOver.Time})
			}
		}
		return nil
	})
	return out, err
}

// Escalation returns one. ErrNotFound.
func (s *Store) Escalation(ctx context.Context, v Viewer, id string) (Escalation, error) {
	if id == "" {
		return Escalation{}, ErrNotFound
	}
	all, err := s.Escalations(ctx, v, EscalationFilter{ID: id})
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Escalation{}, err
	}
	return all[0], nil
}

// OpenEscalation opens the PDF of an escalation as it was sent, to be read under ctx; the caller
// closes it. ErrNotFound, also if it has none.
func (s *Store) OpenEscalation(ctx context.Context, v Viewer, id string) (size int64, r io.ReadCloser, err error) {
	q := query{args: []any{id}}
	q.and("e.id = $1")
	q.asReviewer(v, "d.to_unit")
	var f struct {
		Hash string `db:"hash"`
		Size int64  `db:"size"`
	}
	if err := one(s.r.GetContext(ctx, &f, `
		SELECT f.hash, f.size FROM escalation e JOIN duty d ON d.id = e.duty JOIN file f ON f.hash = e.file WHERE `+q.String(), q.args...)); err != nil {
		return 0, nil, err
	}
	return f.Size, &pieces{ctx: ctx, db: s.r, hash: f.Hash, left: f.Size}, nil
}

// escalations reads those (alias e, their duties d) that q keeps.
func escalations(ctx context.Context, db querier, q *query) ([]Escalation, error) {
	var rows []struct {
		ID        string          `db:"id"`
		Duty      string          `db:"duty"`
		Revision  int             `db:"revision"`
		Rung      string          `db:"rung"`
		Kind      EscalationKind  `db:"kind"`
		DraftedAt instant         `db:"drafted_at"`
		State     EscalationState `db:"state"`
		DecidedAt instant         `db:"decided_at"`
		By        string          `db:"by_person"`
		ByName    string          `db:"by_name"`
		Text      string          `db:"text"`
		Number    string          `db:"number"`
		File      string          `db:"file"`
		Reason    string          `db:"reason"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT e.id, e.duty, e.revision, e.rung, e.kind, e.drafted_at, e.state, e.decided_at, COALESCE(e.by_person, '') AS by_person,
			COALESCE(p.name, '') AS by_name, e.text, e.number, COALESCE(e.file, '') AS file, e.reason
		FROM escalation e JOIN duty d ON d.id = e.duty LEFT JOIN person p ON p.id = e.by_person WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make([]Escalation, len(rows))
	for i, r := range rows {
		out[i] = Escalation{ID: r.ID, Duty: r.Duty, Revision: r.Revision, Rung: r.Rung, Kind: r.Kind, DraftedAt: r.DraftedAt.Time, State: r.State,
			DecidedAt: r.DecidedAt.Time, By: r.By, ByName: r.ByName, Text: r.Text, Number: r.Number, File: r.File, Reason: r.Reason}
	}
	slices.SortFunc(out, func(a, b Escalation) int {
		if (a.State == Drafted) != (b.State == Drafted) {
			if a.State == Drafted {
				return -1
			}
			return 1
		}
		return cmp.Or(b.DecidedAt.Compare(a.DecidedAt), a.DraftedAt.Compare(b.DraftedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Reminded tells how often the people of a unit were reminded of a duty under its deadline in
// force, nudges included, and when last. ErrNotFound.
func (s *Store) Reminded(ctx context.Context, v Viewer, duty string, now time.Time) (times int, last time.Time, err error) {
	t, err := task(ctx, s.r, duty, func(q *query) { q.asReviewer(v, "d.to_unit") }, now)
	if err != nil {
		return 0, time.Time{}, err
	}
	var row struct {
		Times int     `db:"times"`
		Last  instant `db:"latest"`
	}
	// One digest by e-mail and text message is one reminder: what counts is its instant.
	err = s.r.GetContext(ctx, &row, `
		SELECT COUNT(DISTINCT r.planned_at) AS times, COALESCE(MAX(m.handed_over_at), 0) AS latest
		FROM reminder r JOIN message m ON m.id = r.message
		WHERE r.duty = $1 AND r.revision = $2 AND r.topic = 'duty' AND r.unit = $3 AND m.handed_over_at > 0`, t.ID, t.Revision, t.Key.Unit)
	return row.Times, row.Last.Time, err
}
