package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/attach"
	"github.com/baosong/baosong/scheduler/clock"
)

// maxUpload is how many bytes one request may carry to a route that takes files: three of the
// largest, or a dozen photographs of stamped pages.
const maxUpload = 60 << 20

// uploadBudget is how long such a request may take to come in: 60 MB over 2 Mbit/s.
const uploadBudget = 5 * time.Minute

// maxParts bounds the files of one request.
const maxParts = 100

// uploads are the paths that take files, whoever else posts to them little.
var uploads = map[string]bool{dutyPath + "/fill": true, dutyPath + "/stamp": true, dutyPath + "/excel": true, baselinePath: true, newFormPath: true}

// errUploadTooLarge says that a request with files is larger than maxUpload.
var errUploadTooLarge = errors.New("the files are too large")

// limitBody bounds what a request to the route may carry. Where files come, the connection gets
// the time they need.
func (v *visit) limitBody(path string) {
	media, _, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if !uploads[path] || media != "multipart/form-data" {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxBody)
		return
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxUpload)
	until := clock.System{}.Now().Add(uploadBudget) // connections know nothing of a virtual clock
	c := http.NewResponseController(v.w)
	for _, err := range []error{c.SetReadDeadline(until), c.SetWriteDeadline(until.Add(requestBudget))} {
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			v.Logger.Warn("a connection keeps its time limit", "request", v.id, "error", err)
		}
	}
}

// part is one file of a posted form, on disk until the request ends.
type part struct {
	Field string
	desk.Upload
	file *os.File
}

// readParts reads a form that was posted in parts: its values into v.r.PostForm, its files into
// v.uploaded. It reads the parts one by one, since the reader of net/http takes no form of a
// thousand cells, and a register with files has more. Any other form has been read already.
func (v *visit) readParts() error {
	media, _, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if media != "multipart/form-data" || v.r.MultipartForm != nil {
		return nil
	}
	in, err := v.r.MultipartReader()
	if err != nil {
		return errBadForm
	}
	received, err := v.gate.receive(v.person.ID)
	if err != nil {
		return err
	}
	defer received()
	if v.r.PostForm == nil {
		v.r.PostForm = url.Values{}
	}
	room, n := int64(maxBody), 0
	for {
		p, err := in.NextPart()
		if errors.Is(err, io.EOF) && len(v.uploaded) > 0 {
			return v.turn()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return tooLargeOr(err, errBadForm)
		}
		if p.FileName() != "" {
			if err := v.receive(p.FormName(), p.FileName(), p); err != nil {
				return err
			}
			continue
		}
		if n++; n > maxFields {
			return errTooLarge
		}
		if p.Header.Get("Content-Type") != "" { // a file input with nothing chosen
			continue
		}
		value, err := io.ReadAll(io.LimitReader(p, room+1))
		if err != nil {
			return tooLargeOr(err, errBadForm)
		}
		if room -= int64(len(value) + len(p.FormName())); room < 0 {
			return errTooLarge
		}
		v.r.PostForm.Add(p.FormName(), string(value))
	}
}

func tooLargeOr(err, other error) error {
	if big := (*http.MaxBytesError)(nil); errors.As(err, &big) {
		return errUploadTooLarge
	}
	return other
}

// receive puts a posted file on disk. Of one that is larger than any may be, the rest is read
// and thrown away: what is wrong is said at its field, with everything else that was typed.
func (v *visit) receive(field, name string, r io.Reader) error {
	if len(v.uploaded) == maxParts {
		return errUploadTooLarge
	}
	f, err := os.CreateTemp("", "baosong-part-")
	if err != nil {
		return err
	}
	_ = os.Remove(f.Name()) // where the system lets it, no crash leaves somebody's papers behind
	p := part{Field: field, Upload: desk.Upload{Name: name, Data: f}, file: f}
	v.uploaded = append(v.uploaded, p)
	n, err := io.Copy(f, io.LimitReader(r, desk.MaxFile+1))
	if err == nil && n > desk.MaxFile {
		_, err = io.Copy(io.Discard, r)
	}
	if err != nil {
		var disk *os.PathError
		if errors.As(err, &disk) {
			return err
		}
		return tooLargeOr(err, errBadForm)
	}
	v.uploaded[len(v.uploaded)-1].Size = n
	return nil
}

