package mailtest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/baosong/baosong/scheduler/clock"
)

// Entry is a message that a server took over.
type Entry struct {
	MessageID string    `json:"message_id"`
	From      string    `json:"from"`
	To        []string  `json:"to"`
	SHA256    string    `json:"sha256"` // of the content as it was before dots were doubled, in hex
	Bytes     int       `json:"bytes"`
	At        time.Time `json:"at"` // UTC, by the host's clock
}

// Sum is the SHA-256 of a body as entries have it.
func Sum(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// ReadLedger reads a ledger file. A last line without its end was being written when the machine
// stopped; nobody was told of that message, and it is left out.
func ReadLedger(file string) ([]Entry, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Entry
	for in := bufio.NewReader(f); ; {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", file, len(out)+1, err)
		}
		out = append(out, e)
	}
}

// book is the ledger of a running server.
type book struct {
	mu      sync.Mutex
	file    *os.File // nil: in memory only
	entries []Entry
}

func openBook(file string) (*book, error) {
	if file == "" {
		return &book{}, nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &book{file: f}, nil
}

// enter writes an entry down; when it returns the entry is on the disk.
func (b *book) enter(e Entry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.At = clock.System{}.Now()
	if b.file != nil {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := b.file.Write(append(line, '\n')); err != nil {
			return err
		}
		if err := b.file.Sync(); err != nil {
			return err
		}
	}
	b.entries = append(b.entries, e)
	return nil
}

func (b *book) all() []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.entries)
}

func (b *book) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == nil {
		return nil
	}
	err := b.file.Close()
	b.file = nil
	return err
}
