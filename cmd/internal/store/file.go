package store

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// PutFile reads a file (附件) to its end and puts it to a duty that is open to writing, of which
// the viewer is a clerk. Its content is stored once, whoever sends it how often; a file that the
// duty has already is returned as it was put first, name and all. media is what the content is,
// as found by the caller, and name is one that is safe to show. At the same content the media
// found first stands.
//
// ErrTooLarge above limit bytes: nothing of it is kept. ErrNotFound, ErrOffline and
// scheduler.ErrNotNow come before the first byte is read. ErrTooLong for the name. ErrFull if the
// duty has no room for it.
func (s *Store) PutFile(ctx context.Context, v Viewer, duty, name, media string, r io.Reader, limit int64, now time.Time) (f FileInfo, err error) {
	if name, media, err = fileWords(name, media); err != nil {
		return FileInfo{}, err
	}
	clerk := func(q *query) { q.asClerk(v) }
	d, err := peekDuty(ctx, s.r, duty, clerk, "")
	if err != nil {
		return FileInfo{}, err
	}
	if _, err := d.write(now); err != nil {
		return FileInfo{}, err
	}
	u, err := receive(r, limit)
	if err != nil {
		return FileInfo{}, err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	err = s.write(ctx, func(tx *sqlx.Tx) error {
		f = FileInfo{}
		d, err := s.lockDuty(ctx, tx, duty, clerk)
		if err != nil {
			return err
		}
		if _, err := d.write(now); err != nil {
			return err
		}
		if err := u.room(ctx, tx, duty); err != nil {
			return err
		}
		if err := u.keep(ctx, tx, media, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO duty_file (duty, hash, name, at, by_person) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (duty, hash) DO NOTHING`,
			duty, u.hash, name, instant{now}, v.Person); err != nil {
			return err
		}
		f, err = file(ctx, tx, duty, u.hash)
		return err
	})
	return f, err
}

func fileWords(name, media string) (string, string, error) {
	name, err := bounded("name of the file", name, maxName)
	if err != nil {
		return "", "", err
	}
	media, err = bounded("media type", media, maxName)
	if err == nil && (name == "" || media == "") {
		err = errors.New("a file needs a name and a media type")
	}
	return name, media, err
}

// Files lists the files put to a task, oldest first; scans are not among them. ErrNotFound if
// the viewer may not see the task.
func (s *Store) Files(ctx context.Context, v Viewer, duty string) (out []FileInfo, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		if err := seen(ctx, tx, v, duty); err != nil {
			return err
		}
		out, err = files(ctx, tx, duty, "", false)
		return err
	})
	return out, err
}

// OpenFile opens a file or scan that was put to a task the viewer may see, to be read piece by
// piece under ctx; the caller closes it. ErrNotFound, also for a file of another task.
func (s *Store) OpenFile(ctx context.Context, v Viewer, duty, hash string) (f FileInfo, r io.ReadCloser, err error) {
	err = s.read(ctx, func(tx *sqlx.Tx) error {
		if err := seen(ctx, tx, v, duty); err != nil {
			return err
		}
		f, err = file(ctx, tx, duty, hash)
		return err
	})
	if err != nil {
		return FileInfo{}, nil, err
	}
	return f, &pieces{ctx: ctx, db: s.r, hash: hash, left: f.Size}, nil
}

// file reads one file or scan of a duty. ErrNotFound.
func file(ctx context.Context, db querier, duty, hash string) (FileInfo, error) {
	found, err := files(ctx, db, duty, hash, true)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return FileInfo{}, err
	}
	return found[0], nil
}

type fileRow struct {
	Scan  int     `db:"scan"`
	Hash  string  `db:"hash"`
	Name  string  `db:"name"`
	Media string  `db:"media"`
	Size  int64   `db:"size"`
	At    instant `db:"at"`
	By    string  `db:"by_person"`
}

// files reads what was put to a duty, attachments before scans and oldest first; the one of a
// hash, if it is named.
func files(ctx context.Context, db querier, duty, hash string, scans bool) ([]FileInfo, error) {
	q := query{args: []any{duty}}
	q.and("x.duty = $1")
	q.eq("x.hash", hash)
	columns := "f.hash, x.name, f.media, f.size, x.at, x.by_person"
	text := `SELECT 0 AS scan, ` + columns + ` FROM duty_file x JOIN file f ON f.hash = x.hash WHERE ` + q.String()
	if scans {
		text += ` UNION ALL SELECT 1 AS scan, ` + columns + ` FROM stamp_scan x JOIN file f ON f.hash = x.hash WHERE ` + q.String()
	}
	var rows []fileRow
	if err := db.SelectContext(ctx, &rows, text, q.args...); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b fileRow) int {
		return cmp.Or(cmp.Compare(a.Scan, b.Scan), a.At.Compare(b.At.Time), cmp.Compare(a.Hash, b.Hash))
	})
	out := make([]FileInfo, len(rows))
	for i, r := range rows {
		out[i] = FileInfo{Duty: duty, Hash: r.Hash, Name: r.Name, Media: r.Media, Size: r.Size, At: r.At.Time, By: r.By}
	}
	return out, nil
}
