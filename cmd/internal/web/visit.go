package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/baosong/baosong/cmd/internal/access"
	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/clock"
)

// visit is one request: its instant, its person, its language.
type visit struct {
	*Server
	Words
	w        http.ResponseWriter
	r        *http.Request
	Desk     *desk.Desk    // with the catalogue in force when the request came
	now      time.Time     // the one instant of the request
	id       string        // of the request, in the log and on error pages
	person   *store.Person // nil if not signed in
	wrote    bool
	uploaded []part // files posted with the request
	// answering gives back the place of a request that opens files; nil if it has none. See gate.
	answering func()
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// viewer is the person in the store's terms; nobody is the empty viewer, who sees nothing.
func (v *visit) viewer() store.Viewer {
	if v.person == nil {
		return store.Viewer{}
	}
	return store.Viewer{Person: v.person.ID}
}

// Errors that a page answers with words of its own.
var (
	errForbidden = errors.New("the route asks for another role")
	errSignIn    = errors.New("the route asks for a signed-in person")
	errTooLarge  = errors.New("the body is too large")
	errBadForm   = errors.New("the form cannot be read")
)

// desk is the desk with the catalogue in force now: one request sees one catalogue.
func (s *Server) desk() *desk.Desk {
	if s.Shelf == nil {
		return s.Options.Desk
	}
	d := *s.Options.Desk
	d.Catalogue = s.Shelf.Catalogue()
	return &d
}

// serve turns a route into a handler: who asks, may they, and what if it fails.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Server: s, w: w, r: r, Desk: s.desk(), now: s.Clock.Now(), id: requestID(r.Context())}
		v.Words = language(r)
		v.chooseLanguage()
		defer v.dropParts()
		defer v.endTurn()
		var err error
		if v.person, err = s.who(v); err == nil {
			err = s.admit(rt, v)
		}
		if err == nil {
			err = rt.do(v)
		}
		if err != nil {
			v.fail(err)
		}
	}
}

// admit applies the route's rule and reads the posted form within its limits.
func (s *Server) admit(rt route, v *visit) error {
	switch rt.who.Judge(v.person) {
	case access.Allow:
	case access.SignIn:
		return errSignIn
	default:
		return errForbidden
	}
	if v.r.Method != http.MethodPost || rt.path == receiptPath { // a report is no form of ours
		return nil
	}
	v.limitBody(rt.path)
	if err := v.r.ParseForm(); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return errTooLarge
		}
		return errBadForm
	}
	if len(v.r.PostForm) > maxFields {
		return errTooLarge
	}
	return nil
}

// who reads the session cookie; a session that has ended is nobody.
func (s *Server) who(v *visit) (*store.Person, error) {
	c, err := v.r.Cookie(s.cookieName(sessionCookie))
	if err != nil || c.Value == "" {
		return nil, nil
	}
	p, err := s.Store.SessionPerson(v.ctx(), access.TokenHash(c.Value), v.now, s.idle, s.absolute)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &p, nil
}

const (
	sessionCookie  = "baosong"
	languageCookie = "lang"
)

// cookieName adds the prefix that binds a cookie to host, path / and https.
func (s *Server) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

func (s *Server) setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

// render writes a page as a whole: a page that fails half way is an error page, not half a page.
func (v *visit) render(status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(v.ctx(), &b); err != nil {
		return err
	}
	v.endTurn()
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	v.wrote = true
	_, err := b.WriteTo(v.w)
	if err != nil {
		v.Logger.Info("client went away", "request", v.id, "error", err)
	}
	return nil
}

