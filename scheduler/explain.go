package scheduler

import (
	"fmt"
	"slices"
	"time"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler/calendar"
)

// Explain tells why a rung of a duty would or would not be sent on a channel at now: the reason, and
// a Chinese sentence for the page "why was I reminded?". slots are the duty's steps as Slots gives
// them, rung the name of one of them; as are the roles of the reader: none is whoever the rung is
// meant for.
func Explain(o Owed, slots []Slot, rung string, ch notify.Channel, now time.Time, as ...Role) (Reason, string) {
	i := slices.IndexFunc(slots, func(s Slot) bool { return s.Rung.Name == rung })
	if i < 0 {
		if !o.State.Owed() {
			return NotOwed, "该任务尚未开始，或已报送、已免报，不再提醒。"
		}
		return NoSuchRung, "该任务没有这个催报节点：与更近的节点合并，或早于任务开始时间，或只用于一次性任务。"
	}
	s := slots[i]
	at := calendar.DateOf(s.At).Chinese() + s.At.In(calendar.Zone).Format("15:04")
	if o.State == NotOpen {
		return NotOwed, fmt.Sprintf("催报节点在%s，任务尚未开始。", at)
	}
	if s.Rung.Draft != "" {
		return o.explainDraft(s, at, now)
	}
	if len(as) == 0 {
		as = s.Rung.To
	}
	// A reader without a name who is all of these at once, beside those there are.
	c := chase{now: now}
	c.readers = c.readers.of(o)
	for _, role := range as {
		c.readers = append(c.readers, reader{Contact: Contact{Role: role, Channels: []notify.Channel{ch}}})
	}
	c.weigh(o, slots, "", ch)
	switch why := c.why[i]; why {
	case NotYet:
		return why, fmt.Sprintf("催报节点在%s，时间未到。", at)
	case LaterRung:
		return why, fmt.Sprintf("催报节点在%s，其后的节点也已到时，只发最近的一次。", at)
	case DeadlinePassed:
		return why, fmt.Sprintf("催报节点在%s，截止时间已过，只发逾期提醒。", at)
	case SentBack:
		return why, fmt.Sprintf("催报节点在%s，报送材料其后被退回，改发退回提醒。", at)
	case Reported:
		return why, fmt.Sprintf("催报节点在%s，其后报送的台账已说明该事项的情况。", at)
	case Promised:
		return why, fmt.Sprintf("催报节点在%s，当时单位已在电话中承诺报送时间，承诺到期前不催。", at)
	case NoSuchRung:
		if s.Rung.uses(ch) {
			return why, fmt.Sprintf("催报节点在%s，不提醒这一岗位。", at)
		}
		return why, fmt.Sprintf("催报节点在%s，不使用这一提醒方式。", at)
	default:
		return why, fmt.Sprintf("催报节点在%s，已到时，%s", at, o.waits(s))
	}
}

// explainDraft is Explain for a step that only drafts.
func (o Owed) explainDraft(s Slot, at string, now time.Time) (Reason, string) {
	what := map[Measure]string{Copy: "抄送分管领导", Letter: "提醒函", Slip: "催办单"}[s.Rung.Draft]
	why := o.standing(s, now)
	switch {
	case why == NotYet:
		return why, fmt.Sprintf("%s在%s起草，时间未到。", what, at)
	case why == SentBack:
		return why, fmt.Sprintf("%s应在%s起草，报送材料其后被退回，不再起草。", what, at)
	case !o.drafts(s, now):
		return NotOwed, fmt.Sprintf("任务由本单位自行审核，不起草%s。", what)
	}
	return why, fmt.Sprintf("%s在%s起草，由工作人员决定是否发出。", what, at)
}

// waits says what a step that is sent is about.
func (o Owed) waits(s Slot) string {
	switch s.Rung.anchor() {
	case OfOpened:
		return "任务按小时计时，开始即通知。"
	case OfReturned:
		return "报送材料被退回，尚未重新报送。"
	case OfMoved:
		return "任务尚未完成报送，报送期限已变更。"
	case OfPromise:
		return "承诺的报送时间已过，任务尚未完成报送。"
	case OfUnreachable:
		return "任务尚未完成报送，单位没有可以联系到的填报人员。"
	case OfSubmitted:
		return "报送材料尚未审核。"
	case OfStamp:
		return "盖章件尚未收到。"
	case OfItem:
		return "台账事项超过自身时限，尚未销号。"
	}
	if s.Rung.Topic() == notify.AboutMissing {
		return "下级单位尚未完成报送。"
	}
	return "任务尚未完成报送。"
}
