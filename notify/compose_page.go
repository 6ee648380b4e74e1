package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baosong/baosong/scheduler/calendar"
)

// page is what a message says, before it is drawn as HTML or written as text. All text in it is
// clean, and both faces show all of it: the text is not an extract.
type page struct {
	Band     string // what sort of message it is: 报送提醒
	Bureau   string
	Contact  string
	Person   string
	Greets   bool     // begins with 您好
	Lead     string   // one sentence; what it counts stands in Counts
	Counts   []string // 逾期1项, 今日截止2项
	Asides   []string // below the lead
	QuoteBy  string   // whose words Quote are
	Quote    []string
	Title    string // of a letter, a plan or an alarm
	Body     []string
	Sections []section
	Acts     []act    // what the reader may open, of a page without sections
	Files    []string // names of what is attached
	Calendar bool     // a calendar file is attached
	Closing  []string
	Home     string // the system, named in the last closing line of a digest; empty for none
	Origin   string // why a machine wrote this
	Urgent   bool   // the band is red
}

type act struct{ Verb, Link string }

// section is a group of what the reader has to do.
type section struct {
	Heading string // empty if there is no other
	Intro   string
	Rows    []row
	Blocks  []block
	Lists   []string // to be copied as they are
	Several bool     // units in the rows
}

// row is one duty.
type row struct {
	Obligation, Directive, Unit, Period, Due string
	Word, Detail                             string
	Tone                                     tone
	Notes                                    []note
	Call                                     *call // whom to call, for the level above
	Verb, Link                               string
}

type note struct {
	Text string
	Loud bool
}

// block is what several units owe alike: one obligation and period. In a block of units that cannot
// be reached it is the unit, and the lines are what it owes.
type block struct {
	Title, Directive, Due string
	Silent                bool // cannot be reached
	Owing                 []owing
	Link, Verb            string
}

type owing struct {
	Unit, Late, Link string
	Call             call
}

// call is whom to call, and when they were last spoken to.
type call struct {
	Name         string
	Number, Dial string // 199 0000 0001, and as a telephone dials it
	Last         string
}

func (c call) who() string  { return or(strings.TrimSpace(c.Name+" "+c.Number), "暂无") }
func (c call) last() string { return or(c.Last, "暂无记录") }

const (
	zeroYes = "如本期无数据，请办理零报送。"
	zeroNo  = "本事项须填报内容，不适用零报送。"
)

// digest says what the items ask of the reader: first what they owe themselves, then what they
// have to see to as the level above.
func (c Composer) digest(d Draft) page {
	p := page{Band: "报送提醒", Bureau: clean(c.Bureau), Contact: clean(c.Contact), Person: name(d.Person), Greets: true,
		Counts: counts(d.Items, d.Slot), Origin: "本邮件由系统自动发送。"}
	own := slices.DeleteFunc(slices.Clone(d.Items), above)
	p.Lead = lead(d, own, p.Bureau)
	switch d.Kind {
	case KindUrgent:
		p.Band = "即将截止"
		p.Asides = append(p.Asides, why(d.Items))
	case KindNudge:
		p.Band = "催报"
		p.Origin = "本邮件由系统受" + p.Bureau + "委托发送。"
	}
	if p.Quote = lines(d.Note); p.Quote != nil {
		p.QuoteBy = p.Bureau + "附言："
	}
	if all(own, func(it Item) bool { return it.Role == deputy }) {
		p.Asides = append(p.Asides, "您是B岗联系人，填报员不在岗时，请代为办理。")
	}
	p.Sections = c.sections(d, own)
	switch {
	case all(own, func(it Item) bool { return it.Role == approver }):
		p.Closing = append(p.Closing, "如已签批上报，请忽略本提醒。")
	case len(own) > 0:
		p.Closing = append(p.Closing, "如已报送，请忽略本提醒。")
	default:
		p.Closing = append(p.Closing, "以上为发出时的报送情况，最新情况以系统为准。")
	}
	p.Home = c.at("/")
	p.Calendar = len(upcoming(d)) > 0 && d.Channel == Email
	return p
}

// lead is the sentence that says how much there is to do, and for whom.
func lead(d Draft, own []Item, bureau string) string {
	asOf, n := "截至"+chinese(d.Slot)+"，", itoa(len(own))
	what := "报送任务"
	if !all(own, func(it Item) bool { return it.Topic == AboutDuty || it.Topic == "" }) {
		what = "报送事项"
	}
	switch {
	case d.Kind == KindNudge:
		return bureau + "提请" + units(d.Items) + "抓紧办理下列" + itoa(len(d.Items)) + "项报送任务"
	case len(own) == 0:
		return asOf + "下列报送情况请您审核或跟进"
	case len(own) < len(d.Items):
		return asOf + "下列事项请您办理"
	case all(own, func(it Item) bool { return it.Role == approver }):
		return asOf + units(own) + "有" + n + "项" + what + "待您签批"
	}
	return asOf + units(own) + "有" + n + "项" + what + "需要办理"
}

