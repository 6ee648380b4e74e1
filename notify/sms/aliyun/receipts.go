package aliyun

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/internal/letter"
	"github.com/baosong/baosong/scheduler/calendar"
)

// detail is one record of QuerySendDetails.
type detail struct {
	OutID       string `json:"OutId"`
	SendStatus  int
	ErrCode     string
	ReceiveDate string
}

// The send states of a record.
const (
	failed    = 2
	delivered = 3
)

// Find implements notify.Finder: the record with our OutId among those of the number, from the day
// on which it may have been sent until today.
func (s *Sender) Find(ctx context.Context, m notify.Sent) (notify.Accepted, bool, error) {
	d, found, err := s.record(ctx, m)
	if err != nil || !found {
		return notify.Accepted{}, false, err
	}
	return notify.Accepted{Answer: strings.TrimSpace(fmt.Sprintf("recorded, state %d %s", d.SendStatus, d.ErrCode)), Reference: m.Reference}, true, nil
}

// Poll implements notify.Poller: one question a message. What was learnt beside errors is
// returned with them.
func (s *Sender) Poll(ctx context.Context, sent []notify.Sent) ([]notify.Receipt, error) {
	return letter.Poll(ctx, sent, func(m notify.Sent) (notify.Receipt, bool, error) {
		d, found, err := s.record(ctx, m)
		if err != nil {
			return notify.Receipt{}, false, err
		}
		r := notify.Receipt{Reference: m.MessageID, Reason: d.ErrCode, At: letter.Time(d.ReceiveDate)}
		switch {
		case found && d.SendStatus == delivered:
			r.State = notify.Delivered
		case found && d.SendStatus == failed:
			r.State, r.BadNumber = notify.Refused, letter.NoSuchNumber(d.ErrCode, "")
		default:
			return notify.Receipt{}, false, nil // no record yet, or under way
		}
		return r, true, nil
	})
}

const (
	page     = 50 // records in one answer, at most
	keptDays = 30 // on how many days back the service can be asked
)

func (s *Sender) record(ctx context.Context, m notify.Sent) (detail, bool, error) {
	const layout = "20060102"
	today := s.set.Clock.Now().In(calendar.Zone)
	day := m.At.In(calendar.Zone)
	if kept := today.AddDate(0, 0, 1-keptDays); day.Before(kept) {
		day = kept
	}
	// Its own day is asked for even if our clock has not come to it: another machine's may have.
	for first := day; day.Equal(first) || day.Format(layout) <= today.Format(layout); day = day.AddDate(0, 0, 1) {
		date := day.Format(layout)
		for n, seen := 1, 0; ; n++ {
			query := map[string]string{"PhoneNumber": m.Address, "SendDate": date, "PageSize": strconv.Itoa(page), "CurrentPage": strconv.Itoa(n)}
			if m.Reference != "" {
				query["BizId"] = m.Reference
			}
			got, err := s.ask(ctx, "QuerySendDetails", query)
			if err != nil {
				return detail{}, false, err
			}
			a, err := read(got)
			if err := s.judge(got, a, err); err != nil {
				return detail{}, false, fmt.Errorf("asked for what was sent: %w", err)
			}
			for _, d := range a.SmsSendDetailDTOs.SmsSendDetailDTO {
				if d.OutID == m.MessageID {
					return d, true, nil
				}
			}
			if seen += len(a.SmsSendDetailDTOs.SmsSendDetailDTO); seen >= a.TotalCount || len(a.SmsSendDetailDTOs.SmsSendDetailDTO) == 0 {
				break
			}
		}
	}
	return detail{}, false, nil
}

// report is one element of what the service posts: help.aliyun.com/document_detail/101867.html.
type report struct {
	Success    bool   `json:"success"`
	ErrCode    string `json:"err_code"`
	ErrMsg     string `json:"err_msg"`
	ReportTime string `json:"report_time"`
	BizID      string `json:"biz_id"`
	OutID      string `json:"out_id"`
}

// Listen implements notify.Listener. The service waits 700 ms for the answer and calls up to ten
// times again.
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
		r := notify.Receipt{Reference: p.OutID, State: notify.Refused, Reason: strings.TrimSpace(p.ErrCode + " " + p.ErrMsg), At: letter.Time(p.ReportTime)}
		if r.Reference == "" {
			r.Reference = p.BizID
		}
		if r.Reference == "" {
			continue // of a message that is not ours: the account may have other users
		}
		if p.Success {
			r.State = notify.Delivered
		} else {
			r.BadNumber = letter.NoSuchNumber(p.ErrCode, p.ErrMsg)
		}
		out = append(out, r)
	}
	return out, []byte(`{"code":0,"msg":"成功"}`), nil
}
