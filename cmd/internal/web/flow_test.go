package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/cmd/internal/access"
)

func TestSignIn(t *testing.T) {
	s := newSite(t)
	b := s.anonymous()
	b.get("/").want(t, 303, "/sign-in")
	b.get("/duty/"+progress+"?x=1").want(t, 303, "/sign-in?next="+url.QueryEscape("/duty/"+progress+"?x=1"))
	try := func(b *browser, login, pass, next string) answer {
		return b.post("/sign-in", url.Values{"login": {login}, "password": {pass}, "next": {next}})
	}
	// A wrong password, an unknown login and a disabled account get one and the same answer.
	wrong := try(b, "jinjiang", "wrong", "/").want(t, 422, "").has(t, "用户名或密码不正确")
	for _, login := range []string{"nobody", "gone"} {
		got := try(b, login, password, "/").want(t, 422, "")
		if strings.ReplaceAll(got.body, login, "jinjiang") != wrong.body {
			t.Errorf("the answer for %s differs", login)
		}
	}
	wrong.lacks(t, "wrong\"").has(t, `value="jinjiang"`)
	if len(b.cookies) != 0 {
		t.Error("a failed sign-in set a cookie")
	}
	try(b, "jinjiang", password, "/duty/"+progress).want(t, 303, "/duty/"+progress)
	b.get("/").want(t, 200, "").has(t, "我的报送", "林样一")
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "evil", ""} {
		try(s.anonymous(), "jinjiang", password, next).want(t, 303, "/")
	}
	// Signing in again takes a new token, and the old one is dead.
	old := b.cookies[sessionCookie]
	try(b, "jinjiang", password, "/").want(t, 303, "/")
	stale := s.anonymous()
	stale.cookies[sessionCookie] = old
	stale.get("/").want(t, 303, "/sign-in")
	// So is every token after signing out.
	last := b.cookies[sessionCookie]
	b.post("/sign-out", nil).want(t, 303, "/")
	stale.cookies[sessionCookie] = last
	stale.get("/").want(t, 303, "/sign-in")
}

func TestFailedSignInsWait(t *testing.T) {
	s := newSite(t)
	b := s.anonymous()
	try := func(pass string) answer {
		return b.post("/sign-in", url.Values{"login": {"jinjiang"}, "password": {pass}})
	}
	for range 6 {
		try("wrong")
	}
	try(password).want(t, 422, "").has(t, "登录失败次数较多")
	s.clock.Set(s.clock.Now().Add(time.Minute))
	try(password).want(t, 303, "/")
}

func TestSessionsEnd(t *testing.T) {
	s := newSite(t)
	idle := s.as(jinjiang)
	s.clock.Set(s.clock.Now().Add(SessionIdle - time.Minute))
	idle.get("/").want(t, 200, "")
	s.clock.Set(s.clock.Now().Add(SessionIdle + time.Minute))
	idle.get("/").want(t, 303, "/sign-in")
	// A form posted too late says what to do, and is not lost by a redirect.
	idle.post(fillPath, url.Values{"do": {"save"}}).want(t, 401, "").has(t, "登录已过期", "在新窗口登录")
	busy := s.as(jinjiang)
	for range 25 {
		s.clock.Set(s.clock.Now().Add(29 * time.Minute))
		busy.get("/healthz")
		busy.get("/duty/" + progress)
	}
	busy.get("/duty/"+progress).want(t, 303, "/sign-in?next="+url.QueryEscape("/duty/"+progress))
}

