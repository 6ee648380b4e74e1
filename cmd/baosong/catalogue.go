package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// loadCatalogue loads the catalogue folder dir, or the embedded one if dir is empty. A folder
// without units or working days of its own takes the embedded ones. Problems of the files are
// printed to w, one a line, and end in errCheck.
func loadCatalogue(w io.Writer, dir string) (*scheduler.Catalogue, error) {
	fsys, err := catalogueFolder(dir)
	if err != nil {
		return nil, err
	}
	c, err := scheduler.LoadOver(fsys, catalogue.FS)
	return c, explain(w, dir, err)
}

// loadShelf is loadCatalogue for an installation, whose database may hold more of it.
func loadShelf(w io.Writer, dir string) (*desk.Shelf, error) {
	fsys, err := catalogueFolder(dir)
	if err != nil {
		return nil, err
	}
	s, err := desk.NewShelf(fsys, catalogue.FS, logger(slog.LevelInfo))
	return s, explain(w, dir, err)
}

// catalogueFolder is the folder dir, or the embedded catalogue if dir is empty.
func catalogueFolder(dir string) (fs.FS, error) {
	if dir == "" {
		return catalogue.FS, nil
	}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, usageError{fmt.Errorf("%s is not a folder: name the folder that holds the directives", dir)}
	}
	return os.DirFS(dir), nil
}

// explain prints the problems of files one a line and returns errCheck for them; any other
// error it returns as it is. dir goes before the files' names.
func explain(w io.Writer, dir string, err error) error {
	var problems strict.Problems
	if !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems {
		p.File = filepath.Join(dir, p.File)
		fmt.Fprintln(w, p.Error())
	}
	return errCheck
}

// selection is the --catalogue and --directive flags: which catalogue, and what of it.
type selection struct {
	dir        string
	directives []string
}

func (s *selection) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.dir, "catalogue", "", "catalogue folder (default: the embedded one)")
	c.Flags().StringSliceVar(&s.directives, "directive", nil, "only this directive, by its id; may be repeated")
}

// load is loadCatalogue of the selection.
func (s *selection) load(w io.Writer) (*scheduler.Catalogue, error) {
	c, err := loadCatalogue(w, s.dir)
	if err != nil || len(s.directives) == 0 {
		return c, err
	}
	if c, err = c.Only(s.directives...); err != nil {
		return nil, usageError{fmt.Errorf("--directive: %w", err)}
	}
	return c, nil
}

// span is a pair of --from and --to flags, both dates included.
type span struct{ from, to string }

func (s *span) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.from, "from", "", "first date, such as 2021-06-07")
	c.Flags().StringVar(&s.to, "to", "", "last date, such as 2021-09-30")
}

// parse reads the flags; a side left out takes the catalogue's own window.
func (s *span) parse(c *scheduler.Catalogue) (out calendar.Span, err error) {
	var windows []calendar.Span
	for _, d := range c.Directives {
		windows = append(windows, d.Window)
	}
	out = window(windows)
	if s.from != "" {
		if out.From, err = calendar.ParseDate(s.from); err != nil {
			return out, usageError{fmt.Errorf("--from: %w", err)}
		}
	}
	if s.to != "" {
		if out.To, err = calendar.ParseDate(s.to); err != nil {
			return out, usageError{fmt.Errorf("--to: %w", err)}
		}
	}
	switch {
	case out.From.IsZero() || out.To.IsZero():
		return out, usageError{fmt.Errorf("the catalogue's directives have no window: give --from and --to")}
	case out.To.Before(out.From):
		return out, usageError{fmt.Errorf("--to %s lies before --from %s", out.To, out.From)}
	}
	return out, nil
}

// window spans all windows.
func window(windows []calendar.Span) calendar.Span {
	var s calendar.Span
	for _, w := range windows {
		if !w.From.IsZero() && (s.From.IsZero() || w.From.Before(s.From)) {
			s.From = w.From
		}
		if w.To.After(s.To) {
			s.To = w.To
		}
	}
	return s
}
