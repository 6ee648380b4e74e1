package chase

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/demo/catch"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms/gateway"
)

// Stages of a conversation at which a server can be made to do something.
const (
	greets = "greets" // the connection is open, nothing said
	mailed = "mail"   // MAIL came
	inData = "data"   // the first line of content came
	dotted = "dot"    // the content is whole and in the book, the answer not given
	texted = "text"   // a text message is in the book, the answer not given
)

// does is what a server does at a stage instead of going on.
type does string

const (
	goesOn  does = ""
	hangsUp does = "hangs up"
	defers  does = "defers" // 451, 503
)

// entry is a line in the book of a server.
type entry struct {
	channel notify.Channel
	id      string // Message-ID, reference
	to      string
	raw     []byte
	at      time.Time
}

// post is the receiving side: an SMTP server and an SMS gateway that share one append-only book.
type post struct {
	t        testing.TB
	listener net.Listener
	texts    *http.Server
	phone    net.Listener
	now      func() time.Time // the clock of the town; nil: none
	// behave is asked at each stage; nil: all goes on. It is called without the lock.
	behave func(stage string) does

	mu   sync.Mutex
	book []entry
	seen map[string]string // reference of a text message to its id
	live map[net.Conn]bool
}

func newPost(t testing.TB) *post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	phone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{t: t, listener: l, phone: phone, seen: map[string]string{}, live: map[net.Conn]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sms", p.text)
	mux.HandleFunc("GET /sms/{reference}", p.tell)
	p.texts = &http.Server{Handler: mux}
	go func() { _ = p.texts.Serve(phone) }()
	go p.serve()
	t.Cleanup(func() {
		l.Close()
		p.texts.Close()
		p.hangUp()
	})
	return p
}

func (p *post) relay() *net.TCPAddr { return p.listener.Addr().(*net.TCPAddr) }
func (p *post) gateway() string     { return "http://" + p.phone.Addr().String() + "/sms" }

// hangUp breaks every conversation, as a relay that goes down does.
func (p *post) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.live {
		c.Close()
	}
}

func (p *post) stage(s string) does {
	p.mu.Lock()
	f := p.behave
	p.mu.Unlock()
	if f == nil {
		return goesOn
	}
	return f(s)
}

func (p *post) behaves(f func(stage string) does) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.behave = f
}

func (p *post) write(e entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != nil {
		e.at = p.now()
	}
	p.book = append(p.book, e)
}

// entries are the lines of the book, in order.
func (p *post) entries() []entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.book)
}

func (p *post) serve() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.live[c] = true
		p.mu.Unlock()
		go func() {
			p.converse(c)
			c.Close()
			p.mu.Lock()
			delete(p.live, c)
			p.mu.Unlock()
		}()
	}
}

// converse is one SMTP conversation.
func (p *post) converse(c net.Conn) {
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	switch p.stage(greets) {
	case hangsUp:
		return
	case defers:
		say("421 try again later")
		return
	}
	say("220 post.example ready")
	in := bufio.NewReader(c)
	var to string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch verb {
		case "EHLO", "HELO":
			say("250 post.example")
		case "MAIL":
			switch p.stage(mailed) {
			case hangsUp:
				return
			case defers:
				say("451 try again later")
				continue
			}
			say("250 2.1.0 ok")
		case "RCPT":
			to = between(line, "<", ">")
			say("250 2.1.5 ok")
		case "DATA":
			say("354 go on")
			raw, what := p.content(in)
			switch what {
			case hangsUp:
				return
			case defers: // the whole of it was read, and none of it is kept
				say("451 no room")
				continue
			}
			p.write(entry{channel: notify.Email, id: header(raw, "Message-ID"), to: to, raw: raw})
			if p.stage(dotted) == hangsUp {
				return
			}
			say("250 2.0.0 queued")
		case "RSET", "NOOP":
			say("250 2.0.0 ok")
		case "QUIT":
			say("221 2.0.0 bye")
			return
		default:
			say("500 what")
		}
	}
}

// content reads up to the final dot, and says what is done then.
func (p *post) content(in *bufio.Reader) (raw []byte, what does) {
	var b bytes.Buffer
	for first := true; ; first = false {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, hangsUp
		}
		if first {
			if what = p.stage(inData); what == hangsUp {
				return nil, what
			}
		}
		if line == ".\r\n" {
			return b.Bytes(), what
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// header reads a header of one line.
func header(raw []byte, name string) string {
	for _, l := range bytes.Split(raw, []byte("\r\n")) {
		if n, v, ok := bytes.Cut(l, []byte(":")); ok && strings.EqualFold(string(n), name) {
			return strings.TrimSpace(string(v))
		}
		if len(l) == 0 {
			break
		}
	}
	return ""
}

func (p *post) text(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	var req gateway.Request
	if err == nil {
		err = json.Unmarshal(raw, &req)
	}
	if err != nil {
		return // a sender that was killed
	}
	if p.stage(greets) != goesOn {
		http.Error(w, "later", http.StatusServiceUnavailable)
		return
	}
	p.write(entry{channel: notify.SMS, id: req.Reference, to: req.Phone, raw: raw})
	p.mu.Lock()
	p.seen[req.Reference] = "g-" + req.Reference
	p.mu.Unlock()
	if p.stage(texted) == hangsUp {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(gateway.Answer{ID: "g-" + req.Reference, Status: "accepted"})
}

func (p *post) tell(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	id, known := p.seen[r.PathValue("reference")]
	p.mu.Unlock()
	if !known {
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(gateway.Answer{ID: id, Status: gateway.Delivered})
}

// names tells a duty by what a list of the missing calls it: see named.
type names map[string]string

// named is a duty in the words of a list: what is reported, for which period, by whom.
func named(title, period, unit string) string { return title + "（" + period + "）·" + unit }

// duties are those that a mail speaks of, each once, sorted: the pages it links to, and the units it
// names in lists, which link to none.
func (e entry) duties(base string, known names) []string {
	if e.channel != notify.Email {
		return nil
	}
	out := []string{}
	var head string // of a list: a return, or a unit
	for _, line := range strings.Split(catch.Parse(e.raw).Text, "\n") {
		line = strings.TrimRight(line, "\r")
		if _, after, ok := strings.Cut(line, base+"/duty/"); ok {
			link, _, _ := strings.Cut(after, " ")
			if parts := strings.Split(link, "/"); len(parts) >= 4 { // directive, obligation, period, unit
				out = append(out, strings.Join(parts[:4], "/"))
			}
			continue
		}
		if n, rest, ok := strings.Cut(line, ". "); ok && strings.Trim(n, "0123456789") == "" {
			head = rest
			continue
		}
		if item, ok := strings.CutPrefix(line, "   · "); ok {
			item, _, _ = strings.Cut(item, "，")
			for _, name := range []string{head + "·" + item, item + "·" + head} {
				if duty, ok := known[name]; ok {
					out = append(out, duty)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
