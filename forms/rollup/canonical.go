package rollup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/baosong/baosong/forms"
)

// Canonical is the table as JSON (RFC 8259) of one spelling: keys in the order of the types,
// those of Balances sorted, no white space, no HTML escapes, empty lists as [] (those that came
// after the first editions were published are left out instead, so that these keep their
// hashes). The same table gives the same bytes.
func Canonical(t Table) ([]byte, error) {
	t.Lines, t.Inputs, t.Explained = list(t.Lines), list(t.Inputs), list(t.Explained)
	t.Coverage = t.Coverage.canonical()
	t.Inputs = slices.Clone(t.Inputs) // the caller's stay as they are
	for i, in := range t.Inputs {
		if in.Below != nil {
			below := in.Below.canonical()
			t.Inputs[i].Below = &below
		}
	}
	return encode(t)
}

// canonical gives the coverage with empty lists for nil ones, down to the last level.
func (c Coverage) canonical() Coverage {
	c.Zero, c.Missing, c.Exempt, c.Late = list(c.Zero), list(c.Missing), list(c.Exempt), list(c.Late)
	c.Below = slices.Clone(c.Below)
	for i := range c.Below {
		c.Below[i].Coverage = c.Below[i].Coverage.canonical()
	}
	return c
}

// Hash is the hex SHA-256 of Canonical: the content hash an edition carries.
func Hash(t Table) (string, error) {
	b, err := Canonical(t)
	return digest(b), err
}

// InputsHash is the hex SHA-256 over what an edition is made from: unit, mark, version and
// content hash of each input, in order; the edition below it, the items open at its beginning
// and the sheet of the period before where a carry takes it; and the ids of the adjustments, in
// any order. Reviewing a return does not change it.
func InputsHash(inputs []Input, adjustments ...Adjustment) (string, error) {
	// What came after the first editions were published is left out where it is empty.
	type source struct {
		Unit    string       `json:"unit"`
		Mark    Mark         `json:"mark"`
		Version int          `json:"version"`
		Hash    string       `json:"hash"`
		Edition string       `json:"edition,omitempty"`
		Opening []forms.Row  `json:"opening,omitempty"`
		Last    *forms.Sheet `json:"last,omitempty"`
	}
	var ids []string
	carries := map[string]bool{}
	for _, a := range adjustments {
		ids = append(ids, a.ID)
		carries[a.Unit] = carries[a.Unit] || a.Kind == Carry
	}
	sources := []source{}
	for _, in := range inputs {
		s := source{in.Unit, in.Mark, in.Version, in.Hash, in.Edition, in.Opening, nil}
		if carries[in.Unit] {
			s.Last = in.Last
		}
		sources = append(sources, s)
	}
	b, err := encode(sources)
	if len(ids) > 0 && err == nil {
		slices.Sort(ids)
		var more []byte
		more, err = encode(ids)
		b = append(b, more...)
	}
	return digest(b), err
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
