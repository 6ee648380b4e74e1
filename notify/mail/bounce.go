package mail

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"github.com/baosong/baosong/notify"
)

// Carrier is the name under which mail stands in the ledger, and so in the receipts made of bounces.
const Carrier = "relay"

const (
	maxReport = 32 << 20 // bytes of a report that are read: the original may be attached whole
	maxText   = 64 << 10 // bytes kept of what it says for people
	maxNested = 8
	maxParts  = 100
)

// ParseBounce reads a mail that came to the address which bounces go to, and returns the receipts
// in it: that a message of ours could not be delivered, and whether the address is why. Reference
// is the Message-ID of that message; nothing is known of whether it is ours. At is when delivery was
// last tried, UTC, or the date of the report; zero if it has neither.
//
// It reads delivery status notifications (RFC 3464) and, where a provider sends prose instead or
// puts the true reason there, the prose: QQ's and Coremail's (网易, 21cn, many government mail systems),
// qmail's. What is no report of a failure (a notice of a delay, an absence note, a read receipt,
// junk) gives no receipt and no error. An error means that it is no mail at all.
func ParseBounce(r io.Reader) ([]notify.Receipt, error) {
	in := bufio.NewReader(io.LimitReader(r, maxReport))
	if start, _ := in.Peek(5); string(start) == "From " { // the line of an mbox, which a pipe may put before it
		if _, err := in.ReadSlice('\n'); err != nil {
			return nil, fmt.Errorf("bounce: %w", err)
		}
	}
	m, err := netmail.ReadMessage(in)
	if err != nil {
		return nil, fmt.Errorf("bounce: %w", err)
	}
	b := bounce{header: m.Header}
	b.read(textproto.MIMEHeader(m.Header), m.Body, 0)
	reference := b.reference()
	if reference == "" {
		return nil, nil
	}
	date, _ := m.Header.Date()
	if len(b.recipients) == 0 {
		return b.prose(reference, date), nil
	}
	return b.fields(reference, date), nil
}

// bounce is what was found in a report.
type bounce struct {
	header     netmail.Header
	recipients []textproto.MIMEHeader // fields of message/delivery-status, by recipient
	original   string                 // Message-ID in the attached original
	text       strings.Builder        // what it says for people
	parts      int
}

// read files a part, or descends into it. A part that cannot be read ends the reading: reports
// are cut short and mangled on the way, and what stood before may be enough.
func (b *bounce) read(header textproto.MIMEHeader, body io.Reader, depth int) {
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && media == "" {
		media = "text/plain"
	}
	if b.parts++; b.parts > maxParts || depth > maxNested {
		return
	}
	if strings.HasPrefix(media, "multipart/") {
		for parts := multipart.NewReader(body, params["boundary"]); ; {
			p, err := parts.NextRawPart()
			if err != nil {
				return
			}
			b.read(p.Header, p, depth+1)
		}
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	switch media {
	case "message/delivery-status", "message/global-delivery-status":
		b.status(body)
	case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
		start, _ := io.ReadAll(io.LimitReader(body, maxText))
		if b.original == "" {
			b.original = messageID(string(start))
		}
	case "text/plain", "text/html":
		b.say(media, params["charset"], body)
	}
}

// status reads groups of fields: the first is of the whole message, one follows for each recipient.
func (b *bounce) status(body io.Reader) {
	content, _ := io.ReadAll(io.LimitReader(body, maxText))
	for in := textproto.NewReader(bufio.NewReader(bytes.NewReader(content))); len(b.recipients) < maxParts; {
		fields, err := in.ReadMIMEHeader()
		if fields.Get("Action") != "" || fields.Get("Status") != "" {
			b.recipients = append(b.recipients, fields)
		}
		if err != nil && len(fields) == 0 {
			return // the end, or no more fields
		}
	}
}

// say keeps text as people read it.
func (b *bounce) say(media, label string, body io.Reader) {
	left := maxText - b.text.Len()
	if left <= 0 {
		return
	}
	raw, _ := io.ReadAll(io.LimitReader(body, int64(left)))
	if label != "" {
		if r, err := charset.NewReaderLabel(label, bytes.NewReader(raw)); err == nil {
			raw, _ = io.ReadAll(io.LimitReader(r, maxText))
		}
	}
	text := strings.ToValidUTF8(string(raw), "?")
	if media == "text/html" {
		text = plain(text)
	}
	b.text.WriteString(strings.ReplaceAll(text, "\u00a0", " ") + "\n")
}

// reference returns the Message-ID of the original, from the best witness there is.
func (b *bounce) reference() string {
	for _, s := range []string{b.original, identity(b.header.Get("X-CM-Original-Message-ID")), identity(b.header.Get("In-Reply-To")), messageID(b.text.String())} {
		if s != "" {
			return s
		}
	}
	return ""
}

var (
	identities = regexp.MustCompile(`<[^<>\s@]{1,250}@[^<>\s@]{1,250}>`)
	idField    = regexp.MustCompile(`(?im)^[ \t>]*Message-ID:\s*(<[^<>\s@]{1,250}@[^<>\s@]{1,250}>)`)
)

func identity(s string) string { return identities.FindString(s) }

func messageID(headers string) string {
	if m := idField.FindStringSubmatch(headers); m != nil {
		return m[1]
	}
	return ""
}

// fields makes receipts of a delivery status notification. A message of ours has one recipient;
// where an alias led to several, one that works is enough, and the first failure is told otherwise.
func (b *bounce) fields(reference string, date time.Time) []notify.Receipt {
	var failed []notify.Receipt
	for _, f := range b.recipients {
		switch strings.ToLower(strings.TrimSpace(f.Get("Action"))) {
		case "failed":
		case "delayed":
			continue
		default: // delivered, relayed, expanded
			return nil
		}
		status := strings.TrimSpace(f.Get("Status"))
		if status, _, _ = strings.Cut(status, " "); !statusCode.MatchString(status) {
			status = ""
		}
		kind, said, ok := strings.Cut(f.Get("Diagnostic-Code"), ";")
		if !ok {
			said = kind
		}
		words := oneLine(said)
		if words == "" {
			words = oneLine(status + " " + reasonIn(b.text.String()))
		}
		at := date
		if t, err := netmail.ParseDate(f.Get("Last-Attempt-Date")); err == nil {
			at = t
		}
		failed = append(failed, receipt(reference, words, wrongAddress(status, words), at))
	}
	if len(failed) > 1 {
		failed = failed[:1]
	}
	return failed
}

func receipt(reference, reason string, bad bool, at time.Time) notify.Receipt {
	if !at.IsZero() {
		at = at.UTC()
	}
	return notify.Receipt{Carrier: Carrier, Reference: reference, State: notify.Refused, Reason: reason, BadNumber: bad, At: at}
}