// The story of steps 4 and 5: review, send back, accept, compile, correct, compile again.
func TestReviewAndCompile(t *testing.T) {
	s := newSite(t)
	clerk, other, city := s.as(jinjiang), s.as(shishi), s.as(bureau)
	clerk.send(progress, "qz-jinjiang")
	other.send(others, "qz-shishi")
	roll := "/board/quanzhou-2021/progress/2021-06-25"
	city.get("/").want(t, 303, "/board")
	city.get("/board").want(t, 200, "").has(t, "泉民保〔2021〕3号", "2/12", "待审 2", "未报 10", "晋江市", "台商投资区")
	city.get(roll).want(t, 200, "").has(t, "未报名单", "鲤城区、丰泽区", `value="`+progress+`"`)

	// 退回 needs a reason, and the reason reaches the clerk.
	city.post("/duty/"+progress+"/return", url.Values{"reason": {"  "}}).want(t, 422, "").has(t, "请写明退回原因")
	city.post("/duty/"+progress+"/return", url.Values{"reason": {"请核对重病一栏"}}).want(t, 303, roll+"?done=returned")
	city.get(roll+"?done=returned").has(t, `role="status"`, "已退回，填报单位会收到提醒")
	clerk.get("/").has(t, "已退回", "请核对重病一栏", "修改重报")
	city.get(roll).has(t, "已退回待重报")

	// Several are accepted at once; one that is not to be accepted any more is named.
	city.post(roll+"/accept", nil).want(t, 422, "").has(t, "请先勾选")
	city.post(roll+"/accept", url.Values{"duty": {progress, others}}).want(t, 409, "").has(t, "未审核：晋江市")
	city.get(roll).has(t, "已审")
	v := clerk.form(fillPath, "qz-jinjiang")
	v.Set("do", "submit")
	clerk.post(fillPath, v).want(t, 303, "/duty/"+progress+"/receipt")
	city.post(roll+"/accept", url.Values{"duty": {progress}}).want(t, 303, roll+"?done=accepted")
	clerk.post("/duty/"+progress+"/withdraw", nil).want(t, 409, "").has(t, "当前状态下不能这样办理")

	// The own row is checked like a return, and saved.
	own := "/own/quanzhou-2021/progress/2021-06-25/annex-2"
	city.get(roll).has(t, "市本级", "未填")
	page := city.get(own).want(t, 200, "").has(t, "保存本级数据")
	city.post(own, url.Values{"do": {"save"}, "uuid": {page.hidden(t, "uuid")}, medical: {"7x"}}).want(t, 422, "").has(t, "7x")
	city.post(own, s.figures("qz-own")).want(t, 303, roll+"?done=own")
	city.get(roll).has(t, "已填")

	// Compiling is done by a POST, and says whom it covers.
	edition := "/edition/quanzhou-2021/progress/2021-06-25/annex-2"
	city.get(edition).want(t, 404, "")
	city.post(edition, nil).want(t, 303, edition+"/qz/1")
	city.post(edition, nil).want(t, 303, edition+"/qz/1") // nothing has changed
	city.get(edition+"/qz/1").want(t, 200, "").has(t, "全市合计", "应报 12，已报 2，未报 10：鲤城区", "市本级：已填", "下载 TXT")
	file := city.get(edition+"/qz/1/annex-2.txt").want(t, 200, "").has(t, "晋江市 ")
	if got := file.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename*=utf-8''%E6%B3%89") {
		t.Errorf("the file's name is sent as %q", got)
	}
	city.get(edition+"/qz/1/annex-2.exe").want(t, 404, "")
	city.get(edition+"/qz/2").want(t, 404, "")

	// An accepted return that is reopened makes the edition stale; it stays as it was.
	city.post("/duty/"+progress+"/reopen", url.Values{"reason": {"漏计一村"}}).want(t, 303, roll+"?done=returned")
	city.get(edition+"/qz/1").has(t, "需重新汇总", "已报 2")
	city.post(edition, nil).want(t, 303, edition+"/qz/2")
	city.get(roll).has(t, "第 2 稿", "需重新汇总")
	clerk.get("/duty/"+progress+"/return/1/annex-2.txt").want(t, 200, "").has(t, "3019")
	clerk.get("/duty/"+progress).has(t, "漏计一村", "退回更正", "上报（第 2 版）")
}

func TestPanicsAndFaultsAreContained(t *testing.T) {
	s := newSite(t)
	var w *httptest.ResponseRecorder
	for name, do := range map[string]func(*visit) error{
		"panic": func(*visit) error { panic("secret detail") },
		"error": func(*visit) error { return errors.New("secret detail") },
	} {
		h := s.web.outer(s.web.serve(route{"GET", "/", access.Public, do}))
		w = httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		t.Log(name)
		a := answer{w.Result(), w.Body.String()}
		a.want(t, 500, "").has(t, "系统出现故障", "编号：").lacks(t, "secret")
	}
	big := s.as(jinjiang)
	big.post(fillPath, url.Values{medical: {strings.Repeat("9", maxBody)}}).want(t, 413, "").has(t, "提交的内容过大")
	s.anonymous().get("/healthz").want(t, 200, "")
}

func TestInside(t *testing.T) {
	for next, want := range map[string]string{
		"/board": "/board", "/duty/a/b/c/d?x=1#y": "/duty/a/b/c/d?x=1#y", "": "/", "//x": "/", "http://x/": "/",
		"/\\x": "/", "/a\nb": "/", "javascript:alert(1)": "/", "/%zz": "/",
	} {
		if got := inside(next); got != want {
			t.Errorf("inside(%q) = %q, want %q", next, got, want)
		}
	}
}
