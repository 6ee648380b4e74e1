package notify

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/baosong/baosong/notify/sms"
)

func (c Composer) templates() map[string]sms.Template {
	if c.Templates != nil {
		return c.Templates
	}
	return sms.Defaults()
}

// sms renders a text message. It says one thing: of what the reader owes, the most urgent kind.
func (c Composer) sms(d Draft) (Rendered, error) {
	phone, err := sms.Phone(d.Address)
	if err != nil {
		return Rendered{}, err
	}
	key, params := c.said(d)
	t, ok := c.templates()[key]
	switch {
	case key == "", !ok && d.Kind == KindAlarm:
		return Rendered{}, fmt.Errorf("nothing of this %s goes by text message: no approved template says it, or it concerns the level above", d.Kind)
	case !ok:
		return Rendered{}, Temporary(fmt.Errorf("settings: there is no SMS template %q", key))
	}
	if len(t.Max) > len(params) {
		return Rendered{}, Temporary(fmt.Errorf("settings: SMS template %q wants %d parameters; there are %d", key, len(t.Max), len(params)))
	}
	params = params[:len(t.Max)]
	for i, n := range t.Max {
		if r := []rune(params[i]); len(r) > n {
			params[i] = string(r[:n])
		}
	}
	m, err := t.Render(c.Bureau, params...)
	if err != nil {
		return Rendered{}, err
	}
	return Rendered{MessageID: Digest(c.Key, d.ID), To: phone, Subject: key, Body: m.Encode()}, nil
}

// said returns the key of the template that says it and its parameters; no key if none can. What
// is due counts everything that is neither overdue nor sent back; a moved deadline is told when nothing is due
// before tomorrow is over, since only one thing can be told.
func (c Composer) said(d Draft) (key string, params []string) {
	switch d.Kind {
	case KindCheck:
		who := neutral(c.Bureau, "报送系统")
		if t := c.templates()["check"]; len(t.Max) > 0 && utf8.RuneCountInString(who) > t.Max[0] {
			who = "报送系统" // half a bureau's name is nobody's; the signature says it whole
		}
		return "check", []string{who}
	case KindAlarm: // the mail relay may be what has failed
		title, _ := titled(d.Note)
		return "alarm", []string{neutral(title, "发送异常")}
	}
	var by [classes][]Item
	for _, it := range d.Items {
		k := classOf(it, d.Slot)
		by[k] = append(by[k], it)
	}
	due := append(append(by[today], by[tomorrow]...), by[later]...)
	switch {
	case len(by[overdue]) > 0:
		return "overdue", number(by[overdue])
	case len(by[returned]) > 0:
		return "returned", number(by[returned])
	case len(by[moved]) > 0 && len(due) == len(by[later]):
		return "moved", number(by[moved])[1:]
	case len(due) > 0:
		return "due", number(due)
	}
	return "", nil
}

// number returns what a template says of items: how many, the first one's form, and when it is due.
func number(items []Item) []string {
	return []string{strconv.Itoa(min(len(items), 99)), neutral(items[0].Label, "报表"), dueText(items[0])}
}

// neutral returns a name as it may stand in a text message, or another if a carrier would hold
// it back: that must not hold back the reminder.
func neutral(label, other string) string {
	if label = clean(label); sms.CheckParam(label) != nil {
		return other
	}
	return label
}

// PartsOf returns how many parts a rendered text message is sent, and charged, as; 0 if r is none.
func PartsOf(r Rendered) int {
	if !bytes.HasPrefix(r.Body, []byte(`{"template":`)) {
		return 0
	}
	m, err := sms.Decode(r.Body)
	if err != nil {
		return 0
	}
	return sms.Parts(m.Text)
}
