package notify_test

import (
	"bytes"
	"encoding/json"
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/notify/sms"
	"golang.org/x/net/html"
)

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func lacks(t *testing.T, text string, unwanted ...string) {
	t.Helper()
	for _, no := range unwanted {
		if strings.Contains(text, no) {
			t.Errorf("%q stands in\n%s", no, text)
		}
	}
}

// TestReaders: each is told what is theirs to do, and someone who is two readers gets both parts.
func TestReaders(t *testing.T) {
	clerk := parse(t, compose(t, samples()["clerk"]).Body)
	lacks(t, clerk.text, "未报单位", "联系人", "一、")

	level := compose(t, samples()["reviewer"])
	p := parse(t, level.Body)
	contains(t, p.text, "截至2021年6月28日8时30分，下列报送情况请您审核或跟进（未报3个单位、答复未落实1项、待审1项、联系不上1个单位）",
		"一、未报单位", "晋江市，逾期3天\n     联系人：林样一 199 0000 0001\n     最近联系：6月26日9时电话，林样一答复：下午报", "安溪县，逾期3天\n     联系人：暂无",
		"二、待审材料", "已等待4天（自然日）\n   6月24日10时05分报来", "三、答复未落实", "电话答复：6月27日18:00前报送", "四、联系不上的单位", "https://bs.example.gov.cn/reach",
		"五、未报名单（可复制到工作群）", "未报单位（3个）：晋江市、石狮市、安溪县", "以上为发出时的报送情况")
	lacks(t, p.text, "本单位报送任务", "如已报送，请忽略本提醒", "零报送")
	contains(t, p.html, `href="tel:19900000001"`, `href="tel:19900000002"`)
	if p.ics != "" {
		t.Error("the level above is given a calendar of other people's duties")
	}

	both := parse(t, compose(t, samples()["mixed"]).Body)
	contains(t, both.text, "一、本单位报送任务", "二、未报单位", "去补报", "如已报送，请忽略本提醒")

	topics := parse(t, compose(t, samples()["topics"]).Body)
	contains(t, topics.text, "截止时间由6月25日24:00调整为6月28日24:00", "盖章件未到，报送后已4天（自然日）", "事项：低保对象陈样三家庭经济状况核查，办理时限6月24日",
		"电话答复：6月25日12:00前报送")
	if n := strings.Count(topics.ics, "BEGIN:VEVENT"); n != 1 || !strings.Contains(topics.ics, "20210628") {
		t.Errorf("%d events; only what is owed and still ahead has a place in a calendar:\n%s", n, topics.ics)
	}

	// Of one duty that has two lines there is one date; of what others promised there is none.
	again := samples()["topics"]
	again.Items = append(again.Items, clues())
	if n := strings.Count(parse(t, compose(t, again).Body).ics, "BEGIN:VEVENT"); n != 1 {
		t.Errorf("%d events of one duty", n)
	}
	again.Items = []notify.Item{about(notify.AboutPromise, clues(), "石狮市", "qz-shishi")}
	again.Items[0].Role = "reviewer"
	if p := parse(t, compose(t, again).Body); p.ics != "" || strings.Contains(p.text, "日历文件") {
		t.Error("the level above is given a date of another unit")
	}

	contains(t, parse(t, compose(t, samples()["approver"]).Body).text, "有1项报送任务待您签批", "去签批", "如已签批上报，请忽略本提醒。")
	contains(t, parse(t, compose(t, samples()["deputy"]).Body).text, "您是B岗联系人")
}

// TestRoleFollowsFromTopic: rows written before roles were kept still find their reader.
func TestRoleFollowsFromTopic(t *testing.T) {
	d := samples()["reviewer"]
	for i := range d.Items {
		d.Items[i].Role = ""
	}
	if a, b := compose(t, samples()["reviewer"]), compose(t, d); !bytes.Equal(a.Body, b.Body) {
		t.Error("without roles the message is another")
	}
}

func TestManyUnits(t *testing.T) {
	var items []notify.Item
	for _, u := range []string{"晋江市", "石狮市", "南安市"} {
		items = append(items, about(notify.AboutDuty, progress(), u, u))
	}
	d := due()
	d.Items = items
	contains(t, parse(t, compose(t, d).Body).text, "晋江市、石狮市、南安市有3项报送任务需要办理", "单位：石狮市")
	d.Items = append(items, about(notify.AboutDuty, progress(), "惠安县", "qz-huian"), about(notify.AboutDuty, clues(), "惠安县", "qz-huian"))
	contains(t, parse(t, compose(t, d).Body).text, "晋江市等4个单位有5项报送任务需要办理")
	d.Items = due().Items
	d.Items[0].Unit = ""
	contains(t, parse(t, compose(t, d).Body).text, "您单位有1项报送任务需要办理")
}

