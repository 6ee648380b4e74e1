package httpform_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	. "github.com/baosong/baosong/notify/sms/httpform"
	"github.com/baosong/baosong/notify/sms/smstest"
)

const secret = "s3cret of the gateway"

const reference = "0123456789abcdef0123456789abcdef"

func letter(text string, params ...string) notify.Rendered {
	return notify.Rendered{MessageID: reference, To: "19900000001", Subject: "due",
		Body: sms.Message{Template: "due", Params: params, Signature: "泉州市民政局", Text: "【泉州市民政局】" + text}.Encode()}
}

// settings are those of an invented 政务短信 gateway: a form is posted, "0,ID" or "CODE,words" comes
// back.
func settings(address string) Settings {
	return Settings{
		URL: address + "send", Body: "user={user}&pass={password}&mobile={phone}&content={text}&ext={reference}",
		Values:   map[string]string{"user": "mzj", "password": secret},
		Accepted: `^0,(\S+)`,
		Rules: []Rule{
			{Match: `^2,`, Fault: notify.FaultRecipient},
			{Match: `^3,`, Fault: notify.FaultNumberLimit, Wait: time.Hour},
			{Match: `^4,`, Fault: notify.FaultAccountLimit},
			{Match: `^5,`, Fault: notify.FaultConfig},
			{Match: `^6,`, Fault: notify.FaultMessage},
			{Match: `^7,`, Fault: notify.FaultTransient},
			{Match: `^8,`, Lost: true},
			{Status: 418, Fault: notify.FaultAccountLimit},
			{Status: 502, Match: `maintenance`, Fault: notify.FaultTransient},
		},
		CallbackKey: "k3y",
		Receipts:    Receipts{Reference: "ext", Status: "stat", Delivered: `^DELIVRD$`, Failed: `^(UNDELIV|EXPIRED|REJECTD)$`, Reason: "memo", Time: "time", Answer: "0"},
	}
}

func wire() smstest.Wire {
	return smstest.Wire{
		Read: func(r *http.Request, body []byte) (smstest.Taken, bool, error) {
			f, err := url.ParseQuery(string(body))
			if err == nil && f.Get("pass") != secret {
				err = fmt.Errorf("the password is %q", f.Get("pass"))
			}
			return smstest.Taken{Reference: f.Get("ext"), Phone: f.Get("mobile"), Text: f.Get("content")}, true, err
		},
		Accept: func(t smstest.Taken) []byte { return []byte("0," + t.ID) },
		Refuse: func(smstest.Taken) []byte { return []byte("2,空号") },
	}
}

func TestBehaviours(t *testing.T) {
	smstest.Run(t, smstest.Case{Wire: wire(), Letter: letter("您单位有2项报表待报。"), Secret: secret, Open: func(url string, roots *x509.CertPool) (notify.Sender, error) {
		return New(Believing(settings(url), roots))
	}})
}

// TestGet: a sending by GET is put once too. (net/http repeats a GET on a connection that breaks,
// if it was used before.)
func TestGet(t *testing.T) {
	w := wire()
	w.Read = func(r *http.Request, _ []byte) (smstest.Taken, bool, error) {
		q := r.URL.Query()
		return smstest.Taken{Reference: q.Get("ext"), Phone: q.Get("mobile"), Text: q.Get("content")}, true, nil
	}
	smstest.Run(t, smstest.Case{Wire: w, Letter: letter("您单位有2项报表待报。"), Secret: secret, Open: func(url string, roots *x509.CertPool) (notify.Sender, error) {
		s := settings(url)
		s.URL, s.Body = url+"send?"+s.Body, ""
		return New(Believing(s, roots))
	}})
}

