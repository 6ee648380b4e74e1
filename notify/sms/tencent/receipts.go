package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/internal/letter"
)

// status is one record of PullSmsSendStatusByPhoneNumber.
type status struct {
	SerialNo        string
	SessionContext  string
	ReportStatus    string // SUCCESS or FAIL
	Description     string
	UserReceiveTime int64 // unix seconds
}

// Find implements notify.Finder. True is certain; false means that no network has reported yet.
func (s *Sender) Find(ctx context.Context, m notify.Sent) (notify.Accepted, bool, error) {
	got, found, err := s.record(ctx, m)
	if err == nil && !found { // the service records what a network has reported, and nothing before that
		err = fmt.Errorf("no network has reported on it: %w", notify.ErrUnsure)
	}
	if err != nil {
		return notify.Accepted{}, false, err
	}
	return notify.Accepted{Answer: "recorded, " + got.ReportStatus, Reference: got.SerialNo}, true, nil
}

// Poll implements notify.Poller: one question a message. What was learnt beside errors is
// returned with them.
func (s *Sender) Poll(ctx context.Context, sent []notify.Sent) ([]notify.Receipt, error) {
	return letter.Poll(ctx, sent, func(m notify.Sent) (notify.Receipt, bool, error) {
		got, found, err := s.record(ctx, m)
		if err != nil || !found {
			return notify.Receipt{}, false, err
		}
		var at time.Time
		if got.UserReceiveTime > 0 {
			at = time.Unix(got.UserReceiveTime, 0).UTC()
		}
		r, final := receipt(m.MessageID, got.ReportStatus, "", got.Description, at)
		return r, final, nil
	})
}

const (
	kept = 7 * 24 * time.Hour // how long the service keeps records
	most = 100                // records in one answer
)

// record asks for the records of the number from a little before the hand-over on, and looks for
// our reference, or theirs.
func (s *Sender) record(ctx context.Context, m notify.Sent) (status, bool, error) {
	now := s.set.Clock.Now()
	begin := m.At.Add(-10 * time.Minute)
	if now.Sub(begin) > kept {
		begin = now.Add(-kept)
	}
	zero := 0
	a, err := s.ask(ctx, "PullSmsSendStatusByPhoneNumber", question{SmsSdkAppID: s.set.AppID, PhoneNumber: "+86" + m.Address,
		BeginTime: begin.Unix(), EndTime: now.Unix(), Limit: most, Offset: &zero})
	if err != nil {
		return status{}, false, fmt.Errorf("asked for what was sent: %w", err)
	}
	if a.Response.PullSmsSendStatusSet == nil {
		return status{}, false, errors.New("asked for what was sent: an answer without a list")
	}
	for _, got := range *a.Response.PullSmsSendStatusSet {
		if got.SessionContext == m.MessageID || m.Reference != "" && got.SerialNo == m.Reference {
			return got, true, nil
		}
	}
	return status{}, false, nil
}

// report is one element of what the service posts: cloud.tencent.com/document/product/382/5807.
type report struct {
	ReceiveTime  string `json:"user_receive_time"`
	ReportStatus string `json:"report_status"`
	ErrMsg       string `json:"errmsg"` // the network's code
	Description  string `json:"description"`
	SID          string `json:"sid"` // SerialNo
}

// Listen implements notify.Listener.
func (s *Sender) Listen(query map[string][]string, body []byte) ([]notify.Receipt, []byte, error) {
	if err := letter.Authorise(s.set.CallbackKey, query); err != nil {
		return nil, nil, err
	}
	var reports []report
	if err := json.Unmarshal(body, &reports); err != nil {
		return nil, nil, fmt.Errorf("not a list of receipts: %w", err)
	}
	var out []notify.Receipt
	for _, p := range reports {
		if p.SID == "" {
			return nil, nil, errors.New("a receipt without sid")
		}
		if r, final := receipt(p.SID, p.ReportStatus, p.ErrMsg, p.Description, letter.Time(p.ReceiveTime)); final {
			out = append(out, r)
		}
	}
	return out, []byte(`{"result":0,"errmsg":"OK"}`), nil
}

// receipt says what a report means for the message.
func receipt(reference, state, code, words string, at time.Time) (notify.Receipt, bool) {
	r := notify.Receipt{Reference: reference, Reason: strings.TrimSpace(code + " " + words), At: at}
	switch state {
	case "SUCCESS":
		r.State = notify.Delivered
	case "FAIL":
		if code == "" { // a record has the network's code among its words
			code, _, _ = strings.Cut(words, " ")
		}
		r.State, r.BadNumber = notify.Refused, letter.NoSuchNumber(code, words)
	default:
		return notify.Receipt{}, false
	}
	return r, true
}
