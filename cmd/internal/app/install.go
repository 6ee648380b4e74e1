package app

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
)

// Installation is what a database knows about itself.
type Installation struct {
	Key   []byte    // HMAC key of Message-IDs; never printed
	Since time.Time // when it began, UTC
}

// Install prepares a database for a catalogue: its key and beginning are recorded once, its units
// brought up to date, and the versions of its forms kept. A form that was changed without raising
// its version is a *store.FormChangedError: returns made with it would be shown with another.
func Install(ctx context.Context, s *store.Store, c *scheduler.Catalogue, key []byte, now time.Time) (Installation, error) {
	key, since, err := s.Install(ctx, key, now)
	if err != nil {
		return Installation{}, err
	}
	if err := s.PutUnits(ctx, c.Units); err != nil {
		return Installation{}, err
	}
	return Installation{Key: key, Since: since}, desk.KeepForms(ctx, s, c, now)
}

// NewKey returns a fresh random key for an installation.
func NewKey() []byte {
	key := make([]byte, 32)
	rand.Read(key) // never fails (crypto/rand)
	return key
}
