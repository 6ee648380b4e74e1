package letter

import (
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
)

func TestOpen(t *testing.T) {
	body := sms.Message{Template: "due", Params: []string{"1"}, Signature: "泉州市民政局", Text: "【泉州市民政局】x"}.Encode()
	if m, err := Open(notify.Rendered{To: "19900000001", Body: body}); err != nil || m.Template != "due" {
		t.Errorf("%+v, %v", m, err)
	}
	for to, want := range map[string]notify.Fault{"10086": notify.FaultRecipient, "": notify.FaultRecipient, "+8619900000001": notify.FaultMessage} {
		if _, err := Open(notify.Rendered{To: to, Body: body}); notify.Class(err) != notify.Refused || notify.FaultOf(err) != want {
			t.Errorf("%q: %v", to, err)
		}
	}
	if _, err := Open(notify.Rendered{To: "19900000001", Body: []byte("free text")}); notify.Class(err) != notify.Refused || err == nil {
		t.Error("free text is taken")
	}
}

func TestNoSuchNumber(t *testing.T) {
	for _, c := range []struct {
		code, words string
		want        bool
	}{
		{"MK:0001", "", true}, {"mk:0001", "终端失败", true}, {"UNDELIV", "空号", true}, {"", "用户已销号", true}, {"", "号码不存在", true},
		{"MI:0054", "空号、停机或关机", false}, {"IS_CLOSED", "关机", false}, {"UNDELIV", "", false}, {"DELIVRD", "用户接收成功", false},
	} {
		if got := NoSuchNumber(c.code, c.words); got != c.want {
			t.Errorf("%q %q: %v", c.code, c.words, got)
		}
	}
}

func TestTime(t *testing.T) {
	if got := Time("2021-06-25 08:30:05"); !got.Equal(time.Date(2021, 6, 25, 0, 30, 5, 0, time.UTC)) || got.Location() != time.UTC {
		t.Error(got)
	}
	for _, s := range []string{"", "2021-06-31 08:30:05", "1624581005"} {
		if got := Time(s); !got.IsZero() {
			t.Errorf("%q is %v", s, got)
		}
	}
}
