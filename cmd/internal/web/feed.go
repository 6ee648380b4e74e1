package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/baosong/baosong/cmd/internal/access"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// A personal feed is the one page that opens without signing in: calendar programs cannot. Its
// address is the secret, so it tells titles and dates only: no people, no units, no figures,
// nothing of what was reported.

const (
	feedFolder  = "/feed/"
	feedRefresh = 6 * time.Hour
	feedBack    = 12 // months of the past a feed keeps
)

// feedView is the page on which a person makes, sees once and revokes the address.
type feedView struct {
	Address        string // just made; never shown again
	Live           bool
	CreatedAt      time.Time
	ReadAt         time.Time
	Revoked        bool // just now
	Clerk, Reviews bool
}

func (v *visit) feedPage() error { return v.showFeed(feedView{}) }

func (v *visit) showFeed(f feedView) error {
	live, err := v.Store.Feed(v.ctx(), v.viewer())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	f.Live, f.CreatedAt, f.ReadAt = err == nil, live.CreatedAt, live.ReadAt
	f.Clerk, f.Reviews = v.person.Has(store.Clerk), v.person.Has(store.Reviewer)
	return v.render(http.StatusOK, feedForm(v.page(v.T("订阅日历")), f))
}

// changeFeed makes a new address, which is shown on the answer and nowhere else, or revokes it.
func (v *visit) changeFeed() error {
	switch v.r.PostForm.Get("do") {
	case "create":
		token, hash := access.NewToken()
		if err := v.Store.PutFeed(v.ctx(), v.viewer(), hash, v.now); err != nil {
			return err
		}
		return v.showFeed(feedView{Address: v.origin() + feedFolder + token + ".ics"})
	case "revoke":
		if err := v.Store.RevokeFeed(v.ctx(), v.viewer(), v.now); err != nil {
			return err
		}
		return v.showFeed(feedView{Revoked: true})
	}
	return errBadForm
}

// origin is the address people type, or else the one this request came to.
func (v *visit) origin() string {
	if v.BaseURL != "" {
		return strings.TrimSuffix(v.BaseURL, "/")
	}
	scheme := "http"
	if v.Secure {
		scheme = "https"
	}
	return scheme + "://" + v.r.Host
}

// feed answers a calendar program. An address that never was and one that was revoked get the
// answer of any address that is not there; who keeps guessing waits. A revoked one does not
// count as a guess: a phone asks for it until it is told otherwise.
func (v *visit) feed() error {
	addr := v.ClientIP(v.r)
	if wait := v.guesses.Wait(addr, addr, v.now); wait > 0 {
		v.w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		http.Error(v.w, v.T("请求过于频繁，请稍后再试。"), http.StatusTooManyRequests)
		v.wrote = true
		return nil
	}
	token, ok := strings.CutSuffix(v.r.PathValue("feed"), ".ics")
	if !ok {
		return store.ErrNotFound
	}
	who, err := v.Store.FeedViewer(v.ctx(), access.TokenHash(token), v.now)
	if errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrRevoked) {
		v.guesses.Failed(addr, addr, v.now) // there is no login: the address stands for it too
	}
	if err != nil {
		return err
	}
	person, err := v.Store.Person(v.ctx(), who.Person)
	if err != nil {
		return err
	}
	v.person = &person
	events, err := v.feedEvents()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := calendar.WriteICS(&b, calendar.Feed{Name: "报送截止日期", Refresh: feedRefresh, Events: events}); err != nil {
		return fmt.Errorf("feed: %w", err)
	}
	sum := sha256.Sum256(b.Bytes())
	h := v.w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="baosong.ics"`)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	v.wrote = true
	http.ServeContent(v.w, v.r, "", time.Time{}, bytes.NewReader(b.Bytes())) // answers If-None-Match
	return nil
}

// feedEvents are the due dates of the person's own duties, and one for each period of what is
// owed to their bureau. The words are Chinese, as the directives' are.
func (v *visit) feedEvents() ([]calendar.Event, error) {
	since := calendar.DateOf(v.now).AddMonths(-feedBack)
	tasks, err := v.Store.Tasks(v.ctx(), v.viewer(), store.Filter{DueFrom: since.Start()}, v.now)
	if err != nil {
		return nil, err
	}
	var out []calendar.Event
	for _, t := range tasks {
		if v.clerkOf(t) {
			out = append(out, v.feedEvent(t, t.State == scheduler.Exempt, "报送截止：", t.ID))
		}
	}
	for _, ts := range periods(slices.DeleteFunc(tasks, func(t store.Task) bool { return !v.reviewerOf(t) })) {
		t, cancelled := common(ts)
		out = append(out, v.feedEvent(t, cancelled, "收报截止：", t.Key.Directive, t.Key.Obligation, t.Key.Period))
	}
	slices.SortStableFunc(out, func(a, b calendar.Event) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.UID, b.UID)) })
	return out, nil
}

func (v *visit) feedEvent(t store.Task, cancelled bool, before string, ids ...string) calendar.Event {
	e := calendar.Event{
		UID: calendar.UID(v.feedDomain(), ids...), Sequence: t.Revision, Stamp: v.stamp(t), Due: t.Due,
		Summary: before + v.title(t), Description: t.Period.Label + "，" + t.DueDate.Chinese() + t.DueTime.String() + "截止。", Cancelled: cancelled,
	}
	if cancelled { // a calendar program takes the change only for a later one (RFC 5546, 2.1.4)
		e.Sequence++
	}
	if v.BaseURL != "" {
		e.URL = v.origin() + monthHref(t.DueDate)
	}
	return e
}

// stamp is when the wording of an event came about: the day the directive was signed. It must
// not be the time of the request, or every answer would be a new file.
func (v *visit) stamp(t store.Task) time.Time {
	if d := v.Desk.Catalogue.Directive(t.Key.Directive); d != nil && !d.Signed.IsZero() {
		return d.Signed.Start()
	}
	return t.Opens
}

func (v *visit) feedDomain() string {
	if u, err := url.Parse(v.BaseURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "baosong"
}

// loggedPath is the path of a request as the log may hold it: the address of a feed is a secret.
func loggedPath(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, feedFolder) {
		return feedFolder + "…"
	}
	return r.URL.Path
}

// periods groups tasks by obligation and period, whatever their due instants, keeping their order.
func periods(tasks []store.Task) [][]store.Task {
	return gathered(tasks, func(t store.Task) scheduler.DutyKey {
		k := t.Key
		k.Unit = ""
		return k
	})
}

// common returns the task whose deadline most of a period's units have (of two equally common
// ones the later), with the highest revision of all; and whether nobody owes it any more.
// Extensions of single units are seen on the board.
func common(ts []store.Task) (t store.Task, cancelled bool) {
	count := map[int64]int{}
	revision := 0
	cancelled = true
	for _, x := range ts {
		revision = max(revision, x.Revision)
		if x.State != scheduler.Exempt {
			count[x.Due.UnixMilli()]++
			cancelled = false
		}
	}
	t = ts[0]
	for _, x := range ts {
		if a, b := count[x.Due.UnixMilli()], count[t.Due.UnixMilli()]; a > b || a == b && x.Due.After(t.Due) {
			t = x
		}
	}
	t.Revision = revision
	return t, cancelled
}
