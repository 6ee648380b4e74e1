package tencent_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	"github.com/baosong/baosong/notify/sms/smstest"
	. "github.com/baosong/baosong/notify/sms/tencent"
	"github.com/baosong/baosong/scheduler/clock"
)

const (
	secretID = "AKID-example"
	secret   = "s3cret-of-the-account"
)

// morning is 25 June 2021, 08:30 in Quanzhou.
var morning = time.Date(2021, 6, 25, 0, 30, 0, 0, time.UTC)

var letter = notify.Rendered{MessageID: "0123456789abcdef0123456789abcdef", To: "19900000001", Subject: "due",
	Body: sms.Message{Template: "due", Params: []string{"2", "线索登记表", "6月25日24:00"}, Signature: "泉州市民政局", Text: "【泉州市民政局】x"}.Encode()}

func settings(url string) Settings {
	return Settings{URL: url, SecretID: secretID, SecretKey: secret, AppID: "1400006666", CallbackKey: "k3y", Clock: clock.NewVirtual(morning),
		Templates: map[string]string{"due": "1110"}}
}

// TestPublishedVectors are the worked example of the documentation, as it stands today
// (cloud.tencent.com/document/api/382/52072: the keys are 32 asterisks, and were so when it was
// computed) and as it stood before (the same request without X-TC-Action among the signed headers).
func TestPublishedVectors(t *testing.T) {
	const body = `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	at := time.Unix(1551113065, 0)
	headers := map[string]string{"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
	before := Authorisation("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", at, headers, []byte(body))
	headers["x-tc-action"] = "DescribeInstances"
	today := Authorisation("AKID********************************", "********************************", "cvm", at, headers, []byte(body))
	for got, want := range map[string]string{
		before: "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
		today:  "TC3-HMAC-SHA256 Credential=AKID********************************/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
	} {
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	h := http.Header{"Content-Type": {headers["content-type"]}, "X-Tc-Action": {"DescribeInstances"}, "X-Tc-Timestamp": {"1551113065"}, "Authorization": {today}}
	if got := again("AKID********************************", "********************************", "cvm", headers["host"], h, []byte(body)); got != today {
		t.Errorf("again: %s", got)
	}
}

// TestSignatureAgain: both ways agree whatever is sent, also on either side of midnight UTC.
func TestSignatureAgain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		at := time.Unix(rapid.Int64Range(1600000000, 1900000000).Draw(rt, "at"), 0)
		body := rapid.SliceOf(rapid.Byte()).Draw(rt, "body")
		action := rapid.StringMatching(`[A-Za-z]{1,20}`).Draw(rt, "action")
		a := Authorisation(secretID, secret, "sms", at, map[string]string{"content-type": "application/json", "host": "h.example", "x-tc-action": action}, body)
		h := http.Header{"Content-Type": {"application/json"}, "X-Tc-Action": {action}, "X-Tc-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Authorization": {a}}
		if b := again(secretID, secret, "sms", "h.example", h, body); a != b {
			rt.Fatalf("%s\n%s", a, b)
		}
	})
}

// again signs what a server received: from the specification, with SHA-256 alone, and the headers
// that the sender says it signed.
func again(id, key, service, host string, h http.Header, body []byte) string {
	_, signed, _ := strings.Cut(h.Get("Authorization"), "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	text := "POST\n/\n\n"
	for _, n := range strings.Split(signed, ";") {
		v := h.Get(n)
		if n == "host" {
			v = host
		}
		text += n + ":" + strings.ToLower(v) + "\n"
	}
	text += "\n" + signed + "\n" + hexed(sum(body))
	seconds, err := strconv.ParseInt(h.Get("X-TC-Timestamp"), 10, 64)
	if err != nil {
		return err.Error()
	}
	y, m, d := time.Unix(seconds, 0).UTC().Date()
	date := fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	text = fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s/%s/tc3_request\n%s", seconds, date, service, hexed(sum([]byte(text))))
	k := hmac(hmac(hmac([]byte("TC3"+key), date), service), "tc3_request")
	return fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/%s/%s/tc3_request, SignedHeaders=%s, Signature=%s", id, date, service, signed, hexed(hmac(k, text)))
}

// hmac is RFC 2104's definition.
func hmac(key []byte, text string) []byte {
	inner, outer := make([]byte, 64), make([]byte, 64)
	copy(inner, key)
	copy(outer, key)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	return sum(append(outer, sum(append(inner, text...))...))
}

func sum(b []byte) []byte   { s := sha256.Sum256(b); return s[:] }
func hexed(b []byte) string { return hex.EncodeToString(b) }

// verified says what is wrong with a request.
func verified(r *http.Request, body []byte) error {
	if got, want := r.Header.Get("Authorization"), again(secretID, secret, "sms", r.Host, r.Header, body); got != want {
		return fmt.Errorf("AuthFailure.SignatureFailure: %s, want %s", got, want)
	}
	if !strings.Contains(r.Header.Get("Authorization"), "SignedHeaders=content-type;host;x-tc-action,") || r.Header.Get("X-TC-Version") != "2021-01-11" || r.Header.Get("X-TC-Region") == "" || r.URL.RequestURI() != "/" {
		return errors.New("not a question to sms")
	}
	return nil
}

type sending struct {
	PhoneNumberSet, TemplateParamSet                  []string
	SmsSdkAppId, SignName, TemplateId, SessionContext string
}

// wire is the service as documented: it verifies every signature.
func wire() smstest.Wire {
	return smstest.Wire{
		Read: func(r *http.Request, body []byte) (smstest.Taken, bool, error) {
			if err := verified(r, body); err != nil || r.Header.Get("X-TC-Action") != "SendSms" {
				return smstest.Taken{}, false, err
			}
			var q sending
			err := json.Unmarshal(body, &q)
			return smstest.Taken{Reference: q.SessionContext, Phone: strings.Join(q.PhoneNumberSet, ","), Template: q.TemplateId, Params: q.TemplateParamSet}, true, err
		},
		Accept: func(t smstest.Taken) []byte {
			return fmt.Appendf(nil, `{"Response":{"SendStatusSet":[{"SerialNo":%q,"PhoneNumber":%q,"Fee":1,"SessionContext":%q,"Code":"Ok","Message":"send success","IsoCode":"CN"}],"RequestId":"a0aabda6"}}`, t.ID, t.Phone, t.Reference)
		},
		Refuse: func(t smstest.Taken) []byte {
			return fmt.Appendf(nil, `{"Response":{"SendStatusSet":[{"SerialNo":"","PhoneNumber":%q,"Fee":0,"SessionContext":"","Code":"FailedOperation.PhoneNumberInBlacklist","Message":"in blacklist","IsoCode":"CN"}],"RequestId":"a0aabda6"}}`, t.Phone)
		},
		Ask: func(r *http.Request, body []byte, taken []smstest.Taken) (int, []byte) {
			var q struct{ PhoneNumber string }
			if err := json.Unmarshal(body, &q); err != nil {
				return http.StatusBadRequest, nil
			}
			out := []map[string]any{}
			for _, t := range taken {
				if t.Phone == q.PhoneNumber {
					out = append(out, map[string]any{"SerialNo": t.ID, "SessionContext": t.Reference, "ReportStatus": "SUCCESS"})
				}
			}
			b, err := json.Marshal(map[string]any{"Response": map[string]any{"PullSmsSendStatusSet": out}})
			if err != nil {
				return http.StatusInternalServerError, nil
			}
			return http.StatusOK, b
		},
	}
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
		body, _ := io.ReadAll(r.Body)
		want := `{"PhoneNumberSet":["+8619900000001"],"SmsSdkAppId":"1400006666","SignName":"泉州市民政局","TemplateId":"1110","TemplateParamSet":["2","线索登记表","6月25日24:00"],"SessionContext":"0123456789abcdef0123456789abcdef"}`
		if err := verified(r, body); err != nil || string(body) != want || r.Header.Get("X-TC-Timestamp") != "1624581000" || r.Header.Get("X-TC-Region") != "ap-guangzhou" {
			t.Errorf("%v\n%s", err, body)
		}
		w.Write([]byte(`{"Response":{"SendStatusSet":[{"SerialNo":"5000:1045710669157053657849499619","PhoneNumber":"+8619900000001","Fee":1,"SessionContext":"x","Code":"Ok","Message":"send success"}]}}`))
	})
	if a, err := s.Send(t.Context(), letter); err != nil || a.Reference != "5000:1045710669157053657849499619" || a.Answer != "Ok send success" {
		t.Errorf("%+v, %v", a, err)
	}
	other := letter
	other.Body = sms.Message{Template: "overdue", Params: []string{"1"}}.Encode()
	if _, err := s.Send(t.Context(), other); notify.FaultOf(err) != notify.FaultConfig {
		t.Errorf("a template without an id: %v", err)
	}
}

// TestCodes: every code of the table, of the number and of the whole question, those with many
// endings, and what is in no table.
func TestCodes(t *testing.T) {
	var answer string
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer) })
	states := map[notify.Fault]notify.State{notify.FaultMessage: notify.Refused, notify.FaultRecipient: notify.Refused, notify.FaultTransient: notify.Deferred,
		notify.FaultNumberLimit: notify.Deferred, notify.FaultAccountLimit: notify.Deferred, notify.FaultConfig: notify.Deferred}
	check := func(code string, state notify.State, fault notify.Fault, wait time.Duration) {
		t.Helper()
		for _, answer = range []string{
			fmt.Sprintf(`{"Response":{"SendStatusSet":[{"Code":%q,"Message":"说明"}]}}`, code),
			fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":"说明"},"RequestId":"x"}}`, code),
		} {
			_, err := s.Send(t.Context(), letter)
			if notify.Class(err) != state || notify.FaultOf(err) != fault || notify.WaitOf(err) != wait || !strings.Contains(fmt.Sprint(err), code+": 说明") {
				t.Errorf("%s: %s, %s, %v, %v", code, notify.Class(err), notify.FaultOf(err), notify.WaitOf(err), err)
			}
		}
	}
	for code, v := range Codes {
		if v.Lost {
			check(code, notify.Unknown, notify.FaultTransient, 0)
		} else {
			check(code, states[v.Fault], v.Fault, v.Wait)
		}
	}
	check("AuthFailure.SignatureFailure", notify.Deferred, notify.FaultConfig, 0)
	check("AuthFailure.SecretIdNotFound", notify.Deferred, notify.FaultConfig, 0)
	check("AuthFailure.SignatureExpire", notify.Deferred, notify.FaultTransient, 0)
	check("RequestLimitExceeded.UinLimitExceeded", notify.Deferred, notify.FaultTransient, 0)
	check("InternalError.Newly", notify.Unknown, notify.FaultTransient, 0)
	check("IpNotInWhitelist", notify.Deferred, notify.FaultConfig, 0)
	check("MissingParameter", notify.Deferred, notify.FaultConfig, 0)
	check("SomethingNew", notify.Deferred, notify.FaultTransient, 0)
	for _, answer = range []string{`{}`, `{"Response":{}}`, `{"Response":{"SendStatusSet":[]}}`, `{"Response":{"SendStatusSet":[{"Code":""}]}}`,
		`{"Response":{"SendStatusSet":[{"Code":"Ok"},{"Code":"Ok"}]}}`, `[]`} {
		if _, err := s.Send(t.Context(), letter); notify.Class(err) != notify.Unknown {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestFindAndPoll(t *testing.T) {
	var asked map[string]any
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = nil
		if err := errors.Join(verified(r, body), json.Unmarshal(body, &asked)); err != nil || r.Header.Get("X-TC-Action") != "PullSmsSendStatusByPhoneNumber" {
			t.Error(err)
		}
		io.WriteString(w, `{"Response":{"PullSmsSendStatusSet":[
			{"SerialNo":"1","SessionContext":"other","ReportStatus":"SUCCESS","Description":"DELIVRD","UserReceiveTime":1624550395},
			{"SerialNo":"2","SessionContext":"a","ReportStatus":"SUCCESS","Description":"DELIVRD","UserReceiveTime":1624550396},
			{"SerialNo":"3","SessionContext":"","ReportStatus":"FAIL","Description":"MK:0001 空号","UserReceiveTime":0},
			{"SerialNo":"4","SessionContext":"d","ReportStatus":"FAIL","Description":"关机","UserReceiveTime":0}],"RequestId":"x"}}`)
	})
	at := time.Date(2021, 6, 24, 15, 59, 0, 0, time.UTC)
	a, found, err := s.Find(t.Context(), notify.Sent{MessageID: "a", Address: "19900000001", At: at})
	if err != nil || !found || a.Reference != "2" {
		t.Errorf("%+v %v %v", a, found, err)
	}
	want := map[string]any{"SmsSdkAppId": "1400006666", "PhoneNumber": "+8619900000001", "BeginTime": float64(at.Unix() - 600), "EndTime": float64(morning.Unix()), "Limit": 100.0, "Offset": 0.0}
	if fmt.Sprint(asked) != fmt.Sprint(want) {
		t.Errorf("asked for %v", asked)
	}
	if _, found, err := s.Find(t.Context(), notify.Sent{MessageID: "b", Address: "19900000001", At: at}); found || !errors.Is(err, notify.ErrUnsure) {
		t.Errorf("%v %v", found, err)
	}
	// What is older than the records is asked for within what there is.
	if _, _, err := s.Find(t.Context(), notify.Sent{MessageID: "b", At: morning.AddDate(0, 0, -30)}); !errors.Is(err, notify.ErrUnsure) || asked["BeginTime"] != float64(morning.AddDate(0, 0, -7).Unix()) {
		t.Errorf("%v %v", asked, err)
	}
	got, err := s.Poll(t.Context(), []notify.Sent{{MessageID: "a", At: at}, {MessageID: "b", At: at}, {MessageID: "c", Reference: "3", At: at}, {MessageID: "d", At: at}})
	receipts := []notify.Receipt{{Reference: "a", State: notify.Delivered, Reason: "DELIVRD", At: time.Unix(1624550396, 0).UTC()},
		{Reference: "c", State: notify.Refused, Reason: "MK:0001 空号", BadNumber: true}, {Reference: "d", State: notify.Refused, Reason: "关机"}}
	if err != nil || !slices.Equal(got, receipts) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestCannotAsk: nothing is called not found unless the service said so.
func TestCannotAsk(t *testing.T) {
	for _, answer := range []string{`{"Response":{"Error":{"Code":"AuthFailure.SecretIdNotFound","Message":"x"}}}`, `<html>`, `{}`, `{"Response":{"RequestId":"x"}}`} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer) })
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
	got, answer, err := s.Listen(key, []byte(`[
		{"user_receive_time":"2021-06-25 08:30:04","nationcode":"86","mobile":"19900000001","report_status":"SUCCESS","errmsg":"DELIVRD","description":"用户短信送达成功","sid":"5000:1"},
		{"user_receive_time":"2021-06-25 08:31:00","nationcode":"86","mobile":"19900000002","report_status":"FAIL","errmsg":"MK:0001","description":"空号","sid":"5000:2"},
		{"user_receive_time":"","nationcode":"86","mobile":"19900000003","report_status":"FAIL","errmsg":"UNDELIV","description":"关机","sid":"5000:3"}]`))
	want := []notify.Receipt{
		{Reference: "5000:1", State: notify.Delivered, Reason: "DELIVRD 用户短信送达成功", At: time.Date(2021, 6, 25, 0, 30, 4, 0, time.UTC)},
		{Reference: "5000:2", State: notify.Refused, Reason: "MK:0001 空号", BadNumber: true, At: time.Date(2021, 6, 25, 0, 31, 0, 0, time.UTC)},
		{Reference: "5000:3", State: notify.Refused, Reason: "UNDELIV 关机"},
	}
	if err != nil || string(answer) != `{"result":0,"errmsg":"OK"}` || !slices.Equal(got, want) {
		t.Errorf("%+v, %s, %v", got, answer, err)
	}
	for _, c := range []struct {
		query map[string][]string
		body  string
	}{{nil, `[]`}, {map[string][]string{"key": {"x"}}, `[]`}, {key, `{`}, {key, `[{"report_status":"SUCCESS"}]`}} {
		if _, _, err := s.Listen(c.query, []byte(c.body)); err == nil {
			t.Errorf("%v %s is taken", c.query, c.body)
		}
	}
}

func TestSettings(t *testing.T) {
	for name, spoil := range map[string]func(*Settings){
		"no id": func(s *Settings) { s.SecretID = "" }, "no key": func(s *Settings) { s.SecretKey = "" }, "no application": func(s *Settings) { s.AppID = "" },
		"no templates": func(s *Settings) { s.Templates = nil }, "a template without an id": func(s *Settings) { s.Templates = map[string]string{"due": ""} },
		"a path": func(s *Settings) { s.URL = "https://x.example/sms" }, "no address": func(s *Settings) { s.URL = "x" },
	} {
		set := settings("")
		spoil(&set)
		if _, err := New(set); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
