package store

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// MaxMade is how many bytes a file of a directive made in the browser may have.
const MaxMade = maxContent

// PutMade stores files of directives made in the browser, as the next version of their paths;
// an empty content takes a file away, one that is in force already is left. Either all are
// stored or none. The viewer is a reviewer of each file's To. In a file count Directive, Path
// ("anxi-2026-1/forms/heating.yaml": in the directive's own folder), Content and To. That it
// is a directive at all is for the caller to see to, by loading it.
//
// ErrNotFound if the viewer is no reviewer there, ErrTooLong, and ErrConflict for an id under
// which another bureau has made a directive.
func (s *Store) PutMade(ctx context.Context, v Viewer, files []MadeFile, now time.Time) error {
	owner := map[string]string{}
	for i, f := range files {
		if f.Directive == "" || f.To == "" || path.Clean(f.Path) != f.Path || !strings.HasPrefix(f.Path, f.Directive+"/") {
			return fmt.Errorf("file %q of directive %q for %q: it needs a bureau, and a path in its directive's folder", f.Path, f.Directive, f.To)
		}
		if to, there := owner[f.Directive]; there && to != f.To {
			return fmt.Errorf("directive %q is given for both %s and %s: it is one bureau's", f.Directive, to, f.To)
		}
		owner[f.Directive] = f.To
		if _, err := bounded("path", f.Path, maxName); err != nil {
			return err
		}
		if len(f.Content) > maxContent {
			return fmt.Errorf("%s has %d bytes, %d are the most: %w", f.Path, len(f.Content), maxContent, ErrTooLong)
		}
		if clean(f.Content) != f.Content {
			return errors.New(f.Path + " is not UTF-8 text")
		}
		for _, g := range files[:i] {
			if g.Path == f.Path {
				return errors.New(f.Path + " is given twice")
			}
		}
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		if err := s.dialect.turn(ctx, tx, "made"); err != nil {
			return err
		}
		for directive, to := range owner {
			if err := mayReview(ctx, tx, v, to); err != nil {
				return err
			}
			var others int
			if err := tx.GetContext(ctx, &others, `SELECT COUNT(*) FROM made_file m WHERE m.directive = $1 AND m.to_unit <> $2`, directive, to); err != nil {
				return err
			}
			if others > 0 {
				return fmt.Errorf("directive %q is another bureau's: %w", directive, ErrConflict)
			}
		}
		for _, f := range files {
			if err := putMade(ctx, tx, v, f, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func putMade(ctx context.Context, tx *sqlx.Tx, v Viewer, f MadeFile, now time.Time) error {
	var last struct {
		N       int    `db:"n"`
		Content string `db:"content"`
	}
	err := one(tx.GetContext(ctx, &last, `SELECT m.n, m.content FROM made_file m WHERE m.path = $1 ORDER BY m.n DESC LIMIT 1`, f.Path))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if last.Content == f.Content { // nothing to take away, too
		return nil
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO made_file (directive, path, n, content, to_unit, at, by_person) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		f.Directive, f.Path, last.N+1, f.Content, f.To, instant{now}, v.Person)
	return err
}

// Made returns the files in force of the directives made in the browser, by path, and the
// fingerprint under which they are known. It is unscoped, as the embedded catalogue is.
func (s *Store) Made(ctx context.Context) (files []MadeFile, fingerprint string, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		var rows []struct {
			Directive string  `db:"directive"`
			Path      string  `db:"path"`
			N         int     `db:"n"`
			Content   string  `db:"content"`
			To        string  `db:"to_unit"`
			At        instant `db:"at"`
			By        string  `db:"by_person"`
		}
		if err := tx.SelectContext(ctx, &rows, `
			SELECT m.directive, m.path, m.n, m.content, m.to_unit, m.at, m.by_person FROM made_file m
			WHERE m.content <> '' AND m.n = (SELECT MAX(x.n) FROM made_file x WHERE x.path = m.path)`); err != nil {
			return err
		}
		files = make([]MadeFile, len(rows))
		for i, r := range rows {
			files[i] = MadeFile{Directive: r.Directive, Path: r.Path, Content: r.Content, N: r.N, To: r.To, At: r.At.Time, By: r.By}
		}
		sortBy(files, func(f MadeFile) string { return f.Path })
		fingerprint, err = madeFingerprint(ctx, tx)
		return err
	})
	return files, fingerprint, err
}

// MadeFingerprint changes whenever what Made returns does; asking for it is cheap.
func (s *Store) MadeFingerprint(ctx context.Context) (string, error) {
	return madeFingerprint(ctx, s.r)
}

// madeFingerprint counts: rows are added only.
func madeFingerprint(ctx context.Context, db querier) (string, error) {
	var n int
	err := db.GetContext(ctx, &n, `SELECT COUNT(*) FROM made_file`)
	return strconv.Itoa(n), err
}
