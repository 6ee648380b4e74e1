package proof

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/baosong/baosong/cmd/internal/demo/catch"
	"github.com/baosong/baosong/notify"
	relay "github.com/baosong/baosong/notify/mail"
)

// poisons are texts by which a name or a subject has become a command or a header elsewhere.
var poisons = map[string]string{
	"CR":                  "泉\rBcc: evil@example.org",
	"LF":                  "泉\nBcc: evil@example.org",
	"CRLF":                "泉\r\nBcc: evil@example.org\r\n",
	"CRLF with fold":      "泉\r\n Bcc: evil@example.org\r\nBcc: evil@example.org",
	"end of headers":      "泉\r\n\r\n<p>body</p>",
	"end of message":      "泉\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<evil@example.org>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n",
	"smuggled end":        "泉\n.\nMAIL FROM:<evil@example.org>\nRCPT TO:<evil@example.org>\nDATA\nx\n.\n",
	"bare CR end":         "泉\r.\rQUIT\r",
	"NUL":                 "泉\x00州",
	"dot":                 ".",
	"dots":                "..泉州",
	"1200 letters":        strings.Repeat("a", 1200),
	"1200 characters":     strings.Repeat("长", 1200),
	"right to left":       "泉州\u202egnp.exe\u202c",
	"zero width":          "泉\u200b州\u200d市\ufeff",
	"isolates":            "\u2066泉州\u2069\u061c",
	"homograph":           "泉州市民政局 аdmіn", // the а and the і are Cyrillic
	"line separators":     "泉\u2028Bcc: evil@example.org\u2029x\u0085Bcc: evil@example.org",
	"encoded line break":  "=?UTF-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?=",
	"encoded in Q":        "=?utf-8?Q?=0D=0ABcc:_evil@example.org?=",
	"second address":      `x" <evil@example.org>, "y`,
	"second address bare": "x <evil@example.org>, evil2@example.org; evil3@example.org",
	"second file name":    `x"; filename="evil.exe`,
	"boundary":            "泉\r\n--=_m\r\nContent-Type: text/html\r\n\r\n<script>x</script>\r\n--=_m--",
	"half a character":    "泉\xff\xfe\r\nBcc: evil@example.org",
	"escape":              "泉\x1b[31m\x7f\x08",
	"comment":             "x (evil@example.org",
	"path":                `..\..\..//etc/passwd`,
}

// fields are the places where a text that somebody typed gets into a mail. refused says that the
// whole message may be refused for it: where a name or an address stands in a header as it is.
var fields = []struct {
	name    string
	refused bool
	set     func(c *notify.Composer, d *notify.Draft, poison string)
}{
	{"person", true, func(_ *notify.Composer, d *notify.Draft, p string) { d.Person = p }},
	{"bureau", true, func(c *notify.Composer, _ *notify.Draft, p string) { c.Bureau = p }},
	{"contact", false, func(c *notify.Composer, _ *notify.Draft, p string) { c.Contact = p }},
	{"id", false, func(_ *notify.Composer, d *notify.Draft, p string) { d.ID = p }},
	{"unit", false, func(_ *notify.Composer, d *notify.Draft, p string) { d.Items[0].Unit = p }},
	{"obligation", false, func(_ *notify.Composer, d *notify.Draft, p string) { d.Items[0].Obligation = p }},
	{"duty", false, func(_ *notify.Composer, d *notify.Draft, p string) { d.Items[0].Duty = p }},
	{"directive", false, func(_ *notify.Composer, d *notify.Draft, p string) { d.Items[0].Directive = p }},
	{"period", false, func(_ *notify.Composer, d *notify.Draft, p string) { d.Items[0].Period = p }},
	{"reason", false, func(_ *notify.Composer, d *notify.Draft, p string) { d.Items[0].Returned = p }},
	{"ledger item", false, func(_ *notify.Composer, d *notify.Draft, p string) {
		d.Items[0].Topic, d.Items[0].Detail = notify.AboutItem, p
	}},
	{"clerk", false, func(_ *notify.Composer, d *notify.Draft, p string) {
		d.Items[0].Topic, d.Items[0].Overdue, d.Items[0].DaysLate, d.Items[0].Clerk = notify.AboutMissing, true, 1, p
	}},
	{"words", false, func(_ *notify.Composer, d *notify.Draft, p string) { d.Kind, d.Note = notify.KindNudge, p }},
	{"title of a letter", false, func(_ *notify.Composer, d *notify.Draft, p string) {
		d.Kind, d.Note, d.Items = notify.KindLetter, p+"\n\n晋江市民政局：\n　　请报送。", nil
	}},
	{"file name", false, func(_ *notify.Composer, d *notify.Draft, p string) {
		d.Kind, d.Note, d.Items = notify.KindLetter, "关于报送的提醒函\n\n晋江市民政局：\n　　请报送。", nil
		d.Files = []notify.Attachment{{Name: p, Media: "application/pdf", Data: []byte("%PDF-1.4")}}
	}},
	{"media type", false, func(_ *notify.Composer, d *notify.Draft, p string) {
		d.Kind, d.Note, d.Items = notify.KindLetter, "关于报送的提醒函\n\n晋江市民政局：\n　　请报送。", nil
		d.Files = []notify.Attachment{{Name: "提醒函.pdf", Media: p, Data: []byte("%PDF-1.4")}}
	}},
}

