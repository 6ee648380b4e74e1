// Package letter is what the providers' packages below notify/sms share: how a rendered message
// is read, and how a caller shows that it may bring receipts.
//
// Its one rule: whatever cannot be read is refused before anything is sent, with the reason.
package letter

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Open reads a rendered text message and checks its number. Errors are classed: nobody can be
// reached under what is no number.
func Open(r notify.Rendered) (sms.Message, error) {
	m, err := sms.Decode(r.Body)
	if err != nil {
		return sms.Message{}, notify.Permanent(err)
	}
	if phone, err := sms.Phone(r.To); err != nil {
		return sms.Message{}, notify.BadRecipient(err)
	} else if phone != r.To {
		return sms.Message{}, notify.Permanent(errors.New("the number is not in the form of eleven digits: it was not rendered by us"))
	}
	return m, nil
}

// Authorise checks the key that a carrier's call brings in its address (?key=…): receipts change
// what people are told, and a carrier has no other way to show who it is. Without a key of
// ours nobody may call.
func Authorise(key string, query map[string][]string) error {
	if key == "" {
		return errors.New("receipts by callback are not set up: there is no callback key")
	}
	if got := query["key"]; len(got) != 1 || subtle.ConstantTimeCompare([]byte(got[0]), []byte(key)) != 1 {
		return errors.New("the call does not bring the callback key (?key=…)")
	}
	return nil
}

// mostFailures is after how many questions in a row that failed a carrier is asked no more.
const mostFailures = 3

// Poll asks about each message and returns what is settled. A question that fails keeps no other
// from being put, or one message could hide all behind it; but a carrier that fails again and
// again is left alone until the next time. What was learnt is returned with the errors.
func Poll(ctx context.Context, sent []notify.Sent, ask func(notify.Sent) (r notify.Receipt, final bool, err error)) ([]notify.Receipt, error) {
	var out []notify.Receipt
	var errs []error
	failures := 0
	for _, m := range sent {
		r, final, err := ask(m)
		switch {
		case err != nil:
			errs = append(errs, err)
			if failures++; failures == mostFailures || ctx.Err() != nil {
				return out, errors.Join(errs...)
			}
			continue
		case final:
			out = append(out, r)
		}
		failures = 0
	}
	return out, errors.Join(errs...)
}

// Time reads a carrier's time of day, "2021-06-25 08:30:05" as clocks in China show it. It
// returns the zero time for what is none: a receipt counts without.
func Time(s string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, s, calendar.Zone)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// gone are the codes of networks that mean one thing only: there is no such number.
var gone = map[string]bool{"MK:0001": true, "MI:0073": true, "MI:0210": true, "CB:0053": true, "DB:0101": true}

// NoSuchNumber reports whether a receipt's code or words say that the number is dead (空号,
// 销号), and nothing less: a telephone that is switched off, or in arrears, is reached another day,
// and many a network's word is "空号、停机或关机", which is not known.
func NoSuchNumber(code, words string) bool {
	if gone[strings.ToUpper(code)] {
		return true
	}
	if strings.Contains(words, "关机") || strings.Contains(words, "停机") {
		return false
	}
	return strings.Contains(words, "空号") || strings.Contains(words, "销号") || strings.Contains(words, "号码不存在")
}
