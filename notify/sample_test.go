package notify_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/notify"
)

// about makes an item of another topic and unit out of one of 晋江市.
func about(topic notify.Topic, it notify.Item, unit, id string) notify.Item {
	it.Topic, it.Unit = topic, unit
	it.Duty = strings.Replace(it.Duty, "qz-jinjiang", id, 1)
	return it
}

func progress() notify.Item {
	return item("progress", "特殊困难群体排查成效进度表", "进度表", "2021年6月25日期", "2021-06-25", false)
}

func clues() notify.Item {
	return item("clues", "特殊困难群体线索登记表", "线索登记表", "2021年6月28日期", "2021-06-28", true)
}

func late(it notify.Item, days int, clerk, last string) notify.Item {
	it.Overdue, it.DaysLate, it.Clerk, it.LastContact = true, days, clerk, last
	return it
}

// above is what the city's reviewer is told on 28 June 2021.
func above() []notify.Item {
	waits := about(notify.AboutReview, clues(), "鲤城区", "qz-licheng")
	waits.Since = at("2021-06-24 10:05")
	waits.Due, waits.DueText = at("2021-06-28 00:00").Add(24*time.Hour), "6月28日24:00"
	promised := late(about(notify.AboutPromise, progress(), "石狮市", "qz-shishi"), 3, "蔡样二 1990000 0002", "6月26日16时电话，蔡样二答复：27日下班前报来")
	promised.Role, promised.Detail = "reviewer", "6月27日18:00前报送"
	return []notify.Item{
		late(about(notify.AboutMissing, progress(), "晋江市", "qz-jinjiang"), 3, "林样一 199 0000 0001", "6月26日9时电话，林样一答复：下午报"),
		late(about(notify.AboutMissing, progress(), "石狮市", "qz-shishi"), 3, "蔡样二 1990000 0002", "6月26日16时电话，蔡样二答复：27日下班前报来"),
		late(about(notify.AboutMissing, progress(), "安溪县", "qz-anxi"), 3, "", ""),
		late(about(notify.AboutMissing, item("report", "工作情况报告", "工作报告", "2021年6月期", "2021-06-25", false), "安溪县", "qz-anxi"), 3, "", ""),
		waits, promised,
		late(about(notify.AboutUnreachable, progress(), "安溪县", "qz-anxi"), 3, "", ""),
	}
}

// samples are the messages that are kept as golden files and looked at as pictures.
func samples() map[string]notify.Draft {
	draft := func(kind notify.Kind, slot string, items ...notify.Item) notify.Draft {
		return notify.Draft{ID: "p1|email|" + string(kind), Kind: kind, Channel: notify.Email, Person: "林样一", Address: "lin@example.gov.cn", Slot: at(slot), Items: items}
	}
	out := map[string]notify.Draft{"clerk": digest()}

	out["reviewer"] = draft(notify.KindDigest, "2021-06-28 08:30", above()...)

	own := progress()
	own.Unit, own.Overdue, own.DaysLate = "泉州市民政局", true, 3
	out["mixed"] = draft(notify.KindDigest, "2021-06-28 08:30", append([]notify.Item{own}, above()...)...)

	moved := about(notify.AboutMoved, clues(), "晋江市", "qz-jinjiang")
	moved.Detail, moved.Rung = "6月25日24:00", "moved.r2"
	stamped := about(notify.AboutStamp, progress(), "晋江市", "qz-jinjiang")
	stamped.Since = at("2021-06-22 16:40")
	open := about(notify.AboutItem, item("ledger", "季度台账", "季度台账", "2021年第二季度", "2021-07-05", true), "晋江市", "qz-jinjiang")
	open.Detail = "低保对象陈样三家庭经济状况核查，办理时限6月24日"
	promise := late(about(notify.AboutPromise, progress(), "晋江市", "qz-jinjiang"), 1, "", "")
	promise.Role, promise.Detail = "clerk", "6月25日12:00前报送"
	out["topics"] = draft(notify.KindDigest, "2021-06-26 08:30", moved, stamped, open, promise)

	signing := progress()
	signing.Role = "approver"
	out["approver"] = draft(notify.KindDigest, "2021-06-25 08:30", signing)
	deputy := progress()
	deputy.Role = "deputy"
	out["deputy"] = draft(notify.KindDigest, "2021-06-25 08:30", deputy)

	event := item("disaster", "突发灾情统计快报", "快报", "6月25日暴雨", "2021-06-25", false)
	event.Rung, event.Due, event.DueText = "opened", at("2021-06-25 17:00"), "6月25日17:00"
	out["urgent"] = draft(notify.KindUrgent, "2021-06-25 15:04", event)

	nudge := draft(notify.KindNudge, "2021-06-28 10:15", late(progress(), 3, "", ""), clues())
	nudge.Note = "市级汇总稿今日17时上报省厅，请务必于15时前报来。\n如有困难，请电告救助科。"
	out["nudge"] = nudge

	letter := draft(notify.KindLetter, "2021-06-30 09:00")
	letter.Person, letter.Address = "王样四", "wang@example.gov.cn"
	letter.Note = "关于报送特殊困难群体排查成效进度表的提醒函\n\n晋江市民政局：\n　　根据《关于开展特殊困难群体排查的通知》（泉民保〔2021〕3号），你单位应于6月25日24:00前报送2021年6月25日期特殊困难群体排查成效进度表。截至6月30日9时，尚未收到。\n　　请于7月1日12:00前报送，并说明未按时报送的原因。\n　　如已报送，请忽略本函。\n\n泉州市民政局\n2021年6月30日"
	letter.Files = []notify.Attachment{{Name: "提醒函（晋江市）.pdf", Media: "application/pdf", Data: []byte("%PDF-1.4\n%…\n")}}
	out["letter"] = letter

	check := draft(notify.KindCheck, "2021-06-18 09:00")
	check.Note = "本次核对自2021年6月18日起，请于6月22日前完成。"
	out["check"] = check

	plan := draft(notify.KindPlan, "2021-06-25 08:00")
	plan.Person, plan.Address = "系统管理员", "ops@example.gov.cn"
	plan.Note = "2021年6月25日催报计划\n\n一、今日拟发\n08:30 邮件 14 封、短信 12 条，共 17 项\n15:00 邮件 4 封，共 4 项\n二、尚在等待\n无。\n三、上一工作日（6月24日）的消息\n已发出 16 件，对方拒收 1 件\n未成功：林样一，短信，对方拒收：UNDELIV 空号（编号 m-1f）\n四、须人工办理\n已拟稿、待人工决定的提醒函：1 件。\n\n本计划每个工作日8时生成，随当日首批消息发出。"
	out["plan"] = plan

	alarm := draft(notify.KindAlarm, "2021-06-25 10:00")
	alarm.Person, alarm.Address = "系统管理员", "ops@example.gov.cn"
	alarm.Note = "提醒已有90分钟没有发出\n\n08:30的16封邮件仍在等待。最近一次成功发出：6月24日15时02分。\n最近一次错误：421 4.7.0 Try again later\n\n请检查邮件中继和系统进程。"
	out["alarm"] = alarm
	return out
}

// TestSamples keeps every kind of message, for every reader, as people read it.
func TestSamples(t *testing.T) {
	for name, d := range samples() {
		t.Run(name, func(t *testing.T) {
			r := compose(t, d)
			p := parse(t, r.Body)
			golden(t, name+".txt", fmt.Appendf(nil, "Subject: %s\n\n%s", r.Subject, p.text))
			golden(t, name+".html", bytes.ReplaceAll([]byte(p.html), []byte("><"), []byte(">\n<")))
		})
	}
}
