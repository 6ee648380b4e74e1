package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the database at url, brings its schema up to date and returns it. url is
//
//	sqlite:PATH      a file; a second process on it is refused (S31)
//	sqlite::memory:  a temporary file that Close removes, for tests and trials
//	postgres://…     PostgreSQL; several daemons may share it
//
// A PostgreSQL url that does not say otherwise gets sslmode=verify-full (prefer on this host,
// nothing on a socket), and time limits on statements and on idle transactions (S30).
func Open(ctx context.Context, url string) (*Store, error) {
	var s *Store
	var err error
	switch path, isFile := strings.CutPrefix(url, "sqlite:"); {
	case isFile:
		s, err = openSQLite(path)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		s, err = openPostgres(url)
	default: // the url may hold a password, so it is not repeated
		return nil, errors.New("database url not understood: write sqlite:PATH or postgres://user@host/name")
	}
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("bring the database schema up to date: %w", err), s.Close())
	}
	return s, nil
}

// readers is how many connections read an SQLite file beside its writer.
const readers = 4

func openSQLite(path string) (*Store, error) {
	var held closers
	if path == ":memory:" {
		dir, err := os.MkdirTemp("", "baosong-")
		if err != nil {
			return nil, err
		}
		held = append(held, func() error { return os.RemoveAll(dir) })
		path = filepath.Join(dir, "baosong.db")
	}
	if path == "" {
		return nil, errors.New("database url sqlite: lacks a file name: write sqlite:PATH")
	}
	lock, err := lockFile(path)
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	held = append(held, lock.Close)

	// FULL: a receipt that was given survives a power cut. Writers begin IMMEDIATE, so that
	// a read-then-write transaction never fails half-way for want of the lock.
	writer, err := sqlx.Open("sqlite", sqliteDSN(path, "synchronous(FULL)")+"&_txlock=immediate")
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	writer.SetMaxOpenConns(1)
	reader, err := sqlx.Open("sqlite", sqliteDSN(path, "query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, writer.Close(), held.Close())
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &Store{dialect: sqliteDialect, w: writer, r: reader, lock: held}, nil
}

// sqliteDSN is a file: URI; what would end the path in a URI is escaped.
func sqliteDSN(path, pragma string) string {
	path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + path + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=" + pragma
}

// closers are closed last to first.
type closers []func() error

func (c closers) Close() error {
	var err error
	for i := len(c) - 1; i >= 0; i-- {
		err = errors.Join(err, c[i]())
	}
	return err
}

var _ io.Closer = closers(nil)

func openPostgres(raw string) (*Store, error) {
	dsn, err := postgresDSN(raw)
	if err != nil {
		return nil, err
	}
	db, err := sqlx.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return &Store{dialect: postgresDialect, w: db, r: db}, nil
}

// postgresDSN fills in what the url leaves open; what it says stands.
func postgresDSN(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil { // url.Error repeats the url, password and all
		return "", errors.New("database url not understood: write postgres://user:password@host/name, with special characters of the password escaped as %XX")
	}
	q := u.Query()
	host := u.Hostname()
	if h := q.Get("host"); h != "" {
		host = h
	}
	ssl := "verify-full"
	if ip := net.ParseIP(host); host == "" || host == "localhost" || strings.HasPrefix(host, "/") || ip != nil && ip.IsLoopback() {
		ssl = "prefer" // the driver uses no TLS on a socket
	}
	for _, option := range [][2]string{
		{"sslmode", ssl},
		{"application_name", "baosong"},
		{"binary_parameters", "yes"}, // one round trip a statement instead of two
		{"connect_timeout", "10"},
		{"statement_timeout", "60000"},
		{"idle_in_transaction_session_timeout", "60000"},
	} {
		if !q.Has(option[0]) {
			q.Set(option[0], option[1])
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func (s *Store) migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	name, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if s.dialect == postgresDialect { // daemons that start together take turns
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return err
		}
		name, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(name, s.w.DB, folder, options...)
	if err != nil {
		return err
	}
	if _, err = provider.Up(ctx); err != nil {
		return err
	}
	return s.dialect.storeAsIs(ctx, s.w)
}
