// Package drop hands text messages over as files, for a platform that fetches them from a folder.
//
// Its one rule: a file is there whole or not at all, and once. It is written under another name, put
// onto the disk, and then given its own, which is made of our reference: so a second sending finds
// the first and changes nothing.
//
// The folder has three parts, and the platform keeps to them:
//
//	out/       one file a message, NAME.json; ours
//	taken/     whither the platform moves what it has taken
//	receipts/  NAME.json for each message whose fate is known; the platform's
//
// A platform that deletes instead of moving makes us forget what was taken: after a crash between
// hand-over and record it would get the message a second time. Names that begin with a dot are
// unfinished and nobody's business.
package drop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/internal/letter"
)

// The parts of the folder.
const (
	out      = "out"
	taken    = "taken"
	receipts = "receipts"
)

// Message is what a file holds, as JSON in UTF-8.
type Message struct {
	Reference string   `json:"reference"` // ours
	Phone     string   `json:"phone"`     // eleven digits
	Signature string   `json:"signature"` // without 【】
	Template  string   `json:"template"`
	Params    []string `json:"params"`
	Text      string   `json:"text"` // the whole text
}

// Receipt is what the platform writes about a message.
type Receipt struct {
	Status    string    `json:"status"` // "delivered" or "undelivered"; anything else is not final
	Reason    string    `json:"reason"`
	BadNumber bool      `json:"bad_number"`
	At        time.Time `json:"at"` // RFC 3339
}

// Sender implements notify.Sender, Finder and Poller. It is safe for concurrent use, also by
// several processes.
type Sender struct{ folder string }

// New makes the folder's parts if they are absent and returns a sender.
func New(folder string) (*Sender, error) {
	if !filepath.IsAbs(folder) {
		return nil, fmt.Errorf("sms drop: %q is not a whole path: where it lies may not depend on where the program was started", folder)
	}
	for _, part := range []string{out, taken, receipts} {
		if err := os.MkdirAll(filepath.Join(folder, part), 0o750); err != nil {
			return nil, fmt.Errorf("sms drop: %w", err)
		}
	}
	return &Sender{folder: folder}, nil
}

// Send implements notify.Sender.
func (s *Sender) Send(_ context.Context, r notify.Rendered) (notify.Accepted, error) {
	m, err := letter.Open(r)
	if err != nil {
		return notify.Accepted{}, err
	}
	body, err := json.MarshalIndent(Message{Reference: r.MessageID, Phone: r.To, Signature: m.Signature, Template: m.Template, Params: m.Params, Text: m.Text}, "", "  ")
	if err != nil {
		return notify.Accepted{}, notify.Permanent(err)
	}
	name := Name(r.MessageID)
	if where, err := s.find(name); err != nil {
		return notify.Accepted{}, notify.Temporary(err)
	} else if where != "" {
		return notify.Accepted{Answer: "was there already, in " + where, Reference: name}, nil
	}
	unfinished, err := s.write(append(body, '\n'))
	if err != nil {
		return notify.Accepted{}, placed(err)
	}
	// A link fails if the name is taken, where a rename would overwrite what another process has
	// just put there.
	switch err := os.Link(unfinished, filepath.Join(s.folder, out, name)); {
	case errors.Is(err, fs.ErrExist):
		if err := os.Remove(unfinished); err != nil {
			return notify.Accepted{}, notify.Lost(err)
		}
		return notify.Accepted{Answer: "was there already, in " + out, Reference: name}, nil
	case err != nil: // a file system without links
		if err := os.Rename(unfinished, filepath.Join(s.folder, out, name)); err != nil {
			return notify.Accepted{}, errors.Join(placed(err), os.Remove(unfinished))
		}
	default:
		if err := os.Remove(unfinished); err != nil {
			return notify.Accepted{}, notify.Lost(err) // it is there: only the second name could not be taken away
		}
	}
	if err := flush(filepath.Join(s.folder, out)); err != nil {
		return notify.Accepted{}, notify.Lost(fmt.Errorf("it is there, but may not outlive a power cut: %w", err))
	}
	return notify.Accepted{Answer: "written", Reference: name}, nil
}

// placed classes an error before the file had its name: a folder that is not there or not ours is a
// matter of settings, a full disk passes.
func placed(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return notify.Misconfigured(err)
	}
	return notify.Temporary(err)
}

// write puts the bytes onto the disk under an unfinished name, which it returns.
func (s *Sender) write(body []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Join(s.folder, out), ".unfinished-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Chmod(0o640), f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func flush(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)

// Name returns the file's name for a reference: the reference itself if it may be one, else a hash
// of it.
func Name(reference string) string {
	if !plain.MatchString(reference) {
		sum := sha256.Sum256([]byte(reference))
		reference = "x" + hex.EncodeToString(sum[:])
	}
	return reference + ".json"
}

// find returns the part in which there is a file of that name; empty if in none. It looks in the
// order in which a file wanders, so that one that is being moved is not missed.
func (s *Sender) find(name string) (string, error) {
	for _, part := range []string{out, taken, receipts} {
		_, err := os.Lstat(filepath.Join(s.folder, part, name))
		if err == nil {
			return part, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if _, err := os.Stat(filepath.Join(s.folder, out)); err != nil {
		return "", err // a folder that is not mounted holds nothing, and says nothing
	}
	return "", nil
}

// Find implements notify.Finder.
func (s *Sender) Find(_ context.Context, m notify.Sent) (notify.Accepted, bool, error) {
	name := Name(m.MessageID)
	where, err := s.find(name)
	if err != nil || where == "" {
		return notify.Accepted{}, false, err
	}
	return notify.Accepted{Answer: "found in " + where, Reference: name}, true, nil
}

// Poll implements notify.Poller. A receipt that cannot be read yet, since it is being written, is
// none; the others are returned with the error.
func (s *Sender) Poll(_ context.Context, sent []notify.Sent) ([]notify.Receipt, error) {
	var all []notify.Receipt
	var errs []error
	for _, m := range sent {
		name := Name(m.MessageID)
		body, err := os.ReadFile(filepath.Join(s.folder, receipts, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var r Receipt
		if err == nil {
			err = json.Unmarshal(body, &r)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("receipt %s: %w", name, err))
			continue
		}
		state := map[string]notify.State{"delivered": notify.Delivered, "undelivered": notify.Refused}[r.Status]
		if state == "" {
			continue
		}
		all = append(all, notify.Receipt{Reference: m.MessageID, State: state, Reason: strings.TrimSpace(r.Status + " " + r.Reason),
			BadNumber: r.BadNumber && state == notify.Refused, At: r.At.UTC()})
	}
	return all, errors.Join(errs...)
}