func TestSubjects(t *testing.T) {
	for kind, want := range map[string]string{
		"mixed":    "【报送提醒】逾期1项、未报3个单位、答复未落实1项等",
		"reviewer": "【报送提醒】未报3个单位、答复未落实1项、待审1项等",
		"topics":   "【报送提醒】答复未落实1项、期限变更1项，共4项",
		"urgent":   "【即将截止】今日截止1项（泉州市民政局）",
		"nudge":    "【催报】逾期1项、今日截止1项（泉州市民政局）",
		"letter":   "关于报送特殊困难群体排查成效进度表的提醒函",
		"check":    "【联络核对】请确认收到本邮件（泉州市民政局）",
		"plan":     "【报送系统】2021年6月25日催报计划",
		"alarm":    "【系统告警】提醒已有90分钟没有发出",
	} {
		r := compose(t, samples()[kind])
		wire, err := new(mime.WordDecoder).DecodeHeader(parse(t, r.Body).header.Get("Subject"))
		if r.Subject != want || wire != want || err != nil || utf8.RuneCountInString(want) > 30 {
			t.Errorf("%s: %q, on the wire %q (%v), want %q", kind, r.Subject, wire, err, want)
		}
	}
}

// TestKinds: what each kind says beside the items, and what it does without.
func TestKinds(t *testing.T) {
	text := func(name string, spoil ...func(*notify.Draft)) string {
		d := samples()[name]
		for _, f := range spoil {
			f(&d)
		}
		return parse(t, compose(t, d).Body).text
	}
	contains(t, text("urgent"), "自有关情况发生时起计算时限")
	contains(t, text("urgent", func(d *notify.Draft) { d.Items[0].Rung = "T-0-afternoon" }), "将在下一次例行提醒之前截止")
	contains(t, text("nudge"), "泉州市民政局提请晋江市抓紧办理下列2项报送任务", "泉州市民政局附言：\n> 市级汇总稿今日17时上报省厅，请务必于15时前报来。\n> 如有困难", "受泉州市民政局委托")
	lacks(t, text("nudge", func(d *notify.Draft) { d.Note = "" }), "附言")
	contains(t, text("letter"), "提醒函\n\n晋江市民政局：\n　　根据《", "附件：提醒函（晋江市）.pdf")
	lacks(t, text("letter"), "您好", "忽略本提醒")
	for _, c := range []struct {
		note  string
		files []notify.Attachment
		want  string
	}{
		{"您好：\n现送去催办单。", []notify.Attachment{{Name: "催办单_晋江市_进度表.pdf"}}, "催办单 晋江市 进度表"},
		{"王样四同志：\n请您关注此事。", nil, "【报送提醒】请您关注报送事项（泉州市民政局）"},
	} {
		d := samples()["letter"]
		d.Note, d.Files = c.note, c.files
		if r := compose(t, d); r.Subject != c.want || !strings.HasPrefix(parse(t, r.Body).text, c.note) {
			t.Errorf("%q: subject %q, text\n%s", c.note, r.Subject, parse(t, r.Body).text)
		}
	}
	contains(t, text("check"), "lin@example.gov.cn", "https://bs.example.gov.cn/reach/confirm\n", "打开链接后需先登录", "请于6月22日前完成")
	contains(t, text("plan"), "2021年6月25日催报计划\n\n一、今日拟发\n08:30 邮件 14 封")
	contains(t, text("alarm"), "421 4.7.0 Try again later")
	contains(t, parse(t, compose(t, samples()["alarm"]).Body).html, "background:#9b1c1c;color:#ffffff")

	for name, spoil := range map[string]func(*notify.Draft){
		"a letter without a text": func(d *notify.Draft) { d.Kind, d.Note = notify.KindLetter, " \r\n\t\u202e" },
		"a plan without a text":   func(d *notify.Draft) { d.Kind = notify.KindPlan },
		"a nudge about nothing":   func(d *notify.Draft) { d.Kind, d.Items = notify.KindNudge, nil },
		"an unknown kind":         func(d *notify.Draft) { d.Kind = "poem" },
	} {
		d := digest()
		spoil(&d)
		if r, err := composer.Compose(d); err == nil || notify.FaultOf(err) != notify.FaultTransient {
			t.Errorf("%s: %q, %v", name, r.Subject, err)
		}
	}
}