func poisoned() (notify.Composer, notify.Draft) {
	c := notify.Composer{
		Key: []byte("0123456789abcdef"), From: "mzj@example.gov.cn", ReplyTo: "jiuzhu@example.gov.cn", Domain: "bs.example.gov.cn",
		BaseURL: "https://bs.example.gov.cn", Bureau: "泉州市民政局", Contact: "社会救助科",
	}
	return c, notify.Draft{
		ID: "p1|email|2021-06-25T08:30", Channel: notify.Email, Person: "林样一", Address: "lin@example.gov.cn", Slot: time.Date(2021, 6, 25, 0, 30, 0, 0, time.UTC),
		Items: []notify.Item{{Key: "quanzhou-2021/progress/2021-06-25/qz-jinjiang|1|T-0-morning|p1|email", Duty: "quanzhou-2021/progress/2021-06-25/qz-jinjiang",
			Unit: "晋江市", Obligation: "特殊困难群体排查成效进度表", Label: "进度表", Period: "2021年6月25日期", Due: time.Date(2021, 6, 25, 16, 0, 0, 0, time.UTC), DueText: "6月25日24:00"}},
	}
}

// TestMailInjection puts every poison into every field, sends the mail to a relay and reads it
// there as another program would: it has the recipient and the headers it was meant to have.
func TestMailInjection(t *testing.T) {
	box, err := catch.ListenMail("")
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	s, err := relay.New(relay.Settings{Host: box.Host(), Port: box.Port(), Security: relay.Plain, From: "mzj@example.gov.cn"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, d := poisoned()
	r, err := c.Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	clean := slices.Sorted(maps.Keys(catch.Parse(r.Body).Header))
	tried, sent := 0, 0
	for _, f := range fields {
		for _, name := range slices.Sorted(maps.Keys(poisons)) {
			tried++
			c, d := poisoned()
			f.set(&c, &d, poisons[name])
			problem := func(format string, args ...any) { t.Errorf("%s in %s: %s", name, f.name, fmt.Sprintf(format, args...)) }
			r, err := c.Compose(d)
			if err != nil {
				if !f.refused {
					problem("the whole message is refused: %v", err)
				}
				continue
			}
			if _, err := s.Send(context.Background(), r); err != nil {
				problem("%v", err)
				continue
			}
			sent++
			got := box.All()
			if len(got) != sent {
				t.Fatalf("%s in %s: %d mails arrived, %d were sent", name, f.name, len(got), sent)
			}
			m := got[sent-1]
			if !bytes.Equal(m.Raw, r.Body) {
				problem("the bytes differ")
			}
			if m.From != c.From || !slices.Equal(m.To, []string{"lin@example.gov.cn"}) {
				problem("envelope %s to %q", m.From, m.To)
			}
			judge(m, c, clean, problem)
		}
	}
	if tried < 300 || sent < 250 {
		t.Errorf("only %d inputs were tried, %d sent", tried, sent)
	}
}

// judge reads a mail as net/mail does, and once more as a reader's program that decodes whatever
// looks encoded.
func judge(m catch.Message, c notify.Composer, headers []string, problem func(string, ...any)) {
	if m.Problem != "" {
		problem("cannot be parsed: %s", m.Problem)
		return
	}
	if got := slices.Sorted(maps.Keys(m.Header)); !slices.Equal(got, headers) {
		problem("headers %q, want %q", got, headers)
	}
	for name, values := range m.Header {
		if len(values) != 1 {
			problem("%d headers %s", len(values), name)
		}
		visible(decodedAnyhow(values[0]), name, problem)
	}
	for name, want := range map[string]string{"From": c.From, "Reply-To": c.ReplyTo, "To": "lin@example.gov.cn"} {
		list, err := m.Header.AddressList(name)
		if err != nil || len(list) != 1 || list[0].Address != want {
			problem("%s: %v %v, want only %s", name, list, err, want)
		}
	}
	if len(m.Text) == 0 || len(m.HTML) == 0 || strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<p>body</p>") {
		problem("text and page are %q and %q", m.Text, m.HTML)
	}
	for _, a := range m.Attachments {
		visible(a.Name, "file name", problem)
		if strings.ContainsAny(a.Name, `/\:"`) || strings.HasPrefix(a.Name, ".") {
			problem("file name %q", a.Name)
		}
		if a.Type == "text/calendar" && strings.Count(string(a.Data), "\nBEGIN:VEVENT") != 1 {
			problem("calendar %q", a.Data)
		}
	}
}

// decodedAnyhow undoes RFC 2047 wherever it could be meant, quoted strings included, as some
// programs do.
func decodedAnyhow(s string) string {
	s = strings.ReplaceAll(s, `"`, " ")
	if d, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return d
	}
	return s
}

