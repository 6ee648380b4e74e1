package demo

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

var (
	channelWords = map[notify.Channel]string{notify.Email: "邮件", notify.SMS: "短信", notify.Webhook: "消息"}
	roleWords    = map[string]string{
		string(scheduler.ToClerk): "填报员", string(scheduler.ToDeputy): "B岗", string(scheduler.ToApprover): "单位审核人",
		string(scheduler.ToLeader): "分管领导", string(scheduler.ToReviewer): "上级审核员",
	}
	topicWords = map[notify.Topic]string{
		notify.AboutMoved: "期限变更", notify.AboutReview: "待审", notify.AboutStamp: "盖章件未到", notify.AboutItem: "台账事项逾期",
		notify.AboutMissing: "未报", notify.AboutPromise: "承诺未兑现", notify.AboutUnreachable: "联系不上",
	}
)

// chaseList is who was told what, when and how, a message a line, and what the text messages cost in
// parts: for somebody who wants to know what a ladder means before it is in force.
func (c *Campaign) chaseList(messages []store.Message, reminders []store.Reminder, tasks []store.Task) func(io.Writer) error {
	rows, names := map[string]store.Reminder{}, map[string]string{}
	for _, r := range reminders {
		rows[r.Key()] = r
	}
	for _, t := range tasks {
		names[t.ID] = t.UnitName + " " + cmp.Or(t.Label, t.Title) + " " + t.Period.Label
	}
	ordered := slices.Clone(messages)
	slices.SortStableFunc(ordered, func(a, b store.Message) int {
		return cmp.Or(a.Slot.Compare(b.Slot), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Channel, b.Channel))
	})
	return func(w io.Writer) error {
		b := bufio.NewWriter(w)
		parts := map[notify.Channel]int{}
		count := map[notify.Channel]int{}
		for _, m := range ordered {
			at := m.HandedOver
			if at.IsZero() {
				at = m.Slot
			}
			how := channelWords[m.Channel]
			if m.Channel == notify.SMS {
				how = fmt.Sprintf("短信（计费%d条）", m.Parts)
			}
			unit, role := m.Unit, ""
			if u := c.Office.Catalogue.Unit(m.Unit); u != nil {
				unit = cmp.Or(u.Office, u.Name)
			}
			var about []string
			for _, k := range m.Keys {
				r := rows[k]
				role = cmp.Or(role, roleWords[r.Role])
				about = append(about, strings.TrimSpace(names[r.Duty]+" "+topicWords[r.Topic])+"〔"+r.Rung+"〕")
			}
			fmt.Fprintf(b, "%s  %s  %s %s", at.In(calendar.Zone).Format("2006-01-02 15:04"), how, unit, m.PersonName)
			if role != "" {
				fmt.Fprintf(b, "（%s）", role)
			}
			if m.State != notify.HandedOver && m.State != notify.Delivered {
				fmt.Fprintf(b, "  没有发出：%s", m.Reason)
			} else {
				count[m.Channel]++
				parts[m.Channel] += m.Parts
			}
			fmt.Fprintf(b, "  %s\n", strings.Join(about, "；"))
		}
		fmt.Fprintf(b, "合计：邮件 %d 封，短信 %d 条、计费 %d 条。\n", count[notify.Email], count[notify.SMS], parts[notify.SMS])
		return b.Flush()
	}
}
