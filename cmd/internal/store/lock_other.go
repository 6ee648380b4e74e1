//go:build !unix

package store

import (
	"errors"
	"io"
)

// lockFile refuses: without a lock that dies with its process, two writers could share a file.
func lockFile(string) (io.Closer, error) {
	return nil, errors.New("SQLite databases need a Unix system: use postgres://…")
}
