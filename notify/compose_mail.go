package notify

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// calendarName is the file with the due dates of a digest.
const calendarName = "报送截止日期.ics"

// mail renders a draft as an RFC 5322 message.
func (c Composer) mail(d Draft) (Rendered, error) {
	if err := checkAddress(d.Address); err != nil {
		return Rendered{}, err
	}
	if err := checkName(d.Person); err != nil {
		return Rendered{}, err
	}
	if err := c.checkSender(); err != nil {
		return Rendered{}, err
	}
	p, subject := c.page(d), clean(c.subject(d))
	var html bytes.Buffer
	html.Grow(16 << 10)
	if err := mailPage(p, subject).Render(context.Background(), &html); err != nil {
		return Rendered{}, fmt.Errorf("html part: %w", err)
	}
	id, root := MessageID(c.Key, d.ID, c.Domain), MessageID(c.Key, thread(d), c.Domain)
	headers := []header{
		{"Date", d.Slot.In(calendar.Zone).Format(time.RFC1123Z)},
		{"From", address(name(c.Bureau), c.From)},
		{"Reply-To", address(name(c.Bureau), or(c.ReplyTo, c.From))},
		{"To", address(name(d.Person), d.Address)},
		{"Subject", encodeWords(subject)},
		{"Message-ID", id},
		{"In-Reply-To", root},
		{"References", root},
		{"List-Id", c.list(d.Kind)},
		{"Auto-Submitted", "auto-generated"},
		{"X-Auto-Response-Suppress", "All"},
		{"Content-Language", "zh-CN"},
	}
	body := mixed{text: p.text(), html: html.Bytes(), boundary: Digest(c.Key, "boundary|"+d.ID), files: files(d.Files)}
	if p.Calendar {
		events, err := c.calendar(d)
		if err != nil {
			return Rendered{}, fmt.Errorf("calendar: %w", err)
		}
		body.files = append(body.files, file{name: calendarName, plain: "duties.ics", contentType: "text/calendar; charset=UTF-8; method=PUBLISH", data: events})
	}
	return Rendered{MessageID: id, To: d.Address, Subject: subject, Body: body.bytes(headers)}, nil
}

// thread names what a reader's program hangs the message to: reminders of all slots are one thread;
// letters, checks, plans and alarms are each another, so that none of them is overlooked among the reminders.
func thread(d Draft) string {
	reader := strings.ToLower(d.Address)
	switch d.Kind {
	case KindDigest, KindUrgent, KindNudge:
		return "thread|" + reader
	}
	return "thread|" + string(d.Kind) + "|" + reader
}

// list is what a reader's rules can sort by (RFC 2919): what concerns duties, and what concerns the
// running of the system.
func (c Composer) list(k Kind) string {
	if k == KindPlan || k == KindAlarm {
		return address("报送系统运行", "ops."+c.Domain)
	}
	return address("报送提醒", "duty."+c.Domain)
}

// checkSender guards the headers against the composer's own settings, once more at the
// point of use: an operator may have skipped Check.
func (c Composer) checkSender() error {
	for _, a := range []string{c.From, or(c.ReplyTo, c.From), "x@" + c.Domain} {
		if err := checkAddress(a); err != nil {
			return Temporary(fmt.Errorf("settings: %w", err))
		}
	}
	if err := checkName(c.Bureau); err != nil {
		return Temporary(fmt.Errorf("settings: %w", err))
	}
	return nil
}
