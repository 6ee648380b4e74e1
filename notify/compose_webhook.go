package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is the body of a webhook: what the bridge to another system (政务微信 and its like) is
// told. It is JSON with the keys in this order, without white space between them or a line feed at the end; an
// instant is RFC 3339 in UTC. Equal drafts have equal bytes, which the sender signs as they are.
//
//	{"type":"reminder.digest","timestamp":"2021-06-25T00:30:00Z","data":{
//	  "account":"lin1","person":"林样一","kind":"digest","subject":"【报送提醒】…","text":"林样一，您好：…",
//	  "items":[{"topic":"duty","role":"clerk","unit":"晋江市",…,"link":"https://…/duty/…"}]}}
//
// Type is reminder.digest if there are items, else reminder.notice; a bridge shows Text, or
// draws a card from Items. Keys may be added later: a reader ignores those it does not know.
type Event struct {
	Type      string    `json:"type"`
	Timestamp string    `json:"timestamp"` // of the slot: the same in a resend
	Data      EventData `json:"data"`
}

// EventData is the message.
type EventData struct {
	Account string      `json:"account"` // of the reader, at the bridge
	Person  string      `json:"person"`
	Kind    Kind        `json:"kind"`
	Subject string      `json:"subject"`
	Text    string      `json:"text"`  // the whole message, as in the plain part of a mail
	Items   []EventItem `json:"items"` // [] if there are none
	Files   []string    `json:"files"` // names: a webhook carries no files
}

// EventItem is one duty, with its page. The link carries no authority.
type EventItem struct {
	Topic       Topic  `json:"topic"`
	Role        string `json:"role"` // of the reader
	Unit        string `json:"unit"`
	Directive   string `json:"directive"`
	Obligation  string `json:"obligation"`
	Label       string `json:"label"`
	Period      string `json:"period"`
	Due         string `json:"due"`      // the first instant that is too late
	DueText     string `json:"due_text"` // 6月25日24:00
	Status      string `json:"status"`   // 逾期未报
	DaysLate    int    `json:"days_late"`
	Returned    string `json:"returned,omitempty"` // the reviewer's reason
	Detail      string `json:"detail,omitempty"`
	Since       string `json:"since,omitempty"`
	Clerk       string `json:"clerk,omitempty"`
	LastContact string `json:"last_contact,omitempty"`
	Link        string `json:"link"`
}

// accountLength is the most an account's name may have, in bytes.
const accountLength = 128

// webhook renders a draft as an Event.
func (c Composer) webhook(d Draft) (Rendered, error) {
	if d.Address == "" || len(d.Address) > accountLength || d.Address != clean(d.Address) || !utf8.ValidString(d.Address) {
		return Rendered{}, fmt.Errorf("%q is not the name of an account", d.Address)
	}
	if err := checkName(d.Person); err != nil {
		return Rendered{}, err
	}
	if len(c.Key) == 0 {
		return Rendered{}, Temporary(errors.New("settings: there is no key to derive the message's id from"))
	}
	p, subject := c.page(d), clean(c.subject(d))
	p.Origin = strings.Replace(p.Origin, "本邮件", "本消息", 1)
	e := Event{Type: "reminder.digest", Timestamp: instant(d.Slot), Data: EventData{
		Account: d.Address, Person: name(d.Person), Kind: d.Kind, Subject: subject, Items: []EventItem{}, Files: []string{}}}
	if p.Files = nil; len(d.Files) > 0 {
		for _, f := range d.Files {
			e.Data.Files = append(e.Data.Files, fileName(f.Name))
		}
	}
	e.Data.Text = p.text()
	if len(d.Items) == 0 {
		e.Type = "reminder.notice"
	}
	for _, it := range d.Items {
		e.Data.Items = append(e.Data.Items, c.eventItem(it, d.Slot))
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return Rendered{}, fmt.Errorf("webhook: %w", err)
	}
	return Rendered{MessageID: Digest(c.Key, d.ID), To: d.Address, Subject: subject, Body: []byte(strings.TrimSuffix(b.String(), "\n"))}, nil
}

func (c Composer) eventItem(it Item, slot time.Time) EventItem {
	word, _ := status(it, classOf(it, slot), slot)
	return EventItem{
		Topic: Topic(or(string(it.Topic), string(AboutDuty))), Role: roleOf(it), Unit: name(it.Unit), Directive: name(it.Directive),
		Obligation: name(it.Obligation), Label: name(it.Label), Period: name(it.Period), Due: instant(it.Due), DueText: dueText(it), Status: word,
		DaysLate: it.DaysLate, Returned: words(it.Returned), Detail: words(it.Detail), Since: instant(it.Since), Clerk: words(it.Clerk),
		LastContact: words(it.LastContact), Link: c.link(it.Duty),
	}
}

func roleOf(it Item) string {
	switch {
	case it.Role != "":
		return clean(it.Role)
	case above(it):
		return reviewer
	}
	return "clerk"
}

// instant writes an instant, and nothing for the zero one.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
