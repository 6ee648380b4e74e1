//go:build unix

package store

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile makes this process the only one on the SQLite file at path. The lock lies on
// PATH.lock, because SQLite itself locks PATH; the kernel lets it go when the process dies,
// however it dies. The file stays: removing it would race with whoever waits for it.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock database: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("database %s is in use by another baosong process: stop that one first, or use PostgreSQL to run several", path)
		}
		return nil, fmt.Errorf("lock database %s: %w", path, err)
	}
	return f, nil
}