// serve returns a sender, with changed settings, for a handler.
func serve(t *testing.T, change func(*Settings), h http.HandlerFunc) *Sender {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	set := settings(server.URL + "/")
	if change != nil {
		change(&set)
	}
	s, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRules: each rule, and what none foresees.
func TestRules(t *testing.T) {
	var status int
	var answer string
	s := serve(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, answer)
	})
	for _, c := range []struct {
		status int
		answer string
		state  notify.State
		fault  notify.Fault
		wait   time.Duration
	}{
		{200, "2,空号", notify.Refused, notify.FaultRecipient, 0},
		{200, "3,单号码超限", notify.Deferred, notify.FaultNumberLimit, time.Hour},
		{200, "4,余额不足", notify.Deferred, notify.FaultAccountLimit, 0},
		{200, "5,签名未报备", notify.Deferred, notify.FaultConfig, 0},
		{200, "6,敏感词", notify.Refused, notify.FaultMessage, 0},
		{200, "7,系统忙", notify.Deferred, notify.FaultTransient, 0},
		{200, "8,提交超时", notify.Unknown, notify.FaultTransient, 0},
		{500, "2,空号", notify.Refused, notify.FaultRecipient, 0}, // a rule goes before the status
		{418, "?", notify.Deferred, notify.FaultAccountLimit, 0},
		{502, "maintenance", notify.Deferred, notify.FaultTransient, 0},
		{502, "2,空号", notify.Unknown, notify.FaultTransient, 0}, // but not for a proxy's, unless it says so
		{200, "9,?", notify.Unknown, notify.FaultTransient, 0},
		{200, " 0,7", notify.Unknown, notify.FaultTransient, 0},
		{500, "0,7", notify.Deferred, notify.FaultTransient, 0}, // success needs a status of success
		{403, "no", notify.Deferred, notify.FaultConfig, 0},
	} {
		status, answer = c.status, c.answer
		_, err := s.Send(t.Context(), letter("x"))
		if err == nil || notify.Class(err) != c.state || notify.FaultOf(err) != c.fault || notify.WaitOf(err) != c.wait {
			t.Errorf("%d %q: %s, %s, %v, %v", c.status, c.answer, notify.Class(err), notify.FaultOf(err), notify.WaitOf(err), err)
		}
	}
	status, answer = 200, "0,A-7 "+strings.Repeat("好", 300)+url.QueryEscape(secret)+secret
	a, err := s.Send(t.Context(), letter("x"))
	if err != nil || a.Reference != "A-7" || len([]rune(a.Answer)) > 220 {
		t.Errorf("%+v, %v", a, err)
	}
	for _, repeated := range []string{secret, url.QueryEscape(secret)} {
		answer = "9,bad password " + repeated
		if _, err := s.Send(t.Context(), letter("x")); err == nil || strings.Contains(err.Error(), repeated) {
			t.Errorf("a secret that the gateway repeats is told: %v", err)
		}
	}
}

// TestEscapes: whatever the values, each is read back where it stands, and nothing beside it.
func TestEscapes(t *testing.T) {
	var r *http.Request
	var body []byte
	h := func(w http.ResponseWriter, req *http.Request) {
		r = req.Clone(req.Context())
		body, _ = io.ReadAll(req.Body)
		io.WriteString(w, "0,7")
	}
	for _, c := range []struct {
		name   string
		change func(*Settings)
		read   func() (string, int) // the text, and how many fields there are
	}{
		{"form", func(s *Settings) { s.Body = "a={text}&b=1" }, func() (string, int) {
			f, _ := url.ParseQuery(string(body))
			return f.Get("a"), len(f)
		}},
		{"query", func(s *Settings) { s.URL, s.Body = s.URL+"?a={text}&b=1", "" }, func() (string, int) {
			return r.URL.Query().Get("a"), len(r.URL.Query())
		}},
		{"path", func(s *Settings) { s.URL, s.Body = s.URL+"/{text}/b", "" }, func() (string, int) {
			parts := strings.Split(r.URL.EscapedPath(), "/")
			text, _ := url.PathUnescape(parts[2])
			return text, len(parts) - 2
		}},
		{"JSON", func(s *Settings) { s.Media, s.Body = "application/json; charset=utf-8", `{"a":"{text}","b":1}` }, func() (string, int) {
			var f map[string]any
			_ = json.Unmarshal(body, &f)
			text, _ := f["a"].(string)
			return text, len(f)
		}},
		{"XML", func(s *Settings) { s.Media, s.Body = "text/xml", `<m><a>{text}</a><b>1</b></m>` }, func() (string, int) {
			var f struct {
				A []string `xml:"a"`
				B []string `xml:"b"`
			}
			_ = xml.Unmarshal(body, &f)
			return strings.Join(f.A, ""), len(f.A) + len(f.B)
		}},
		{"GBK form", func(s *Settings) { s.Charset, s.Body = "GBK", "a={text}&b=1" }, func() (string, int) {
			f, _ := url.ParseQuery(string(body))
			text, _ := simplifiedchinese.GBK.NewDecoder().String(f.Get("a"))
			return text, len(f)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.change, h)
			texts := rapid.StringOf(rapid.RuneFrom([]rune(`报送%d+&=;?#/\"'<>{}[]()~!*:,. {phone}`)))
			rapid.Check(t, func(rt *rapid.T) {
				text := texts.Draw(rt, "text")
				if _, err := s.Send(rt.Context(), letter(text)); err != nil {
					rt.Fatal(err)
				}
				if got, fields := c.read(); got != "【泉州市民政局】"+text || fields != 2 {
					rt.Fatalf("%q became %q among %d fields: %s %s", text, got, fields, r.URL, body)
				}
			})
		})
	}
}

