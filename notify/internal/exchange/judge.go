package exchange

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/baosong/baosong/notify"
)

// Verdict is what a refusal means, by whose matter it is. Providers' tables of codes are made of
// these.
type Verdict struct {
	Fault notify.Fault
	Wait  time.Duration // of a limit or a passing refusal that says when it ends; zero: it does not
	// Lost is for a refusal that speaks of a time-out behind the provider: the message may have
	// gone out all the same.
	Lost bool
}

// Mark classes err accordingly. A verdict without a fault is transient.
func (v Verdict) Mark(err error) error {
	switch {
	case v.Lost:
		return notify.Lost(err)
	case v.Fault == notify.FaultMessage:
		return notify.Permanent(err)
	case v.Fault == notify.FaultRecipient:
		return notify.BadRecipient(err)
	case v.Fault == notify.FaultNumberLimit:
		return notify.NumberLimited(err, v.Wait)
	case v.Fault == notify.FaultAccountLimit:
		return notify.AccountLimited(err)
	case v.Fault == notify.FaultConfig:
		return notify.Misconfigured(err)
	case v.Wait > 0:
		return notify.Later(err, v.Wait)
	}
	return notify.Temporary(err)
}

// Judge says what an answer's status means for the message: nil for a whole 2xx. What the body
// says, if anything, is the provider's package's to read first.
func (a Answer) Judge() error {
	err := fmt.Errorf("the answer is %s", a.Line)
	switch {
	case a.Status/100 == 2 && a.Cut != nil:
		return notify.Lost(fmt.Errorf("%s, then %w", a.Line, a.Cut))
	case a.Status/100 == 2:
		return nil
	}
	return statuses(a).Mark(err)
}

// statuses is the table of those that are no success. A 500 or 503 is the provider's own word
// that it did not take the message; 502 and 504 come from something in front of it, which does not
// know.
func statuses(a Answer) Verdict {
	switch a.Status {
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return Verdict{Lost: true}
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusGone:
		return Verdict{Fault: notify.FaultConfig}
	case http.StatusPaymentRequired:
		return Verdict{Fault: notify.FaultAccountLimit}
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return Verdict{Fault: notify.FaultTransient}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return Verdict{Fault: notify.FaultTransient, Wait: a.wait()}
	}
	switch a.Status / 100 {
	case 3:
		return Verdict{Fault: notify.FaultConfig}
	case 4:
		return Verdict{Fault: notify.FaultMessage}
	}
	return Verdict{Fault: notify.FaultTransient}
}

// longest is the most that a provider may ask us to wait.
const longest = 24 * time.Hour

// wait reads Retry-After: seconds, or a date, which is measured against the answer's own Date, so
// that nobody's clock has to be right. Zero if it is absent or makes no sense.
func (a Answer) wait() time.Duration {
	h := a.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(h, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, longest)
	}
	until, err := http.ParseTime(h)
	if err != nil {
		return 0
	}
	from, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil || !until.After(from) {
		return 0
	}
	return min(until.Sub(from), longest)
}