// TestLetterFiles: a file arrives whole, under the name it was given, made harmless.
func TestLetterFiles(t *testing.T) {
	for given, want := range map[string]string{
		"提醒函（晋江市）.pdf": "提醒函（晋江市）.pdf", "../../etc/passwd": "_.._etc_passwd", "": "附件", "a\r\nBcc: x@evil.example.pdf": "a  Bcc_ x@evil.example.pdf",
		"\u202efdp.exe": "fdp.exe", `催"办"单.pdf`: "催_办_单.pdf", "催办单'2021*%.pdf": "催办单'2021_%.pdf",
		strings.Repeat("很长的名称", 30) + ".pdf": strings.Repeat("很长的名称", 12) + "….pdf",
	} {
		d := samples()["letter"]
		d.Files = []notify.Attachment{{Name: given, Media: "application/pdf", Data: bytes.Repeat([]byte("%PDF\x00\xff"), 100)}}
		r := compose(t, d)
		p := parse(t, r.Body)
		if len(p.files) != 1 || p.files[0] != want || !bytes.Equal(p.data, d.Files[0].Data) {
			t.Errorf("%q arrives as %q, %d bytes; want %q", given, p.files, len(p.data), want)
		}
		onWire(t, r.Body)
	}
	d := samples()["letter"]
	d.Files[0].Media = "application/pdf\r\nBcc: x@evil.example"
	if !bytes.Contains(compose(t, d).Body, []byte("Content-Type: application/octet-stream;")) {
		t.Error("a media type that is none got into a header")
	}
}

// onWire fails if a line is longer than RFC 2045 §6.8 allows, or not ASCII.
func onWire(t *testing.T, raw []byte) {
	t.Helper()
	for n, l := range strings.Split(string(raw), "\r\n") {
		if strings.ContainsAny(l, "\r\n") || len(l) > 76 || strings.IndexFunc(l, func(r rune) bool { return r >= 0x80 }) >= 0 {
			t.Errorf("line %d: %q", n+1, l)
		}
	}
}

// TestTextIsWhole: whoever reads the plain part reads everything, word by word and link by link.
func TestTextIsWhole(t *testing.T) {
	squeeze := strings.NewReplacer(" ", "", "\n", "", "\t", "", "\u2002", "", "\u00a0", "", "> ", "").Replace
	furniture := map[string]bool{"报送事项": true, "期次": true, "截止": true, "状态": true, "办理": true, "单位": true, "联系人": true, "最近联系": true, "。": true, "登录": true, "报送系统": true}
	for name, d := range samples() {
		p := parse(t, compose(t, d).Body)
		text := squeeze(p.text)
		list := name == "mixed" || name == "reviewer" // the text does not repeat the page of every unit
		z, skip := html.NewTokenizer(strings.NewReader(p.html)), false
		for tt := z.Next(); tt != html.ErrorToken; tt = z.Next() {
			tok := z.Token()
			switch tt {
			case html.StartTagToken, html.EndTagToken:
				skip = tt == html.StartTagToken && (tok.Data == "style" || tok.Data == "title")
				for _, a := range tok.Attr {
					if a.Key == "href" && !strings.HasPrefix(a.Val, "tel:") && !strings.Contains(p.text, a.Val) && !list {
						t.Errorf("%s: the text lacks the link %s", name, a.Val)
					}
				}
			case html.TextToken:
				for _, words := range strings.FieldsFunc(tok.Data, func(r rune) bool { return strings.ContainsRune("，：（）；。、\n", r) }) {
					if words = squeeze(words); !skip && !furniture[words] && !strings.Contains(text, words) && words != "可查看全部事项" && words != "泉州市民政局　"+band(d) {
						t.Errorf("%s: the text lacks %q", name, words)
					}
				}
			}
		}
	}
}

// band is what the HTML says of the message's sort, and the subject says in mail.
func band(d notify.Draft) string {
	return map[notify.Kind]string{"": "报送提醒", notify.KindDigest: "报送提醒", notify.KindUrgent: "即将截止", notify.KindNudge: "催报", notify.KindCheck: "联络核对",
		notify.KindPlan: "今日催报计划", notify.KindAlarm: "系统告警"}[d.Kind]
}