// TestParts: what the names stand for, the header, and the callback within the query.
func TestParts(t *testing.T) {
	s := serve(t, func(s *Settings) {
		s.URL += "?cb={callback}"
		s.Body = "{phone}|{content}|{signature}|{template}|{reference}|{param1}|{param2}"
		s.Media = "text/plain; charset=utf-8"
		s.Headers = map[string]string{"X-User": "{user}"}
		s.Templates = map[string]string{"due": "T-1"}
		s.Callback = "https://bs.example/sms?key={key}&ref={reference}&s=%d"
	}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if want := "19900000001|您好|泉州市民政局|T-1|" + reference + "|2|登记表"; string(body) != want {
			t.Errorf("%s", body)
		}
		if got := r.URL.Query().Get("cb"); got != "https://bs.example/sms?key=k3y&ref="+reference+"&s=%d" {
			t.Errorf("%s", got)
		}
		if r.Header.Get("X-User") != "mzj" || r.Method != "POST" {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		io.WriteString(w, "0,7")
	})
	if _, err := s.Send(t.Context(), letter("您好", "2", "登记表")); err != nil {
		t.Error(err)
	}
	if _, err := s.Send(t.Context(), letter("您好", "2")); notify.Class(err) != notify.Refused || err == nil || !strings.Contains(err.Error(), "{param2}") {
		t.Errorf("a parameter that is missing: %v", err)
	}
	gbk := serve(t, func(s *Settings) { s.Charset = "GBK" }, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "0,7") })
	if _, err := gbk.Send(t.Context(), letter("𠮷")); notify.Class(err) != notify.Refused || err == nil {
		t.Errorf("a character that the charset lacks: %v", err)
	}
}

func TestCharsetOfTheAnswer(t *testing.T) {
	s := serve(t, func(s *Settings) {
		s.Charset = "gb18030"
		s.Accepted = `^提交成功，编号(?P<id>\d+)`
		s.Rules = []Rule{{Match: "余额不足", Fault: notify.FaultAccountLimit}}
	}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer := "提交成功，编号77"
		if f, _ := url.ParseQuery(string(body)); !strings.HasSuffix(f.Get("content"), "x") {
			answer = "余额不足"
		}
		b, _ := simplifiedchinese.GB18030.NewEncoder().String(answer)
		io.WriteString(w, b)
	})
	if a, err := s.Send(t.Context(), letter("x")); err != nil || a.Reference != "77" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := s.Send(t.Context(), letter("y")); notify.FaultOf(err) != notify.FaultAccountLimit || !strings.Contains(err.Error(), "余额不足") {
		t.Error(err)
	}
}

