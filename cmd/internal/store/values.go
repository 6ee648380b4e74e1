package store

import (
	"bytes"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/baosong/baosong/forms"
)

// instant is a time as stored: unix milliseconds UTC, 0 for the zero time. Without it the
// drivers would store times in forms that neither compare nor survive the other database.
type instant struct{ time.Time }

func (i instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return int64(0), nil
	}
	return i.UnixMilli(), nil
}

func (i *instant) Scan(src any) error {
	ms, err := integer(src)
	*i = instant{}
	if ms != 0 {
		i.Time = time.UnixMilli(ms).UTC()
	}
	return err
}

// flag is a boolean as stored: 0 or 1.
type flag bool

func (f flag) Value() (driver.Value, error) {
	if f {
		return int64(1), nil
	}
	return int64(0), nil
}

func (f *flag) Scan(src any) error {
	n, err := integer(src)
	*f = n != 0
	return err
}

func integer(src any) (int64, error) {
	switch v := src.(type) {
	case nil: // the empty side of an outer join
		return 0, nil
	case int64:
		return v, nil
	case bool: // SQLite's driver guesses from the shape of a computed column
		if v {
			return 1, nil
		}
		return 0, nil
	}
	return 0, fmt.Errorf("stored value %v (%T) is not an integer", src, src)
}

// jsonOf is a value stored as canonical JSON text.
type jsonOf[T any] struct{ V T }

func (j jsonOf[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	return string(b), err
}

func (j *jsonOf[T]) Scan(src any) error {
	s, err := text(src)
	*j = jsonOf[T]{}
	if err != nil || s == "" {
		return err
	}
	return json.Unmarshal([]byte(s), &j.V)
}

// octets are bytes stored as text: as they are, or in base64 behind a mark if that is no text.
type octets []byte

const octetsMark = "base64,"

func (o octets) Value() (driver.Value, error) {
	if !utf8.Valid(o) || bytes.IndexByte(o, 0) >= 0 || bytes.HasPrefix(o, []byte(octetsMark)) { // what TEXT of PostgreSQL does not take
		return octetsMark + base64.StdEncoding.EncodeToString(o), nil
	}
	return string(o), nil
}

func (o *octets) Scan(src any) error {
	s, err := text(src)
	*o = nil
	if err != nil || s == "" {
		return err
	}
	if coded, is := strings.CutPrefix(s, octetsMark); is {
		*o, err = base64.StdEncoding.DecodeString(coded)
	} else {
		*o = octets(s)
	}
	return err
}

func text(src any) (string, error) {
	switch v := src.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("stored value %v (%T) is not text", src, src)
}

// clean makes text of strangers (a relay's answer, a typed reason) storable in both
// databases: PostgreSQL refuses NUL and invalid UTF-8, and an outcome that cannot be
// recorded would be sent again.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// The longest texts the store takes, in characters. The pages above are stricter; these keep a
// fault of theirs from filling the database.
const (
	maxName    = 255
	maxReason  = 2000
	maxContent = 1 << 20 // of a file of a made directive
)

// ErrTooLong: a text is longer than it may be.
var ErrTooLong = errors.New("text too long")

// bounded cleans a text and trims it; ErrTooLong, naming what it is, above limit characters.
func bounded(what, s string, limit int) (string, error) {
	s = clean(strings.TrimSpace(s))
	if n := utf8.RuneCountInString(s); n > limit {
		return "", fmt.Errorf("%s has %d characters, %d are the most: %w", what, n, limit, ErrTooLong)
	}
	return s, nil
}

// stated is bounded for a written reason: ErrNoReason if nothing is left of it.
func stated(reason string) (string, error) {
	reason, err := bounded("reason", reason, maxReason)
	if err == nil && reason == "" {
		err = ErrNoReason
	}
	return reason, err
}

// ContentHash returns the hex SHA-256 of the canonical JSON of a return's content (object
// keys sorted, no white space), as in Return.Hash and rollup.Input.Hash.
func ContentHash(c forms.Content) (string, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("content: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
