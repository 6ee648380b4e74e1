package notify

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"unicode/utf8"
)

// A mail library would write these headers in the random order of a map and choose its own
// boundaries; the ledger promises the same bytes for the same draft. So the few lines of
// MIME that a digest needs are written here, in a fixed order, every body as base64: no
// line is too long, no bare CR or LF and no leading dot ever reaches the wire.

// header is a field with its value as it goes on the wire, already encoded and checked.
type header struct{ name, value string }

// file is an attachment. plain is its name in ASCII, for programs that do not know RFC 2231.
type file struct {
	name, plain, contentType string
	data                     []byte
}

// mixed is a body of multipart/mixed { multipart/alternative { text, html }, files… }.
type mixed struct {
	text, html string
	files      []file
	boundary   string // hex digits; cannot occur in base64 because of the "=_" put before it
}

// bytes returns the whole message, lines ending in CRLF.
func (m mixed) bytes(headers []header) []byte {
	var b bytes.Buffer
	for _, h := range headers {
		b.WriteString(h.name + ": " + h.value + "\r\n")
	}
	outer, inner := "=_m"+m.boundary, "=_a"+m.boundary
	b.WriteString("MIME-Version: 1.0\r\n")
	alternative := "Content-Type: multipart/alternative;\r\n boundary=\"" + inner + "\"\r\n\r\n"
	if len(m.files) > 0 {
		b.WriteString("Content-Type: multipart/mixed;\r\n boundary=\"" + outer + "\"\r\n\r\n")
		b.WriteString("--" + outer + "\r\n")
	}
	b.WriteString(alternative)
	part(&b, inner, "text/plain; charset=UTF-8", "", []byte(m.text))
	part(&b, inner, "text/html; charset=UTF-8", "", []byte(m.html))
	b.WriteString("--" + inner + "--\r\n")
	for _, f := range m.files {
		// The extended name follows the plain one: a reader takes the one it knows (RFC 6266 D).
		names := fmt.Sprintf("attachment; filename=%q;\r\n filename*=UTF-8''%s", f.plain, url.PathEscape(f.name))
		part(&b, outer, f.contentType+";\r\n name=\""+f.plain+"\"", names, f.data)
	}
	if len(m.files) > 0 {
		b.WriteString("--" + outer + "--\r\n")
	}
	return b.Bytes()
}

func part(b *bytes.Buffer, boundary, contentType, disposition string, data []byte) {
	b.WriteString("--" + boundary + "\r\nContent-Type: " + contentType + "\r\n")
	if disposition != "" {
		b.WriteString("Content-Disposition: " + disposition + "\r\n")
	}
	b.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
	enc := base64.StdEncoding.EncodeToString(data)
	for len(enc) > 76 { // RFC 2045 §6.8
		b.WriteString(enc[:76] + "\r\n")
		enc = enc[76:]
	}
	b.WriteString(enc + "\r\n")
}

// address writes a name and an address that were checked.
func address(name, addr string) string {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return encodeWords(name) + "\r\n <" + addr + ">"
		}
	}
	return (&mail.Address{Name: name, Address: addr}).String()
}

// encodeWords writes text as RFC 2047 words in base64, the form that Chinese mail programs
// know best, one word a line. 39 bytes a word keep every line within the 76 characters of
// RFC 2047 §2, the name of the field included.
func encodeWords(s string) string {
	var words []string
	for len(s) > 0 {
		n := min(39, len(s))
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n--
		}
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, "\r\n ")
}
