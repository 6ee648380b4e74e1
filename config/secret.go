package config

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"
)

const redacted = "[redacted]"

// Secret is a text that no way of printing shows: fmt with any verb, JSON, YAML, text and
// slog all give [redacted] (or nothing, if it is empty). Reveal gives the text to whoever
// needs it. The text is held by a pointer, so that even printing a struct that holds a
// Secret in an unexported field, where fmt calls no methods, shows an address only.
type Secret struct{ text, shown *string }

// NewSecret returns a Secret of the text.
func NewSecret(text string) Secret {
	shown := ""
	if text != "" {
		shown = redacted
	}
	return Secret{&text, &shown}
}

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns what may be shown.
func (s Secret) String() string {
	if s.shown == nil {
		return ""
	}
	return *s.shown
}

// Format implements fmt.Formatter for every verb, %#v included.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text) // fmt.State keeps the error for the caller of fmt
}

// MarshalText implements encoding.TextMarshaler, and with it JSON and XML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML implements yaml.Marshaler.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = NewSecret(string(b))
	return nil
}

// DSN is the URL of a database. All of it may be shown but the password in it.
type DSN struct{ Secret }

// passwords finds what must not be shown in a URL and in the key=value form of lib/pq.
// The last @ ends the password: one in it may be unescaped.
var (
	userInfo  = regexp.MustCompile(`^([a-z0-9+.-]+://[^:/@?]*):.*@`)
	parameter = regexp.MustCompile(`(?i)((?:^|[\s?&])(?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]*)`)
)

// NewDSN returns a DSN of the URL.
func NewDSN(url string) DSN {
	shown := userInfo.ReplaceAllString(url, "${1}:"+redacted+"@")
	shown = parameter.ReplaceAllString(shown, "${1}"+redacted)
	return DSN{Secret{&url, &shown}}
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *DSN) UnmarshalText(b []byte) error {
	*d = NewDSN(string(b))
	return nil
}
