package notify

import (
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

// text renders a text message: of the most urgent kind there is, with the number of items
// of that kind and the first of them.
func (c Composer) text(d Draft) (Rendered, error) {
	phone, err := sms.Phone(d.Address)
	if err != nil {
		return Rendered{}, err
	}
	key, of := kind(d)
	t, ok := c.templates()[key]
	if !ok {
		return Rendered{}, Temporary(fmt.Errorf("settings: there is no SMS template %q", key))
	}
	params := []string{strconv.Itoa(min(len(of), 99)), neutral(of[0].Label), clean(of[0].DueText)}
	if len(t.Max) > len(params) {
		return Rendered{}, Temporary(fmt.Errorf("settings: SMS template %q wants %d parameters; there are only number, form and due time", key, len(t.Max)))
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

// kind returns the template's key and the items it is about, in order. Whatever is neither
// overdue nor returned counts as due.
func kind(d Draft) (string, []Item) {
	var by [len(counted)][]Item
	for _, it := range d.Items {
		u := min(urgencyOf(it, d.Slot), today)
		by[u] = append(by[u], it)
	}
	switch {
	case len(by[overdue]) > 0:
		return "overdue", by[overdue]
	case len(by[returned]) > 0:
		return "returned", by[returned]
	}
	return "due", by[today]
}

// neutral returns a form's short name as it may stand in a text message. A name that a
// carrier would hold back must not hold back the reminder.
func neutral(label string) string {
	if label = clean(label); sms.CheckParam(label) != nil {
		return "报表"
	}
	return label
}
