package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/baosong/baosong/forms"
)

// FormChangedError: a form was given under a version that is stored with another content. A
// version stands for what returns were made with, so it never changes.
type FormChangedError struct {
	Directive, Form string
	Version         int
	Free            int // the lowest version above all that are stored
}

// Error says what to do.
func (e *FormChangedError) Error() string {
	return fmt.Sprintf("form %s of %s: version %d has been in use with another content; returns made with it keep it, so raise its version to %d",
		e.Form, e.Directive, e.Version, e.Free)
}

// PutForms keeps the versions of a directive's forms that are not kept yet: idempotent, and
// safe for several daemons that start together. A version that is there with another content
// is a *FormChangedError, and nothing is stored; a key that the stored one is too old to have
// counts as its zero value.
func (s *Store) PutForms(ctx context.Context, directive string, fs []*forms.Form, now time.Time) error {
	fs = slices.SortedFunc(slices.Values(fs), func(a, b *forms.Form) int { // one order: no crosswise waiting
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	content := make([]string, len(fs))
	for i, f := range fs {
		b, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("form %s of %s: %w", f.ID, directive, err)
		}
		content[i] = string(b)
	}
	return s.write(ctx, func(tx *sqlx.Tx) error {
		x := insertion{"form_version", []string{"directive", "form", "version", "content", "hash", "at"}, []int{1, 2, 3, 4}, len(fs),
			func(i int, row []any) []any {
				sum := sha256.Sum256([]byte(content[i]))
				return append(row, directive, fs[i].ID, int64(fs[i].Version), content[i], hex.EncodeToString(sum[:]), millis(now))
			}}
		if _, err := s.dialect.insertNew(ctx, tx, x); err != nil {
			return err
		}
		kept, highest, err := formVersions(ctx, tx, directive)
		if err != nil {
			return err
		}
		for _, f := range fs {
			same, err := sameForm(f, kept[formKey{f.ID, f.Version}])
			if err != nil {
				return err
			}
			if !same {
				return &FormChangedError{directive, f.ID, f.Version, highest[f.ID] + 1}
			}
		}
		return nil
	})
}

type formKey struct {
	form    string
	version int
}

// formVersions reads all versions of a directive's forms, and the highest of each.
func formVersions(ctx context.Context, db querier, directive string) (kept map[formKey]*forms.Form, highest map[string]int, err error) {
	var rows []struct {
		Form    string             `db:"form"`
		Version int                `db:"version"`
		Content jsonOf[forms.Form] `db:"content"`
	}
	if err := db.SelectContext(ctx, &rows, `SELECT f.form, f.version, f.content FROM form_version f WHERE f.directive = $1`, directive); err != nil {
		return nil, nil, err
	}
	kept, highest = map[formKey]*forms.Form{}, map[string]int{}
	for i, r := range rows {
		kept[formKey{r.Form, r.Version}] = &rows[i].Content.V
		highest[r.Form] = max(highest[r.Form], r.Version)
	}
	return kept, highest, nil
}

// sameForm compares as JSON, where a list that is nil and one that is empty are one: which of
// them a loader makes is no property of the form.
func sameForm(a, b *forms.Form) (bool, error) {
	var trees [2]any
	for i, f := range []*forms.Form{a, b} {
		text, err := json.Marshal(f)
		if err != nil {
			return false, err
		}
		if err := json.Unmarshal(text, &trees[i]); err != nil {
			return false, err
		}
		trees[i] = withoutEmpty(trees[i])
	}
	return reflect.DeepEqual(trees[0], trees[1]), nil
}

// withoutEmpty drops the keys of objects that hold null, [] or {}.
func withoutEmpty(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if v[k] = withoutEmpty(x); v[k] == nil {
				delete(v, k)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i, x := range v {
			v[i] = withoutEmpty(x)
		}
		if len(v) == 0 {
			return nil
		}
	}
	return v
}

// FormVersion returns a form as it was in a version: what an old return is drawn and checked
// with. ErrNotFound.
func (s *Store) FormVersion(ctx context.Context, directive, id string, version int) (*forms.Form, error) {
	var f jsonOf[forms.Form]
	if err := one(s.r.GetContext(ctx, &f, `SELECT f.content FROM form_version f WHERE f.directive = $1 AND f.form = $2 AND f.version = $3`,
		directive, id, version)); err != nil {
		return nil, err
	}
	return &f.V, nil
}
