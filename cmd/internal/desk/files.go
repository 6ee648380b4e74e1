package desk

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/attach"
)

// MaxFile is the largest file that is taken, in bytes.
const MaxFile = 20 << 20

// Upload is a file somebody hands in: its name as they have it, and its bytes.
type Upload struct {
	Name string
	Size int64
	Data io.ReaderAt
}

// clean judges a file and gives what is to be kept of it: what is private in a photograph is
// left out before anything is stored. A refusal is an *attach.Fault.
func (u Upload) clean() (attach.Verdict, io.Reader, error) {
	v, err := attach.Limits{Size: MaxFile}.Inspect(u.Name, u.Data, u.Size)
	if err != nil {
		return v, nil, err
	}
	if !v.Private {
		return v, io.NewSectionReader(u.Data, 0, u.Size), nil
	}
	var b bytes.Buffer
	err = attach.Clean(&b, u.Data, u.Size, v.Media)
	return v, &b, err
}

// Attach takes a file (附件) to a duty that is being filled in, and returns how a file field
// refers to it. An *attach.Fault says why a file is refused; store.ErrNotFound.
func (d *Desk) Attach(ctx context.Context, v store.Viewer, duty string, u Upload, now time.Time) (forms.FileRef, error) {
	kind, data, err := u.clean()
	if err != nil {
		return forms.FileRef{}, err
	}
	f, err := d.Store.PutFile(ctx, v, duty, kind.Name, kind.Media, data, MaxFile, now)
	return forms.FileRef{Hash: f.Hash, Name: f.Name}, err
}
