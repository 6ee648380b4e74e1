package notify

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

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
	var key string
	var params []string
	switch d.Kind {
	case KindDigest, KindUrgent, KindNudge:
		if key, params = said(d); key == "" {
			return Rendered{}, errors.New("none of this goes by text message: it concerns the level above, or needs more words")
		}
	case KindCheck:
		key, params = "check", []string{neutral(c.Bureau, "本局")}
	default:
		return Rendered{}, fmt.Errorf("a message of kind %q does not go by text message: there is no approved template that could carry it", d.Kind)
	}
	t, ok := c.templates()[key]
	if !ok {
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

// said returns the template's key and its parameters, or nothing if no template can say it. What is
// due counts everything that is neither overdue nor returned; a moved deadline is told
// when nothing is due before tomorrow is over, since only one thing can be told.
func said(d Draft) (key string, params []string) {
	var by [classes][]Item
	for _, it := range d.Items {
		if above(it) {
			continue
		}
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
