package notify_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/scheduler/calendar"
)

var update = flag.Bool("update", false, "write the golden files")

var composer = notify.Composer{
	Key: []byte("0123456789abcdef0123456789abcdef"), From: "mzj@example.gov.cn", ReplyTo: "jiuzhu@example.gov.cn",
	Domain: "bs.example.gov.cn", BaseURL: "https://bs.example.gov.cn", Bureau: "泉州市民政局", Contact: "社会救助科 0595-0000 0000",
}

// at reads an instant in Asia/Shanghai.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func item(id, obligation, label, period, due string, zero bool) notify.Item {
	d := calendar.MustDate(due)
	duty := "quanzhou-2021/" + id + "/" + due + "/qz-jinjiang"
	return notify.Item{
		Key: duty + "|2|T-0-morning|p1|email", Duty: duty, Unit: "晋江市", Directive: "泉民保〔2021〕3号", Obligation: obligation, Label: label,
		Period: period, Due: time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, calendar.Zone), DueText: strings.TrimPrefix(d.Chinese(), "2021年") + "24:00", Zero: zero,
	}
}

// digest is 晋江市 on the morning of 25 June 2021: one late, one returned, one due today, one to come.
func digest() notify.Draft {
	clues := item("clues", "特殊困难群体线索登记表", "线索登记表", "2021年6月24日期", "2021-06-24", true)
	clues.Overdue, clues.DaysLate, clues.Rung = true, 1, "T+1"
	back := item("report", "工作情况报告", "工作报告", "2021年6月期", "2021-06-28", false)
	back.Returned = "第二部分缺少乡镇数据\n请补充后重报 <第2页>"
	return notify.Draft{
		ID: "p1|email|2021-06-25T08:30", Channel: notify.Email, Person: "林样一", Address: "lin@example.gov.cn", Slot: at("2021-06-25 08:30"),
		Items: []notify.Item{clues, back, item("progress", "特殊困难群体排查成效进度表", "进度表", "2021年6月25日期", "2021-06-25", false),
			item("ledger", "季度台账", "季度台账", "2021年第二季度", "2021-07-05", true)},
	}
}

func due() notify.Draft {
	d := digest()
	d.Items = []notify.Item{item("progress", "特殊困难群体排查成效进度表", "进度表", "2021年6月25日期", "2021-06-25", false)}
	return d
}

// parsed is a mail as a reader's program sees it.
type parsed struct {
	header                mail.Header
	text, html, ics, name string
	files                 []string
	data                  []byte // of the last of them
}

func parse(t *testing.T, raw []byte) parsed {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	p := parsed{header: m.Header}
	var walk func(contentType, disposition, encoding string, r io.Reader)
	walk = func(contentType, disposition, encoding string, r io.Reader) {
		media, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(media, "multipart/") {
			parts := multipart.NewReader(r, params["boundary"])
			for {
				part, err := parts.NextRawPart()
				if err == io.EOF {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				walk(part.Header.Get("Content-Type"), part.Header.Get("Content-Disposition"), part.Header.Get("Content-Transfer-Encoding"), part)
			}
		}
		if encoding != "base64" {
			t.Errorf("%s is encoded as %q", media, encoding)
		}
		b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, r))
		if err != nil {
			t.Fatal(err)
		}
		switch media {
		case "text/plain":
			p.text = string(b)
		case "text/html":
			p.html = string(b)
		case "application/pdf", "application/octet-stream":
			_, names, err := mime.ParseMediaType(disposition)
			if err != nil {
				t.Fatal(err)
			}
			p.files, p.data = append(p.files, names["filename"]), b
		case "text/calendar":
			p.ics = string(b)
			if params["method"] != "PUBLISH" {
				t.Errorf("calendar method %q", params["method"])
			}
			_, names, err := mime.ParseMediaType(disposition)
			if err != nil {
				t.Fatal(err)
			}
			p.name = names["filename"]
		default:
			t.Errorf("unexpected part %s", media)
		}
	}
	walk(m.Header.Get("Content-Type"), "", "", m.Body)
	return p
}

func compose(t *testing.T, d notify.Draft) notify.Rendered {
	t.Helper()
	r, err := composer.Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at the difference, then run go test ./notify -update", path)
	}
}

