package catch

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/baosong/baosong/notify/sms/gateway"
)

// Text is a text message as received.
type Text struct {
	gateway.Request
	ID     string // given by the gateway, derived from the reference: the same in every run
	Copies int    // how often it came; a gateway worth its name sends it once all the same
}

// SMS is a catching SMS gateway: it takes messages over HTTP and answers questions by
// reference. It is safe for concurrent use.
type SMS struct {
	server *http.Server
	addr   net.Addr

	mu    sync.Mutex
	got   []Text
	index map[string]int // of got by reference
}

// ListenSMS starts a gateway on a free port of 127.0.0.1.
func ListenSMS() (*SMS, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("sms catcher: %w", err)
	}
	s := &SMS{addr: l.Addr(), index: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sms", s.take)
	mux.HandleFunc("GET /sms/{reference}", s.tell)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	go func() { _ = s.server.Serve(l) }() // ends with Close
	return s, nil
}

// URL is the address for gateway.Settings.
func (s *SMS) URL() string { return "http://" + s.addr.String() + "/sms" }

// Close stops the gateway; the messages stay readable.
func (s *SMS) Close() error { return s.server.Close() }

// All returns the messages in the order in which they came, each once.
func (s *SMS) All() []Text {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// To returns the messages to one number, in order.
func (s *SMS) To(phone string) []Text {
	return keep(s.All(), func(t Text) bool { return t.Phone == phone })
}

func (s *SMS) take(w http.ResponseWriter, r *http.Request) {
	var req gateway.Request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&req); err != nil || req.Phone == "" || req.Reference == "" {
		http.Error(w, "phone and reference are needed, as JSON", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	i, known := s.index[req.Reference]
	if !known {
		i = len(s.got)
		s.index[req.Reference] = i
		s.got = append(s.got, Text{Request: req, ID: "g-" + req.Reference})
	}
	s.got[i].Copies++
	id := s.got[i].ID
	s.mu.Unlock()
	answer(w, http.StatusAccepted, gateway.Answer{ID: id, Status: "accepted"})
}

func (s *SMS) tell(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	i, known := s.index[r.PathValue("reference")]
	var id string
	if known {
		id = s.got[i].ID
	}
	s.mu.Unlock()
	if !known {
		http.NotFound(w, r)
		return
	}
	answer(w, http.StatusOK, gateway.Answer{ID: id, Status: "accepted"})
}

func answer(w http.ResponseWriter, status int, a gateway.Answer) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // the sender may be gone; it will ask
}
