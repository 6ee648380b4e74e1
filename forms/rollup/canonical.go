package rollup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Canonical is the table as JSON (RFC 8259) of one spelling: keys in the order of the types,
// no white space, no HTML escapes, empty lists as []. The same table gives the same bytes.
func Canonical(t Table) ([]byte, error) {
	t.Lines, t.Inputs, t.Explained = list(t.Lines), list(t.Inputs), list(t.Explained)
	c := &t.Coverage
	c.Zero, c.Missing, c.Exempt, c.Late = list(c.Zero), list(c.Missing), list(c.Exempt), list(c.Late)
	return encode(t)
}

// Hash is the hex SHA-256 of Canonical: the content hash an edition carries.
func Hash(t Table) (string, error) {
	b, err := Canonical(t)
	return digest(b), err
}

// InputsHash is the hex SHA-256 over what an edition is made from: unit, mark, version and
// content hash of each input, in order. Reviewing a return does not change it.
func InputsHash(inputs []Input) (string, error) {
	type source struct {
		Unit    string `json:"unit"`
		Mark    Mark   `json:"mark"`
		Version int    `json:"version"`
		Hash    string `json:"hash"`
	}
	sources := []source{}
	for _, in := range inputs {
		sources = append(sources, source{in.Unit, in.Mark, in.Version, in.Hash})
	}
	b, err := encode(sources)
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