// TestDigest keeps the whole message as it goes out, and its parts as people read them.
func TestDigest(t *testing.T) {
	if err := composer.Check(); err != nil {
		t.Fatal(err)
	}
	r := compose(t, digest())
	golden(t, "digest.eml", r.Body)
	p := parse(t, r.Body)
	golden(t, "digest.ics", []byte(p.ics))
	subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
	if err != nil || subject != r.Subject {
		t.Errorf("subject %q, %v; want %q", subject, err, r.Subject)
	}
	for name, want := range map[string]string{
		"Message-ID": r.MessageID, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
		"Date": "Fri, 25 Jun 2021 08:30:00 +0800",
	} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if p.name != "报送截止日期.ics" {
		t.Errorf("attachment %q", p.name)
	}
	for _, part := range []string{p.text, p.html} {
		for _, want := range []string{"林样一，您好", "特殊困难群体排查成效进度表", "2021年6月25日期", "6月25日24:00", "今日截止", "逾期未报", "已逾期1天",
			"已退回", "第二部分缺少乡镇数据 请补充后重报", "如本期无数据，请办理零报送。", "如已报送，请忽略本提醒。", "本邮件由系统自动发送", "社会救助科",
			"https://bs.example.gov.cn/duty/quanzhou-2021/"} {
			if !strings.Contains(part, want) {
				t.Errorf("%q is missing in\n%.400s", want, part)
			}
		}
		if _, body, ok := strings.Cut(part, "</head>"); ok {
			part = body // the style sheet says !important, the letter never does
		}
		if strings.ContainsAny(part, "!！") || strings.Contains(part, "催") {
			t.Error("the tone is not an official's")
		}
	}
	if strings.Contains(p.html, "<第2页>") || !strings.Contains(p.html, "&lt;第2页&gt;") {
		t.Error("the reviewer's words are not escaped in the HTML part")
	}
	if strings.Contains(p.html, "<img") || strings.Contains(p.html, "<script") || strings.Contains(p.html, "ZgotmplZ") {
		t.Error("the HTML part has images, scripts or a value the template refused")
	}
}

func TestWireFormat(t *testing.T) {
	for _, d := range samples() {
		onWire(t, compose(t, d).Body)
	}
}

// TestSameDraftSameBytes: no map order, clock or random number gets into a message.
func TestSameDraftSameBytes(t *testing.T) {
	drafts := samples()
	for _, channel := range []notify.Channel{notify.SMS, notify.Webhook} {
		d := digest()
		d.Channel, d.Address = channel, "13800000001"
		drafts[string(channel)] = d
	}
	for name, d := range drafts {
		first := compose(t, d)
		for range 20 {
			d.Token, d.Attempts = d.Token+"x", d.Attempts+1
			if again := compose(t, d); !bytes.Equal(again.Body, first.Body) || again.MessageID != first.MessageID {
				t.Fatalf("%s: another rendering differs", name)
			}
		}
	}
}

// TestThread: a person's mails hang together, two people's do not, and no two mails have one ID.
func TestThread(t *testing.T) {
	a, b, c := digest(), digest(), digest()
	b.ID, b.Slot = "p1|email|2021-06-28T08:30", at("2021-06-28 08:30")
	c.ID, c.Address = "p2|email|2021-06-25T08:30", "chen@example.gov.cn"
	ra, rb, rc := compose(t, a), compose(t, b), compose(t, c)
	root := func(r notify.Rendered) string { return parse(t, r.Body).header.Get("References") }
	if root(ra) != root(rb) || root(ra) == root(rc) {
		t.Errorf("thread roots %s %s %s", root(ra), root(rb), root(rc))
	}
	if ra.MessageID == rb.MessageID || ra.MessageID == rc.MessageID {
		t.Error("a Message-ID occurs twice")
	}
}

