package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// speakTo tells the level above, line by line, whom to call and what was last said.
func speakTo(ctx context.Context, db querier, rows []itemRow) error {
	units, duties := map[string]bool{}, map[string]time.Time{}
	for _, r := range rows {
		if r.Role == scheduler.ToReviewer {
			units[r.Unit] = true
			if r.PlannedAt.After(duties[r.Duty]) {
				duties[r.Duty] = r.PlannedAt.Time
			}
		}
	}
	if len(units) == 0 {
		return nil
	}
	clerks, err := clerksOf(ctx, db, slices.Sorted(maps.Keys(units)))
	if err != nil {
		return err
	}
	said, err := lastContacts(ctx, db, duties)
	if err != nil {
		return err
	}
	for i, r := range rows {
		if r.Role == scheduler.ToReviewer {
			rows[i].clerk, rows[i].lastContact = clerks[r.Unit], said[r.Duty]
		}
	}
	return nil
}

// clerksOf returns name and number of one clerk of each unit: not a deputy if there is another,
// with a number if there is one.
func clerksOf(ctx context.Context, db querier, units []string) (map[string]string, error) {
	type clerk struct {
		Unit   string `db:"unit"`
		ID     string `db:"id"`
		Name   string `db:"name"`
		Phone  string `db:"phone"`
		Deputy flag   `db:"deputy"`
	}
	best := map[string]clerk{}
	rank := func(c clerk) int {
		n := 0
		if c.Phone == "" {
			n += 2
		}
		if c.Deputy {
			n++
		}
		return n
	}
	for chunk := range chunks(units) {
		var q query
		var rows []clerk
		if err := db.SelectContext(ctx, &rows, `
			SELECT x.unit, p.id, p.name, p.phone, x.deputy FROM role x JOIN person p ON p.id = x.person
			WHERE x.name = 'clerk' AND p.disabled = 0 AND x.unit IN `+list(&q, chunk), q.args...); err != nil {
			return nil, err
		}
		for _, c := range rows {
			if b, ok := best[c.Unit]; !ok || cmp.Or(cmp.Compare(rank(c), rank(b)), cmp.Compare(c.ID, b.ID)) < 0 {
				best[c.Unit] = c
			}
		}
	}
	out := map[string]string{}
	for unit, c := range best {
		out[unit] = c.Name
		if c.Phone != "" {
			out[unit] += " " + spaced(c.Phone)
		}
	}
	return out, nil
}

// spaced writes a mobile number as it is read out: 139 0000 0001.
func spaced(number string) string {
	if len(number) != 11 {
		return number
	}
	return number[:3] + " " + number[3:7] + " " + number[7:]
}

// lastContacts says of each duty when and how its unit was last spoken to about it: the latest
// call with its answer, else the latest message that was handed over before the instant given with
// the duty.
func lastContacts(ctx context.Context, db querier, duties map[string]time.Time) (map[string]string, error) {
	type call struct {
		Duty       string  `db:"duty"`
		At         instant `db:"at"`
		Recorded   instant `db:"recorded_at"`
		Answered   flag    `db:"answered"`
		AnsweredBy string  `db:"answered_by"`
		Answer     string  `db:"answer"`
		Promised   instant `db:"promised_at"`
	}
	type letter struct {
		Duty    string         `db:"duty"`
		At      instant        `db:"handed_over_at"`
		Channel notify.Channel `db:"channel"`
	}
	out := map[string]string{}
	for chunk := range chunks(slices.Sorted(maps.Keys(duties))) {
		var q query
		var sent []letter
		if err := db.SelectContext(ctx, &sent, `
			SELECT r.duty, m.handed_over_at, m.channel FROM reminder r JOIN message m ON m.id = r.message
			WHERE m.handed_over_at > 0 AND r.role <> 'reviewer' AND r.duty IN `+list(&q, chunk), q.args...); err != nil {
			return nil, err
		}
		slices.SortFunc(sent, func(a, b letter) int {
			return cmp.Or(a.At.Compare(b.At.Time), cmp.Compare(b.Channel, a.Channel)) // a mail says more than a text message
		})
		for _, x := range sent {
			if !x.At.Before(duties[x.Duty]) {
				continue // of the same slot: which goes first is chance
			}
			out[x.Duty] = clockText(x.At.Time) + channelWords[x.Channel] + "提醒"
		}
		q = query{}
		var calls []call
		if err := db.SelectContext(ctx, &calls, `
			SELECT x.duty, c.at, c.recorded_at, c.answered, c.answered_by, c.answer, c.promised_at FROM call_duty x JOIN call c ON c.id = x.call
			WHERE x.duty IN `+list(&q, chunk), q.args...); err != nil {
			return nil, err
		}
		slices.SortFunc(calls, func(a, b call) int { return cmp.Or(a.At.Compare(b.At.Time), a.Recorded.Compare(b.Recorded.Time)) })
		for _, c := range calls {
			text := clockText(c.At.Time) + "电话联系，"
			switch who := cmp.Or(c.AnsweredBy, "对方"); {
			case !bool(c.Answered):
				text += "无人接听"
			case !c.Promised.IsZero():
				text += who + "答复" + clockText(c.Promised.Time) + "前报送"
			case c.Answer != "":
				text += who + "答复：" + c.Answer
			default:
				text += who + "接听"
			}
			out[c.Duty] = text
		}
	}
	return out, nil
}

var channelWords = map[notify.Channel]string{notify.Email: "邮件", notify.SMS: "短信", notify.Webhook: "消息"}

// clockText is an instant as it is said: 6月28日9:12. Midnight is the end of the day before.
func clockText(t time.Time) string {
	local := t.In(calendar.Zone)
	if local.Hour() == 0 && local.Minute() == 0 {
		day := calendar.DateOf(t).AddDays(-1)
		return fmt.Sprintf("%d月%d日24:00", day.Month, day.Day)
	}
	return fmt.Sprintf("%d月%d日%d:%02d", local.Month(), local.Day(), local.Hour(), local.Minute())
}
