package mailtest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
)

// conversation is one connection and how it is treated.
type conversation struct {
	s    *Server
	raw  net.Conn
	conn net.Conn // raw, or TLS over it
	in   *bufio.Reader
	how  Behaviour // of the line

	secured  bool
	signedIn bool
	took     int // messages
	reset    bool

	visit Visit
	to    Behaviour // towards the last recipient taken
}

func newConversation(s *Server, conn net.Conn) *conversation {
	return &conversation{s: s, raw: conn, conn: conn, in: bufio.NewReader(conn), how: Well}
}

// hold plays the relay until the client or the relay has had enough.
func (c *conversation) hold() {
	switch c.how {
	case Silent:
		io.Copy(io.Discard, c.conn)
		return
	case Busy:
		c.say("421 4.3.2 too busy, come back later")
		return
	case Twice:
		c.say("220 mailtest ESMTP")
	}
	on := c.say("220 mailtest ESMTP")
	for on {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		on = c.answer(strings.TrimRight(line, "\r\n"))
	}
	if tcp, ok := c.raw.(*net.TCPConn); ok && c.reset {
		_ = tcp.SetLinger(0) // unread or not, the peer is reset
		tcp.Close()
	}
}

// answer answers one command and reports whether the conversation goes on.
func (c *conversation) answer(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return c.hello(strings.ToUpper(verb))
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		return c.mail(rest)
	case "RCPT":
		return c.rcpt(rest)
	case "DATA":
		return c.data()
	case "RSET":
		c.visit = Visit{}
		return c.say("250 2.0.0 flushed")
	case "NOOP":
		return c.say("250 2.0.0 fine")
	case "QUIT":
		c.say("221 2.0.0 goodbye")
		return false
	}
	return c.say("500 5.5.2 unknown command")
}

func (c *conversation) hello(verb string) bool {
	if c.how == NoHello {
		return c.say("502 5.5.1 not here")
	}
	c.visit = Visit{}
	offers := []string{"mailtest", fmt.Sprintf("SIZE %d", 32<<20), "ENHANCEDSTATUSCODES"}
	if c.how != No8Bit {
		offers = append(offers, "8BITMIME", "SMTPUTF8")
	}
	if c.s.set.StartTLS && !c.secured && c.how != NoTLS {
		offers = append(offers, "STARTTLS")
	}
	if c.s.set.User != "" && (c.secured || !c.s.set.StartTLS) {
		offers = append(offers, "AUTH PLAIN LOGIN")
	}
	if verb == "HELO" {
		offers = offers[:1]
	}
	last := len(offers) - 1
	for _, o := range offers[:last] {
		if !c.write("250-" + o) {
			return false
		}
	}
	return c.write("250 " + offers[last])
}

func (c *conversation) startTLS() bool {
	if !c.s.set.StartTLS || c.how == NoTLS || c.secured {
		return c.say("503 5.5.1 no TLS here")
	}
	if !c.say("220 2.0.0 go ahead") {
		return false
	}
	if c.how == Downgrade {
		return c.say("250 2.0.0 or let us stay in plain text")
	}
	cert := c.s.cert
	if c.how == BadCert {
		var err error
		if cert, _, err = certificate(); err != nil {
			return false
		}
	}
	secured := tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{cert}})
	if secured.HandshakeContext(c.s.done) != nil {
		return false
	}
	c.conn, c.in, c.secured = secured, bufio.NewReader(secured), true
	return true
}

func (c *conversation) auth(rest string) bool {
	how, given, _ := strings.Cut(rest, " ")
	ask := func(question string) (string, bool) {
		if !c.write("334 " + base64.StdEncoding.EncodeToString([]byte(question))) {
			return "", false
		}
		line, err := c.in.ReadString('\n')
		if err != nil {
			return "", false
		}
		b, err := base64.StdEncoding.DecodeString(strings.TrimRight(line, "\r\n"))
		return string(b), err == nil
	}
	var user, password string
	switch strings.ToUpper(how) {
	case "PLAIN":
		b, err := base64.StdEncoding.DecodeString(given)
		parts := strings.Split(string(b), "\x00")
		if err != nil || len(parts) != 3 {
			return c.say("501 5.5.2 cannot be read")
		}
		user, password = parts[1], parts[2]
	case "LOGIN":
		var ok bool
		if user, ok = ask("Username:"); ok {
			password, ok = ask("Password:")
		}
		if !ok {
			return c.say("501 5.5.2 cannot be read")
		}
	default:
		return c.say("504 5.5.4 not that way")
	}
	if c.how == AuthNo || user != c.s.set.User || password != c.s.set.Password {
		return c.say("535 5.7.8 wrong user or password")
	}
	c.signedIn = true
	return c.say("235 2.7.0 welcome")
}

func (c *conversation) mail(rest string) bool {
	from, parameters, ok := path(rest, "FROM:")
	c.visit = Visit{From: from}
	call(c.s.set.Hooks.Mail, c.visit)
	switch {
	case !ok:
		return c.say("501 5.5.4 MAIL FROM:<address>")
	case c.s.set.StartTLS && !c.secured && c.how != NoTLS:
		return c.say("530 5.7.0 STARTTLS first")
	case c.s.set.User != "" && !c.signedIn:
		return c.say("530 5.7.0 sign in first")
	case c.how == MailLater:
		return c.say("451 4.3.0 not now")
	case c.how == MailNo:
		return c.say("550 5.1.8 the sender's domain is not known")
	case c.how == OneEach && c.took > 0:
		c.say("421 4.7.0 one message a connection")
		return false
	case c.how == No8Bit && (strings.Contains(parameters, "BODY=8BITMIME") || strings.Contains(parameters, "SMTPUTF8")):
		return c.say("555 5.5.4 that was not offered")
	}
	return c.say("250 2.1.0 ok")
}

