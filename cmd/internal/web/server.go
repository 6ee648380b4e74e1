// Package web is the face of baosong in a browser: the clerk's list of duties and the forms
// to fill, the bureau's board, the compiled editions, and in the demo the pages around them.
//
// Its one rule: a page is a function of one instant, one person and what the desk says.
// Each request reads the clock once; GET changes nothing; POST does one act at the desk and
// redirects, or shows the same page again with everything that was typed. Everything works
// without JavaScript. Who may call a route is declared in the table of routes.go, and a
// server with an undeclared route does not start.
//
// It holds no SQL, decides nothing about duties and renders no files: the store, the desk
// and the encoders handed in as Options.Formats do.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/baosong/baosong/cmd/internal/access"
	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/clock"
)

// Options are what a Server is made of. Desk, Clock and Formats are required.
type Options struct {
	Desk  *desk.Desk
	Store *store.Store // nil means Desk.Store
	// Shelf gives each request the catalogue in force, in place of the desk's, and takes the forms
	// that bureaus make; nil: the desk's catalogue stands, and nothing can be made.
	Shelf  *desk.Shelf
	Clock  clock.Clock
	Logger *slog.Logger // nil means discard
	// BaseURL is the address people type, such as https://bs.example.gov.cn. It is trusted
	// as an origin of POST requests, for the case that a proxy changes the Host header; may
	// be empty.
	BaseURL string
	// Secure says that people reach the server by https: cookies then are __Host- and
	// Secure, and HSTS is sent.
	Secure bool
	// ClientIP tells the address of a request's client for the back-off of failed sign-ins.
	// nil means the peer of the connection, which is right unless a proxy stands before it.
	ClientIP func(*http.Request) string
	// Passwords hashes and checks passwords; nil means access.NewHasher().
	Passwords *access.Hasher
	Formats   []Format // files a return or an edition can be downloaded as, in order
	Demo      Demo     // nil outside the demo
	// Listeners read the reports of carriers about text messages, by the carrier's name; may be empty.
	Listeners map[string]notify.Listener
	Version   string // of the program, for the foot of the page
	// Compose words a message as the deliverer does, for its reader to be; nil: nothing leaves this
	// installation yet, and no preview shows a text.
	Compose func(notify.Draft) (notify.Rendered, error)
	// Letter draws an official letter as PDF; nil: letters go without one.
	Letter func(io.Writer, render.Letter) error
	// Idle and Absolute limit a session; zero means SessionIdle and SessionAbsolute.
	Idle, Absolute time.Duration
}

// Format is a kind of file that a document can be downloaded as.
type Format struct {
	Ext       string // "pdf": in the URL and in the file's name
	MediaType string // "application/pdf"
	Encode    func(io.Writer, render.Document) error
}

// Session limits (OWASP ASVS 5.0 7.3.1–2). In the demo, whose clock jumps, they do not apply.
const (
	SessionIdle     = 30 * time.Minute
	SessionAbsolute = 12 * time.Hour
)

const (
	maxBody       = 2 << 20 // bytes of a POST: a register of some hundred rows
	maxFields     = 20_000  // values in one POST
	demoSessions  = 100 * 365 * 24 * time.Hour
	requestBudget = 30 * time.Second
)

// Server serves the pages. It is safe for concurrent use.
type Server struct {
	Options
	handler        http.Handler
	backoff        *access.Backoff // of failed sign-ins
	guesses        *access.Backoff // of wrong feed addresses
	gate           *gate           // of files
	assets         assets
	idle, absolute time.Duration
}

// New returns a server. It is an error if an option is missing or a route does not declare
// who may call it.
func New(o Options) (*Server, error) {
	if o.Desk == nil || o.Clock == nil {
		return nil, errors.New("web: Desk and Clock are required")
	}
	if o.Store == nil {
		o.Store = o.Desk.Store
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.ClientIP == nil {
		o.ClientIP = peer
	}
	if o.Passwords == nil {
		o.Passwords = access.NewHasher()
	}
	s := &Server{Options: o, backoff: access.NewBackoff(), guesses: access.NewBackoff(), gate: newGate(), idle: cmp.Or(o.Idle, SessionIdle), absolute: cmp.Or(o.Absolute, SessionAbsolute)}
	if o.Demo != nil {
		s.idle, s.absolute = demoSessions, demoSessions
	}
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	routes := s.routes()
	if err := checkRoutes(routes); err != nil {
		return nil, err
	}
	for _, rt := range routes {
		if rt.who == access.DemoOnly && o.Demo == nil {
			continue
		}
		mux.HandleFunc(rt.method+" "+rt.path, s.serve(rt))
	}
	// What no route names is not found, whoever asks.
	mux.HandleFunc("/", s.serve(route{method: "", path: "/", who: access.Public, do: func(v *visit) error { return store.ErrNotFound }}))
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(s.serve(route{who: access.Public, do: (*visit).crossSite}))
	if o.BaseURL != "" {
		u, err := url.Parse(o.BaseURL)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("web: base URL %q: write it as https://host[:port]", o.BaseURL)
		}
		if err := csrf.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("web: base URL %q: %w", o.BaseURL, err)
		}
	}
	s.handler = s.outer(csrf.Handler(mux))
	return s, nil
}

// Handler returns the root handler, middleware included.
func (s *Server) Handler() http.Handler { return s.handler }

// HTTPServer returns an http.Server for the handler with time limits set, so that a slow or
// silent client cannot hold a connection for ever. Requests carry the values of ctx but do not
// end with it: the caller listens, and shuts down with its own patience.
func (s *Server) HTTPServer(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           s.handler,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       requestBudget,
		WriteTimeout:      2 * requestBudget,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.Logger.Handler(), slog.LevelWarn),
	}
}