// dropParts destroys the files of a request that is answered.
func (v *visit) dropParts() {
	for _, p := range v.uploaded {
		err := p.file.Close()
		if rest := os.Remove(p.file.Name()); !errors.Is(rest, os.ErrNotExist) {
			err = errors.Join(err, rest)
		}
		if err != nil {
			v.Logger.Warn("a file of a request stays on disk", "request", v.id, "error", err)
		}
	}
	v.uploaded = nil
}

// attach takes the files posted with a form that is filled in, and adds them to the posted values
// of their cells. A file that is refused is a problem of its cell; the others are taken.
func (v *visit) attach(w desk.View, section string) (refused []forms.Problem, err error) {
	for _, p := range v.uploaded {
		cell, ok := strings.CutPrefix(p.Field, filePrefix)
		if !ok {
			continue
		}
		f, row, x := fileCell(w.Forms, cell)
		if x == nil || section != "" && x.Section != section {
			continue
		}
		ref, err := v.Desk.Attach(v.ctx(), v.viewer(), w.Task.ID, p.Upload, v.now)
		fault := attach.AsFault(err)
		if err != nil && fault == nil {
			return nil, err
		}
		if fault != nil {
			name := attach.SafeName(p.Name)
			refused = append(refused, forms.Problem{Form: f.ID, Row: row, Field: x.ID, Check: "file", Severity: forms.Blocking,
				Message: name + "：" + fault.Zh, MessageEn: name + ": " + fault.En})
			continue
		}
		v.r.PostForm.Set(cell, forms.JoinFiles(append(forms.Files(v.r.PostForm.Get(cell)), ref)))
	}
	return refused, nil
}

// fileCell finds the cell of a field of type file by its name.
func fileCell(fs []*forms.Form, name string) (*forms.Form, int, *forms.Field) {
	parts := strings.Split(name, ".")
	if len(parts) != 3 {
		return nil, 0, nil
	}
	row, err := strconv.Atoi(parts[1])
	if err != nil || row < 0 || row >= forms.MaxRows {
		return nil, 0, nil
	}
	for _, f := range fs {
		if x := f.Field(parts[2]); f.ID == parts[0] && x != nil && x.Type == forms.File && (row == 0 || !f.Single()) {
			return f, row, x
		}
	}
	return nil, 0, nil
}

// refuse shows the form again with what is wrong with the files, and with all that was typed.
func (v *visit) refuse(w desk.View, x typed, refused []forms.Problem) error {
	f, err := v.fillOf(w, x)
	if err != nil {
		return err
	}
	f.Guard = true
	v.list(&f, w, x, append(explained(w.Ground, x.Content), refused...))
	return v.showFill(http.StatusUnprocessableEntity, f)
}

// file sends a file (附件) or scan that was put to a duty. It is saved, never opened in the
// browser: what is in it is a stranger's.
func (v *visit) file() error {
	f, r, err := v.Store.OpenFile(v.ctx(), v.viewer(), v.dutyID(), v.r.PathValue("hash"))
	if err != nil {
		return err
	}
	defer r.Close()
	first := make([]byte, 64<<10) // a file that cannot be read at all is an error page
	n, err := io.ReadFull(r, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", mediaOf(f))
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", disposition(f.Name))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	v.w.WriteHeader(http.StatusOK)
	v.wrote = true
	_, err = io.Copy(v.w, io.MultiReader(bytes.NewReader(first[:n]), r))
	return ignoreGone(err)
}

// mediaOf is the type a stored file is sent as: one that was found by its content, or no type
// that a browser would do anything with.
func mediaOf(f store.FileInfo) string {
	switch f.Media {
	case attach.PDF, attach.JPEG, attach.PNG, attach.OFD, attach.DOCX, attach.XLSX:
		return f.Media
	}
	return "application/octet-stream"
}

// disposition names a file to be saved, for browsers that read names beyond ASCII and for those
// that do not (RFC 6266 4.3 and appendix D, RFC 8187).
func disposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, fileName(name))
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain, strings.ReplaceAll(url.QueryEscape(fileName(name)), "+", "%20"))
}

// size writes a size as people do.
func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return strconv.FormatInt(bytes, 10) + " B"
	case bytes < 1<<20:
		return strconv.FormatInt((bytes+512)>>10, 10) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + " MB"
}

// filesOf are the sizes of the files put to a duty, by hash, and where they are fetched.
func (v *visit) filesOf(duty string) (base string, sizes map[string]string, err error) {
	all, err := v.Store.Files(v.ctx(), v.viewer(), duty)
	sizes = make(map[string]string, len(all))
	for _, f := range all {
		sizes[f.Hash] = size(f.Size)
	}
	return dutyHref(duty) + "/file/", sizes, err
}