func (c *conversation) rcpt(rest string) bool {
	to, _, ok := path(rest, "TO:")
	if !ok || c.visit.From == "" {
		return c.say("503 5.5.1 MAIL first, then RCPT TO:<address>")
	}
	asked := c.visit
	asked.To = append(append([]string(nil), c.visit.To...), to)
	call(c.s.set.Hooks.Rcpt, asked)
	b, n := c.s.towards(to)
	switch {
	case b == Greylist && n == 0:
		return c.say("450 4.2.0 greylisted, come back later")
	case b == RcptFull:
		return c.say("452 4.2.2 mailbox full")
	case b == RcptNo, b == Partial && n%3 != 0:
		return c.say("550 5.1.1 no such user")
	case b == RcptGone:
		return c.say("551 5.1.6 moved away")
	case b == Tired:
		c.say("421 4.3.2 shutting down")
		return false
	}
	c.visit, c.to = asked, b
	return c.say("250 2.1.5 ok")
}

func (c *conversation) data() bool {
	if len(c.visit.To) == 0 {
		return c.say("503 5.5.1 RCPT first")
	}
	if !c.say("354 go ahead") {
		return false
	}
	call(c.s.set.Hooks.Data, c.visit)
	if c.to == Drop {
		_, _ = io.CopyN(io.Discard, c.in, int64(c.s.set.DropAt))
		return false
	}
	body, ok := c.content()
	if !ok {
		return false
	}
	c.visit.Bytes, c.visit.MessageID = len(body), messageID(body)
	refusal := map[Behaviour]string{
		DotLater: "451 4.3.0 disk trouble", DotFull: "452 4.3.1 disk full", DotBig: "552 5.3.4 too big", DotSpam: "554 5.7.1 looks like spam",
	}[c.to]
	switch {
	case c.to == Small && len(body) > c.s.set.Max:
		refusal = "552 5.3.4 too big"
	case c.how == No8Bit && bytes.ContainsFunc(body, func(r rune) bool { return r >= 0x80 }):
		refusal = "554 5.6.1 8-bit content was not offered"
	}
	if refusal == "" && c.to != Swallow {
		err := c.s.book.enter(Entry{MessageID: c.visit.MessageID, From: c.visit.From, To: c.visit.To, SHA256: Sum(body), Bytes: len(body)})
		if err != nil {
			refusal = "451 4.3.0 the ledger cannot be written"
		} else {
			c.took++
		}
	}
	call(c.s.set.Hooks.Dot, c.visit)
	if refusal != "" {
		return c.say(refusal)
	}
	return c.taken(body)
}

// taken answers for a message that was taken over, if it does.
func (c *conversation) taken(body []byte) bool {
	answer := fmt.Sprintf("250 2.0.0 taken as %d", c.took)
	switch c.to {
	case Vanish, Swallow:
		return false
	case Late:
		c.s.pause(c.s.set.Late)
	case Garbage:
		answer = "250 \xff\xfe\x00\x1b[31m \xe6\x94"
	case Bounce:
		c.s.mu.Lock()
		c.s.bounces = append(c.s.bounces, report(c.visit, body))
		c.s.mu.Unlock()
	}
	on := c.say(answer)
	if on {
		call(c.s.set.Hooks.Taken, c.visit)
	}
	c.visit = Visit{}
	if c.to == Reset {
		c.reset = true
		return false
	}
	return on
}

// content reads up to the final dot. Only CRLF . CRLF is one: a relay that takes less lets a
// second message be smuggled in.
func (c *conversation) content() ([]byte, bool) {
	var b []byte
	for whole := true; ; {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return nil, false
		}
		if whole && string(line) == ".\r\n" {
			return b, true
		}
		if whole && line[0] == '.' {
			line = line[1:]
		}
		b = append(b, line...)
		whole = bytes.HasSuffix(line, []byte("\r\n"))
	}
}

// say answers in the manner of the relay and reports whether the line still holds.
func (c *conversation) say(reply string) bool {
	if c.how == TwoLines {
		code, words, _ := strings.Cut(reply, " ")
		return c.write(code+"-this relay has much to say") && c.write(code+"-"+words) && c.write(code+" that was it")
	}
	return c.write(reply)
}

func (c *conversation) write(line string) bool {
	if c.how == LowerCase && !strings.HasPrefix(line, "334 ") { // what follows is base64
		line = strings.ToLower(line)
	}
	if c.how == BareLF {
		line += "\n"
	} else {
		line += "\r\n"
	}
	if c.how != Slow {
		_, err := io.WriteString(c.conn, line)
		return err == nil
	}
	for i := range len(line) {
		c.s.pause(c.s.set.Step)
		if _, err := io.WriteString(c.conn, line[i:i+1]); err != nil || c.s.done.Err() != nil {
			return false
		}
	}
	return true
}

// path reads FROM:<address> or TO:<address> and what follows.
func path(s, keyword string) (address, rest string, ok bool) {
	if len(s) < len(keyword) || !strings.EqualFold(s[:len(keyword)], keyword) {
		return "", "", false
	}
	s = strings.TrimSpace(s[len(keyword):])
	if !strings.HasPrefix(s, "<") {
		return "", "", false
	}
	address, rest, ok = strings.Cut(s[1:], ">")
	return address, rest, ok
}

func messageID(body []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	return m.Header.Get("Message-ID")
}

func call(hook func(Visit), v Visit) {
	if hook != nil {
		hook(v)
	}
}