func TestSubject(t *testing.T) {
	n := func(d notify.Draft, bureau string) string {
		c := composer
		c.Bureau = bureau
		r, err := c.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		return r.Subject
	}
	two := digest()
	two.Items = []notify.Item{digest().Items[0], digest().Items[2], digest().Items[2]}
	for _, c := range []struct {
		d            notify.Draft
		bureau, want string
	}{
		{two, "泉州市民政局", "【报送提醒】逾期1项、今日截止2项（泉州市民政局）"},
		{due(), "泉州市民政局", "【报送提醒】今日截止1项（泉州市民政局）"},
		{digest(), "泉州市民政局", "【报送提醒】逾期1项、退回1项、今日截止1项、待报1项"},
		{two, "泉州台商投资区管理委员会民生保障局", "【报送提醒】逾期1项、今日截止2项"},
	} {
		got := n(c.d, c.bureau)
		if got != c.want || utf8.RuneCountInString(got) > 30 {
			t.Errorf("%s (%d characters), want %s", got, utf8.RuneCountInString(got), c.want)
		}
	}
	tomorrow := due()
	tomorrow.Slot = at("2021-06-24 08:30")
	if got := n(tomorrow, "泉州市民政局"); got != "【报送提醒】明日截止1项（泉州市民政局）" {
		t.Error(got)
	}
	tomorrow.Slot = at("2021-06-22 08:30")
	if p := parse(t, compose(t, tomorrow).Body); !strings.Contains(p.text, "待报，还有3天") {
		t.Error(p.text)
	}
}

// TestCalendar: what is still to come can be put into a calendar, under an ID that lasts.
func TestCalendar(t *testing.T) {
	p := parse(t, compose(t, digest()).Body)
	cal, err := ics.ParseCalendar(strings.NewReader(p.ics))
	if err != nil {
		t.Fatal(err)
	}
	events := cal.Events()
	if len(events) != 3 {
		t.Fatalf("%d events; the overdue item has no place in a calendar", len(events))
	}
	e := events[1]
	if e.Id() != "quanzhou-2021.progress.2021-06-25.qz-jinjiang@bs.example.gov.cn" {
		t.Errorf("UID %s", e.Id())
	}
	// 24:00 of the 25th is the whole day of the 25th, wherever the reader's phone is.
	if day := e.GetProperty(ics.ComponentPropertyDtStart); day == nil || day.Value != "20210625" {
		t.Errorf("the day is %v", day)
	}
	if seq := e.GetProperty(ics.ComponentPropertySequence); seq == nil || seq.Value != "2" {
		t.Errorf("sequence %v, want the deadline's revision 2", seq)
	}
	late := digest()
	late.Items = late.Items[:1]
	if p := parse(t, compose(t, late).Body); p.ics != "" || strings.Contains(p.text, "附件") {
		t.Error("a calendar without events is attached or announced")
	}
}

func TestTextMessages(t *testing.T) {
	d := digest()
	d.Channel, d.Address = notify.SMS, "138 0000 0001"
	overdue := compose(t, d)
	golden(t, "sms-overdue.json", overdue.Body)
	d.Items = d.Items[1:]
	returned := compose(t, d)
	golden(t, "sms-returned.json", returned.Body)
	d.Items = d.Items[1:]
	due := compose(t, d)
	golden(t, "sms-due.json", due.Body)
	for key, r := range map[string]notify.Rendered{"overdue": overdue, "returned": returned, "due": due} {
		m, err := sms.Decode(r.Body)
		if err != nil || r.Subject != key || m.Template != key || sms.Parts(m.Text) != 1 || r.To != "13800000001" || len(r.MessageID) != 32 {
			t.Errorf("%s: %+v %s %v", key, r, m.Text, err)
		}
	}
	// A name that a carrier would hold back does not hold back the reminder.
	d.Items[0].Label = "党政领导挂钩联系情况表"
	if m, _ := sms.Decode(compose(t, d).Body); m.Params[1] != "报表" {
		t.Errorf("%q", m.Text)
	}
	d.Items[0].Label = "名称长得不能放进短信的一张表样"
	if m, _ := sms.Decode(compose(t, d).Body); utf8.RuneCountInString(m.Params[1]) != 12 {
		t.Errorf("%q", m.Text)
	}
	d.Address = "+1 212 555 0100"
	if _, err := composer.Compose(d); err == nil {
		t.Error("a foreign number is taken")
	}
}