// visible holds that a text has nothing in it that a reader cannot see.
func visible(s, where string, problem func(string, ...any)) {
	if i := strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
	}); i >= 0 {
		problem("%s has an invisible character: %q", where, s)
	}
}

// TestMailAddressInjection: an address that is none goes no further than us.
func TestMailAddressInjection(t *testing.T) {
	box, err := catch.ListenMail("")
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	s, err := relay.New(relay.Settings{Host: box.Host(), Port: box.Port(), Security: relay.Plain, From: "mzj@example.gov.cn"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, name := range slices.Sorted(maps.Keys(poisons)) {
		for _, address := range []string{poisons[name] + "@example.gov.cn", "lin@" + poisons[name], "lin@example.gov.cn" + poisons[name], "lin@example.gov.cn>" + poisons[name], poisons[name]} {
			c, d := poisoned()
			if a, err := mail.ParseAddress(address); err == nil && a.Address == address && len(address) < 255 && strings.IndexFunc(address, func(r rune) bool { return r > '~' }) < 0 {
				continue // it happens to be one
			}
			d.Address = address
			if _, err := c.Compose(d); err == nil {
				t.Errorf("%s: %q is composed for", name, address)
			}
			_, err := s.Send(t.Context(), notify.Rendered{MessageID: "<1@x>", To: address, Body: []byte("Subject: x\r\n\r\nx\r\n")})
			if notify.Class(err) != notify.Refused {
				t.Errorf("%s: %q: %v", name, address, err)
			}
			for where, set := range map[string]func(*notify.Composer){
				"From": func(c *notify.Composer) { c.From = address }, "Reply-To": func(c *notify.Composer) { c.ReplyTo = address },
			} {
				c, d := poisoned()
				set(&c)
				if _, err := c.Compose(d); err == nil || notify.Class(err) != notify.Deferred {
					t.Errorf("%s: %q as %s: %v", name, address, where, err)
				}
			}
		}
	}
	if n := len(box.All()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}
