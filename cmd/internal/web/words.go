package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Lang is a language of the pages.
type Lang string

// The languages, as lang attributes name them.
const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
)

// Words speaks one language. The Chinese text is the key of the catalogue (english.go), so a
// template reads as the page does.
type Words struct{ Lang Lang }

// T returns the text in the language of the page, formatted with args if there are any. A
// text without a translation appears in Chinese; a test finds such texts before a reader does.
func (w Words) T(zh string, args ...any) string {
	if w.Lang == English {
		if en, ok := english[zh]; ok {
			zh = en
		}
	}
	if len(args) == 0 {
		return zh
	}
	return fmt.Sprintf(zh, args...)
}

// Problem returns the message of a problem in the language of the page.
func (w Words) Problem(p forms.Problem) string {
	if w.Lang == English && p.MessageEn != "" {
		return p.MessageEn
	}
	return p.Message
}

// Date writes a civil date: 2021年6月25日, 25 June 2021.
func (w Words) Date(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	if w.Lang == English {
		return d.Start().In(calendar.Zone).Format("2 January 2006")
	}
	return d.Chinese()
}

// Day writes the civil date of an instant.
func (w Words) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.Date(calendar.DateOf(t))
}

// Time writes an instant to the minute: 2021年6月25日 14:03.
func (w Words) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.Day(t) + " " + t.In(calendar.Zone).Format("15:04")
}

// Second writes an instant to the second, for receipts.
func (w Words) Second(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.Day(t) + " " + t.In(calendar.Zone).Format("15:04:05")
}

// HourMinute writes the time of day of an instant.
func (w Words) HourMinute(t time.Time) string { return t.In(calendar.Zone).Format("15:04") }

var weekdays = [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}

// Weekday writes the day of the week of an instant.
func (w Words) Weekday(t time.Time) string {
	if w.Lang == English {
		return t.In(calendar.Zone).Weekday().String()
	}
	return weekdays[t.In(calendar.Zone).Weekday()]
}

// Due writes a deadline as people read it: 2021年6月25日24:00.
func (w Words) Due(d calendar.Date, at calendar.TimeOfDay) string {
	if w.Lang == English {
		return w.Date(d) + ", " + at.String()
	}
	return w.Date(d) + at.String()
}

// scrolls names a part of the page that scrolls by itself.
func (w Words) scrolls(what string) string { return w.T("%s（可左右滚动）", what) }

// Join lists names: 晋江市、石狮市.
func (w Words) Join(names []string) string {
	if w.Lang == English {
		return strings.Join(names, ", ")
	}
	return strings.Join(names, "、")
}

// language takes ?lang=, then the cookie, then Accept-Language; Chinese is the default.
func language(r *http.Request) Words {
	if l, ok := parseLang(r.URL.Query().Get("lang")); ok {
		return Words{l}
	}
	for _, name := range []string{"__Host-" + languageCookie, languageCookie} {
		if c, err := r.Cookie(name); err == nil {
			if l, ok := parseLang(c.Value); ok {
				return Words{l}
			}
		}
	}
	return Words{accepted(r.Header.Get("Accept-Language"))}
}

func parseLang(s string) (Lang, bool) {
	switch strings.ToLower(s) {
	case "zh", "zh-cn", "zh-hans":
		return Chinese, true
	case "en":
		return English, true
	}
	return "", false
}

// accepted is English only for a browser that names English and no Chinese at all: many
// Chinese offices run browsers whose list begins with English.
func accepted(header string) Lang {
	header = strings.ToLower(header)
	english := false
	for tag := range strings.SplitSeq(header, ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		if strings.HasPrefix(tag, "zh") {
			return Chinese
		}
		english = english || tag == "en" || strings.HasPrefix(tag, "en-")
	}
	if english {
		return English
	}
	return Chinese
}

// chooseLanguage remembers a language chosen by ?lang=.
func (v *visit) chooseLanguage() {
	if l, ok := parseLang(v.r.URL.Query().Get("lang")); ok {
		v.setCookie(v.w, languageCookie, string(l), 365*24*3600)
	}
}

// otherLanguage is the address of this page in the other language.
func (v *visit) otherLanguage() string {
	path, q := v.r.URL.EscapedPath(), v.r.URL.Query()
	if v.r.Method == http.MethodPost {
		q = url.Values{} // what was posted cannot be asked for again
	}
	q.Set("lang", "en")
	if v.Lang == English {
		q.Set("lang", "zh-CN")
	}
	return path + "?" + q.Encode()
}
