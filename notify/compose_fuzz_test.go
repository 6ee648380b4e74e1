package notify_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	ics "github.com/arran4/golang-ical"
	"golang.org/x/net/html"

	"github.com/baosong/baosong/notify"
)

// vocabulary is all that the HTML of a mail consists of.
var vocabulary = struct{ elements, attributes []string }{
	strings.Fields("html head meta title style body table thead tbody tr th td p h1 h2 a strong span div br"),
	strings.Fields("lang charset name content style role width cellpadding cellspacing border align class href scope"),
}

// FuzzCompose: whatever people typed into names, reasons and letters, a mail that is accepted is read
// by others as we meant it: one recipient, the same headers, no element of theirs, text without anything that steers.
func FuzzCompose(f *testing.F) {
	hostile := []string{"", "林样一", "\r\nBcc: x@evil.example", "a\u202eb\u2066c", "</td><script>alert(1)</script>", `" onmouseover="x`, "javascript:alert(1)", "{{.}}",
		"=?UTF-8?B?eA==?=", ".\r\n.\r\n", "--=_m", strings.Repeat("很长的名称", 60), "\xff\xfe", "\u2028\u2029\x85\x00", "晋江市\t199 0000 0001", "【报送】 +86-199-0000-0001"}
	for i, s := range hostile {
		f.Add(s, hostile[(i+3)%len(hostile)], "lin@example.gov.cn", uint8(i), uint8(3*i))
	}
	f.Add("林样一", "很多", "lin@example.gov.cn", uint8(0), uint8(200))
	f.Add("林样一", "地址", "lin@example.gov.cn\r\nBcc: x@evil.example", uint8(3), uint8(0))
	kinds := []notify.Kind{"", notify.KindUrgent, notify.KindNudge, notify.KindLetter, notify.KindCheck, notify.KindPlan, notify.KindAlarm, notify.KindDigest}
	topics := []notify.Topic{"", notify.AboutMoved, notify.AboutReview, notify.AboutStamp, notify.AboutItem, notify.AboutMissing, notify.AboutPromise, notify.AboutUnreachable, notify.AboutDuty}
	f.Fuzz(func(t *testing.T, a, b, address string, kind, n uint8) {
		d := notify.Draft{ID: a, Kind: kinds[int(kind)%len(kinds)], Channel: notify.Email, Person: "林样一", Address: address, Slot: at("2021-06-25 08:30"), Note: a + "\n" + b}
		if kind >= 128 {
			d.Person = b
		}
		for i := range int(n) {
			it := progress()
			it.Topic, it.Unit, it.Obligation, it.Period, it.Directive, it.Label = topics[i%len(topics)], a, b, a, b, b
			it.Duty, it.Key, it.DueText, it.Returned, it.Detail, it.Clerk, it.LastContact, it.Role = b, a, a, b, a, a, b, b
			if i%3 == 0 {
				it.Unit, it.Obligation, it.DueText, it.Returned = "", "", "", ""
			}
			d.Items = append(d.Items, it)
		}
		if d.Kind == notify.KindLetter {
			d.Files = []notify.Attachment{{Name: a, Media: b, Data: []byte(a)}}
		}
		r, err := composer.Compose(d)
		if err != nil {
			return
		}
		onWire(t, r.Body)
		p := parse(t, r.Body)
		to, err := p.header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != address || r.To != address || len(p.header) != 14 || len(p.header["To"]) != 1 {
			t.Fatalf("to %v (%v), headers %v", to, err, p.header)
		}
		for _, steers := range []string{p.text, p.html, r.Subject} {
			for _, c := range steers {
				if c != '\n' && c != '\t' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
					t.Fatalf("%U got through", c)
				}
			}
		}
		z := html.NewTokenizer(strings.NewReader(p.html))
		for tt := z.Next(); tt != html.ErrorToken; tt = z.Next() {
			tok := z.Token()
			if tt != html.StartTagToken && tt != html.SelfClosingTagToken {
				continue
			}
			if !slices.Contains(vocabulary.elements, tok.Data) {
				t.Fatalf("element %s", tok.Data)
			}
			for _, at := range tok.Attr {
				if !slices.Contains(vocabulary.attributes, at.Key) {
					t.Fatalf("attribute %s", at.Key)
				}
				if at.Key == "href" && !strings.HasPrefix(at.Val, "https://bs.example.gov.cn/") && !strings.HasPrefix(at.Val, "tel:") {
					t.Fatalf("link to %s", at.Val)
				}
			}
		}
		if p.ics != "" {
			if _, err := ics.ParseCalendar(strings.NewReader(p.ics)); err != nil {
				t.Fatalf("calendar: %v\n%s", err, p.ics)
			}
		}
		d.Channel, d.Address = notify.Webhook, "lin1"
		if _, err := composer.Compose(d); err != nil {
			t.Fatalf("a mail, but no event: %v", err)
		}
	})
}
