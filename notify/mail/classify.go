package mail

import (
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"github.com/baosong/baosong/notify"
)

// classify says what an error that came at a phase means for the message, and whose matter it
// is. What is said against us only defers it, however final it sounds.
func classify(err error, at phase) error {
	if at >= mailFrom { // before, the error says itself that it was about connecting
		err = fmt.Errorf("%s: %w", at, err)
	}
	var reply *textproto.Error
	coded := errors.As(err, &reply)
	refused := coded && reply.Code/100 == 5
	switch {
	case errors.Is(err, errNoSignIn), refused && (at == signIn || at == mailFrom && ours(reply)):
		return notify.Misconfigured(err)
	case refused && at >= recipient:
		return refusal(err, reply, at)
	case at == finalDot && !(coded && reply.Code/100 == 4):
		return notify.Lost(err)
	}
	return notify.Temporary(err)
}

// ours reports whether a refusal of MAIL is about our sign-in or our sender address. Others
// may be the relay's bad day.
func ours(reply *textproto.Error) bool {
	return slices.Contains([]int{530, 535, 550, 551, 553}, reply.Code) || slices.Contains([]string{"5.1.7", "5.1.8", "5.7.1"}, enhanced(reply))
}

// refusal classes a 5xx reply to RCPT or later. The enhanced code (RFC 3463) decides if there
// is one: the three digits before it are used loosely by everybody.
func refusal(err error, reply *textproto.Error, at phase) error {
	code := enhanced(reply)
	switch {
	case code == "5.4.5": // our quota of the day; the same for every recipient
		return notify.AccountLimited(err)
	case reply.Code == 530, reply.Code == 535, code == "5.1.7", code == "5.1.8": // many relays put off to RCPT what they have against MAIL
		return notify.Misconfigured(err)
	case ofAddress(code):
		return notify.BadRecipient(err)
	case at != recipient:
		return notify.Permanent(err)
	case reply.Code == 552: // RFC 5321 §4.5.3.1.10: as 452
		return notify.Temporary(err)
	case strings.Contains(strings.ToLower(reply.Msg), "relay"):
		// "Relaying denied" is said of us, not of the reader: mending the relay's settings lets the
		// message through. But others may still be let through now, so the carrier is not paused.
		return notify.Temporary(err)
	case code == "" && slices.Contains([]int{550, 551, 553}, reply.Code):
		return notify.BadRecipient(err)
	}
	return notify.Permanent(err)
}

// ofAddress reports whether an enhanced code says that the address does not work.
func ofAddress(code string) bool {
	return code == "5.2.1" || strings.HasPrefix(code, "5.1.") && code != "5.1.7" && code != "5.1.8"
}

var enhancedCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}(?:\s|$)`)

// enhanced returns the enhanced status code of a reply, or "".
func enhanced(reply *textproto.Error) string {
	return strings.TrimSpace(enhancedCode.FindString(reply.Msg))
}

// took reports whether a reply to the final dot begins with a 2xx code.
func took(reply string) bool {
	return len(reply) >= 3 && reply[0] == '2' && digit(reply[1]) && digit(reply[2]) && (len(reply) == 3 || reply[3] == ' ' || reply[3] == '-')
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
