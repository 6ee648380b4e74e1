package mailtest

import (
	"slices"
	"strconv"
	"strings"
)

// Behaviour is one way to treat a client. Its text is what stands in a local part.
type Behaviour string

// Well is the good relay.
const Well Behaviour = ""

// Behaviours of the line: they begin before a recipient is named.
const (
	Silent    Behaviour = "silent"    // accepts the connection and says nothing
	Busy      Behaviour = "busy"      // greets with 421
	Slow      Behaviour = "slow"      // says a byte a step
	NoHello   Behaviour = "nohello"   // refuses EHLO and HELO
	NoTLS     Behaviour = "notls"     // does not offer STARTTLS
	BadCert   Behaviour = "badcert"   // shows a certificate that nobody vouches for
	Downgrade Behaviour = "downgrade" // says 220 to STARTTLS and goes on in plain text
	AuthNo    Behaviour = "auth535"   // refuses the sign-in
	MailLater Behaviour = "mail451"   // refuses the sender for now
	MailNo    Behaviour = "mail550"   // refuses the sender
	TwoLines  Behaviour = "twolines"  // answers everything in several lines
	No8Bit    Behaviour = "no8bit"    // offers neither 8BITMIME nor SMTPUTF8 and takes no such thing
	OneEach   Behaviour = "oneeach"   // takes one message a connection and closes the line at the second with 421
	Twice     Behaviour = "twice"     // greets twice, and so is one answer ahead from then on
	LowerCase Behaviour = "lowercase" // answers in lower case, the EHLO keywords too
	BareLF    Behaviour = "barelf"    // ends its lines in LF
)

// Behaviours towards a recipient or a message.
const (
	Greylist Behaviour = "greylist" // RCPT 450 at the first transaction
	RcptFull Behaviour = "rcpt452"
	RcptNo   Behaviour = "rcpt550" // 5.1.1
	RcptGone Behaviour = "rcpt551"
	Partial  Behaviour = "partial" // takes the first RCPT of three and refuses two with 550
	Tired    Behaviour = "tired"   // RCPT 421, and the line is closed
	Drop     Behaviour = "drop"    // says 354, hears Options.DropAt bytes and drops the line
	Vanish   Behaviour = "vanish"  // takes the message and drops the line instead of answering
	Swallow  Behaviour = "swallow" // hears the final dot, takes nothing and drops the line
	Late     Behaviour = "late"    // takes the message and answers after Options.Late
	Reset    Behaviour = "reset"   // takes the message, says 250 and resets the connection
	Garbage  Behaviour = "garbage" // takes the message and says 250 with bytes that are no text
	DotLater Behaviour = "dot451"  // refuses the content for now
	DotFull  Behaviour = "dot452"
	DotBig   Behaviour = "dot552"
	DotSpam  Behaviour = "dot554"
	Small    Behaviour = "small"  // takes no content beyond Options.Max: 552
	Bounce   Behaviour = "bounce" // takes the message and reports later that it cannot be delivered
)

// ofLines and ofOne list the behaviours of the two kinds.
var (
	ofLines = []Behaviour{Silent, Busy, Slow, NoHello, NoTLS, BadCert, Downgrade, AuthNo, MailLater, MailNo, TwoLines, No8Bit, OneEach, Twice, LowerCase, BareLF}
	ofOne   = []Behaviour{
		Greylist, RcptFull, RcptNo, RcptGone, Partial, Tired, Drop, Vanish, Swallow, Late, Reset, Garbage, DotLater, DotFull, DotBig, DotSpam, Small, Bounce,
	}
)

// All returns every behaviour there is. (A relay that refuses connections is one that is Down;
// one without IPv4 is Options.Host; one without a name needs no server.)
func All() []Behaviour { return slices.Concat(ofLines, ofOne) }

func (b Behaviour) ofLine() bool { return slices.Contains(ofLines, b) }

// named reads a behaviour out of an address: vanish-2.lin@example.gov.cn is Vanish, twice.
// Without a number it is always so: -1.
func named(to string) (b Behaviour, times int) {
	local, _, _ := strings.Cut(to, "@")
	word, _, _ := strings.Cut(local, ".")
	word, count, counted := strings.Cut(word, "-")
	if !slices.Contains(ofOne, Behaviour(word)) {
		return Well, 0
	}
	if n, err := strconv.Atoi(count); counted && err == nil {
		return Behaviour(word), n
	}
	return Behaviour(word), -1
}
