package notify

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/mail"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A mail library would write these headers in the random order of a map and choose its own
// boundaries; the ledger promises the same bytes for the same draft. So the few lines of
// MIME that a message needs are written here, in a fixed order, every body as base64: no
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
	text     string
	html     []byte
	files    []file
	boundary string // hex digits; cannot occur in base64 because of the "=_" put before it
}

// bytes returns the whole message, lines ending in CRLF.
func (m mixed) bytes(headers []header) []byte {
	size := 2048 + len(m.text) + len(m.html)
	for _, f := range m.files {
		size += 512 + len(f.data)
	}
	var b bytes.Buffer
	b.Grow(size * 3 / 2)
	put := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
		}
		b.WriteString("\r\n")
	}
	for _, h := range headers {
		put(h.name, ": ", h.value)
	}
	outer, inner := "=_m"+m.boundary, "=_a"+m.boundary
	put("MIME-Version: 1.0")
	if len(m.files) > 0 {
		put("Content-Type: multipart/mixed;\r\n boundary=\"", outer, "\"\r\n\r\n--", outer)
	}
	put("Content-Type: multipart/alternative;\r\n boundary=\"", inner, "\"\r\n")
	put("--", inner, "\r\nContent-Type: text/plain; charset=UTF-8")
	encode(&b, []byte(m.text))
	put("--", inner, "\r\nContent-Type: text/html; charset=UTF-8")
	encode(&b, m.html)
	put("--", inner, "--")
	for _, f := range m.files {
		// The extended name follows the plain one: a reader takes the one it knows (RFC 6266 D).
		put("--", outer, "\r\nContent-Type: ", f.contentType, ";\r\n name=\"", f.plain, "\"")
		put("Content-Disposition: attachment; filename=\"", f.plain, "\"", extended(f.name))
		encode(&b, f.data)
	}
	if len(m.files) > 0 {
		put("--", outer, "--")
	}
	return b.Bytes()
}

// encode ends the head of a part and writes its body.
func encode(b *bytes.Buffer, data []byte) {
	b.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
	const line = 57 // bytes of 76 characters (RFC 2045 §6.8)
	for ; len(data) > line; data = data[line:] {
		b.Write(base64.StdEncoding.AppendEncode(b.AvailableBuffer(), data[:line]))
		b.WriteString("\r\n")
	}
	b.Write(base64.StdEncoding.AppendEncode(b.AvailableBuffer(), data))
	b.WriteString("\r\n")
}

// extended writes the parameter filename of RFC 2231 §4, in pieces (§3) if it does not fit a line.
func extended(name string) string {
	const room = 54 // of 76, less the longest name of a piece
	var pieces []string
	piece := "UTF-8''"
	for _, r := range name {
		enc := string(r)
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-._", r)) {
			enc = percent(enc)
		}
		if len(piece)+len(enc) > room {
			pieces, piece = append(pieces, piece), ""
		}
		piece += enc
	}
	if pieces = append(pieces, piece); len(pieces) == 1 {
		return ";\r\n filename*=" + piece
	}
	var b strings.Builder
	for i, p := range pieces {
		fmt.Fprintf(&b, ";\r\n filename*%d*=%s", i, p)
	}
	return b.String()
}

func percent(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, 3*utf8.UTFMax)
	for _, c := range []byte(s) {
		b = append(b, '%', hex[c>>4], hex[c&15])
	}
	return string(b)
}

// fileNameLength is the most characters of a file's name.
const fileNameLength = 60

// fileName makes a name that is one on every system: no folders, nothing that steers a program.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, clean(s))
	ext := ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 5 {
		s, ext = s[:i], s[i:]
	}
	if s = strings.Trim(s, ". "); s == "" {
		s = "附件"
	}
	return shorten(s, fileNameLength) + ext
}

var media = regexp.MustCompile(`^[a-z]+/[a-z0-9][a-z0-9.+-]{0,60}$`)

// files are the attachments of a letter as parts. What a media type is not, is bytes.
func files(as []Attachment) []file {
	var out []file
	for i, a := range as {
		f := file{name: fileName(a.Name), plain: "file-" + itoa(i+1), contentType: "application/octet-stream", data: a.Data}
		if media.MatchString(a.Media) {
			f.contentType = a.Media
		}
		if ext := path.Ext(f.name); extension.MatchString(ext) {
			f.plain += ext
		}
		out = append(out, f)
	}
	return out
}

var extension = regexp.MustCompile(`^\.[A-Za-z0-9]{1,4}$`)

// address writes a name and an address that were checked. A name that looks like an encoded word
// is encoded: some programs decode it in quotes too, and a line break may come out.
func address(name, addr string) string {
	if strings.Contains(name, "=?") || strings.IndexFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		return encodeWords(name) + "\r\n <" + addr + ">"
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
