package desk

import (
	"regexp"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// Said is a word of the ledger as people read it, in both languages. Pages, commands and mails to
// the operator use the same.
type Said struct{ Zh, En string }

// SaidDuty words where a duty stands.
func SaidDuty(s scheduler.State) Said {
	zh, ok := map[scheduler.State]string{scheduler.NotOpen: "未到期", scheduler.Pending: "待报", scheduler.Draft: "草稿", scheduler.Review: "待签批",
		scheduler.Submitted: "已报待审", scheduler.Returned: "已退回", scheduler.Accepted: "已审", scheduler.Closed: "已汇总归档", scheduler.Exempt: "免报"}[s]
	if !ok {
		zh = string(s)
	}
	return Said{zh, string(s)}
}

// SaidState words where a reminder or a message stands.
func SaidState(s notify.State) Said {
	switch s {
	case notify.Planned:
		return Said{"待发", "planned"}
	case notify.Claimed:
		return Said{"发送中", "being sent"}
	case notify.HandedOver:
		return Said{"已发出", "handed over"}
	case notify.Delivered:
		return Said{"已送达", "delivered"}
	case notify.Deferred:
		return Said{"稍后重发", "deferred"}
	case notify.Refused:
		return Said{"被拒收", "refused"}
	case notify.Unknown:
		return Said{"结果不明", "unknown"}
	case notify.Superseded:
		return Said{"已由后续提醒代替", "superseded"}
	case notify.Expired:
		return Said{"过时未发", "expired"}
	case notify.Cancelled:
		return Said{"已取消", "cancelled"}
	case notify.Quarantined:
		return Said{"已隔离", "quarantined"}
	}
	return Said{string(s), string(s)}
}

// SaidChannel words a way to reach a person.
func SaidChannel(c notify.Channel) Said {
	switch c {
	case notify.Email:
		return Said{"邮件", "e-mail"}
	case notify.SMS:
		return Said{"短信", "SMS"}
	case notify.Webhook:
		return Said{"即时通讯", "instant message"}
	case "": // of a step that a person decides on
		return Said{"拟稿", "draft"}
	}
	return Said{string(c), string(c)}
}

// SaidKind words what sort of message it is.
func SaidKind(k notify.Kind) Said {
	switch k {
	case notify.KindUrgent:
		return Said{"加急提醒", "urgent reminder"}
	case notify.KindNudge:
		return Said{"人工催报", "reminder by a reviewer"}
	case notify.KindLetter:
		return Said{"提醒函、催办单", "formal letter"}
	case notify.KindCheck:
		return Said{"联络核对", "contact check"}
	case notify.KindPlan:
		return Said{"今日催报计划", "the day's plan"}
	case notify.KindAlarm:
		return Said{"系统报警", "alarm"}
	}
	return Said{"定时提醒", "digest"}
}

// SaidRole words as whom somebody is told.
func SaidRole(role string, deputy bool) Said {
	switch {
	case role == "deputy", deputy:
		return Said{"填报员（B岗）", "deputy clerk"}
	case role == string(store.Approver):
		return Said{"单位审核人", "approver"}
	case role == string(store.Leader):
		return Said{"分管领导", "leader"}
	case role == string(store.Reviewer):
		return Said{"上级审核员", "reviewer"}
	}
	return Said{"填报员", "clerk"}
}

// SaidFault words whose matter a failed attempt is.
func SaidFault(f notify.Fault) Said {
	switch f {
	case notify.FaultMessage:
		return Said{"内容被拒", "the message"}
	case notify.FaultRecipient:
		return Said{"号码或地址不可用", "the address"}
	case notify.FaultNumberLimit:
		return Said{"该号码已达限额", "a limit of the number"}
	case notify.FaultAccountLimit:
		return Said{"我方账户受限", "our account"}
	case notify.FaultConfig:
		return Said{"我方设置有误", "our settings"}
	case notify.FaultTransient:
		return Said{"暂时故障", "a passing failure"}
	}
	return Said{}
}

// rungs of the ladder whose names carry a number.
var (
	dayRung    = regexp.MustCompile(`^T([-+])(\d+)$`)
	followRung = regexp.MustCompile(`^(returned|review|stamp)\.v\d+(?:\+(\d+))?$`)
	plusRung   = regexp.MustCompile(`^(missing|copy|letter|slip|item\..+)\+(\d+)$`)
)

// SaidRung words a step of the ladder; one it does not know keeps its name.
func SaidRung(name string) Said {
	switch name {
	case "T-0-morning":
		return Said{"截止当日上午", "morning of the due day"}
	case "T-0-afternoon":
		return Said{"截止当日下午", "afternoon of the due day"}
	case "opened":
		return Said{"任务下达", "opened"}
	case "unreachable":
		return Said{"单位联系不上", "unit cannot be reached"}
	}
	if m := dayRung.FindStringSubmatch(name); m != nil {
		if m[1] == "-" {
			return Said{"截止前" + m[2] + "个工作日", m[2] + " working days before"}
		}
		return Said{"逾期" + m[2] + "个工作日", m[2] + " working days overdue"}
	}
	if m := followRung.FindStringSubmatch(name); m != nil {
		what := map[string]Said{"returned": {"退回", "sent back"}, "review": {"待审", "waiting for review"}, "stamp": {"盖章件未到", "stamped copy missing"}}[m[1]]
		if m[2] == "" {
			return Said{what.Zh + "提醒", what.En}
		}
		return Said{what.Zh + "满" + m[2] + "个工作日", what.En + ", " + m[2] + " working days"}
	}
	if m := plusRung.FindStringSubmatch(name); m != nil {
		what := map[string]Said{"missing": {"未报", "missing"}, "copy": {"抄送分管领导", "copy to the leader"}, "letter": {"提醒函", "letter"}, "slip": {"催办单", "slip"}}[m[1]]
		if strings.HasPrefix(m[1], "item.") {
			what = Said{"台账事项", "ledger item"}
		}
		return Said{what.Zh + "逾期" + m[2] + "个工作日", what.En + ", " + m[2] + " working days overdue"}
	}
	switch {
	case strings.HasPrefix(name, "moved."):
		return Said{"期限变更", "deadline moved"}
	case strings.HasPrefix(name, "promise."):
		return Said{"承诺时间已过", "promised time passed"}
	case strings.HasPrefix(name, "nudge"):
		return Said{"人工催报", "reminded by a reviewer"}
	}
	return Said{name, name}
}

// reasons are the stable phrases that the chase and the store write, in Chinese.
var reasons = map[string]string{
	"rung due":                                       "催报节点已到，任务尚未完成报送",
	"a later rung says it better":                    "其后的节点已到，只发最近的一次",
	"a later message says it better":                 "其后已有新的消息，此条不再发",
	"deadline passed":                                "截止时间已过，此前的节点不再提醒",
	"sent back since":                                "报送材料其后被退回，改发退回提醒",
	"rung not yet due":                               "节点时间未到",
	"nothing owed":                                   "任务尚未开始，或已报送、已免报",
	"not a rung of this duty on this channel":        "该任务没有这个节点，或节点不使用这一方式",
	"the deadline was moved":                         "截止时间已变更，按新的期限另行提醒",
	"the return is in":                               "发送前复核：材料已报送",
	"the unit is exempt":                             "发送前复核：该单位本期免报",
	"nothing is owed":                                "发送前复核：已无须报送",
	"the person no longer acts for the unit":         "发送前复核：该人员已不在该岗位",
	"the person cannot be reached on this channel":   "该人员没有这一联系方式",
	"nothing is left to say":                         "发送前复核：所含事项均已办结",
	"the process ended before a result was recorded": "程序中断，未记下发送结果",
	"the answer was lost, and it was not sent again because nothing in it is of use any more":      "未收到对方应答；所含事项均已办结，不再重发",
	"claimed three times without a recorded result":                                                "三次领取均无结果，已隔离，请人工查看",
	"another version has been sent since":                                                          "发送前复核：其后已报送新的版本",
	"the return waits for no review":                                                               "发送前复核：材料已不在待审",
	"no stamped copy is waited for":                                                                "发送前复核：盖章件已到",
	"the unit has reported on its ledger since":                                                    "发送前复核：该单位其后已更新台账",
	"the answer was lost, and it was not sent again because another reminder follows within a day": "未收到对方应答；一天内另有提醒，不再重发",
	"a reviewer reminds at once":                                                                   "上级单位人工催报",
	"promised":                                                                                     "对方已承诺报送时间，承诺时间前暂停催报",
	"test mode: the address is not on the list of those that may be written to":                    "测试模式：不在允许名单内，未发出",
}

// SaidReason words why a reminder is where it is. What a relay or gateway answered is nobody's to
// translate: it stands as it came.
func SaidReason(reason string) Said {
	if zh, ok := reasons[reason]; ok {
		return Said{zh, reason}
	}
	return Said{reason, reason}
}
