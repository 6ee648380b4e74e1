package desk

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
)

// Shelf holds the catalogue in force: the operator's files with what was made in the browser over
// them. It is safe for concurrent use. Whoever asks it for the catalogue keeps what was given for a
// whole unit of work, so that one request or step sees one catalogue.
type Shelf struct {
	store            *store.Store
	folder, defaults fs.FS
	only             []string // the operator's directives that are played; empty: all
	log              *slog.Logger
	catalogue        atomic.Pointer[scheduler.Catalogue]

	mu   sync.Mutex
	seen string // fingerprint of the files that were looked at last
}

// NewShelf loads the operator's catalogue (see scheduler.LoadOver for the folders and the error).
// What is made in the browser comes over it with Over.
func NewShelf(folder, defaults fs.FS, log *slog.Logger) (*Shelf, error) {
	c, err := scheduler.LoadOver(folder, defaults)
	if err != nil {
		return nil, err
	}
	x := &Shelf{folder: folder, defaults: defaults, log: log}
	x.catalogue.Store(c)
	return x, nil
}

// Only leaves of the operator's directives those named alone (see scheduler.Catalogue.Only); what is
// made comes over them all the same. Once, before Over.
func (s *Shelf) Only(ids ...string) error {
	c, err := s.Catalogue().Only(ids...)
	if err != nil {
		return err
	}
	s.only = ids
	s.catalogue.Store(c)
	return nil
}

// chosen is the catalogue with the operator's directives that are played, and all that are made.
func (s *Shelf) chosen(c *scheduler.Catalogue, made map[string][]byte) (*scheduler.Catalogue, error) {
	if len(s.only) == 0 {
		return c, nil
	}
	ids := slices.Clone(s.only)
	for name := range made {
		if id, _, _ := strings.Cut(name, "/"); c.Directive(id) != nil {
			ids = append(ids, id)
		}
	}
	return c.Only(ids...)
}

// Over puts what is kept in a store over the operator's catalogue: once, before the shelf is shared.
func (s *Shelf) Over(ctx context.Context, x *store.Store, now time.Time) error {
	s.store = x
	_, err := s.Refresh(ctx, now)
	return err
}

// Catalogue is the catalogue in force.
func (s *Shelf) Catalogue() *scheduler.Catalogue { return s.catalogue.Load() }

// Refresh looks whether something was made, here or by another daemon on the same database, and
// puts it in force; the versions of its forms are kept before. changed tells whether Catalogue now
// gives another one.
//
// A directive that no longer loads, because the operator's files have changed under it, is left out
// and told of in the log; if that does not help, the last good catalogue stands. Neither is an
// error: one bureau's table must not stop the others. An error is the store's.
func (s *Shelf) Refresh(ctx context.Context, now time.Time) (changed bool, err error) {
	print, err := s.store.MadeFingerprint(ctx)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if print == s.seen {
		return false, nil
	}
	files, print, err := s.store.Made(ctx)
	if err != nil {
		return false, err
	}
	c := s.load(files)
	if c == nil || c.Version == s.Catalogue().Version {
		s.seen = print
		return false, nil
	}
	if err := KeepForms(ctx, s.store, c, now); err != nil {
		return false, err
	}
	s.catalogue.Store(c)
	s.seen = print
	return true, nil
}

// load loads the files with the operator's. Directives that do not load are left out; nil if there
// is no way.
func (s *Shelf) load(files []store.MadeFile) *scheduler.Catalogue {
	made := contents(files)
	for {
		c, err := scheduler.LoadMade(s.folder, s.defaults, made)
		if err == nil {
			c, err = s.chosen(c, made)
		}
		if err == nil {
			return c
		}
		s.log.Error("something made in the browser no longer loads", "error", err)
		var problems strict.Problems
		if !errors.As(err, &problems) {
			return nil
		}
		left := len(made)
		for _, p := range problems {
			id, _, _ := strings.Cut(p.File, "/")
			for name := range made {
				if strings.HasPrefix(name, id+"/") {
					delete(made, name)
				}
			}
		}
		if len(made) == left {
			return nil // what is wrong is not made here
		}
	}
}

// try loads the catalogue as it would be with these files; the error is a strict.Problems of what
// is wrong with it.
func (s *Shelf) try(ctx context.Context, files []store.MadeFile) (*scheduler.Catalogue, error) {
	there, _, err := s.store.Made(ctx)
	if err != nil {
		return nil, err
	}
	made := contents(there)
	for _, f := range files {
		made[f.Path] = []byte(f.Content)
	}
	c, err := scheduler.LoadMade(s.folder, s.defaults, made)
	var problems strict.Problems
	if errors.As(err, &problems) { // another bureau's table that no longer loads is not told here
		own := strict.Problems{}
		for _, p := range problems {
			for _, f := range files {
				if p.File == f.Path || p.File == path.Dir(f.Path) {
					own = append(own, p)
				}
			}
		}
		if len(own) > 0 {
			return nil, own
		}
		return scheduler.LoadMade(s.folder, s.defaults, contents(files))
	}
	return c, err
}

func contents(files []store.MadeFile) map[string][]byte {
	out := make(map[string][]byte, len(files))
	for _, f := range files {
		out[f.Path] = []byte(f.Content)
	}
	return out
}

// KeepForms keeps the versions of all forms of a catalogue, so that what is sent in can be shown
// with its own later. The error is a *store.FormChangedError if a form was changed without raising
// its version.
func KeepForms(ctx context.Context, s *store.Store, c *scheduler.Catalogue, now time.Time) error {
	for _, d := range c.Directives {
		if err := s.PutForms(ctx, d.ID, d.Forms, now); err != nil {
			return err
		}
	}
	return nil
}