// TestInjection: whatever stands in an address or a name, the mail has exactly the intended
// recipient and headers, or is refused.
func TestInjection(t *testing.T) {
	names := []string{"\r", "\n", "\r\n", "\x00", "\r\nBcc: x@evil.example", "\n\n<script>", "\u2028", "\u0085", "\x7f", "\x1b[2J", "\t", "�"}
	for _, s := range names {
		d := digest()
		d.Person = "林" + s + "一"
		if _, err := composer.Compose(d); err == nil {
			t.Errorf("name %q is taken", d.Person)
		}
		c := composer
		c.Bureau = "民政局" + s
		if _, err := c.Compose(digest()); err == nil || c.Check() == nil {
			t.Errorf("bureau %q is taken", c.Bureau)
		}
	}
	for _, s := range []string{"", "lin", "lin@", "@example.gov.cn", "lin@example.gov.cn\r\nBcc: x@evil.example", "lin@example.gov.cn\n", "lin@example.gov.cn,x@evil.example",
		"lin@example.gov.cn x@evil.example", "林 <lin@example.gov.cn>", "<lin@example.gov.cn>", `"l\r\nx"@example.gov.cn`, `"a b"@example.gov.cn`, "lin@example.gov.cn\x00",
		"lin@例子.中国", "l\u200bin@example.gov.cn", "lin@@example.gov.cn", "lin;x@example.gov.cn", "lin(c)@example.gov.cn", "l..n@example.gov.cn", strings.Repeat("a", 250) + "@example.gov.cn"} {
		d := digest()
		d.Address = s
		if _, err := composer.Compose(d); err == nil {
			t.Errorf("address %q is taken", s)
		}
		c := composer
		c.ReplyTo = or(s, "none")
		if _, err := c.Compose(digest()); err == nil || !strings.HasPrefix(err.Error(), "settings: ") {
			t.Errorf("reply address %q: %v", s, err)
		}
	}
	for _, s := range []string{"林\u202e一", "林\u200b一", "林\ufeff一", "·阿依古丽·", "𠮷野", `林"一"`, "林<x@evil.example>", "Lin, Y. (样)", "=?utf-8?q?x?=", "😀"} {
		d := digest()
		d.Person = s
		p := parse(t, compose(t, d).Body)
		to, err := p.header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != d.Address || strings.ContainsAny(to[0].Name, "\u202e\u200b\ufeff") {
			t.Errorf("name %q gives %v, %v", s, to, err)
		}
	}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// TestHeadersHold is the same promise over arbitrary text: the headers are always the same
// twelve and MIME-Version and Content-Type, the recipient is always the one intended.
func TestHeadersHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"\r\nBcc: x@evil.example", "--=_m", ".\r\n", "</td><script>", "{{.}}"}))
		d := digest()
		d.Person = text.Draw(rt, "person")
		for i := range d.Items {
			it := &d.Items[i]
			it.Obligation, it.Unit, it.Period = text.Draw(rt, "obligation"), text.Draw(rt, "unit"), text.Draw(rt, "period")
			it.Returned, it.DueText, it.Duty = text.Draw(rt, "returned"), text.Draw(rt, "due"), text.Draw(rt, "duty")
		}
		r, err := composer.Compose(d)
		if err != nil {
			return // refused: only names can be
		}
		p := parse(t, r.Body)
		to, err := p.header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != d.Address || len(p.header) != 14 {
			rt.Fatalf("to %v (%v), headers %v", to, err, p.header)
		}
		if strings.Contains(p.html, "<script") {
			rt.Fatal("markup got through")
		}
		if _, err := ics.ParseCalendar(strings.NewReader(p.ics)); p.ics != "" && err != nil {
			rt.Fatalf("calendar: %v\n%s", err, p.ics)
		}
	})
}

func TestNothingToSay(t *testing.T) {
	d := digest()
	d.Items = nil
	if _, err := composer.Compose(d); err == nil {
		t.Error("a digest of nothing was composed")
	}
	d = digest()
	d.Channel = "pigeon"
	if _, err := composer.Compose(d); err == nil {
		t.Error("a pigeon was sent")
	}
}

func TestCheck(t *testing.T) {
	for name, spoil := range map[string]func(*notify.Composer){
		"short key":    func(c *notify.Composer) { c.Key = c.Key[:8] },
		"no sender":    func(c *notify.Composer) { c.From = "" },
		"bad domain":   func(c *notify.Composer) { c.Domain = "a b" },
		"bad base":     func(c *notify.Composer) { c.BaseURL = "javascript:alert(1)" },
		"no bureau":    func(c *notify.Composer) { c.Bureau = "" },
		"no templates": func(c *notify.Composer) { c.Templates = map[string]sms.Template{} },
		"bad template": func(c *notify.Composer) {
			c.Templates = sms.Defaults()
			c.Templates["due"] = sms.Template{Key: "due", Text: "请见https://bs.example.gov.cn"}
		},
	} {
		c := composer
		spoil(&c)
		if c.Check() == nil {
			t.Errorf("%s passes", name)
		}
	}
}
