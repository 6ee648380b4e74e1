package web

import (
	"slices"
	"time"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
)

// eventRow words a step in the history of a duty. What nobody did, the system did.
func (w Words) eventRow(e store.Event) eventRow {
	row := eventRow{At: w.Time(e.At), By: e.ByName, What: w.act(e.Act, e.Version), Reason: e.Reason}
	if row.By == "" {
		row.By, row.System = w.T("系统"), true
	}
	if !e.OldDue.IsZero() && !e.NewDue.IsZero() {
		row.Moved = w.T("截止时间由%s改为%s", w.instant(e.OldDue), w.instant(e.NewDue))
	}
	return row
}

// act words what was done to a duty.
func (w Words) act(a scheduler.Act, version int) string {
	switch a {
	case scheduler.Save:
		return w.T("暂存")
	case scheduler.Submit:
		return w.T("上报（第 %d 版）", version)
	case scheduler.SendZero:
		return w.T("零报送（第 %d 版）", version)
	case scheduler.Withdraw:
		return w.T("撤回")
	case scheduler.SendBack:
		return w.T("退回")
	case scheduler.Accept:
		return w.T("审核通过")
	case scheduler.Reopen:
		return w.T("退回更正")
	case scheduler.Close:
		return w.T("汇总归档")
	case scheduler.Extend:
		return w.T("延期")
	case scheduler.Revoke:
		return w.T("撤销延期")
	case scheduler.Excuse:
		return w.T("免报")
	case scheduler.Include:
		return w.T("恢复报送")
	case scheduler.TakeOffline:
		return w.T("改为线下报送")
	case scheduler.StampIn:
		return w.T("盖章件已到（第 %d 版）", version)
	case scheduler.Receive:
		return w.T("线下材料已收")
	case scheduler.ChangeTerms:
		return w.T("文件修订，报送要求变更")
	case scheduler.Drop:
		return w.T("文件修订，不再要求报送")
	case scheduler.Restore:
		return w.T("文件修订，重新要求报送")
	case scheduler.InheritKeep:
		return w.T("单位撤并，仍由原单位报送")
	case scheduler.InheritMove:
		return w.T("单位撤并，由承接单位报送")
	case scheduler.InheritDrops:
		return w.T("单位撤并，不再报送")
	}
	return string(a)
}

// instant writes a due instant as people read it: the midnight after a day is 24:00 of it.
func (w Words) instant(t time.Time) string {
	d := calendar.DateOf(t)
	at := calendar.TimeOfDay(t.In(calendar.Zone).Hour()*60 + t.In(calendar.Zone).Minute())
	if at == 0 {
		d, at = d.AddDays(-1), calendar.EndOfDay
	}
	return w.Due(d, at)
}

// extended says that a duty's deadline is a later one than its own, and which that was.
func (v *visit) extended(t store.Task) (string, error) {
	own, err := v.ownDeadline(t)
	if err != nil || own == (store.Deadline{Date: t.DueDate, Time: t.DueTime}) {
		return "", err
	}
	return v.T("已延期至%s（原截止%s）。", v.Due(t.DueDate, t.DueTime), v.Due(own.Date, own.Time)), nil
}

// ownDeadline is the deadline of a duty before the extensions in force. Whoever may see the
// duty, and was let in by View, may know.
func (v *visit) ownDeadline(t store.Task) (store.Deadline, error) {
	all, err := v.Store.Extensions(v.ctx(), store.Author{Operator: true}, t.ID)
	for _, x := range slices.Backward(all) { // the oldest came first
		if x.RevokedAt.IsZero() {
			return x.From, err
		}
	}
	return store.Deadline{Date: t.DueDate, Time: t.DueTime}, err
}