// why says of a message between slots why it did not wait.
func why(items []Item) string {
	if all(items, func(it Item) bool { return strings.HasPrefix(it.Rung, "opened") }) {
		return "下列事项自有关情况发生时起计算时限，时间较紧，故随时提醒。"
	}
	return "下列事项将在下一次例行提醒之前截止，故此时提醒。"
}

func (c Composer) sections(d Draft, own []Item) []section {
	var out []section
	add := func(heading string, s section) {
		if len(s.Rows)+len(s.Blocks)+len(s.Lists) > 0 {
			s.Heading = heading
			out = append(out, s)
		}
	}
	slices.SortStableFunc(own, func(a, b Item) int { return rank(a) - rank(b) })
	add("本单位报送任务", section{Rows: c.rows(d, own), Several: several(own)})
	of := func(topics ...Topic) []Item {
		return slices.DeleteFunc(slices.Clone(d.Items), func(it Item) bool { return !above(it) || !slices.Contains(topics, it.Topic) })
	}
	gone := of(AboutMissing)
	add("未报单位", section{Blocks: c.blocks(gone)})
	add("待审材料", section{Rows: c.rows(d, of(AboutReview)), Several: true})
	add("答复未落实", section{Intro: "电话答复的时间已过，材料仍未报来。", Rows: c.rows(d, of(AboutPromise)), Several: true})
	add("联系不上的单位", section{Intro: "下列单位没有可用的联系人或联系方式，提醒无法送达，请核实后补充。", Blocks: c.silent(of(AboutUnreachable))})
	add("未报名单（可复制到工作群）", section{Lists: missingLists(gone)})
	for i := range out {
		if len(out) == 1 {
			out[i].Heading = ""
		} else {
			out[i].Heading = ordinal(i+1) + "、" + out[i].Heading
		}
	}
	return out
}

// rank orders what the reader owes: returns first, then what goes with them.
func rank(it Item) int {
	switch it.Topic {
	case AboutMoved:
		return 1
	case AboutStamp:
		return 2
	case AboutItem:
		return 3
	}
	return 0
}

func (c Composer) rows(d Draft, items []Item) []row {
	var out []row
	for _, it := range items {
		k := classOf(it, d.Slot)
		r := row{Obligation: or(name(it.Obligation), "报送事项"), Directive: name(it.Directive), Unit: name(it.Unit), Period: name(it.Period),
			Due: dueText(it), Tone: k.tone(), Verb: "去填报", Link: c.link(it.Duty)}
		r.Word, r.Detail = status(it, k, d.Slot)
		say := func(text string) { r.Notes = append(r.Notes, note{Text: text}) }
		warn := func(label, text string) {
			if text != "" {
				r.Notes = append(r.Notes, note{Text: label + text, Loud: true})
			}
		}
		switch k {
		case overdue:
			r.Verb = "去补报"
		case returned:
			r.Verb = "修改重报"
			warn("退回原因：", words(it.Returned))
		case moved:
			if was := words(it.Detail); was != "" {
				warn("截止时间由"+was+"调整为"+r.Due, "，请按新的时限报送。")
			} else {
				warn("截止时间已调整为"+r.Due, "，请按新的时限报送。")
			}
		case stamp:
			r.Verb = "上传盖章件"
			say(reported(it) + "盖章件尚未收到，请扫描或拍照后上传。")
		case ledger:
			r.Verb, r.Due = "去办理", ""
			warn("事项：", words(it.Detail))
			say("已超过事项本身的办理时限，请更新办理情况。")
		case unkept:
			warn("电话答复：", words(it.Detail))
			if above(it) {
				r.Verb = "查看"
				to := callOf(it)
				r.Call = &to
			}
		case waiting:
			r.Verb = "去审核"
			say(reported(it) + "请及时审核或退回。")
		}
		if !above(it) && rank(it) < 2 {
			switch {
			case it.Role == approver:
				r.Verb = "去签批"
				say("填报员已送签批，请审阅后上报。")
			case it.Zero:
				say(zeroYes)
			default:
				say(zeroNo)
			}
		}
		out = append(out, r)
	}
	return out
}

// reported is when what waits came in.
func reported(it Item) string {
	if it.Since.IsZero() {
		return ""
	}
	t := it.Since.In(calendar.Zone)
	return fmt.Sprintf("%d月%d日%d时%02d分报来。", t.Month(), t.Day(), t.Hour(), t.Minute())
}

func callOf(it Item) call {
	c := call{Last: words(it.LastContact)}
	c.Name, c.Number, c.Dial = dial(words(it.Clerk))
	return c
}

