package desk

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/attach"
	"github.com/baosong/baosong/forms/stamp"
	"github.com/baosong/baosong/scheduler"
)

// ErrUnread: no code could be read from the pictures, so that a person has to say which
// version they show.
var ErrUnread = errors.New("no code could be read")

// MismatchError says that the pictures show something else than the return in force, or not all
// of it.
type MismatchError struct{ Verdict stamp.Verdict }

func (e *MismatchError) Error() string { return e.Verdict.En }

// FileError says which of several files is refused, and why.
type FileError struct {
	Name  string // safe to show
	Fault *attach.Fault
}

func (e *FileError) Error() string { return e.Name + ": " + e.Fault.En }

// Unwrap returns the *attach.Fault.
func (e *FileError) Unwrap() error { return e.Fault }

// Stamp takes the pictures of a stamped return (盖章件), all pages together. Which version they
// show is read from the codes printed on them. confirmed is the version the clerk says they
// show, 0 if they do not say: it counts where no code can be read, and where pages are missing.
//
// ErrUnread: nothing could be read and nothing was said. *MismatchError: they show another duty,
// form or version, or not all pages. *FileError: a file is refused. scheduler.ErrNotNow if no
// return is in; store.ErrNotFound also for a duty without a stamp. Nothing is kept with any of
// these; a fault of the store may come after some pictures were kept, and sending all again
// adds the others only.
func (d *Desk) Stamp(ctx context.Context, v store.Viewer, duty string, confirmed int, ups []Upload, now time.Time) ([]store.Scan, error) {
	t, err := d.Store.Task(ctx, v, duty, now)
	if err != nil {
		return nil, err
	}
	if !t.Stamped || t.Offline || len(ups) == 0 {
		return nil, store.ErrNotFound
	}
	sent, err := d.sent(ctx, v, t)
	if err != nil {
		return nil, err
	}
	if sent == nil || !t.State.In() {
		return nil, scheduler.ErrNotNow
	}
	pages, read, err := pictures(ctx, ups)
	if err != nil {
		return nil, err
	}
	version, matched := confirmed, store.MatchedByClerk
	switch verdict := stamp.Match(read, duty, sent.Version, sent.Hash, t.Forms...); {
	case verdict.State == stamp.Complete:
		version, matched = sent.Version, store.MatchedByCode
	case verdict.State == stamp.Unread && confirmed == 0:
		return nil, ErrUnread
	case verdict.State == stamp.Unread && confirmed != sent.Version: // said on a page that was left open
		said := stamp.Code{Duty: duty, Version: confirmed, Page: 1, Pages: 1}
		return nil, &MismatchError{d.named(t, stamp.Match([]stamp.Code{said}, duty, sent.Version, sent.Hash))}
	case verdict.State == stamp.Unread:
	case verdict.State == stamp.Incomplete && confirmed == sent.Version:
	default:
		return nil, &MismatchError{d.named(t, verdict)}
	}
	var out []store.Scan
	for _, p := range pages {
		x, err := d.Store.PutScan(ctx, v, store.Scan{Duty: duty, Version: version, Name: p.kind.Name, Media: p.kind.Media,
			Pages: p.codes, Matched: matched}, p.data, MaxFile, now)
		if errors.Is(err, store.ErrFull) {
			err = &FileError{p.kind.Name, full}
		}
		if err != nil {
			return out, err
		}
		out = append(out, x)
	}
	return out, nil
}

// named is a verdict in the words people have for forms and duties.
func (d *Desk) named(t store.Task, v stamp.Verdict) stamp.Verdict {
	form := func(id string) string {
		if dir := d.Catalogue.Directive(t.Key.Directive); dir != nil && dir.Form(id) != nil {
			return "《" + dir.Form(id).Title + "》"
		}
		return id
	}
	return v.Named(form, func(id string) string {
		part := strings.Split(id, "/")
		if len(part) != 4 {
			return id
		}
		name := part[2]
		if u := d.Catalogue.Unit(part[3]); u != nil {
			name += " " + u.Name
		}
		if dir := d.Catalogue.Directive(part[0]); dir != nil && dir.Obligation(part[1]) != nil {
			name += " " + dir.Obligation(part[1]).Title
		}
		return name
	})
}

// picture is an upload that is taken, with the codes read from it.
type picture struct {
	kind  attach.Verdict
	data  io.Reader
	codes []stamp.Code
}

// lookingFor is how long codes are looked for in all pictures of a return together.
const lookingFor = 20 * time.Second

// pictures judges the uploads and looks for codes in them. When it has looked long enough, what
// was found so far counts: a person can still say which version the paper shows.
func pictures(ctx context.Context, ups []Upload) (out []picture, read []stamp.Code, err error) {
	looking, enough := context.WithTimeout(ctx, lookingFor)
	defer enough()
	for _, u := range ups {
		var p picture
		if p.kind, p.data, err = u.clean(); err != nil {
			if fault := attach.AsFault(err); fault != nil {
				err = &FileError{attach.SafeName(u.Name), fault}
			}
			return nil, nil, err
		}
		if p.kind.Media == attach.DOCX || p.kind.Media == attach.XLSX {
			return nil, nil, &FileError{attach.SafeName(u.Name), &attach.Fault{Zh: "这不是盖章件的扫描件。请上传加盖公章后扫描的PDF，或拍摄的JPG、PNG照片。",
				En: "This is no scan. Please upload a PDF scanned after stamping, or a JPG or PNG photograph."}}
		}
		p.codes, err = stamp.Read(looking, u.Data, u.Size, p.kind.Media)
		if err != nil && (looking.Err() == nil || ctx.Err() != nil) {
			return nil, nil, err
		}
		out, read = append(out, p), append(read, p.codes...)
	}
	return out, read, nil
}
