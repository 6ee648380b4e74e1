package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/config/strict"
)

// Validate returns everything that is wrong with the settings at once, as a
// strict.Problems, each with what to do, or nil.
func (c Config) Validate() error { return c.problems(strict.Pos{}).Err() }

var domain = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)

// problems looks at each setting and at those that go together. A problem is put where the
// setting was made: on its line of the file at pos, at its variable, or at its key.
func (c Config) problems(pos strict.Pos) (ps strict.Problems) {
	complain := func(path, format string, args ...any) {
		p := strict.Problem{File: "settings", Path: path, Message: fmt.Sprintf(format, args...)}
		if name, ok := strings.CutPrefix(c.sources[path], "env "); ok {
			p.File, p.Path = "environment", name
		} else if pos.Given(path) {
			p = pos.At(path).Problem("%s", p.Message)
		}
		ps = append(ps, p)
	}
	if u := c.Database.URL.Reveal(); !supported(u) {
		complain("database.url", "%q is no database: write sqlite:FILE, or postgres://user:password@host/name", NewDSN(u))
	}
	if _, err := net.ResolveTCPAddr("tcp", numeric(c.Web.Listen)); err != nil {
		complain("web.listen", "%q is not an address to listen on: write host:port, such as 127.0.0.1:8080 or :8080", c.Web.Listen)
	}
	if u := c.Web.BaseURL; u != "" && !webURL(u) {
		complain("web.base_url", "%q is not the address of a site: write it as people type it, such as https://bs.example.gov.cn", u)
	}
	c.checkNotify(complain)
	c.checkMail(complain)
	c.checkSMS(complain)
	c.checkWebhook(complain)
	for _, p := range []struct {
		path string
		Schedule
	}{{"pace.plan", c.Pace.Plan}, {"pace.chase", c.Pace.Chase}, {"pace.deliver", c.Pace.Deliver}} {
		if _, err := NewSchedule(p.Schedule...); err != nil {
			complain(p.path, "%v", err)
		} else if len(p.Schedule) == 0 {
			complain(p.path, "says no time: write at least one, such as 30 8 * * *")
		}
	}
	if n := c.Pace.HorizonDays; n < 1 || n > 3660 {
		complain("pace.horizon_days", "%d is not a horizon: write how many days ahead duties are planned, 1 to 3660", n)
	}
	if d := time.Duration(c.Session.Idle); d < time.Minute {
		complain("session.idle", "%v is too short to fill in a form: write at least 1m, such as 2h", c.Session.Idle)
	}
	if c.Session.Absolute < c.Session.Idle {
		complain("session.absolute", "%v is shorter than session.idle, %v: make it longer, such as 12h", c.Session.Absolute, c.Session.Idle)
	}
	return ps
}

type complainer func(path, format string, args ...any)

func (c Config) checkNotify(complain complainer) {
	for _, a := range []struct{ path, address string }{
		{"notify.from", c.Notify.From}, {"notify.reply_to", c.Notify.ReplyTo}, {"notify.operator_email", c.Notify.OperatorEmail},
	} {
		if _, err := mail.ParseAddress(a.address); err != nil && a.address != "" {
			complain(a.path, "%q is not a mail address: write baosong@example.gov.cn, or 报送 <baosong@example.gov.cn>", a.address)
		}
	}
	if k := c.Notify.CallbackKey.Reveal(); k != "" && len(k) < 20 {
		complain("notify.callback_key", "is short enough to be guessed: write at least 20 random characters")
	}
	if h := c.Notify.Heartbeat.Reveal(); h != "" && !webURL(h) {
		complain("notify.heartbeat", "is not an address that can be fetched: write https://…")
	}
	if d := c.Notify.ListDomain; d != "" && !domain.MatchString(d) {
		complain("notify.list_domain", "%q is not a domain: write the domain mail comes from, such as example.gov.cn", d)
	}
	if !c.Notify.Enabled {
		return
	}
	if c.Mail.Host == "" && len(c.SMS.Carriers) == 0 && c.Webhook.URL == "" {
		complain("notify.enabled", "there is no way to send: give mail.host, sms.carriers or webhook.url, or set notify.enabled to false")
	}
	if c.Mail.Host != "" {
		for _, n := range []struct{ path, value, what string }{
			{"notify.from", c.Notify.From, "the address mail comes from"},
			{"notify.list_domain", c.Notify.ListDomain, "the domain of Message-IDs"},
			{"web.base_url", c.Web.BaseURL, "the address of the site, for links in mail"},
		} {
			if n.value == "" {
				complain(n.path, "is needed to send mail: give %s", n.what)
			}
		}
	}
}

func (c Config) checkMail(complain complainer) {
	m := c.Mail
	if m.Port < 1 || m.Port > 65535 {
		complain("mail.port", "%d is not a port: write 587 (starttls), 465 (implicit) or the port of your relay", m.Port)
	}
	if !slices.Contains([]TLS{StartTLS, Implicit, NoTLS}, m.TLS) {
		complain("mail.tls", "%q is not a way to protect the connection: write starttls, implicit or none", m.TLS)
	}
	if m.TLS == NoTLS && m.Host != "" && !loopback(m.Host) {
		complain("mail.tls", "none would send names and passwords in the clear to %s: write starttls or implicit; none is for a relay on this host (127.0.0.1, localhost)", m.Host)
	}
	if m.Password.Reveal() != "" && m.User == "" {
		complain("mail.user", "is empty, but mail.password is set: give the user the password belongs to")
	}
	if m.Lines < 1 || m.Lines > 64 {
		complain("mail.lines", "%d is no number of conversations: write 1 to 64, such as 2", m.Lines)
	}
	if m.RatePerMinute < 1 {
		complain("mail.rate_per_minute", "%d would send nothing: write at least 1; to send nothing set notify.enabled to false", m.RatePerMinute)
	}
}

// supported reports whether a database URL is of a kind that the store opens.
func supported(u string) bool {
	if file, ok := strings.CutPrefix(u, "sqlite:"); ok {
		return file != ""
	}
	return strings.HasPrefix(u, "postgres://") || strings.HasPrefix(u, "postgresql://")
}

// numeric puts the unspecified address for a missing host and the loopback for localhost,
// so that an address can be judged without asking a name server.
func numeric(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	switch _, notIP := netip.ParseAddr(host); {
	case err != nil, port == "":
		return "bad"
	case host == "", host == "localhost":
		return "127.0.0.1:" + port
	case notIP != nil:
		if !domain.MatchString(host + ".x") {
			return "bad"
		}
		return "127.0.0.1:" + port
	}
	return listen
}

func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.Fragment == ""
}

// loopback reports whether a host is this very machine.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}