// blocks puts the units together that owe the same, in the order of the items.
func (c Composer) blocks(items []Item) []block {
	var out []block
	index := map[string]int{}
	for _, it := range items {
		key := it.Directive + "\x00" + it.Obligation + "\x00" + it.Period + "\x00" + it.DueText
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, block{Title: titleOf(it), Directive: name(it.Directive), Due: dueText(it), Verb: "去催报", Link: c.at("/chase")})
		}
		o := owing{Unit: or(name(it.Unit), "（单位不详）"), Late: "未报", Link: c.link(it.Duty), Call: callOf(it)}
		if it.DaysLate > 0 {
			o.Late = "逾期" + itoa(it.DaysLate) + "天"
		}
		out[i].Owing = append(out[i].Owing, o)
	}
	return out
}

// silent puts together what a unit owes that cannot be reached.
func (c Composer) silent(items []Item) []block {
	var out []block
	index := map[string]int{}
	for _, it := range items {
		i, ok := index[it.Unit]
		if !ok {
			i = len(out)
			index[it.Unit] = i
			out = append(out, block{Title: or(name(it.Unit), "（单位不详）"), Silent: true, Verb: "补充联系方式", Link: c.at("/reach")})
		}
		late := dueText(it) + "截止"
		if it.DaysLate > 0 {
			late += "，已逾期" + itoa(it.DaysLate) + "天"
		}
		out[i].Owing = append(out[i].Owing, owing{Unit: titleOf(it), Late: late, Link: c.link(it.Duty)})
	}
	return out
}

// missingLists are the lists of the missing, one for each obligation and period.
func missingLists(items []Item) []string {
	type list struct {
		of    Item
		units []string
	}
	var all []list
	for _, it := range items {
		i := slices.IndexFunc(all, func(l list) bool {
			return l.of.Directive == it.Directive && l.of.Obligation == it.Obligation && l.of.Period == it.Period && l.of.DueText == it.DueText
		})
		if i < 0 {
			i = len(all)
			all = append(all, list{of: it})
		}
		all[i].units = append(all[i].units, it.Unit)
	}
	var out []string
	for _, l := range all {
		out = append(out, MissingList(l.of.Obligation, l.of.Period, dueText(l.of), l.units))
	}
	return out
}

// titleOf names an obligation with its period.
func titleOf(it Item) string {
	title := or(name(it.Obligation), "报送事项")
	if period := name(it.Period); period != "" {
		title += "（" + period + "）"
	}
	return title
}

func dueText(it Item) string {
	if s := name(it.DueText); s != "" || it.Due.IsZero() {
		return s
	}
	d := calendar.LastDay(it.Due)
	return fmt.Sprintf("%d月%d日", d.Month, d.Day)
}

// unitNames is how many units a sentence names before it counts them.
const unitNames = 3

// units names the units of the items: 晋江市、石狮市; 晋江市等5个单位; 您单位 if they have no names.
func units(items []Item) string {
	var all []string
	for _, it := range items {
		if u := name(it.Unit); u != "" && !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	switch {
	case len(all) == 0:
		return "您单位"
	case len(all) > unitNames:
		return all[0] + "等" + itoa(len(all)) + "个单位"
	}
	return strings.Join(all, "、")
}

func several(items []Item) bool {
	return slices.ContainsFunc(items, func(it Item) bool { return it.Unit != items[0].Unit })
}

// all reports whether there are items and the test holds for each.
func all(items []Item, test func(Item) bool) bool {
	return len(items) > 0 && !slices.ContainsFunc(items, func(it Item) bool { return !test(it) })
}

// dial splits 林样一 199 0000 0001 into the name, the number as people read it and as a telephone
// dials it. A text that does not end in a number is all name.
func dial(s string) (name, number, digits string) {
	head := strings.TrimRight(s, "0123456789 -+")
	number = strings.TrimSpace(s[len(head):])
	digits = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, number)
	if len(digits) < 7 || len(digits) > 16 {
		return s, "", ""
	}
	return strings.TrimRight(head, " ，,：:"), number, digits
}

// ordinal is the number of a section, as official documents count them.
func ordinal(n int) string { return [...]string{"一", "二", "三", "四", "五", "六"}[n-1] }

// chinese writes an instant as 2021年6月25日8时30分 (GB/T 15835-2011: Arabic numerals).
func chinese(t time.Time) string {
	t = t.In(calendar.Zone)
	return fmt.Sprintf("%s%d时%02d分", calendar.DateOf(t).Chinese(), t.Hour(), t.Minute())
}

// MissingList is a list of the units that have not reported, to be pasted into a group chat: names
// of units and nothing about people. due is as people read it, 6月25日24:00.
func MissingList(title, period, due string, units []string) string {
	head := "【未报名单】" + or(name(title), "报送事项")
	if period = name(period); period != "" {
		head += "（" + period + "）"
	}
	if due = name(due); due != "" {
		head += "\n截止时间：" + due
	}
	var names []string
	for _, u := range units {
		if u = name(u); u != "" && !slices.Contains(names, u) {
			names = append(names, u)
		}
	}
	if len(names) == 0 {
		return head + "\n各单位均已报送。"
	}
	return head + "\n未报单位（" + itoa(len(names)) + "个）：" + strings.Join(names, "、") + "\n请上述单位抓紧报送，如已报送请忽略。"
}
