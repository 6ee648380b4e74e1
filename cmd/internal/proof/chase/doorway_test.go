package chase

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync"
)

// standBefore puts a doorway between this process and PostgreSQL and returns the URL that leads through
// it. It understands just enough of the protocol to see what a transaction writes, to die before its
// COMMIT reaches the server, and to die when the server has committed and the answer is under way.
func (p *point) standBefore(database string) (string, error) {
	u, err := url.Parse(database)
	if err != nil {
		return "", err
	}
	q := u.Query()
	server := filepath.Join(q.Get("host"), ".s.PGSQL.5432")
	dir, err := os.MkdirTemp("", "bsdoor")
	if err != nil {
		return "", err
	}
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		return "", err
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			back, err := net.Dial("unix", server)
			if err != nil {
				client.Close()
				continue
			}
			s := &session{point: p, wrote: map[string]bool{}}
			go func() { s.questions(client, back); back.Close() }()
			go func() { s.answers(back, client); client.Close() }()
		}
	}()
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// session is one connection to PostgreSQL.
type session struct {
	*point
	mu    sync.Mutex
	wrote map[string]bool
	after string // the point that lies behind the commit under way
}

// writes finds what a statement writes.
var writes = regexp.MustCompile(`\b(INSERT INTO|UPDATE|COPY)\s+([a-z_]+)`)

func (s *session) questions(from io.Reader, to io.Writer) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(from, head); err != nil { // the startup message has no type
		return
	}
	start := make([]byte, binary.BigEndian.Uint32(head)-4)
	if _, err := io.ReadFull(from, start); err != nil {
		return
	}
	if _, err := to.Write(append(head, start...)); err != nil {
		return
	}
	pass(from, to, func(kind byte, body []byte) {
		switch kind {
		case 'Q', 'P':
			s.hears(body)
		}
	})
}

func (s *session) hears(sql []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case bytes.Contains(sql, []byte("COMMIT")):
		var before string
		before, s.after = s.committing(func(t string) bool { return s.wrote[t] })
		clear(s.wrote)
		s.reach(before)
	case bytes.Contains(sql, []byte("ROLLBACK")):
		clear(s.wrote)
	default:
		for _, m := range writes.FindAllSubmatch(sql, -1) {
			if what := string(m[2]); string(m[1]) == "UPDATE" {
				s.wrote[what] = true
			} else {
				s.wrote["new "+what] = true
			}
		}
	}
}

func (s *session) answers(from io.Reader, to io.Writer) {
	pass(from, to, func(kind byte, body []byte) {
		if kind == 'C' && bytes.HasPrefix(body, []byte("COMMIT")) {
			s.mu.Lock()
			after := s.after
			s.after = ""
			s.mu.Unlock()
			s.reach(after)
		}
	})
}

// pass copies typed messages and shows each before it goes on.
func pass(from io.Reader, to io.Writer, show func(kind byte, body []byte)) {
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(from, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return
		}
		show(head[0], body)
		if _, err := to.Write(append(head[:5:5], body...)); err != nil {
			return
		}
	}
}
