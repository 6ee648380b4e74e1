package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms/stamp"
	"github.com/baosong/baosong/scheduler"
)

// PutScan reads a scan or photograph of a stamped return (盖章件) to its end and keeps it with
// the version of the return it shows; the viewer is a clerk of the unit. x gives Duty, Version,
// Name, Media, Pages and Matched. If it shows the version in force, the stamp is no longer
// pending, and the duty's history says so. Paper of any other version is kept and comes back
// Void, and the stamp stays pending.
//
// ErrNotFound, also for a version that was never sent. ErrTooLarge above limit bytes: nothing
// of it is kept. ErrTooLong for the name. ErrFull if the duty has no room for it.
func (s *Store) PutScan(ctx context.Context, v Viewer, x Scan, r io.Reader, limit int64, now time.Time) (kept Scan, err error) {
	if x.Name, x.Media, err = fileWords(x.Name, x.Media); err != nil {
		return Scan{}, err
	}
	if x.Matched != MatchedByCode && x.Matched != MatchedByClerk {
		return Scan{}, fmt.Errorf("a scan is matched by %q or %q, not %q", MatchedByCode, MatchedByClerk, x.Matched)
	}
	clerk := func(q *query) { q.asClerk(v) }
	if err := s.read(ctx, func(tx *sqlx.Tx) error {
		_, err := peekDuty(ctx, tx, x.Duty, clerk, "")
		if err == nil {
			err = versionSent(ctx, tx, x.Duty, x.Version)
		}
		return err
	}); err != nil {
		return Scan{}, err
	}
	u, err := receive(r, limit)
	if err != nil {
		return Scan{}, err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		kept = Scan{}
		d, err := s.lockDuty(ctx, tx, x.Duty, clerk)
		if err != nil {
			return err
		}
		if err := u.room(ctx, tx, x.Duty); err != nil {
			return err
		}
		if err := u.keep(ctx, tx, x.Media, now); err != nil {
			return err
		}
		if x.N, err = addScan(ctx, tx, v, x, u.hash, now); err != nil {
			return err
		}
		if d.inForce(x.Version) && bool(d.StampPending) {
			if err := stampIn(ctx, tx, d, v, now); err != nil {
				return err
			}
		}
		all, err := scans(ctx, tx, d)
		if err != nil {
			return err
		}
		kept = all[slices.IndexFunc(all, func(y Scan) bool { return y.Version == x.Version && y.N == x.N })]
		return nil
	})
	return kept, err
}

// addScan adds a scan to a locked duty and returns its number; the same content for the same
// version, sent again, keeps the number it has.
func addScan(ctx context.Context, tx *sqlx.Tx, v Viewer, x Scan, hash string, now time.Time) (n int, err error) {
	err = one(tx.GetContext(ctx, &n, `SELECT x.n FROM stamp_scan x WHERE x.duty = $1 AND x.version = $2 AND x.hash = $3`, x.Duty, x.Version, hash))
	if !errors.Is(err, ErrNotFound) {
		return n, err
	}
	if err := tx.GetContext(ctx, &n, `SELECT COALESCE(MAX(n), 0) + 1 FROM stamp_scan WHERE duty = $1 AND version = $2`, x.Duty, x.Version); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO stamp_scan (duty, version, n, hash, name, pages, matched, at, by_person) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		x.Duty, x.Version, n, hash, x.Name, jsonOf[[]stamp.Code]{x.Pages}, x.Matched, instant{now}, v.Person)
	return n, err
}

// versionSent returns ErrNotFound unless that version of the return exists.
func versionSent(ctx context.Context, q querier, duty string, version int) error {
	var n int
	return one(q.GetContext(ctx, &n, `SELECT r.version FROM return_version r WHERE r.duty = $1 AND r.version = $2`, duty, version))
}

// stampIn records that the stamped paper of the version in force is in.
func stampIn(ctx context.Context, tx *sqlx.Tx, d standing, v Viewer, now time.Time) error {
	next, err := scheduler.Next(d.State, scheduler.StampIn, d.Opens.Time, now)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE duty SET stamp_pending = 0 WHERE id = $1`, d.ID); err != nil {
		return err
	}
	return addEvent(ctx, tx, Event{Duty: d.ID, At: now, By: v.Person, Act: scheduler.StampIn, From: d.State, To: next, Version: d.Version})
}

// inForce reports whether a version of the duty's return is the one that counts. What was
// withdrawn or sent back never counts again: it is sent as another version.
func (d standing) inForce(version int) bool { return d.State.In() && version == d.Version }

// Scans lists the scans of a task's stamped returns, newest version first, in the order they
// came in. ErrNotFound if the viewer may not see the task.
func (s *Store) Scans(ctx context.Context, v Viewer, duty string) (out []Scan, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		d, err := peekDuty(ctx, tx, duty, func(q *query) { q.visible(v) }, "")
		if err == nil {
			out, err = scans(ctx, tx, d)
		}
		return err
	})
	return out, err
}

func scans(ctx context.Context, db querier, d standing) ([]Scan, error) {
	var rows []struct {
		Version int                  `db:"version"`
		N       int                  `db:"n"`
		Hash    string               `db:"hash"`
		Name    string               `db:"name"`
		Media   string               `db:"media"`
		Size    int64                `db:"size"`
		Pages   jsonOf[[]stamp.Code] `db:"pages"`
		Matched string               `db:"matched"`
		At      instant              `db:"at"`
		By      string               `db:"by_person"`
		ByName  string               `db:"by_name"`
	}
	if err := db.SelectContext(ctx, &rows, `
		SELECT x.version, x.n, x.hash, x.name, f.media, f.size, x.pages, x.matched, x.at, x.by_person, p.name AS by_name
		FROM stamp_scan x JOIN file f ON f.hash = x.hash JOIN person p ON p.id = x.by_person
		WHERE x.duty = $1 ORDER BY x.version DESC, x.n`, d.ID); err != nil {
		return nil, err
	}
	out := make([]Scan, len(rows))
	for i, r := range rows {
		out[i] = Scan{Duty: d.ID, Version: r.Version, N: r.N, Hash: r.Hash, Name: r.Name, Media: r.Media, Size: r.Size, Pages: r.Pages.V,
			Matched: r.Matched, At: r.At.Time, By: r.By, ByName: r.ByName, Void: !d.inForce(r.Version)}
	}
	return out, nil
}
