// Package config holds the settings of one installation: what they are, what they are
// when nobody says anything, how a file and the environment change them, and what is
// wrong with them.
//
// Its one rule: a new installation is safe and says nothing to anybody. Every key has a
// default; the defaults listen on the loopback only, keep data in one SQLite file, and
// send no mail and no SMS. A YAML file (read strictly) goes over the defaults, the
// environment over the file, and all that is wrong is told at once. Secrets are of a type
// that no way of printing shows.
//
// It opens no socket and no database, knows nobody who uses the settings, and once loaded
// a Config is a value that is passed down, never a global.
package config

import "time"

// Config is the settings. The yaml tags are the keys of the file; the environment variable
// of a key is its path in capitals, BAOSONG_ before it: mail.host is BAOSONG_MAIL_HOST.
type Config struct {
	Database  Database `yaml:"database"`
	Web       Web      `yaml:"web"`
	Catalogue string   `yaml:"catalogue"` // folder with the catalogue; empty means the embedded one
	Notify    Notify   `yaml:"notify"`
	Mail      Mail     `yaml:"mail"`
	SMS       SMS      `yaml:"sms"`
	Webhook   Webhook  `yaml:"webhook"`
	Pace      Pace     `yaml:"pace"`
	Session   Session  `yaml:"session"`
	Fonts     Fonts    `yaml:"fonts"`

	sources map[string]string // where a key was set, by path; a default has none
}

// Database is where data is kept.
type Database struct {
	// URL is sqlite:FILE or a PostgreSQL URL. Its password, if any, is never printed.
	URL DSN `yaml:"url"`
}

// Web is the server of pages.
type Web struct {
	Listen  string `yaml:"listen"`   // host:port
	BaseURL string `yaml:"base_url"` // what people type, for links in mail: https://bs.example.gov.cn
}

// Notify says whether and in whose name messages are sent.
type Notify struct {
	Enabled    bool   `yaml:"enabled"`     // false: nothing leaves this installation
	From       string `yaml:"from"`        // mail address, with a name if wanted
	ReplyTo    string `yaml:"reply_to"`    // mail address a person reads
	ListDomain string `yaml:"list_domain"` // domain of Message-IDs and List-Id
	Contact    string `yaml:"contact"`     // whom readers may ask: 社会救助科 0595-0000 0000
	// TestOnly is the test mode: only these addresses and numbers get anything; what goes to others is
	// recorded as not sent. Empty: everybody gets what is theirs.
	TestOnly Names `yaml:"test_only"`
	// CallbackKey is what carriers bring when they report what became of a message, at the address
	// BASE/receipt/CARRIER?key=KEY, and `baosong bounce` with mail that came back. Empty: nobody may
	// report; carriers that can be asked are.
	CallbackKey Secret `yaml:"callback_key"`
	// The operator gets the day's plan, and hears when nothing goes out.
	OperatorEmail string `yaml:"operator_email"`
	OperatorPhone string `yaml:"operator_phone"`
	// Heartbeat is fetched after each delivery round: what watches it tells when it falls silent. Its
	// path is what keeps others from feigning it.
	Heartbeat Secret `yaml:"heartbeat"`
}

// Mail is the SMTP relay.
type Mail struct {
	Host          string `yaml:"host"` // empty: no mail
	Port          int    `yaml:"port"`
	User          string `yaml:"user"`
	Password      Secret `yaml:"password"`
	TLS           TLS    `yaml:"tls"`
	RatePerMinute int    `yaml:"rate_per_minute"` // messages handed over at most
	Lines         int    `yaml:"lines"`           // conversations at a time
}

// TLS says how the connection to the relay is protected.
type TLS string

// The ways. None is for a relay on the same host only.
const (
	StartTLS TLS = "starttls"
	Implicit TLS = "implicit"
	NoTLS    TLS = "none"
)

// Pace says when recurring work is done, in Asia/Shanghai.
type Pace struct {
	Plan        Schedule `yaml:"plan"`         // duties are planned ahead
	Chase       Schedule `yaml:"chase"`        // reminders are planned
	Deliver     Schedule `yaml:"deliver"`      // what is due is handed over
	HorizonDays int      `yaml:"horizon_days"` // how far ahead duties are planned
}

// Session is how long a person stays signed in.
type Session struct {
	Idle     Duration `yaml:"idle"`     // without a request
	Absolute Duration `yaml:"absolute"` // at all
}

// Fonts are the operator's own TrueType files for print: what GB/T 9704—2012 asks for is not free
// to ship. An empty one is stood in for by a shipped face, and that is said.
type Fonts struct {
	FangSong     string `yaml:"fangsong"`     // 仿宋: texts
	XiaoBiaoSong string `yaml:"xiaobiaosong"` // 小标宋: titles
	KaiTi        string `yaml:"kaiti"`        // 楷体: second headings
	HeiTi        string `yaml:"heiti"`        // 黑体: first headings
	Fallbacks    Paths  `yaml:"fallbacks"`    // for characters the others lack, in order
}

// Default returns the settings of a new installation: loopback only, one SQLite file,
// nothing sent.
func Default() Config {
	return Config{
		Database: Database{URL: NewDSN("sqlite:baosong.db")},
		Web:      Web{Listen: "127.0.0.1:8080"},
		Mail:     Mail{Port: 587, TLS: StartTLS, RatePerMinute: 60, Lines: 2},
		SMS:      defaultSMS(),
		Pace: Pace{
			Plan:        Schedule{"5 0 * * *"},
			Chase:       Schedule{"30 8 * * *", "0 15 * * *"},
			Deliver:     Schedule{"* * * * *"},
			HorizonDays: 400,
		},
		Session: Session{Idle: Duration(2 * time.Hour), Absolute: Duration(12 * time.Hour)},
	}
}