func TestListen(t *testing.T) {
	s := serve(t, nil, http.NotFound)
	with := func(pairs ...string) map[string][]string {
		q := map[string][]string{"key": {"k3y"}}
		for i := 0; i < len(pairs); i += 2 {
			q[pairs[i]] = []string{pairs[i+1]}
		}
		return q
	}
	at := time.Date(2021, 6, 25, 0, 30, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		query map[string][]string
		body  string
		want  []notify.Receipt
	}{
		"in the query": {with("ext", "a", "stat", "DELIVRD", "time", "1624581005"), "", []notify.Receipt{{Reference: "a", State: notify.Delivered, Reason: "DELIVRD", At: at}}},
		"a form":       {with(), "ext=a&stat=UNDELIV&memo=%E7%A9%BA%E5%8F%B7&time=2021-06-25+08%3A30%3A05", []notify.Receipt{{Reference: "a", State: notify.Refused, Reason: "UNDELIV 空号", BadNumber: true, At: at}}},
		"an object":    {with(), `{"ext":12345678901234567890,"stat":"EXPIRED"}`, []notify.Receipt{{Reference: "12345678901234567890", State: notify.Refused, Reason: "EXPIRED"}}},
		"an array":     {with(), ` [{"ext":"a","stat":"DELIVRD"},{"ext":"b","stat":"REJECTD"},{"ext":"c","stat":"ACCEPTD"}]`, []notify.Receipt{{Reference: "a", State: notify.Delivered, Reason: "DELIVRD"}, {Reference: "b", State: notify.Refused, Reason: "REJECTD"}}},
		"under way":    {with("ext", "a", "stat", "ACCEPTD"), "", nil},
	} {
		got, answer, err := s.Listen(c.query, []byte(c.body))
		if err != nil || string(answer) != "0" || !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, %s, %v", name, got, answer, err)
		}
	}
	for name, c := range map[string]struct {
		query map[string][]string
		body  string
	}{
		"no key": {map[string][]string{"ext": {"a"}, "stat": {"DELIVRD"}}, ""}, "no reference": {with("stat", "DELIVRD"), ""}, "no status": {with("ext", "a"), ""},
		"broken JSON": {with(), "{"}, "a broken form": {with(), "a=%zz"}, "an array of words": {with(), `["a"]`},
	} {
		if got, _, err := s.Listen(c.query, []byte(c.body)); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	deaf := serve(t, func(s *Settings) { s.Receipts = Receipts{} }, http.NotFound)
	if _, _, err := deaf.Listen(with("ext", "a", "stat", "DELIVRD"), nil); err == nil {
		t.Error("receipts are read without being told how")
	}
}

// TestSettings: each mistake is named, and none tells a secret.
func TestSettings(t *testing.T) {
	for says, spoil := range map[string]func(*Settings){
		"url":                 func(s *Settings) { s.URL = "send" },
		"no http(s) address":  func(s *Settings) { s.URL = "ftp://x.example/" },
		"host may not":        func(s *Settings) { s.URL = "http://{phone}.example/" },
		"{nobody}":            func(s *Settings) { s.Body = "{nobody}" },
		"header X-A: {x}":     func(s *Settings) { s.Headers = map[string]string{"X-A": "{x}"} },
		"callback: {phone}":   func(s *Settings) { s.Callback = "http://x.example/{phone}" },
		"cannot be a name":    func(s *Settings) { s.Values["phone"] = "x" },
		"method":              func(s *Settings) { s.Method = "PUT" },
		"not GET":             func(s *Settings) { s.Method = "GET" },
		"media":               func(s *Settings) { s.Media = "image/png" },
		"charset":             func(s *Settings) { s.Charset = "Big5" },
		"in UTF-8 only":       func(s *Settings) { s.Media, s.Charset = "application/json", "GBK" },
		"accepted: a pattern": func(s *Settings) { s.Accepted = "" },
		"accepted: error":     func(s *Settings) { s.Accepted = "(" },
		"rule 1: error":       func(s *Settings) { s.Rules = []Rule{{Match: "(", Fault: notify.FaultConfig}} },
		"neither a status":    func(s *Settings) { s.Rules = []Rule{{Fault: notify.FaultConfig}} },
		"has to be said":      func(s *Settings) { s.Rules = []Rule{{Status: 403}} },
		"is no fault":         func(s *Settings) { s.Rules = []Rule{{Status: 403, Fault: "mine"}} },
		"receipts: status":    func(s *Settings) { s.Receipts.Status = "" },
		"receipts: error":     func(s *Settings) { s.Receipts.Failed = "(" },
	} {
		set := settings("http://x.example/")
		spoil(&set)
		if _, err := New(set); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
