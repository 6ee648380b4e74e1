package sms

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestDefaultsAreGood(t *testing.T) {
	for key, tpl := range Defaults() {
		if key != tpl.Key {
			t.Errorf("%q is filed under %q", tpl.Key, key)
		}
		for _, signature := range []string{"泉州市民政局", "晋江市民政局"} {
			if err := (Rules{MostParam: 12}).Lint(tpl, signature); err != nil {
				t.Error(err)
			}
		}
		if len(tpl.Names) != len(tpl.Max) {
			t.Errorf("%q: %q for %d parameters", key, tpl.Names, len(tpl.Max))
		}
	}
	for want, params := range map[string][]string{
		"【泉州市民政局】您单位线索登记表的报送期限已变更为7月5日24:00，请登录报送系统查看，如已报送请忽略。":    {"moved", "线索登记表", "7月5日24:00"},
		"【泉州市民政局】这是报送系统发送的联络核对短信，收到即表示号码有效，无需回复；如非您本人，请告知所在单位，谢谢。": {"check", "报送系统"},
	} {
		if m, err := Defaults()[params[0]].Render("泉州市民政局", params[1:]...); err != nil || m.Text != want || Parts(m.Text) != 1 {
			t.Errorf("%s, %v", m.Text, err)
		}
	}
	m, err := Defaults()["due"].Render("泉州市民政局", "12", "线索登记表", "12月25日24:00")
	if err != nil || Parts(m.Text) != 1 {
		t.Errorf("%s: %d characters, %v", m.Text, utf8.RuneCountInString(m.Text), err)
	}
	if want := "【泉州市民政局】您单位12项报表待报，其中线索登记表于12月25日24:00截止，请登录报送系统办理，如已报送请忽略。"; m.Text != want {
		t.Errorf("%s", m.Text)
	}
}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 1}, {strings.Repeat("报", 70), 1}, {strings.Repeat("报", 71), 2}, {strings.Repeat("报", 134), 2}, {strings.Repeat("报", 135), 3},
		{strings.Repeat("a", 71), 2}, // one Chinese character in it and all count alike
		{strings.Repeat("𠮷", 35), 1}, // a surrogate pair is two units
		{strings.Repeat("𠮷", 36), 2},
	} {
		if got := Parts(c.text); got != c.want {
			t.Errorf("%d characters: %d parts, want %d", utf8.RuneCountInString(c.text), got, c.want)
		}
	}
}