// redirect answers a POST that has done its work.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// fail shows the error page that fits err. What is not foreseen is logged with the request's
// number and shown as one neutral sentence with that number.
func (v *visit) fail(err error) {
	f := failure{Status: http.StatusInternalServerError, Request: v.id,
		Title: v.T("系统出现故障"), Text: v.T("请求没有办成，系统没有作任何改动。请稍后再试；仍不成功时，请把下面的编号告诉系统管理员。")}
	switch {
	case errors.Is(err, errSignIn):
		if v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
			http.Redirect(v.w, v.r, "/sign-in?next="+url.QueryEscape(v.r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		f = failure{Status: http.StatusUnauthorized, SignIn: true, Title: v.T("登录已过期"),
			Text: v.T("请在新窗口重新登录，再回到本页按“后退”，您填写的内容仍在原页面上，可再次提交。")}
	case errors.Is(err, errForbidden):
		f = failure{Status: http.StatusForbidden, Title: v.T("您没有办理此事项的权限"),
			Text: v.T("当前登录的账号不具有所需的角色。如需办理，请换用相应账号登录，或联系系统管理员。")}
	case errors.Is(err, store.ErrNotFound):
		f = failure{Status: http.StatusNotFound, Title: v.T("没有找到这个页面"),
			Text: v.T("网址可能有误，或者该事项不属于您的单位。请从首页重新进入。")}
	case errors.Is(err, scheduler.ErrNotNow):
		f = failure{Status: http.StatusConflict, Title: v.T("当前状态下不能这样办理"),
			Text: v.T("该报送任务的状态已经变化，可能是同事刚刚办理过。请返回任务页查看最新状态。"), Back: dutyOf(v.r.URL.EscapedPath())}
	case errors.Is(err, store.ErrConflict):
		f = failure{Status: http.StatusConflict, Title: v.T("内容已被他人更改"),
			Text: v.T("在您提交之前，同一内容已有新的改动。请返回任务页查看后再办理。"), Back: dutyOf(v.r.URL.EscapedPath())}
	case errors.Is(err, store.ErrOffline):
		f = failure{Status: http.StatusConflict, Title: v.T("本事项为线下报送"),
			Text: v.T("线下报送：本系统只登记时间和份数，不录入内容。请按文件要求报送纸质材料，由收件单位登记。"), Back: dutyOf(v.r.URL.EscapedPath())}
	case errors.Is(err, errTooLarge):
		f = failure{Status: http.StatusRequestEntityTooLarge, Title: v.T("提交的内容过大"),
			Text: v.T("一次提交不能超过 2 兆字节。请分次填写，或减少行数后再试。")}
	case errors.Is(err, errUploadTooLarge):
		f = failure{Status: http.StatusRequestEntityTooLarge, Title: v.T("上传的文件过大"),
			Text: v.T("一次上传的文件合计不能超过 60 兆字节，每个不超过 20 兆字节。请按“后退”回到原页面，分次上传。")}
	case errors.Is(err, errBusy):
		v.w.Header().Set("Retry-After", "60")
		f = failure{Status: http.StatusServiceUnavailable, Title: v.T("正在处理的文件较多"),
			Text: v.T("现在上传文件的人较多，本次上传没有保存。请稍候一分钟，按“后退”回到原页面再次提交，您填写的内容仍在原页面上。")}
	case errors.Is(err, errBadForm):
		f = failure{Status: http.StatusBadRequest, Title: v.T("提交的内容无法读取"),
			Text: v.T("请返回上一页，刷新后重新填写。")}
	case errors.Is(err, context.Canceled):
		return // nobody is left to tell
	default:
		v.Logger.Error("request failed", "request", v.id, "method", v.r.Method, "path", loggedPath(v.r), "error", err)
	}
	if v.wrote {
		return
	}
	if err := v.render(f.Status, failurePage(v.page(f.Title), f)); err != nil {
		v.Logger.Error("error page failed", "request", v.id, "error", err)
		http.Error(v.w, v.id, http.StatusInternalServerError)
	}
}

// dutyOf is the page of the duty that an escaped address below it is about, if it is one.
func dutyOf(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) < 7 || parts[1] != "duty" {
		return ""
	}
	return strings.Join(parts[:6], "/")
}

// crossSite answers a POST that another site made a browser send.
func (v *visit) crossSite() error {
	v.Logger.Warn("cross-site request refused", "request", v.id, "path", loggedPath(v.r), "origin", v.r.Header.Get("Origin"))
	f := failure{Status: http.StatusForbidden, Title: v.T("请求来自其他网站，已拒绝"),
		Text: v.T("为了您的账号安全，请从本系统的页面内办理。")}
	return v.render(f.Status, failurePage(v.page(f.Title), f))
}

type requestKey struct{}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// outer wraps everything: a number for the request, headers for each answer, a line in the
// log, and a page instead of a dropped connection after a panic.
func (s *Server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		took := clock.Elapsed()
		id := strings.ToLower(rand.Text()[:10])
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		rec := &recorder{ResponseWriter: w}
		s.headers(rec.Header())
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.Logger.Error("panic", "request", id, "path", loggedPath(r), "panic", p, "stack", string(debug.Stack()))
				if rec.status == 0 {
					v := &visit{Server: s, Words: language(r), w: rec, r: r, Desk: s.desk(), now: s.Clock.Now(), id: id}
					v.fail(errors.New("panic"))
				}
			}
			// The path carries ids of units and periods only; the query, which may hold what
			// somebody typed, is not logged.
			s.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("request", id),
				slog.String("method", r.Method), slog.String("path", loggedPath(r)),
				slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Duration("took", took()))
		}()
		next.ServeHTTP(rec, r)
	})
}

// contentPolicy allows nothing but our own styles, scripts, pictures and forms.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func (s *Server) headers(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store") // pages are personal; assets say otherwise
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// recorder notes the status and size of an answer for the log.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// peer is the address of the connection's other end, without its port.
func peer(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// inside returns next if it is a path of this site, else "/": a redirect never leaves it.
func inside(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
