package mail

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// relay is a scripted SMTP server: each connection plays the next script, the last one
// again and again. A script has a step per line:
//
//	S text   say text and CRLF          B text   say text as it is (\n, \r escaped)
//	C WORD   hear a line beginning so   . hear content up to the final dot
//	N n      hear n bytes               TLS      become the server of a TLS handshake
//	X        close                      R        reset the connection
//	W        stay silent until the client goes away
//	T text   say text a byte every 20 ms, until the client goes away
//	G name   wait until the test opens the gate
//
// A script that ends closes the connection.
type relay struct {
	t       *testing.T
	l       net.Listener
	scripts []string
	gate    chan struct{}
	heard   chan struct{} // one for each whole content

	mu       sync.Mutex
	conns    int
	contents []string // complete ones, dots unstuffed
	problems []string
	done     sync.WaitGroup
}

func scripted(t *testing.T, scripts ...string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, l: l, scripts: scripts, gate: make(chan struct{}), heard: make(chan struct{}, 100)}
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			script := r.scripts[min(r.conns, len(r.scripts)-1)]
			r.conns++
			r.mu.Unlock()
			r.done.Add(1)
			go func() {
				defer r.done.Done()
				defer c.Close()
				if err := r.play(c, script); err != nil {
					r.mu.Lock()
					r.problems = append(r.problems, err.Error())
					r.mu.Unlock()
				}
			}()
		}
	}()
	return r
}

// stop ends the relay and returns how many connections there were and what went wrong.
func (r *relay) stop() (conns int, contents, problems []string) {
	r.l.Close()
	r.done.Wait()
	return r.conns, r.contents, r.problems
}

func (r *relay) settings() Settings {
	a := r.l.Addr().(*net.TCPAddr)
	return Settings{Host: "127.0.0.1", Port: a.Port, Security: Plain, From: "mzj@example.gov.cn", Hello: "bs.example.gov.cn",
		Dial: 2 * time.Second, Command: 2 * time.Second, Reply: 2 * time.Second}
}

func (r *relay) play(c net.Conn, script string) error {
	// Far beyond any limit under test: it only keeps a broken test from hanging.
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	in := bufio.NewReader(c)
	for _, step := range strings.Split(strings.TrimSpace(script), "\n") {
		step = strings.TrimSpace(step)
		op, arg, _ := strings.Cut(step, " ")
		switch op {
		case "S":
			fmt.Fprintf(c, "%s\r\n", arg)
		case "B":
			text, err := strconv.Unquote(`"` + arg + `"`)
			if err != nil {
				return err
			}
			io.WriteString(c, text)
		case "C":
			line, err := in.ReadString('\n')
			if err != nil {
				return fmt.Errorf("waiting for %s: %w", arg, err)
			}
			if !strings.HasPrefix(line, arg) {
				return fmt.Errorf("heard %q instead of %s", line, arg)
			}
		case ".":
			var b strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return fmt.Errorf("in the content: %w", err)
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			r.mu.Lock()
			r.contents = append(r.contents, b.String())
			r.mu.Unlock()
			r.heard <- struct{}{}
		case "N":
			n, _ := strconv.Atoi(arg)
			if _, err := io.CopyN(io.Discard, in, int64(n)); err != nil {
				return err
			}
		case "TLS":
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate()}})
			if err := s.Handshake(); err != nil {
				return nil // the client is right to go away
			}
			c, in = s, bufio.NewReader(s)
		case "X":
			return nil
		case "R":
			return c.(*net.TCPConn).SetLinger(0)
		case "W":
			io.Copy(io.Discard, in)
			return nil
		case "T":
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for i := range len(arg) {
				<-tick.C
				if _, err := c.Write([]byte{arg[i]}); err != nil {
					return nil
				}
			}
		case "G":
			<-r.gate
		default:
			return fmt.Errorf("unknown step %q", step)
		}
	}
	return nil
}

// certificate is the one of httptest, for 127.0.0.1 and example.com; trusting() trusts it.
var certificate = sync.OnceValue(func() tls.Certificate {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return s.TLS.Certificates[0]
})

func trusting(t *testing.T) *tls.Config {
	leaf, err := x509.ParseCertificate(certificate().Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{RootCAs: pool}
}