// TestThreadsByKind: what must not be overlooked does not hide in the thread of the reminders.
func TestThreadsByKind(t *testing.T) {
	threads, lists := map[string]string{}, map[string]string{}
	for name, d := range samples() {
		d.Address = "Lin@example.gov.cn"
		h := parse(t, compose(t, d).Body).header
		threads[name], lists[name] = h.Get("References"), h.Get("List-Id")
		if h.Get("In-Reply-To") != h.Get("References") || h.Get("Auto-Submitted") != "auto-generated" || !strings.Contains(h.Get("Reply-To"), "<jiuzhu@example.gov.cn>") {
			t.Errorf("%s: %v", name, h)
		}
	}
	if threads["clerk"] != threads["mixed"] || threads["clerk"] != threads["nudge"] || threads["clerk"] == threads["letter"] || threads["plan"] == threads["alarm"] {
		t.Errorf("threads: %v", threads)
	}
	if !strings.HasSuffix(lists["clerk"], "<duty.bs.example.gov.cn>") || lists["letter"] != lists["clerk"] || !strings.HasSuffix(lists["alarm"], "<ops.bs.example.gov.cn>") {
		t.Errorf("lists: %v", lists)
	}
}

// TestWhatATextMessageSays: the most urgent thing that one can carry, and never what only concerns the level above.
func TestWhatATextMessageSays(t *testing.T) {
	own, moved := samples()["clerk"].Items, samples()["topics"].Items[0]
	ahead, today, overdue, back := own[3], own[2], own[0], own[1]
	for _, c := range []struct {
		name      string
		kind      notify.Kind
		items     []notify.Item
		key, text string // key "": refused
	}{
		{"overdue before all", notify.KindDigest, []notify.Item{ahead, moved, back, overdue}, "overdue", "1项报表逾期，其中线索登记表"},
		{"sent back before due", notify.KindDigest, []notify.Item{today, moved, back}, "returned", "被退回，其中工作报告"},
		{"due today before moved", notify.KindDigest, []notify.Item{moved, today, ahead}, "due", "2项报表待报，其中进度表于6月25日24:00"},
		{"moved before what can wait", notify.KindDigest, []notify.Item{ahead, moved}, "moved", "您单位线索登记表的报送期限已变更为6月28日24:00"},
		{"moved alone", notify.KindUrgent, []notify.Item{moved}, "moved", "6月28日24:00"},
		{"a nudge", notify.KindNudge, []notify.Item{overdue}, "overdue", "逾期"},
		{"own beside the level above", notify.KindDigest, append(above(), ahead), "due", "1项报表待报，其中季度台账"},
		{"the level above alone", notify.KindDigest, above(), "", ""},
		{"a stamp and an item", notify.KindDigest, samples()["topics"].Items[1:3], "", ""},
		{"a contact check", notify.KindCheck, nil, "check", "【泉州市民政局】这是泉州市民政局发送的联络核对短信"},
		{"a letter", notify.KindLetter, nil, "", ""},
		{"an alarm", notify.KindAlarm, nil, "alarm", "报送系统运行异常：一句话，"},
		{"a plan", notify.KindPlan, nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := notify.Draft{ID: "s", Kind: c.kind, Channel: notify.SMS, Person: "林样一", Address: "19900000001", Slot: at("2021-06-25 08:30"), Items: c.items, Note: "一句话"}
			r, err := composer.Compose(d)
			if c.key == "" {
				if err == nil || notify.Class(err) != notify.Deferred {
					t.Errorf("%s, %v", r.Body, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m, err := sms.Decode(r.Body)
			if err != nil || r.Subject != c.key || m.Template != c.key || !strings.Contains(m.Text, c.text) {
				t.Errorf("%s %q, %v", r.Subject, m.Text, err)
			}
			if got := notify.PartsOf(r); got != 1 {
				t.Errorf("%d parts", got)
			}
		})
	}
}

func TestPartsOf(t *testing.T) {
	long, err := sms.Template{Key: "due", Text: strings.Repeat("报", 70) + "{1}", Max: []int{2}}.Render("民政局", "1")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		r    notify.Rendered
		want int
	}{
		"two parts": {notify.Rendered{Body: long.Encode()}, 2},
		"a mail":    {compose(t, digest()), 0},
		"no JSON":   {notify.Rendered{Body: []byte(`{"template":`)}, 0},
		"nothing":   {notify.Rendered{}, 0},
	} {
		if got := notify.PartsOf(c.r); got != c.want {
			t.Errorf("%s: %d parts, want %d", name, got, c.want)
		}
	}
}

// TestEvent fixes the body of a webhook; who verifies or draws it reads this file.
func TestEvent(t *testing.T) {
	d := samples()["mixed"]
	d.Channel, d.Address = notify.Webhook, "lin1"
	r := compose(t, d)
	golden(t, "webhook.json", r.Body)
	var e notify.Event
	if err := json.Unmarshal(r.Body, &e); err != nil || e.Type != "reminder.digest" || e.Timestamp != "2021-06-28T00:30:00Z" || e.Data.Account != "lin1" || len(e.Data.Items) != len(d.Items) {
		t.Fatalf("%+v, %v", e, err)
	}
	if i := e.Data.Items[0]; i.Link != "https://bs.example.gov.cn/duty/quanzhou-2021/progress/2021-06-25/qz-jinjiang" || i.Status != "逾期未报" || i.Due != "2021-06-25T16:00:00Z" || i.Role != "clerk" {
		t.Errorf("%+v", i)
	}
	if r.To != "lin1" || len(r.MessageID) != 32 || strings.Contains(e.Data.Text, "日历文件") || !strings.Contains(e.Data.Text, "本消息由系统自动发送") {
		t.Errorf("%s %s\n%s", r.To, r.MessageID, e.Data.Text)
	}
	d = samples()["letter"]
	d.Channel, d.Address = notify.Webhook, "wang4"
	if err := json.Unmarshal(compose(t, d).Body, &e); err != nil || e.Type != "reminder.notice" || len(e.Data.Files) != 1 || e.Data.Items == nil {
		t.Errorf("%+v, %v", e, err)
	}
	for _, account := range []string{"", "a\nb", " a", "a\u202eb", "\xff", strings.Repeat("a", 129)} {
		d.Address = account
		if _, err := composer.Compose(d); err == nil {
			t.Errorf("account %q is taken", account)
		}
	}
}

func TestMissingList(t *testing.T) {
	got := notify.MissingList("特殊困难群体排查成效进度表", "2021年6月25日期", "6月25日24:00", []string{"晋江市", "石狮市", "晋江市", "", "安溪县\r\n"})
	if want := "【未报名单】特殊困难群体排查成效进度表（2021年6月25日期）\n截止时间：6月25日24:00\n未报单位（3个）：晋江市、石狮市、安溪县\n请上述单位抓紧报送，如已报送请忽略。"; got != want {
		t.Errorf("%s", got)
	}
	if got, want := notify.MissingList("季度台账", "", "", nil), "【未报名单】季度台账\n各单位均已报送。"; got != want {
		t.Errorf("%s", got)
	}
}

// TestPoorAndRichFields: what is missing is left out or named, what is too long is cut and says so.
func TestPoorAndRichFields(t *testing.T) {
	d := due()
	it := &d.Items[0]
	it.Obligation, it.Period, it.Directive, it.DueText = "", "", "", ""
	p := parse(t, compose(t, d).Body)
	contains(t, p.text, "1. 报送事项\n   截止：6月25日\n")
	lacks(t, p.text, "期次", "（）")
	it.Obligation, it.Unit, it.Returned = strings.Repeat("名", 81), "evil\u202ecod.exe", strings.Repeat("因", 501)
	p = parse(t, compose(t, d).Body)
	contains(t, p.text, strings.Repeat("名", 80)+"…\n", "evilcod.exe有1项", strings.Repeat("因", 500)+"…\n")
	lacks(t, p.html, strings.Repeat("名", 81), "\u202e")

	d.Items = nil
	for i := range 200 {
		d.Items = append(d.Items, about(notify.AboutDuty, progress(), "晋江市", strings.Repeat("x", i)))
	}
	r := compose(t, d)
	p = parse(t, r.Body)
	if n := strings.Count(p.text, "去填报："); n != 200 || r.Subject != "【报送提醒】今日截止200项（泉州市民政局）" {
		t.Errorf("%d lines, %s", n, r.Subject)
	}
}

// TestCheckBySMSNamesABureauWhole: a name that does not fit the template is not cut in two.
func TestCheckBySMSNamesABureauWhole(t *testing.T) {
	for bureau, want := range map[string]string{"泉州市民政局": "泉州市民政局", "泉州台商投资区民生保障局救助科": "报送系统"} {
		c := composer
		c.Bureau = bureau
		c.Templates = map[string]sms.Template{"check": {Key: "check", Max: []int{12}, Text: "这是{1}的联络核对短信。"}}
		r, err := c.Compose(notify.Draft{ID: "c", Kind: notify.KindCheck, Channel: notify.SMS, Address: "19900000001", Slot: at("2021-06-18 09:00")})
		if err != nil {
			t.Fatal(err)
		}
		if m, err := sms.Decode(r.Body); err != nil || m.Params[0] != want {
			t.Errorf("%s: %q, %v", bureau, m.Text, err)
		}
	}
}
