package aliyun_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	. "github.com/baosong/baosong/notify/sms/aliyun"
	"github.com/baosong/baosong/notify/sms/smstest"
	"github.com/baosong/baosong/scheduler/clock"
)

const (
	keyID  = "LTAI-example"
	secret = "s3cret-of-the-account"
)

// morning is 25 June 2021, 08:30 in Quanzhou.
var morning = time.Date(2021, 6, 25, 0, 30, 0, 0, time.UTC)

var letter = notify.Rendered{MessageID: "0123456789abcdef0123456789abcdef", To: "19900000001", Subject: "due",
	Body: sms.Message{Template: "due", Params: []string{"2", "线索登记表 A/B+~*", "6月25日24:00"}, Signature: "泉州市民政局", Text: "【泉州市民政局】x"}.Encode()}

func settings(url string) Settings {
	return Settings{URL: url, KeyID: keyID, KeySecret: secret, CallbackKey: "k3y", Clock: clock.NewVirtual(morning),
		Templates: map[string]Template{"due": {Code: "SMS_154950909", Params: []string{"count", "form", "due"}}}}
}

// TestPublishedVector is the "fixed parameter example" of the documentation of version 3,
// help.aliyun.com/document_detail/315526.html (also
// alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature).
func TestPublishedVector(t *testing.T) {
	q := Canonical(map[string]string{"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"})
	headers := map[string]string{
		"host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-version": "2014-05-26",
		"x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
		"x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	}
	want := "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
		"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got := Authorisation("YourAccessKeyId", "YourAccessKeySecret", q, headers); got != want {
		t.Errorf("%s", got)
	}
	// The other way of computing it agrees with the document too, and so may judge.
	h := http.Header{}
	for n, v := range headers {
		h.Set(n, v)
	}
	if got := again("YourAccessKeyId", "YourAccessKeySecret", headers["host"], q, h); got != want {
		t.Errorf("again: %s", got)
	}
}

// TestSignatureAgain: both ways agree whatever is sent.
func TestSignatureAgain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		query := rapid.MapOf(rapid.StringN(1, 8, -1), rapid.String()).Draw(rt, "query")
		headers := map[string]string{"host": "h.example", "x-acs-content-sha256": hexed(sum(nil)), "x-acs-date": "2021-06-25T00:30:00Z",
			"x-acs-signature-nonce": rapid.StringMatching(`[A-Z2-7]{26}`).Draw(rt, "nonce")}
		h := http.Header{}
		for n, v := range headers {
			h.Set(n, v)
		}
		q := Canonical(query)
		if a, b := Authorisation(keyID, secret, q, headers), again(keyID, secret, "h.example", q, h); a != b {
			rt.Fatalf("%s\n%s", a, b)
		}
	})
}

// again signs what a server received: from the specification, with SHA-256 alone.
func again(id, key, host, rawQuery string, h http.Header) string {
	var pairs []string
	for _, pair := range strings.Split(rawQuery, "&") {
		n, v, _ := strings.Cut(pair, "=")
		if pair != "" {
			pairs = append(pairs, unreserved(decoded(n))+"="+unreserved(decoded(v)))
		}
	}
	slices.SortFunc(pairs, func(a, b string) int {
		x, _, _ := strings.Cut(a, "=")
		y, _, _ := strings.Cut(b, "=")
		return strings.Compare(string(decoded(x)), string(decoded(y)))
	})
	names := []string{"host"}
	for n := range h {
		if n = strings.ToLower(n); strings.HasPrefix(n, "x-acs-") {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	lines := []string{"POST", "/", strings.Join(pairs, "&")}
	for _, n := range slices.Compact(names) {
		v := h.Get(n)
		if n == "host" {
			v = host
		}
		lines = append(lines, n+":"+v)
	}
	signed := strings.Join(slices.Compact(names), ";")
	lines = append(lines, "", signed, h.Get("x-acs-content-sha256"))
	text := "ACS3-HMAC-SHA256\n" + hexed(sum([]byte(strings.Join(lines, "\n"))))
	// HMAC from its definition, RFC 2104.
	block := make([]byte, 64)
	copy(block, key)
	inner, outer := slices.Clone(block), slices.Clone(block)
	for i := range block {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	mac := sum(append(outer, sum(append(inner, text...))...))
	return "ACS3-HMAC-SHA256 Credential=" + id + ",SignedHeaders=" + signed + ",Signature=" + hexed(mac)
}

func sum(b []byte) []byte   { s := sha256.Sum256(b); return s[:] }
func hexed(b []byte) string { return hex.EncodeToString(b) }

func decoded(s string) []byte {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				panic(err)
			}
			out, i = append(out, byte(n)), i+2
			continue
		}
		out = append(out, s[i])
	}
	return out
}