func TestLint(t *testing.T) {
	good := Template{Key: "k", Text: "您单位有{1}项报表待报。", Max: []int{2}}
	if err := good.Lint("泉州市民政局"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, signature string
		spoil           func(*Template)
		says            string
	}{
		{"empty", "民政局", func(t *Template) { t.Text, t.Max = "", nil }, "0 characters"},
		{"signature inside", "民政局", func(t *Template) { t.Text = "【民政局】" + t.Text }, "【"},
		{"square brackets", "民政局", func(t *Template) { t.Text = "[急]" + t.Text }, "["},
		{"a refused word", "民政局", func(t *Template) { t.Text = "催报：" + t.Text }, "催"},
		{"a circled digit", "民政局", func(t *Template) { t.Text = "①" + t.Text }, "①"},
		{"an ornament", "民政局", func(t *Template) { t.Text = "★" + t.Text }, "★"},
		{"an emoji", "民政局", func(t *Template) { t.Text = "⏰" + t.Text }, "⏰"},
		{"a line break", "民政局", func(t *Template) { t.Text += "\n" }, "refuse"},
		{"a link", "民政局", func(t *Template) { t.Text += "见bs.example.gov.cn" }, "link"},
		{"no limit for a parameter", "民政局", func(t *Template) { t.Text += "{2}" }, "{2}"},
		{"a parameter that does not occur", "民政局", func(t *Template) { t.Max = []int{2, 3} }, "{2}"},
		{"parameters side by side", "民政局", func(t *Template) { t.Text, t.Max = "共{1}{2}项", []int{1, 1} }, "side by side"},
		{"two parts", "民政局", func(t *Template) { t.Text += strings.Repeat("报", 60) }, "2 parts"},
		{"two parts at the longest parameter", "民政局", func(t *Template) { t.Max[0] = 60 }, "2 parts"},
		{"parameters with a space between", "民政局", func(t *Template) { t.Text, t.Max = "共{1} {2}项", []int{1, 1} }, "side by side"},
		{"a mobile number", "民政局", func(t *Template) { t.Text += "电话19900000001。" }, "mobile number"},
		{"three numbers to call", "民政局", func(t *Template) { t.Text += "电话0595-22000001、(0595)22000002、059522000003。" }, "3 numbers"},
		{"numbers of three kinds", "民政局", func(t *Template) { t.Text += "电话22000001、400-000-0001、95000。" }, "3 numbers"},
		{"a restricted subject", "民政局", func(t *Template) { t.Text += "殡葬" }, "殡葬"},
		{"a traditional character", "民政局", func(t *Template) { t.Text += "請登录" }, "請"},
		{"names that are too few", "民政局", func(t *Template) { t.Names = []string{"a", "b"} }, "2 names"},
		{"a long signature", strings.Repeat("局", 17), func(*Template) {}, "17 characters"},
		{"a signature with brackets", "【民政局】", func(*Template) {}, "【"},
	} {
		tpl := Template{Key: good.Key, Text: good.Text, Max: []int{2}}
		c.spoil(&tpl)
		if err := tpl.Lint(c.signature); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, text := range []string{"电话0595-22000001、400-000-0001。", "于2021年6月25日24:00截止。", "〇"} {
		tpl := Template{Key: good.Key, Text: good.Text + text, Max: []int{2}}
		if err := tpl.Lint("泉州市殡葬管理所"); err != nil { // a name is what it is
			t.Errorf("%s: %v", text, err)
		}
	}
	long := Template{Key: "k", Text: good.Text + strings.Repeat("报", 60), Max: []int{2}, AllowLong: true}
	if err := long.Lint("民政局"); err != nil {
		t.Error(err)
	}
}

// TestRules: what one carrier or installation has of its own.
func TestRules(t *testing.T) {
	tpl := Template{Key: "k", Text: "{1}待报，见bs.example.gov.cn。", Max: []int{13}}
	err := Rules{MostParam: 12}.Lint(tpl, "民政局")
	if err == nil || !strings.Contains(err.Error(), "the carrier takes 12") || !strings.Contains(err.Error(), "link") {
		t.Error(err)
	}
	if err := (Rules{MostParam: 20, Links: []string{"bs.example.gov.cn"}}).Lint(tpl, "民政局"); err != nil {
		t.Error(err)
	}
	if err := (Rules{Links: []string{"bs.example.gov.cn"}}).Lint(Template{Key: "k", Text: "{1}见bs.example.gov.cn.top", Max: []int{1}}, "民政局"); err == nil {
		t.Error("an address that only begins like an allowed one is taken")
	}
}

func TestCheck(t *testing.T) {
	sizes, err := Rules{}.Check(Defaults(), "泉州市民政局")
	if err != nil || len(sizes) != len(Defaults()) || sizes[0].Key != "alarm" || sizes[2].Key != "due" {
		t.Fatalf("%+v, %v", sizes, err)
	}
	if s := sizes[2]; s.Characters != 66 || s.Parts != 1 || !strings.HasPrefix(s.Text, "【泉州市民政局】您单位国国项报表待报，其中国国国") {
		t.Errorf("%+v", s)
	}
	all := Defaults()
	due := all["due"]
	due.Text += strings.Repeat("报", 60)
	all["due"], all["other"] = due, Template{Key: "due", Text: "好好"}
	sizes, err = Rules{}.Check(all, "泉州市民政局")
	if err == nil || !strings.Contains(err.Error(), "2 parts") || !strings.Contains(err.Error(), `filed under "other"`) || sizes[2].Parts != 2 {
		t.Errorf("%+v, %v", sizes, err)
	}
}

func TestParameters(t *testing.T) {
	tpl := Template{Key: "k", Text: "{1}待报", Max: []int{12}}
	for _, p := range []string{"", " ", "http://x.cn", "见www.x", "bs.example.gov.cn", "催报表", "党政情况", "【急】", "a\nb", "\u202ex", "名称有十三个字符的一张表样啊", "☎"} {
		if m, err := tpl.Render("民政局", p); err == nil {
			t.Errorf("%q gives %q", p, m.Text)
		}
	}
	if _, err := tpl.Render("民政局"); err == nil {
		t.Error("a missing parameter is taken")
	}
	// A parameter that looks like a placeholder is text, not a placeholder.
	two := Template{Key: "k", Text: "{1}和{2}", Max: []int{9, 9}}
	if m, err := two.Render("民政局", "{2}", "乙"); err != nil || m.Text != "【民政局】{2}和乙" {
		t.Errorf("%q, %v", m.Text, err)
	}
}

// TestLintedNeverLong: what passes Lint is one part, whatever parameters Render takes.
func TestLintedNeverLong(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.StringOfN(rapid.RuneFrom([]rune("您单位有项报表待报截止请办理，。")), 1, 80, -1)
		tpl := Template{Key: "k", Text: words.Draw(rt, "head") + "{1}" + words.Draw(rt, "tail"), Max: []int{rapid.IntRange(1, 20).Draw(rt, "max")}}
		if tpl.Lint("泉州市民政局") != nil {
			return
		}
		m, err := tpl.Render("泉州市民政局", rapid.StringOfN(rapid.RuneFrom([]rune("表a1")), 1, tpl.Max[0], -1).Draw(rt, "p"))
		if err != nil || Parts(m.Text) != 1 {
			rt.Fatalf("%q: %v", m.Text, err)
		}
		if back, err := Decode(m.Encode()); err != nil || back.Text != m.Text || back.Params[0] != m.Params[0] {
			rt.Fatalf("%+v, %v", back, err)
		}
	})
}

func TestPhone(t *testing.T) {
	for in, want := range map[string]string{"13800000001": "13800000001", "+86 138-0000-0001": "13800000001", "008613800000001": "13800000001",
		"12800000001": "", "1380000000": "", "138000000011": "", "0595-12345678": "", "１３８００００００００１": "", "13800000001;13900000001": "", "": ""} {
		got, err := Phone(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}
