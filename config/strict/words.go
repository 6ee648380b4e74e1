package strict

import (
	"fmt"
	"regexp"
	"strings"
)

// ID is the identity of something in a file: lower-case letters, digits and single hyphens,
// beginning with a letter. Such a text is safe in a key, a path, a URL and a file name.
type ID string

var ids = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(b []byte) error {
	if !ids.Match(b) || len(b) > 64 {
		return fmt.Errorf("%q is not an id: write lower-case letters, digits and single hyphens, beginning with a letter, such as annex-2", clip(string(b)))
	}
	*id = ID(b)
	return nil
}

// OneOf sets word if text is one of known. The error says what the text should have been
// and is meant to be returned by an UnmarshalText; what names the kind of word: "a level".
func OneOf[W, K ~string](word *W, text []byte, what string, known ...K) error {
	names := make([]string, len(known))
	for i, k := range known {
		if names[i] = string(k); names[i] == string(text) {
			*word = W(text)
			return nil
		}
	}
	return fmt.Errorf("%q is not %s: %swrite one of %s", clip(string(text)), what, hint(string(text), names), strings.Join(names, ", "))
}

// Unknown is the message for a name that should be one of known but is not; what names the
// kind of thing: "unit". It suggests the nearest, or lists what there is.
func Unknown(what, name string, known []string) string {
	switch near := hint(name, known); {
	case near != "":
		return fmt.Sprintf("no %s %q: %s", what, clip(name), strings.TrimSpace(near))
	case len(known) == 0:
		return fmt.Sprintf("no %s %q: there is none yet", what, clip(name))
	case len(known) <= 20:
		return fmt.Sprintf("no %s %q: there are %s", what, clip(name), strings.Join(known, ", "))
	default:
		return fmt.Sprintf("no %s %q among the %d there are", what, clip(name), len(known))
	}
}

func hint(name string, known []string) string {
	if near := Nearest(name, known); near != "" {
		return "did you mean " + near + "? "
	}
	return ""
}
