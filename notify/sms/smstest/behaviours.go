package smstest

import (
	"fmt"
	"strings"

	"github.com/baosong/baosong/notify"
)

// Behaviour is what the provider does with one sending.
type Behaviour struct {
	Name string
	// Takes says whether the message is in the ledger, and so really goes out.
	Takes bool
	// States are those that a sender may conclude. Two, where it depends on the kernel how far the
	// question got.
	States []notify.State

	Answered bool // says 2xx, and then what no provider would
	Wire     bool // says it in the provider's own words: a Wire without Refuse has none

	early bool // acts before the question is read
	holds bool // ends by waiting: the sender has to give up
	act   func(*conn)
}

const jsonMedia = "application/json; charset=utf-8"

// Accept takes the message and says so.
var Accept = Behaviour{Name: "accept", Takes: true, States: handed, act: func(c *conn) { c.reply("200 OK", jsonMedia, c.accept) }}

var (
	handed   = []notify.State{notify.HandedOver}
	deferred = []notify.State{notify.Deferred}
	refused  = []notify.State{notify.Refused}
	unknown  = []notify.State{notify.Unknown}
	either   = []notify.State{notify.Deferred, notify.Unknown}
	noticed  = []notify.State{notify.HandedOver, notify.Unknown}
)

// Behaviours returns all of them: the analogues over HTTP of what an SMTP relay can do wrong.
func Behaviours() []Behaviour {
	out := []Behaviour{
		Accept,
		taking("accept with 202", handed, func(c *conn) { c.reply("202 Accepted", jsonMedia, c.accept) }),
		taking("accept in pieces", handed, func(c *conn) {
			answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", jsonMedia, len(c.accept), c.accept)
			for _, b := range []byte(answer) {
				c.say(string(b))
			}
		}),
		taking("accept after early hints", handed, func(c *conn) {
			c.say("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
			Accept.act(c)
		}),
		taking("accept in HTTP/1.0 without a length", handed, func(c *conn) { c.say("HTTP/1.0 200 OK\r\n\r\n" + string(c.accept)) }),
		taking("accept in chunks", handed, func(c *conn) {
			c.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(c.accept), c.accept))
		}),
		taking("accept as text/plain", handed, func(c *conn) { c.reply("200 OK", "text/plain", c.accept) }),
		taking("accept, then reset", noticed, func(c *conn) { Accept.act(c); c.reset() }),

		{Name: "refuse the number in a 200", Wire: true, States: refused, act: func(c *conn) { c.reply("200 OK", jsonMedia, c.refuse) }},

		{Name: "close at once", States: either, early: true, act: func(*conn) {}},
		{Name: "reset at once", States: either, early: true, act: func(c *conn) { c.reset() }},
		{Name: "never read", States: either, early: true, holds: true, act: func(c *conn) {
			c.tell()
			<-c.server.done
		}},
		{Name: "speak SMTP", States: either, early: true, act: func(c *conn) { c.say("220 mx.example ESMTP\r\n") }},
		{Name: "read and close", States: unknown, act: func(*conn) {}},
		{Name: "read and reset", States: unknown, act: func(c *conn) { c.reset() }},
		{Name: "read and be silent", States: unknown, holds: true, act: func(c *conn) { c.hold() }},

		taking("take and close", unknown, func(*conn) {}),
		taking("take and reset", unknown, func(c *conn) { c.reset() }),
		waiting("take and be silent", func(c *conn) { c.hold() }),
		taking("take, half a status line", unknown, func(c *conn) { c.say("HTTP/1.1 20") }),
		taking("take, a header without end", unknown, func(c *conn) { c.say("HTTP/1.1 200 OK\r\nContent-Type: app") }),
		taking("take, no HTTP", unknown, func(c *conn) { c.say("HTP/1.1 200 OK\r\n\r\n" + string(c.accept)) }),
		babbling("take, a body cut short", func(c *conn) {
			c.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(c.accept)+1, c.accept))
		}),
		stopping("take, a body that stops", func(c *conn) {
			c.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(c.accept), c.accept[:len(c.accept)/2]))
			c.hold()
		}),
		babbling("take, broken chunks", func(c *conn) {
			c.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + string(c.accept))
		}),
		babbling("take, a page of HTML", func(c *conn) { c.reply("200 OK", "text/html", []byte("<html>请先登录上网认证</html>")) }),
		babbling("take, nothing", func(c *conn) { c.reply("200 OK", jsonMedia, nil) }),
		babbling("take, 204", func(c *conn) { c.say("HTTP/1.1 204 No Content\r\n\r\n") }),
		babbling("take, a huge body", func(c *conn) {
			c.reply("200 OK", jsonMedia, []byte(string(c.accept)+strings.Repeat(" ", 1<<20)))
		}),
		taking("take, a huge header", unknown, func(c *conn) {
			c.reply("200 OK", jsonMedia, c.accept, "X-Much: "+strings.Repeat("x", 1<<20))
		}),
		babbling("take, packed unasked", func(c *conn) { c.reply("200 OK", jsonMedia, []byte("\x1f\x8b\x08\x00junk"), "Content-Encoding: gzip") }),
		taking("take, 502 of a proxy", unknown, func(c *conn) { c.reply("502 Bad Gateway", "text/html", []byte("nginx")) }),
		taking("take, 504 of a proxy", unknown, func(c *conn) { c.reply("504 Gateway Timeout", "text/html", []byte("nginx")) }),
	}
	for status, states := range map[string][]notify.State{
		"301 Moved Permanently": deferred, "302 Found": deferred, "307 Temporary Redirect": deferred, "308 Permanent Redirect": deferred,
		"400 Bad Request": refused, "401 Unauthorized": deferred, "403 Forbidden": deferred, "404 Not Found": deferred,
		"407 Proxy Authentication Required": deferred, "408 Request Timeout": deferred, "413 Content Too Large": refused,
		"429 Too Many Requests": deferred, "500 Internal Server Error": deferred, "503 Service Unavailable": deferred,
	} {
		out = append(out, Behaviour{Name: status, States: states, act: func(c *conn) {
			// Where a redirect leads is nobody: to follow it is an error of its own, or a second sending.
			c.reply(status, "text/plain", []byte("no"), "Location: http://127.0.0.1:1/", "Retry-After: 120")
		}})
	}
	return out
}

func taking(name string, states []notify.State, act func(*conn)) Behaviour {
	return Behaviour{Name: name, Takes: true, States: states, act: act}
}

// babbling takes the message, says 2xx, and then nothing that could be understood.
func babbling(name string, act func(*conn)) Behaviour {
	b := taking(name, unknown, act)
	b.Answered = true
	return b
}

func waiting(name string, act func(*conn)) Behaviour {
	b := taking(name, unknown, act)
	b.holds = true
	return b
}

func stopping(name string, act func(*conn)) Behaviour {
	b := waiting(name, act)
	b.Answered = true
	return b
}