func unreserved(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// verified says what is wrong with a request's signature.
func verified(r *http.Request, body []byte) error {
	if got, want := r.Header.Get("Authorization"), again(keyID, secret, r.Host, r.URL.RawQuery, r.Header); got != want {
		return fmt.Errorf("SignatureDoesNotMatch: %s, want %s", got, want)
	}
	if r.Method != "POST" || len(body) != 0 || r.Header.Get("X-Acs-Version") != "2017-05-25" || r.Header.Get("X-Acs-Date") == "" {
		return errors.New("not a question to dysmsapi")
	}
	return nil
}

// wire is the service as documented: it verifies every signature.
func wire() smstest.Wire {
	return smstest.Wire{
		Read: func(r *http.Request, body []byte) (smstest.Taken, bool, error) {
			q := r.URL.Query()
			if err := verified(r, body); err != nil || r.Header.Get("X-Acs-Action") != "SendSms" {
				return smstest.Taken{}, false, err
			}
			return smstest.Taken{Reference: q.Get("OutId"), Phone: q.Get("PhoneNumbers"), Template: q.Get("TemplateCode"), Params: []string{q.Get("TemplateParam"), q.Get("SignName")}}, true, nil
		},
		Accept: func(t smstest.Taken) []byte {
			return fmt.Appendf(nil, `{"Code":"OK","Message":"OK","BizId":%q,"RequestId":"F655A8D5-B967-440B-8683-DAD6FF8DE990"}`, t.ID)
		},
		Refuse: func(smstest.Taken) []byte {
			return []byte(`{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"19900000001 invalid mobile number","RequestId":"F655A8D5"}`)
		},
		Ask: func(r *http.Request, _ []byte, taken []smstest.Taken) (int, []byte) {
			var out []map[string]any
			for _, t := range taken {
				if r.URL.Query().Get("PhoneNumber") == t.Phone {
					out = append(out, map[string]any{"OutId": t.Reference, "PhoneNum": t.Phone, "SendStatus": 1})
				}
			}
			return http.StatusOK, details(out...)
		},
	}
}

func details(ds ...map[string]any) []byte {
	b, err := json.Marshal(map[string]any{"Code": "OK", "Message": "OK", "TotalCount": len(ds), "SmsSendDetailDTOs": map[string]any{"SmsSendDetailDTO": ds}})
	if err != nil {
		panic(err)
	}
	return b
}

func TestBehaviours(t *testing.T) {
	smstest.Run(t, smstest.Case{Wire: wire(), Letter: letter, Secret: secret, Open: func(url string, roots *x509.CertPool) (notify.Sender, error) {
		return New(Believing(settings(url), roots))
	}})
}

// serve answers all questions alike and returns a sender for it.
func serve(t *testing.T, h http.HandlerFunc) *Sender {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s, err := New(settings(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRequest(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if err := verified(r, nil); err != nil || r.URL.Path != "/" || r.Header.Get("X-Acs-Date") != "2021-06-25T00:30:00Z" {
			t.Errorf("%v %s %s", err, r.URL.Path, r.Header.Get("X-Acs-Date"))
		}
		if q.Get("PhoneNumbers") != "19900000001" || q.Get("SignName") != "泉州市民政局" || q.Get("TemplateCode") != "SMS_154950909" || q.Get("OutId") != letter.MessageID ||
			q.Get("TemplateParam") != `{"count":"2","due":"6月25日24:00","form":"线索登记表 A/B+~*"}` || len(q) != 5 {
			t.Errorf("%v", q)
		}
		w.Write([]byte(`{"Code":"OK","Message":"OK","BizId":"900619746936498440^0"}`))
	})
	plain := settings(s.Address())
	plain.Templates = map[string]Template{"due": {Code: "SMS_154950909"}} // with the names that baosong proposes
	if s, err := New(plain); err != nil {
		t.Error(err)
	} else if _, err := s.Send(t.Context(), letter); err != nil {
		t.Error(err)
	}
	if a, err := s.Send(t.Context(), letter); err != nil || a.Reference != "900619746936498440^0" || a.Answer != "OK OK" {
		t.Errorf("%+v, %v", a, err)
	}
	other := letter
	other.Body = sms.Message{Template: "overdue", Params: []string{"1"}}.Encode()
	if _, err := s.Send(t.Context(), other); notify.FaultOf(err) != notify.FaultConfig {
		t.Errorf("a template without a code: %v", err)
	}
}

// TestCodes: every code of the table, in a 200 and in a 400, and what is in no table.
func TestCodes(t *testing.T) {
	var code, message string
	status := 200
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"Code":%q,"Message":%q}`, code, message)
	})
	states := map[notify.Fault]notify.State{notify.FaultMessage: notify.Refused, notify.FaultRecipient: notify.Refused, notify.FaultTransient: notify.Deferred,
		notify.FaultNumberLimit: notify.Deferred, notify.FaultAccountLimit: notify.Deferred, notify.FaultConfig: notify.Deferred}
	for c, want := range Codes {
		for _, status = range []int{200, 400} {
			code, message = c, "说明"
			_, err := s.Send(t.Context(), letter)
			state, fault := states[want.Fault], want.Fault
			if want.Lost {
				state, fault = notify.Unknown, notify.FaultTransient
			}
			if notify.Class(err) != state || notify.FaultOf(err) != fault || !strings.Contains(fmt.Sprint(err), c+": 说明") {
				t.Errorf("%d %s: %s, %s, %v", status, c, notify.Class(err), notify.FaultOf(err), err)
			}
		}
	}
	for _, c := range []struct {
		status        int
		code, message string
		state         notify.State
		fault         notify.Fault
		wait          time.Duration
	}{
		{200, "isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", notify.Deferred, notify.FaultNumberLimit, time.Minute},
		{200, "isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", notify.Deferred, notify.FaultNumberLimit, time.Hour},
		{200, "isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", notify.Deferred, notify.FaultNumberLimit, 0},
		{400, "Throttling.User", "Request was denied due to user flow control.", notify.Deferred, notify.FaultTransient, 0},
		{200, "isv.NEW_CODE", "", notify.Deferred, notify.FaultTransient, 0},
		{403, "NewCode", "", notify.Deferred, notify.FaultConfig, 0},
		{504, "isv.OUT_OF_SERVICE", "", notify.Unknown, notify.FaultTransient, 0},
		{500, "OK", "", notify.Unknown, notify.FaultTransient, 0},
		{200, "", "", notify.Unknown, notify.FaultTransient, 0},
	} {
		code, message, status = c.code, c.message, c.status
		_, err := s.Send(t.Context(), letter)
		if notify.Class(err) != c.state || notify.FaultOf(err) != c.fault || notify.WaitOf(err) != c.wait {
			t.Errorf("%+v: %s, %s, %v, %v", c, notify.Class(err), notify.FaultOf(err), notify.WaitOf(err), err)
		}
	}
}

// TestFindAndPoll: by number, day and OutId, over pages and midnight.
func TestFindAndPoll(t *testing.T) {
	var days []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := verified(r, nil); err != nil || r.Header.Get("X-Acs-Action") != "QuerySendDetails" {
			t.Error(err)
		}
		q := r.URL.Query()
		days = append(days, q.Get("SendDate")+"/"+q.Get("CurrentPage"))
		page := make([]map[string]any, 50) // of others
		for i := range page {
			page[i] = map[string]any{"OutId": fmt.Sprint("other", i), "SendStatus": 3}
		}
		if q.Get("SendDate") == "20210624" && q.Get("CurrentPage") == "2" {
			page = []map[string]any{{"OutId": "a", "SendStatus": 3, "ErrCode": "DELIVERED", "ReceiveDate": "2021-06-24 23:59:13"},
				{"OutId": "b", "SendStatus": 1}, {"OutId": "c", "SendStatus": 2, "ErrCode": "MK:0001"}, {"OutId": "e", "SendStatus": 2, "ErrCode": "IS_CLOSED"}}
		} else if q.Get("SendDate") != "20210624" {
			page = nil
		}
		b, _ := json.Marshal(map[string]any{"Code": "OK", "TotalCount": 54, "SmsSendDetailDTOs": map[string]any{"SmsSendDetailDTO": page}})
		w.Write(b)
	})
	lastMinute := time.Date(2021, 6, 24, 15, 59, 0, 0, time.UTC) // 23:59 in Quanzhou; the clock stands at the next morning
	sent := func(id string) notify.Sent {
		return notify.Sent{MessageID: id, Address: "19900000001", At: lastMinute}
	}
	if _, found, err := s.Find(t.Context(), sent("a")); !found || err != nil || !slices.Equal(days, []string{"20210624/1", "20210624/2"}) {
		t.Errorf("%v %v %v", found, err, days)
	}
	days = nil
	if _, found, err := s.Find(t.Context(), sent("nobody")); found || err != nil || !slices.Equal(days, []string{"20210624/1", "20210624/2", "20210625/1"}) {
		t.Errorf("%v %v %v", found, err, days)
	}
	days = nil
	today := notify.Sent{MessageID: "nobody", Address: "19900000001", At: morning}
	if _, found, err := s.Find(t.Context(), today); found || err != nil || !slices.Equal(days, []string{"20210625/1"}) {
		t.Errorf("tomorrow is not asked for: %v %v %v", found, err, days)
	}
	days = nil
	old := notify.Sent{MessageID: "nobody", Address: "19900000001", At: morning.AddDate(-1, 0, 0)}
	if _, found, err := s.Find(t.Context(), old); found || err != nil || len(days) != 31 || days[0] != "20210527/1" { // of them one has two pages
		t.Errorf("older than the records: %v %v %v", found, err, days)
	}
	got, err := s.Poll(t.Context(), []notify.Sent{sent("a"), sent("b"), sent("c"), sent("d"), sent("e")})
	want := []notify.Receipt{{Reference: "a", State: notify.Delivered, Reason: "DELIVERED", At: time.Date(2021, 6, 24, 15, 59, 13, 0, time.UTC)},
		{Reference: "c", State: notify.Refused, Reason: "MK:0001", BadNumber: true}, {Reference: "e", State: notify.Refused, Reason: "IS_CLOSED"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestCannotAsk: nothing is called not found unless the service said so.
func TestCannotAsk(t *testing.T) {
	for _, answer := range []string{`{"Code":"isp.RAM_PERMISSION_DENY","Message":"x"}`, `<html>`, `{}`, ``} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(answer)) })
		if _, found, err := s.Find(t.Context(), notify.Sent{MessageID: "a", At: morning}); err == nil || found {
			t.Errorf("%s: found %v, %v", answer, found, err)
		}
		if rs, err := s.Poll(t.Context(), []notify.Sent{{MessageID: "a", At: morning}}); err == nil {
			t.Errorf("%s: %v", answer, rs)
		}
	}
}

func TestListen(t *testing.T) {
	s := serve(t, http.NotFound)
	key := map[string][]string{"key": {"k3y"}}
	// The example of the documentation, with an OutId of ours, and failures.
	got, answer, err := s.Listen(key, []byte(`[
		{"phone_number":"19900000001","send_time":"2021-06-25 08:30:00","report_time":"2021-06-25 08:30:05","success":true,"err_code":"DELIVERED","err_msg":"用户接收成功","sms_size":"1","biz_id":"12345","out_id":"a"},
		{"phone_number":"19900000002","report_time":"2021-06-25 08:31:00","success":false,"err_code":"UNDELIV","err_msg":"空号","sms_size":"1","biz_id":"12346","out_id":"b"},
		{"phone_number":"19900000003","report_time":"2021-06-25 08:31:00","success":false,"err_code":"IS_CLOSED","err_msg":"关机","sms_size":"1","biz_id":"12347","out_id":""},
		{"phone_number":"19900000004","success":true,"biz_id":"","out_id":""}]`))
	want := []notify.Receipt{
		{Reference: "a", State: notify.Delivered, Reason: "DELIVERED 用户接收成功", At: time.Date(2021, 6, 25, 0, 30, 5, 0, time.UTC)},
		{Reference: "b", State: notify.Refused, Reason: "UNDELIV 空号", BadNumber: true, At: time.Date(2021, 6, 25, 0, 31, 0, 0, time.UTC)},
		{Reference: "12347", State: notify.Refused, Reason: "IS_CLOSED 关机", At: time.Date(2021, 6, 25, 0, 31, 0, 0, time.UTC)},
	}
	if err != nil || string(answer) != `{"code":0,"msg":"成功"}` || !slices.Equal(got, want) {
		t.Errorf("%+v, %s, %v", got, answer, err)
	}
	for _, c := range []struct {
		query map[string][]string
		body  string
	}{{nil, `[]`}, {map[string][]string{"key": {"x"}}, `[]`}, {key, `{`}, {key, `success=true`}} {
		if _, _, err := s.Listen(c.query, []byte(c.body)); err == nil {
			t.Errorf("%v %s is taken", c.query, c.body)
		}
	}
}

func TestSettings(t *testing.T) {
	for name, spoil := range map[string]func(*Settings){
		"no id": func(s *Settings) { s.KeyID = "" }, "no secret": func(s *Settings) { s.KeySecret = "" }, "no templates": func(s *Settings) { s.Templates = nil },
		"a template without a code": func(s *Settings) { s.Templates = map[string]Template{"due": {}} }, "a path": func(s *Settings) { s.URL = "https://x.example/sms" },
		"no address": func(s *Settings) { s.URL = "x" },
	} {
		set := settings("")
		spoil(&set)
		if _, err := New(set); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
