package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/baosong/baosong/cmd/internal/access"
	"github.com/baosong/baosong/cmd/internal/store"
)

// signInView is the sign-in form; the password is never shown again.
type signInView struct {
	Login, Next string
	Error       string
}

func (v *visit) signInPage() error {
	next := inside(v.r.URL.Query().Get("next"))
	if v.person != nil {
		return v.redirect(next)
	}
	return v.render(http.StatusOK, signInForm(v.page(v.T("登录")), signInView{Next: next}))
}

// signIn checks a password. Whoever asks learns only whether they are in: an unknown login,
// a wrong password and a wait get the same status, and the first two the same time and text.
func (v *visit) signIn() error {
	login := strings.TrimSpace(v.r.PostForm.Get("login"))
	view := signInView{Login: login, Next: inside(v.r.PostForm.Get("next"))}
	addr := v.ClientIP(v.r)
	refuse := func(why string) error {
		view.Error = why
		p := v.page(v.T("登录"))
		p.Problem = true
		return v.render(http.StatusUnprocessableEntity, signInForm(p, view))
	}
	if wait := v.backoff.Wait(login, addr, v.now); wait > 0 {
		seconds := int(wait.Seconds()) + 1
		return refuse(v.T("登录失败次数较多，请在 %d 秒后再试。", seconds))
	}
	person, hash, err := v.Store.Account(v.ctx(), login)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	ok, err := v.Passwords.Verify(hash, v.r.PostForm.Get("password"))
	if err != nil {
		return err
	}
	if !ok {
		v.backoff.Failed(login, addr, v.now)
		v.Logger.Warn("sign-in refused", "request", v.id, "client", addr)
		return refuse(v.T("用户名或密码不正确，请核对后重新输入。"))
	}
	v.backoff.Succeeded(login)
	if err := v.begin(person); err != nil {
		return err
	}
	return v.redirect(view.Next)
}

// begin starts a session for a person under a fresh token; an older one of this browser ends.
func (v *visit) begin(person string) error {
	if err := v.end(); err != nil {
		return err
	}
	token, hash := access.NewToken()
	if err := v.Store.PutSession(v.ctx(), store.Session{TokenHash: hash, Person: person, CreatedAt: v.now, SeenAt: v.now}); err != nil {
		return err
	}
	v.setCookie(v.w, sessionCookie, token, 0)
	return nil
}

func (v *visit) end() error {
	c, err := v.r.Cookie(v.cookieName(sessionCookie))
	if err != nil || c.Value == "" {
		return nil
	}
	return v.Store.EndSession(v.ctx(), access.TokenHash(c.Value))
}

func (v *visit) signOut() error {
	if err := v.end(); err != nil {
		return err
	}
	v.setCookie(v.w, sessionCookie, "", -1)
	return v.redirect("/")
}
