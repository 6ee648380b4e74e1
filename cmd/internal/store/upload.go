package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"github.com/jmoiron/sqlx"
)

// ErrTooLarge: a file is larger than it may be.
var ErrTooLarge = errors.New("file too large")

// ErrFull: what was put to a duty takes all the room that a duty has.
var ErrFull = errors.New("no room for another file")

// The room of a duty: files and scans, and bytes of them. A register of five hundred people with three
// photographs each stays below; somebody who sends files all day long does not fill the disk.
const (
	mostFiles     = 2000
	mostFileBytes = 2 << 30
)

// pieceSize is how files are cut, so that none need fit in memory.
const pieceSize = 256 << 10

// upload is what has been received of a stranger, held until a transaction takes it: while a
// slow connection sends, none is open, and what is broken off leaves nothing in the database.
type upload struct {
	content io.ReaderAt
	size    int64
	hash    string
	file    *os.File // nil for what fits into one piece
}

// receive reads all of r and its SHA-256. ErrTooLarge above limit bytes.
func receive(r io.Reader, limit int64) (_ *upload, err error) {
	sum := sha256.New()
	limited := io.LimitReader(r, limit+1)
	first := make([]byte, pieceSize)
	n, err := io.ReadFull(limited, first)
	first = first[:n]
	_, _ = sum.Write(first) // never fails
	u := &upload{content: bytes.NewReader(first), size: int64(n)}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
	case err != nil:
		return nil, fmt.Errorf("receive a file: %w", err)
	default:
		if err := u.spool(first, limited, sum); err != nil {
			return nil, errors.Join(fmt.Errorf("receive a file: %w", err), u.Close())
		}
	}
	if u.size > limit {
		return nil, errors.Join(ErrTooLarge, u.Close())
	}
	u.hash = hex.EncodeToString(sum.Sum(nil))
	return u, nil
}

// spool puts what does not fit into one piece into a temporary file. Where the system lets it,
// the file has no name from the start, so that no crash leaves somebody's papers behind.
func (u *upload) spool(first []byte, rest io.Reader, sum hash.Hash) (err error) {
	if u.file, err = os.CreateTemp("", "baosong-upload-"); err != nil {
		return err
	}
	_ = os.Remove(u.file.Name()) // elsewhere Close does it
	u.content = u.file
	if _, err := u.file.Write(first); err != nil {
		return err
	}
	more, err := io.Copy(io.MultiWriter(u.file, sum), rest)
	u.size += more
	return err
}

// Close destroys what was received.
func (u *upload) Close() error {
	if u.file == nil {
		return nil
	}
	err := u.file.Close()
	if rest := os.Remove(u.file.Name()); rest != nil && !errors.Is(rest, os.ErrNotExist) {
		err = errors.Join(err, rest)
	}
	return err
}

// keep stores the content unless it is stored already. Of two transactions with one content,
// the second waits for the first and finds the work done, or does it.
func (u *upload) keep(ctx context.Context, tx *sqlx.Tx, media string, now time.Time) error {
	added, err := changed(ctx, tx, `INSERT INTO file (hash, media, size, at) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING`,
		u.hash, media, u.size, instant{now})
	if err != nil || added == 0 {
		return err
	}
	piece := make([]byte, min(pieceSize, u.size))
	for n, at := 0, int64(0); at < u.size; n++ {
		part := piece[:min(pieceSize, u.size-at)]
		if _, err := u.content.ReadAt(part, at); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read back a file: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO file_piece (hash, n, bytes) VALUES ($1, $2, $3)`, u.hash, n, part); err != nil {
			return err
		}
		at += int64(len(part))
	}
	return nil
}

// room returns ErrFull unless the duty has room for it. The duty is locked. What is there already, and
// what somebody sends again, is there once.
func (u *upload) room(ctx context.Context, tx *sqlx.Tx, duty string) error {
	var there struct {
		Files int   `db:"files"`
		Bytes int64 `db:"bytes"`
	}
	if err := tx.GetContext(ctx, &there, `
		SELECT COUNT(*) AS files, CAST(COALESCE(SUM(f.size), 0) AS BIGINT) AS bytes
		FROM (SELECT a.hash FROM duty_file a WHERE a.duty = $1 UNION SELECT b.hash FROM stamp_scan b WHERE b.duty = $1) x
		JOIN file f ON f.hash = x.hash WHERE x.hash <> $2`, duty, u.hash); err != nil {
		return err
	}
	if there.Files >= mostFiles || there.Bytes+u.size > mostFileBytes {
		return ErrFull
	}
	return nil
}

// pieces reads a stored file, a piece a query: a slow reader holds no transaction. Files are
// never changed, so that it reads one state all the same.
type pieces struct {
	ctx  context.Context
	db   querier
	hash string
	left int64 // bytes not yet fetched
	next int
	rest []byte // fetched, not yet read
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		if p.left <= 0 {
			return 0, io.EOF
		}
		if err := p.db.GetContext(p.ctx, &p.rest, `SELECT x.bytes FROM file_piece x WHERE x.hash = $1 AND x.n = $2`, p.hash, p.next); err != nil {
			return 0, fmt.Errorf("piece %d of file %s: %w", p.next, p.hash, one(err))
		}
		p.next++
		p.left -= int64(len(p.rest))
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// Close lets go of what was fetched.
func (p *pieces) Close() error {
	p.left, p.rest = 0, nil
	return nil
}
