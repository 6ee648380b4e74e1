package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
)

// touched is what the store knows of how a section's columns of a draft came to be.
type touched struct {
	Seq   int  `db:"seq"`       // of the draft now; 0 if there is none
	Born  int  `db:"born_seq"`  // the draft's first number
	Whole int  `db:"whole_seq"` // when all columns were last saved at once; 0 for never
	Own   int  `db:"own_seq"`   // when the section was last saved by itself; 0 for never
	Done  flag `db:"done"`
}

// last is the draft's number when the section's columns were written last; 0 for never.
func (t touched) last() int { return max(t.Own, t.Whole) }

// allows reports whether a page that was filled from the draft's number seq (0: there was no
// draft) shows the section's columns as they are now. What other sections have saved since
// does not matter; a number of an earlier draft, gone with a submission, is never right.
func (t touched) allows(seq int) bool {
	if seq == 0 {
		return t.last() == 0
	}
	return t.Born <= seq && t.last() <= seq && seq <= t.Seq
}

// SaveSection stores the columns of one section (科室) of a draft: merge gets the content that
// is there (nil if there is no draft) and returns it with the section's columns put in; it may
// be called more than once. Two sections that save at the same time are both kept. done says
// that the section has finished its part.
//
// seq is the Seq of the Draft the page was filled from, 0 if there was none; the section's own
// SectionState.Seq serves as well. If the section's columns were saved meanwhile, by it or with
// the whole draft, nothing is stored and what is there comes with ErrConflict. Who may save, and
// when, is as for SaveDraft.
func (s *Store) SaveSection(ctx context.Context, v Viewer, duty, section string, seq int, done bool, merge func(forms.Content) forms.Content, now time.Time) (saved Draft, state SectionState, err error) {
	if section, err = bounded("section", section, maxName); err != nil {
		return Draft{}, SectionState{}, err
	}
	if section == "" {
		return Draft{}, SectionState{}, errors.New("a section needs an id")
	}
	saved, err = s.saveDraft(ctx, v, duty, now, func(tx *sqlx.Tx, d *standing, current Draft) error {
		state = SectionState{Section: section}
		var t touched
		err := one(tx.GetContext(ctx, &t, `
			SELECT f.seq, f.born_seq, f.whole_seq, COALESCE(x.seq, 0) AS own_seq, COALESCE(x.done, 0) AS done
			FROM draft f LEFT JOIN draft_section x ON x.duty = f.duty AND x.section = $2 WHERE f.duty = $1`, duty, section))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if !t.allows(seq) {
			if state, err = sectionState(ctx, tx, duty, section); errors.Is(err, ErrNotFound) {
				state, err = SectionState{Section: section, Seq: t.last(), SavedAt: current.SavedAt, ByName: current.ByName}, nil
			}
			if err == nil {
				err = ErrConflict
			}
			return err
		}
		if err := putDraft(ctx, tx, d, v, merge(current.Content), t.Whole, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO draft_section (duty, section, seq, done, saved_at, by_person) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (duty, section) DO UPDATE SET seq = excluded.seq, done = excluded.done, saved_at = excluded.saved_at, by_person = excluded.by_person`,
			duty, section, d.DraftSeq, flag(done), instant{now}, v.Person); err != nil {
			return err
		}
		state, err = sectionState(ctx, tx, duty, section)
		return err
	})
	if err != nil && !errors.Is(err, ErrConflict) {
		state = SectionState{}
	}
	return saved, state, err
}

// Sections lists the sections that have saved their part of the draft there is, by id. The
// viewer is a clerk of the unit. ErrNotFound.
func (s *Store) Sections(ctx context.Context, v Viewer, duty string) (states []SectionState, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		if _, err := peekDuty(ctx, tx, duty, func(q *query) { q.asClerk(v) }, ""); err != nil {
			return err
		}
		states, err = sectionStates(ctx, tx, duty, "")
		return err
	})
	return states, err
}

func sectionState(ctx context.Context, db querier, duty, section string) (SectionState, error) {
	found, err := sectionStates(ctx, db, duty, section)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("section %s: %w", section, ErrNotFound)
	}
	if err != nil {
		return SectionState{}, err
	}
	return found[0], nil
}

// sectionStates reads what is known of a draft's sections, or of the one named.
func sectionStates(ctx context.Context, db querier, duty, section string) ([]SectionState, error) {
	q := query{args: []any{duty}}
	q.and("x.duty = $1")
	q.eq("x.section", section)
	var rows []struct {
		Section string  `db:"section"`
		Seq     int     `db:"seq"`
		Whole   int     `db:"whole_seq"`
		Done    flag    `db:"done"`
		SavedAt instant `db:"saved_at"`
		ByName  string  `db:"by_name"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.section, x.seq, f.whole_seq, x.done, x.saved_at, p.name AS by_name
		FROM draft_section x JOIN draft f ON f.duty = x.duty JOIN person p ON p.id = x.by_person WHERE `+q.String(), q.args...); err != nil {
		return nil, err
	}
	out := make([]SectionState, len(rows))
	for i, r := range rows {
		out[i] = SectionState{Section: r.Section, Seq: max(r.Seq, r.Whole), Done: bool(r.Done), SavedAt: r.SavedAt.Time, ByName: r.ByName}
	}
	sortBy(out, func(x SectionState) string { return x.Section })
	return out, nil
}
