package desk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
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

// full is why a file is refused that there is no room for.
var full = &attach.Fault{Zh: "本事项上传的文件过多，已没有空间。请联系收报单位。",
	En: "So many files were uploaded for this duty that there is no room for another. Please ask the office it is owed to."}

// Attach takes a file (附件) to a duty that is being filled in, and returns how a file field
// refers to it. An *attach.Fault says why a file is refused; store.ErrNotFound.
func (d *Desk) Attach(ctx context.Context, v store.Viewer, duty string, u Upload, now time.Time) (forms.FileRef, error) {
	kind, data, err := u.clean()
	if err != nil {
		return forms.FileRef{}, err
	}
	f, err := d.Store.PutFile(ctx, v, duty, kind.Name, kind.Media, data, MaxFile, now)
	if errors.Is(err, store.ErrFull) {
		err = full
	}
	return forms.FileRef{Hash: f.Hash, Name: f.Name}, err
}

// lost says which cells name a file that was never put to the duty: what nobody could open must
// not be sent as evidence.
func (d *Desk) lost(ctx context.Context, v store.Viewer, g Ground, c forms.Content) (out []forms.Problem, err error) {
	var there []store.FileInfo
	asked := false
	for _, f := range g.Forms {
		for _, x := range f.Fields() {
			if x.Type != forms.File {
				continue
			}
			for i, row := range c[f.ID].Rows {
				for _, ref := range forms.Files(row[x.ID]) {
					if !asked {
						if there, err = d.Store.Files(ctx, v, g.Task.ID); err != nil {
							return nil, err
						}
						asked = true
					}
					if !slices.ContainsFunc(there, func(k store.FileInfo) bool { return k.Hash == ref.Hash }) {
						out = append(out, forms.Problem{Form: f.ID, Row: i, Field: x.ID, Check: "file", Severity: forms.Blocking,
							Message: "附件“" + ref.Name + "”不在系统中，请移除后重新上传。", MessageEn: "The file “" + ref.Name + "” is not here. Please remove it and upload it again."})
					}
				}
			}
		}
	}
	return out, nil
}
