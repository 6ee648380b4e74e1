package notify

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/baosong/baosong/scheduler/calendar"
)

// class is how an item is counted and coloured, in the order in which a subject names them.
type class int

const (
	overdue     class = iota // 逾期未报
	returned                 // 已退回
	today                    // 今日截止
	tomorrow                 // 明日截止
	missing                  // 未报单位
	unkept                   // 答复的时间已过
	waiting                  // 待审
	moved                    // 期限变更
	stamp                    // 盖章件未到
	ledger                   // 台账事项超期
	unreachable              // 联系不上的单位
	later                    // 待报
	classes
)

// counted are the words before and after a number. What the level above is told of units is
// counted in units.
var counted = [classes]struct{ before, after string }{
	overdue: {"逾期", "项"}, returned: {"退回", "项"}, today: {"今日截止", "项"}, tomorrow: {"明日截止", "项"},
	unkept: {"答复未落实", "项"}, missing: {"未报", "个单位"}, waiting: {"待审", "项"}, moved: {"期限变更", "项"},
	stamp: {"盖章件未到", "项"}, ledger: {"台账超期", "项"}, unreachable: {"联系不上", "个单位"}, later: {"待报", "项"},
}

func (c class) perUnit() bool { return c == missing || c == unreachable }

// tone is a colour: of supervision systems, as clerks know them. The words say it too.
type tone int

const (
	blue  tone = iota // there is time
	amber             // there is little
	red               // there is none
)

func (c class) tone() tone {
	switch c {
	case overdue, returned, unkept, missing, unreachable, ledger:
		return red
	case later, moved, waiting:
		return blue
	}
	return amber
}

func classOf(it Item, slot time.Time) class {
	switch it.Topic {
	case AboutMoved:
		return moved
	case AboutReview:
		return waiting
	case AboutStamp:
		return stamp
	case AboutItem:
		return ledger
	case AboutMissing:
		return missing
	case AboutPromise:
		return unkept
	case AboutUnreachable:
		return unreachable
	}
	days := calendar.LastDay(it.Due).Sub(calendar.DateOf(slot))
	switch {
	case it.Returned != "": // tells the reader what to do, late or not
		return returned
	case it.Overdue:
		return overdue
	case days <= 0:
		return today
	case days == 1:
		return tomorrow
	}
	return later
}

// above reports whether the reader is told as the level above, and not for a duty of their own.
func above(it Item) bool {
	switch it.Topic {
	case AboutReview, AboutMissing, AboutUnreachable:
		return true
	case AboutPromise:
		return it.Role == reviewer || it.Role == "" && it.Clerk != ""
	}
	return false
}

// The roles that change what a message says; their names are scheduler's.
const (
	deputy   = "deputy"
	approver = "approver"
	reviewer = "reviewer"
)

// counts returns 逾期1项, 今日截止2项, …: what there is, most urgent first.
func counts(items []Item, slot time.Time) []string {
	var n [classes]int
	var seen [classes][]string
	for _, it := range items {
		c := classOf(it, slot)
		if c.perUnit() {
			if slices.Contains(seen[c], it.Unit) {
				continue
			}
			seen[c] = append(seen[c], it.Unit)
		}
		n[c]++
	}
	var out []string
	for c, w := range counted {
		if n[c] > 0 {
			out = append(out, w.before+itoa(n[c])+w.after)
		}
	}
	return out
}

// subjectLength is what lists of mail show on one line.
const subjectLength = 30

// heads are what a subject begins with. A letter brings its own.
var heads = map[Kind]string{
	KindDigest: "【报送提醒】", KindUrgent: "【即将截止】", KindNudge: "【催报】",
	KindCheck: "【联络核对】", KindPlan: "【报送系统】", KindAlarm: "【系统告警】",
}

// subject puts the counts first and, when it gets long, leaves out first the bureau (it is
// the sender's name too), then the kinds that can wait.
func (c Composer) subject(d Draft) string {
	head := heads[d.Kind]
	switch d.Kind {
	case KindCheck:
		return c.signed(head + "请确认收到本邮件")
	case KindLetter, KindPlan, KindAlarm:
		title, _ := titled(d.Note)
		switch {
		case title != "":
			return head + shorten(title, 2*subjectLength)
		case len(d.Files) > 0:
			file := fileName(d.Files[0].Name)
			return head + strings.ReplaceAll(strings.TrimSuffix(file, path.Ext(file)), "_", " ")
		}
		return c.signed(heads[KindDigest] + "请您关注报送事项")
	}
	all := counts(d.Items, d.Slot)
	short := head + strings.Join(all, "、")
	if full := c.signed(short); full != short {
		return full
	}
	end := "等"
	if !slices.ContainsFunc(d.Items, above) {
		end = fmt.Sprintf("，共%d项", len(d.Items))
	}
	for keep := len(all) - 1; keep >= 1 && utf8.RuneCountInString(short) > subjectLength; keep-- {
		short = head + strings.Join(all[:keep], "、") + end
	}
	return short
}

// signed adds the bureau if there is room for it.
func (c Composer) signed(subject string) string {
	if full := subject + "（" + clean(c.Bureau) + "）"; utf8.RuneCountInString(full) <= subjectLength {
		return full
	}
	return subject
}

// status is what stands in the column 状态: the word of the report list, and how late or
// how long still, which may be empty.
func status(it Item, c class, slot time.Time) (word, detail string) {
	if it.Overdue && it.DaysLate > 0 {
		detail = "已逾期" + itoa(it.DaysLate) + "天"
	}
	switch c {
	case overdue:
		return "逾期未报", detail
	case returned:
		return "已退回", detail
	case today, tomorrow:
		return counted[c].before, ""
	case moved:
		if it.Overdue {
			return "期限变更", detail
		}
		return "期限变更", still(it, slot)
	case unkept:
		return "答复未落实", detail
	case stamp:
		return "盖章件未到", since("报送后已", it, slot)
	case waiting:
		return "待审", since("已等待", it, slot)
	case ledger:
		return "台账超期", ""
	case missing, unreachable:
		return "未报", detail
	}
	return "待报", still(it, slot)
}

// still is how long there is: 还有3天. The last day itself is 今日截止.
func still(it Item, slot time.Time) string {
	switch days := calendar.LastDay(it.Due).Sub(calendar.DateOf(slot)); {
	case days <= 0:
		return "今日截止"
	default:
		return "还有" + itoa(days) + "天"
	}
}

// since says how many days the waiting has taken. They are days of the calendar, since only the
// ladder knows which of them were worked, and it says so.
func since(before string, it Item, slot time.Time) string {
	if it.Since.IsZero() {
		return ""
	}
	days := calendar.DateOf(slot).Sub(calendar.DateOf(it.Since))
	if days < 1 {
		return ""
	}
	return before + itoa(days) + "天（自然日）"
}
