package mail

import (
	"errors"
	"fmt"
	"net/textproto"

	"github.com/baosong/baosong/notify"
)

// classify says what an error that came at a phase means for the message.
func classify(err error, at phase) error {
	var reply *textproto.Error
	coded := errors.As(err, &reply)
	switch {
	case coded && at >= recipient && reply.Code/100 == 5:
		return notify.Permanent(fmt.Errorf("%s: %w", at, err))
	case at == finalDot && !(coded && reply.Code/100 == 4):
		return notify.Lost(fmt.Errorf("%s: %w", at, err))
	}
	return notify.Temporary(fmt.Errorf("%s: %w", at, err))
}

// took reports whether a reply to the final dot begins with a 2xx code.
func took(reply string) bool {
	return len(reply) >= 3 && reply[0] == '2' && digit(reply[1]) && digit(reply[2]) && (len(reply) == 3 || reply[3] == ' ' || reply[3] == '-')
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
