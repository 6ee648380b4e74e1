package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/config/strict"
)

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultSendsNothing(t *testing.T) {
	c := Default()
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults are not valid: %v", err)
	}
	if c.Notify.Enabled || c.Mail.Host != "" || len(c.SMS.Carriers) > 0 || !strings.HasPrefix(c.Web.Listen, "127.0.0.1:") || c.Database.URL.Reveal() != "sqlite:baosong.db" {
		t.Errorf("%+v", c)
	}
	loaded, err := Load("", lookup(nil))
	if err != nil {
		t.Fatal(err)
	}
	loaded.sources = nil
	if !reflect.DeepEqual(loaded, c) {
		t.Errorf("loaded from nothing: %+v", loaded)
	}
}

const whole = `database: {url: "postgres://bs:pw-db@db/baosong"}
web: {listen: ":80", base_url: https://bs.example.gov.cn}
catalogue: /etc/baosong/catalogue
notify:
  enabled: true
  from: 报送 <bs@example.gov.cn>
  reply_to: jzk@example.gov.cn
  list_domain: example.gov.cn
  contact: 社会救助科 0595-0000 0000
  test_only: [lin@example.gov.cn, "19900000001"]
  operator_email: ops@example.gov.cn
mail: {host: relay.example.gov.cn, port: 465, user: bs, password: pw-mail, tls: implicit, rate_per_minute: 5, lines: 3}
sms:
  carriers: [gateway, aliyun]
  signature: 泉州市民政局
  templates:
    before: "您有{count}项报表"
    late: "no"
  gateway: {url: https://sms.example.cn/send, user: u, password: 012345, per_day: 3}
  aliyun:
    key_id: id
    key_secret: pw-aliyun
    templates: {due: SMS_1}
webhook: {url: https://bridge.example.cn/hook, secret: whsec_pw}
pace:
  plan: 0 1 * * *
  chase: [0 9 * * 1-5]
  deliver: "*/5 * * * *"
  horizon_days: 30
session: {idle: 30m, absolute: 8h}
fonts: {fangsong: /fonts/fs.ttf, fallbacks: [/fonts/a.ttf]}
`

func TestLoad(t *testing.T) {
	path := write(t, "baosong.yaml", whole)
	secret := write(t, "password", "pw-from-file\n")
	c, err := Load(path, lookup(map[string]string{
		"BAOSONG_DATABASE_URL":       "sqlite:x.db",
		"BAOSONG_MAIL_PASSWORD_FILE": secret,
		"BAOSONG_MAIL_PORT":          "2525",
		"BAOSONG_PACE_CHASE":         "30 8 * * *; 0 15 * * *",
		"BAOSONG_NOTIFY_ENABLED":     "false",
		"BAOSONG_SESSION_ABSOLUTE":   "1h30m",
		"BAOSONG_MAIL_TLS":           "starttls",
		"BAOSONG_WEB_BASE_URL":       "",
		"BAOSONG_FONTS_KAITI":        "/fonts/kt.ttf",
		"BAOSONG_NOTIFY_TEST_ONLY":   "a@example.gov.cn, 19900000002",
		"BAOSONG_FONTS_FALLBACKS":    "/fonts/b.ttf:/fonts/c.ttf",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Database:  Database{NewDSN("sqlite:x.db")},
		Web:       Web{Listen: ":80"},
		Catalogue: "/etc/baosong/catalogue",
		Notify: Notify{From: "报送 <bs@example.gov.cn>", ReplyTo: "jzk@example.gov.cn", ListDomain: "example.gov.cn",
			Contact: "社会救助科 0595-0000 0000", TestOnly: Names{"a@example.gov.cn", "19900000002"}, OperatorEmail: "ops@example.gov.cn"},
		Mail: Mail{"relay.example.gov.cn", 2525, "bs", NewSecret("pw-from-file"), StartTLS, 5, 3},
		SMS: SMS{
			Carriers: Names{"gateway", "aliyun"}, Signature: "泉州市民政局", Templates: map[string]string{"before": "您有{count}项报表", "late": "no"},
			Gateway: Gateway{URL: "https://sms.example.cn/send", User: "u", Password: NewSecret("012345"), PerDay: 3},
			HTTP:    HTTP{PerDay: 2},
			Aliyun:  Aliyun{KeyID: "id", KeySecret: NewSecret("pw-aliyun"), Templates: map[string]string{"due": "SMS_1"}, PerDay: 2, Per24h: 50},
			Tencent: Tencent{Region: "ap-guangzhou", PerDay: 2}, File: Drop{PerDay: 2},
		},
		Webhook: Webhook{URL: "https://bridge.example.cn/hook", Secret: NewSecret("whsec_pw")},
		Pace:    Pace{Schedule{"0 1 * * *"}, Schedule{"30 8 * * *", "0 15 * * *"}, Schedule{"*/5 * * * *"}, 30},
		Session: Session{Duration(30 * time.Minute), Duration(90 * time.Minute)},
		Fonts:   Fonts{FangSong: "/fonts/fs.ttf", KaiTi: "/fonts/kt.ttf", Fallbacks: Paths{"/fonts/b.ttf", "/fonts/c.ttf"}},
	}
	var b strings.Builder
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	wantPrint := strings.ReplaceAll(`database:
  url: sqlite:x.db # env BAOSONG_DATABASE_URL
web:
  listen: :80 # file PATH:2
  base_url: "" # env BAOSONG_WEB_BASE_URL
catalogue: /etc/baosong/catalogue # file PATH:3
notify:
  enabled: false # env BAOSONG_NOTIFY_ENABLED
  from: 报送 <bs@example.gov.cn> # file PATH:6
  reply_to: jzk@example.gov.cn # file PATH:7
  list_domain: example.gov.cn # file PATH:8
  contact: 社会救助科 0595-0000 0000 # file PATH:9
  test_only: ["a@example.gov.cn", "19900000002"] # env BAOSONG_NOTIFY_TEST_ONLY
  callback_key: "" # default
  operator_email: ops@example.gov.cn # file PATH:11
  operator_phone: "" # default
  heartbeat: "" # default
mail:
  host: relay.example.gov.cn # file PATH:12
  port: 2525 # env BAOSONG_MAIL_PORT
  user: bs # file PATH:12
  password: '[redacted]' # env BAOSONG_MAIL_PASSWORD_FILE
  tls: starttls # env BAOSONG_MAIL_TLS
  rate_per_minute: 5 # file PATH:12
  lines: 3 # file PATH:12
sms:
  carriers: ["gateway", "aliyun"] # file PATH:14
  signature: 泉州市民政局 # file PATH:15
  templates: # file PATH:16
    before: 您有{count}项报表
    late: no
  links: [] # default
  gateway:
    url: https://sms.example.cn/send # file PATH:19
    user: u # file PATH:19
    password: '[redacted]' # file PATH:19
    token: "" # default
    per_day: 3 # file PATH:19
    per_24h: 0 # default
  http:
    method: "" # default
    url: "" # default
    body: "" # default
    media: "" # default
    headers: {} # default
    charset: "" # default
    user: "" # default
    password: "" # default
    templates: {} # default
    accepted: "" # default
    errors: {} # default
    callback: "" # default
    receipt:
      reference: "" # default
      status: "" # default
      delivered: "" # default
      failed: "" # default
      reason: "" # default
      time: "" # default
      answer: "" # default
    per_day: 2 # default
    per_24h: 0 # default
  aliyun:
    url: "" # default
    key_id: id # file PATH:21
    key_secret: '[redacted]' # file PATH:22
    templates: # file PATH:23
      due: SMS_1
    per_day: 2 # default
    per_24h: 50 # default
  tencent:
    url: "" # default
    region: ap-guangzhou # default
    app_id: "" # default
    secret_id: "" # default
    secret_key: "" # default
    templates: {} # default
    per_day: 2 # default
    per_24h: 0 # default
  file:
    dir: "" # default
    per_day: 2 # default
    per_24h: 0 # default
webhook:
  url: https://bridge.example.cn/hook # file PATH:24
  secret: '[redacted]' # file PATH:24
  former_secret: "" # default
  inside: [] # default
pace:
  plan: ["0 1 * * *"] # file PATH:26
  chase: ["30 8 * * *", "0 15 * * *"] # env BAOSONG_PACE_CHASE
  deliver: ["*/5 * * * *"] # file PATH:28
  horizon_days: 30 # file PATH:29
session:
  idle: 30m # file PATH:30
  absolute: 1h30m # env BAOSONG_SESSION_ABSOLUTE
fonts:
  fangsong: /fonts/fs.ttf # file PATH:31
  xiaobiaosong: "" # default
  kaiti: /fonts/kt.ttf # env BAOSONG_FONTS_KAITI
  heiti: "" # default
  fallbacks: ["/fonts/b.ttf", "/fonts/c.ttf"] # env BAOSONG_FONTS_FALLBACKS
`, "PATH", path)
	if b.String() != wantPrint {
		t.Errorf("printed\n%s\nwant\n%s", b.String(), wantPrint)
	}
	c.sources = nil
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

// What is printed is a settings file: read back, it gives the same settings but the secrets.
func TestPrintCanBeReadBack(t *testing.T) {
	first, err := Load(write(t, "a.yaml", whole), lookup(nil))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := first.Print(&b); err != nil {
		t.Fatal(err)
	}
	second, err := Load(write(t, "b.yaml", b.String()), lookup(nil))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	var again strings.Builder
	if err := second.Print(&again); err != nil {
		t.Fatal(err)
	}
	sources := regexp.MustCompile(`(?m) # .*$`)
	if a, b := sources.ReplaceAllString(b.String(), ""), sources.ReplaceAllString(again.String(), ""); a != b {
		t.Errorf("printed\n%s\nread back\n%s", a, b)
	}
	if got := second.Mail.Password.Reveal(); got != redacted {
		t.Errorf("a secret was printed: %q", got)
	}
}

func TestLoadTellsWhatIsWrong(t *testing.T) {
	const sending = "notify: {enabled: true, from: bs@x.cn, list_domain: x.cn}\nweb: {base_url: 'https://x.cn'}\n"
	for name, c := range map[string]struct {
		file string
		env  map[string]string
		want string
	}{
		"unknown keys": {"mails: {}\nweb: {listn: x}\n", nil, `F:1: mails: unknown key: did you mean mail? known here: database, web, catalogue, notify, mail, sms, webhook, pace, session, fonts
F:2: web.listn: unknown key: did you mean listen? known here: listen, base_url`},
		"@every":          {"pace: {deliver: '@every 1m'}\n", nil, `F:1: pace.deliver: "@every 1m" is not a time: write five fields, minute hour day month weekday, such as 30 8 * * *`},
		"six fields":      {"pace: {plan: 0 0 8 * * *}\n", nil, `F:1: pace.plan: "0 0 8 * * *" is not a time: write five fields, minute hour day month weekday, such as 30 8 * * *`},
		"other zone":      {"pace: {plan: TZ=UTC 0 8 * *}\n", nil, `F:1: pace.plan: "TZ=UTC 0 8 * *" is not a time: write five fields, minute hour day month weekday, such as 30 8 * * *`},
		"hour 25":         {"pace: {chase: [0 25 * * *]}\n", nil, `F:1: pace.chase: "0 25 * * *" is not a time: end of range (25) above maximum (23): 25; the fields are minute hour day month weekday, such as 30 8 * * *`},
		"30 February":     {"pace: {chase: [0 8 30 2 *]}\n", nil, `F:1: pace.chase: "0 8 30 2 *" never comes: mend the day or the month`},
		"no time":         {"pace: {chase: []}\n", nil, `F:1: pace.chase: says no time: write at least one, such as 30 8 * * *`},
		"no length":       {"session: {idle: 30}\n", nil, `F:1: session.idle: "30" is not a length of time: write a number with its unit, such as 30m or 12h`},
		"too short":       {"session: {idle: 1s}\n", nil, `F:1: session.idle: 1s is too short to fill in a form: write at least 1m, such as 2h`},
		"idle > absolute": {"session: {idle: 13h}\n", nil, `settings: session.absolute: 12h is shorter than session.idle, 13h: make it longer, such as 12h`},
		"clear mail":      {"mail: {host: relay.x.cn, tls: none}\n", nil, `F:1: mail.tls: none would send names and passwords in the clear to relay.x.cn: write starttls or implicit; none is for a relay on this host (127.0.0.1, localhost)`},
		"unknown tls":     {"mail: {tls: ssl}\n", nil, `F:1: mail.tls: "ssl" is not a way to protect the connection: write one of starttls, implicit, none`},
		"no user":         {"", map[string]string{"BAOSONG_MAIL_PASSWORD": "pw"}, `settings: mail.user: is empty, but mail.password is set: give the user the password belongs to`},
		"no way to send":  {"notify: {enabled: true}\n", nil, `F:1: notify.enabled: there is no way to send: give mail.host, sms.carriers or webhook.url, or set notify.enabled to false`},
		"nobody sends": {"notify: {enabled: true}\nmail: {host: h}\n", nil, `settings: notify.from: is needed to send mail: give the address mail comes from
settings: notify.list_domain: is needed to send mail: give the domain of Message-IDs
settings: web.base_url: is needed to send mail: give the address of the site, for links in mail`},
		"no address": {"notify: {from: 泉州, list_domain: 'x y'}\n", nil, `F:1: notify.from: "泉州" is not a mail address: write baosong@example.gov.cn, or 报送 <baosong@example.gov.cn>
F:1: notify.list_domain: "x y" is not a domain: write the domain mail comes from, such as example.gov.cn`},
		"clear sms": {sending + "sms: {carriers: [gateway], gateway: {url: 'http://sms.x.cn', per_day: -1}, signature: 【民政】}\n", nil, `F:3: sms.signature: "【民政】" is not a signature: write the name as filed with the carriers, without 【】
F:3: sms.gateway.url: http would send telephone numbers and secrets in the clear to sms.x.cn: write https
F:3: sms.gateway.per_day: -1 is no number of messages: write 0 for no limit, or how many a number may get`},
		"carriers": {"sms: {carriers: [aliyun, pigeon, file, file], signature: 民政}\nnotify: {callback_key: short}\n", nil, `F:1: sms.carriers: "pigeon" is no carrier: write some of gateway, http, aliyun, tencent, file, in order of preference
F:1: sms.carriers: "file" stands there twice: keep one
F:2: notify.callback_key: is short enough to be guessed: write at least 20 random characters
settings: sms.aliyun.key_id: is needed by the carrier aliyun: give the AccessKey ID
settings: sms.aliyun.key_secret: is needed by the carrier aliyun: give the AccessKey secret
settings: sms.file.dir: is needed by the carrier file: give the folder for the files`},
		"webhook": {"webhook: {url: 'http://bridge.x.cn', inside: [10.8.0.1]}\n", nil, `F:1: webhook.url: http would send telephone numbers and secrets in the clear to bridge.x.cn: write https
F:1: webhook.inside: "10.8.0.1" is not a network: write it as 10.8.0.0/16
settings: webhook.secret: is needed for the webhook: give the secret its receiver checks signatures with, whsec_…`},
		"numbers":         {"mail: {port: 0, rate_per_minute: 0}\npace: {horizon_days: 0}\n", nil, "F:1: mail.port: 0 is not a port: write 587 (starttls), 465 (implicit) or the port of your relay\nF:1: mail.rate_per_minute: 0 would send nothing: write at least 1; to send nothing set notify.enabled to false\nF:2: pace.horizon_days: 0 is not a horizon: write how many days ahead duties are planned, 1 to 3660"},
		"listen":          {"web: {listen: 8080, base_url: x.cn}\n", nil, "F:1: web.listen: \"8080\" is not an address to listen on: write host:port, such as 127.0.0.1:8080 or :8080\nF:1: web.base_url: \"x.cn\" is not the address of a site: write it as people type it, such as https://bs.example.gov.cn"},
		"mysql":           {"", map[string]string{"BAOSONG_DATABASE_URL": "mysql://u:pw@db/x"}, `environment: BAOSONG_DATABASE_URL: "mysql://u:[redacted]@db/x" is no database: write sqlite:FILE, or postgres://user:password@host/name`},
		"bad variables":   {"", map[string]string{"BAOSONG_MAIL_PORT": "many", "BAOSONG_NOTIFY_ENABLED": "yes", "BAOSONG_SMS_TEMPLATES": "a=b"}, "environment: BAOSONG_NOTIFY_ENABLED: \"yes\" is not true or false: write one of these words\nenvironment: BAOSONG_MAIL_PORT: \"many\" is not a whole number: write digits only, such as 60\nenvironment: BAOSONG_SMS_TEMPLATES: cannot be set here: sms.templates is a mapping, write it in the file"},
		"secret twice":    {"", map[string]string{"BAOSONG_SMS_GATEWAY_PASSWORD": "a", "BAOSONG_SMS_GATEWAY_PASSWORD_FILE": "b"}, "environment: BAOSONG_SMS_GATEWAY_PASSWORD: both BAOSONG_SMS_GATEWAY_PASSWORD and BAOSONG_SMS_GATEWAY_PASSWORD_FILE are set: keep one of them"},
		"no secret file":  {"", map[string]string{"BAOSONG_SMS_GATEWAY_PASSWORD_FILE": "/nowhere/b"}, "environment: BAOSONG_SMS_GATEWAY_PASSWORD_FILE: cannot be read: open /nowhere/b: no such file or directory"},
		"file and env":    {"mail: {prt: 1}\n", map[string]string{"BAOSONG_MAIL_TLS": "ssl"}, "F:1: mail.prt: unknown key: did you mean port? known here: host, port, user, password, tls, rate_per_minute, lines\nenvironment: BAOSONG_MAIL_TLS: \"ssl\" is not a way to protect the connection: write one of starttls, implicit, none"},
		"value from env":  {"", map[string]string{"BAOSONG_MAIL_PORT": "0"}, "environment: BAOSONG_MAIL_PORT: 0 is not a port: write 587 (starttls), 465 (implicit) or the port of your relay"},
		"several in file": {"session: {idle: 1s}\nmail: {port: 0}\n", nil, "F:1: session.idle: 1s is too short to fill in a form: write at least 1m, such as 2h\nF:2: mail.port: 0 is not a port: write 587 (starttls), 465 (implicit) or the port of your relay"},
	} {
		t.Run(name, func(t *testing.T) {
			path := ""
			if c.file != "" {
				path = write(t, "c.yaml", c.file)
			}
			_, err := Load(path, lookup(c.env))
			var ps strict.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("got %v, want problems", err)
			}
			if got := strings.ReplaceAll(err.Error(), path+":", "F:"); path != "" && got != c.want || path == "" && err.Error() != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestLoopbackRelayNeedsNoTLS(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost", "::1", "127.8.8.8"} {
		c := Default()
		c.Mail.Host, c.Mail.TLS = host, NoTLS
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestNoFile(t *testing.T) {
	if _, err := Load("/nowhere/baosong.yaml", lookup(nil)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestScheduleNext(t *testing.T) {
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	s := Default().Pace.Chase
	for after, want := range map[string]string{
		"2021-06-25T00:00:00Z": "2021-06-25T00:30:00Z", // 08:00 → 08:30 in Shanghai
		"2021-06-25T00:30:00Z": "2021-06-25T07:00:00Z",
		"2021-06-25T07:00:00Z": "2021-06-26T00:30:00Z",
	} {
		at, err := time.Parse(time.RFC3339, after)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(at, shanghai).Format(time.RFC3339); got != want {
			t.Errorf("after %s comes %s, want %s", after, got, want)
		}
	}
	if !(Schedule{}).Next(time.Unix(0, 0), shanghai).IsZero() {
		t.Error("an empty schedule comes")
	}
}
