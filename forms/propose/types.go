package propose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"golang.org/x/text/width"

	"github.com/baosong/baosong/forms"
)

// hint is what a heading says of its column. The first that matches counts.
type hint struct {
	shape    *regexp.Regexp
	kind     forms.Type
	unit     string
	decimals int
	choices  []string
	personal bool
	id       string // id of the field, if the words are common enough to have one
	weak     bool   // to be asked about
}

var hints = []hint{
	{shape: re(`^(合计|小计|总计|共计|总数)$`), kind: forms.Count, id: "total"},
	{shape: re(`身份证|公民身份号码|证件号`), kind: forms.IDNumber, personal: true, id: "id_number"},
	{shape: re(`(联系|手机|电话)(电话|方式|号码)?$|电话`), kind: forms.Phone, personal: true, id: "phone"},
	{shape: re(`^性别$`), kind: forms.Choice, choices: []string{"男", "女"}, id: "sex"},
	{shape: re(`^是否|（是/否）|\(是/否\)|（是、否）$`), kind: forms.Choice, choices: []string{"是", "否"}, id: "yes_no"},
	{shape: re(`^有无`), kind: forms.Choice, choices: []string{"有", "无"}, id: "there"},
	{shape: re(`(姓名|户主|联系人|经办人|填报人|责任人|申请人|监护人)$`), kind: forms.Name, personal: true, id: "name"},
	{shape: re(`负责人$`), kind: forms.Name, personal: true, id: "head"},
	{shape: re(`(率|占比|比例|百分比)([（(].*[)）])?$|[（(][%％][)）]`), kind: forms.Decimal, unit: "%", decimals: 2, id: "rate"},
	{shape: re(`[（(](亿元|元|千元|百万元)[)）]`), kind: forms.Decimal, decimals: 2, id: "amount"},
	{shape: re(`万元`), kind: forms.Money, unit: "万元", decimals: 2, id: "amount"},
	{shape: re(`金额|资金|经费|款额|支出|收入|投资`), kind: forms.Money, unit: "万元", decimals: 2, id: "amount", weak: true},
	{shape: re(`面积`), kind: forms.Decimal, decimals: 2, id: "area_size"},
	{shape: re(`(日期|时间|年月|时限|期限|截止)([（(].*[)）])?$`), kind: forms.DateType, id: "date"},
	{shape: re(`年龄$`), kind: forms.Count, unit: "岁", id: "age"},
	{shape: re(`[（(](人|户|人次|户次|件|个|家|次|场|套|张|份|名|所|处|项|起|条|床|辆|支|座|间|栋|台|班|期|篇|部)[)）]`), kind: forms.Count, id: "number"},
	{shape: re(`人次(数)?$`), kind: forms.Count, unit: "人次", id: "visits"},
	{shape: re(`户(数|次)$|^户$`), kind: forms.Count, unit: "户", id: "households"},
	{shape: re(`人(数|员数|口数?)$|^(人|男|女)$`), kind: forms.Count, unit: "人", id: "people"},
	{shape: re(`件数?$`), kind: forms.Count, unit: "件", id: "cases"},
	{shape: re(`^其中`), kind: forms.Count, id: "of_which", weak: true},
	{shape: re(`(数|数量|个数|家数|次数|份数|总量|存量|床位)$`), kind: forms.Count, id: "number"},
	{shape: re(`佐证|照片|附件`), kind: forms.File, id: "proof"},
	{shape: re(`^备注$`), kind: forms.LongText, id: "remark"},
	{shape: re(`(情况|内容|问题|描述|原因|措施|做法|意见|建议|说明|诉求|简述|经过|成效|计划)$`), kind: forms.LongText, id: "text"},
	{shape: re(`(住址|地址)$`), kind: forms.Text, personal: true, id: "address"},
	{shape: re(`^(单位|所属单位|填报单位|单位名称|县（市、区）|县市区|乡镇|镇街|所属乡镇)$`), kind: forms.Text, id: "unit_name"},
	{shape: re(`地区|地点|发生地|村（社区）|村居|村|社区`), kind: forms.Text, id: "area"},
	{shape: re(`(类别|类型|种类|级别|等级|来源|领域|状态|名称|编号|文号|职务|职称|民族|学历|关系)$`), kind: forms.Text, id: "item"},
}

func re(s string) *regexp.Regexp { return regexp.MustCompile(s) }

var (
	unitWords = []string{"人", "户", "人次", "户次", "件", "个", "家", "次", "场", "套", "张", "份", "名", "所", "处", "项", "起", "条", "床",
		"辆", "万元", "元", "千元", "亿元", "%", "岁", "天", "月", "年", "亩", "平方米", "公里", "公斤", "吨", "支", "座", "间", "栋", "台", "班", "期", "篇", "部"}
	inBrackets = regexp.MustCompile(`[（(]([^（）()]+)[)）]\s*$`)
	idShape    = regexp.MustCompile(`^\d{17}[\dXx]$`)
	phoneShape = regexp.MustCompile(`^(1\d{10}|0\d{2,3}-?\d{7,8})$`)
)

// knownUnit returns the unit that a text says, with brackets or the word 单位 around it; empty if none.
func knownUnit(s string) string {
	s = strings.TrimSpace(width.Fold.String(strings.Trim(strings.TrimSpace(s), "（）()")))
	for _, p := range []string{"单位：", "单位:", "计量单位：", "计量单位:"} {
		s = strings.TrimSpace(strings.TrimPrefix(s, p))
	}
	if slices.Contains(unitWords, s) {
		return s
	}
	return ""
}

// hintOf is what the heading of a column, or else the one over it, says.
func hintOf(x *leaf) (hint, bool) {
	for _, h := range hints {
		if h.shape.MatchString(x.label) {
			return h, true
		}
	}
	return hint{}, false
}

// guess is the type that heading, unit and samples speak for; sure is false if nothing does.
func (p *proposal) guess(x *leaf) (t forms.Type, sure bool) {
	h, told := hintOf(x)
	unit := x.unit(told && !h.kind.Numeric())
	switch {
	case unit == "万元":
		return forms.Money, true
	case unit == "元" || unit == "千元" || unit == "亿元" || unit == "%" || unit == "亩" || unit == "平方米" || unit == "公里" || unit == "吨" || unit == "公斤":
		return forms.Decimal, true
	case unit != "" && knownUnit(unit) != "":
		return forms.Count, true
	case told && !h.weak:
		return h.kind, true
	case told:
		return h.kind, false
	}
	if places, all := numbers(x.samples); all {
		if places > 0 {
			return forms.Decimal, true
		}
		return forms.Count, true
	}
	return forms.Text, false
}

// unit is the unit written at the column: under its heading, in it, or in one over it, which does
// not speak of a column of words.
func (x *leaf) unit(words bool) string {
	if x.below != "" {
		return x.below
	}
	labels := []string{x.label}
	if !words {
		labels = append(labels, reversed(x.path)...)
	}
	for _, label := range labels {
		if m := inBrackets.FindStringSubmatch(label); m != nil && knownUnit(m[1]) != "" {
			return knownUnit(m[1])
		}
	}
	return ""
}

func reversed(s []string) []string {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

// numbers reports whether all samples are figures, and the most decimals among them.
func numbers(samples []string) (places int, all bool) {
	for _, s := range samples {
		d, err := decimal.NewFromString(plain(s))
		if err != nil || d.Exponent() < -6 || len(s) > 18 || phoneShape.MatchString(s) || idShape.MatchString(s) {
			return 0, false
		}
		places = max(places, int(-d.Exponent()))
	}
	return places, len(samples) > 0
}

// plain is a figure without what people set into it.
func plain(s string) string {
	return strings.TrimSuffix(strings.ReplaceAll(strings.TrimSpace(width.Fold.String(s)), ",", ""), "%")
}

// typed gives a field its type, its unit and what goes with them.
func (p *proposal) typed(x *leaf) {
	h, told := hintOf(x)
	t, sure := p.guess(x)
	x.Type = t
	if told && t == h.kind {
		x.Decimals, x.Choices, x.Personal, x.Unit = h.decimals, slices.Clone(h.choices), h.personal, h.unit
	}
	if u := x.unit(false); u != "" {
		x.Unit = u
	}
	switch {
	case p.kind == forms.Table && !sure && !told && len(x.samples) == 0 && (t == forms.Text):
		x.Type = forms.Count
		p.ask(x.ID, AboutType, fmt.Sprintf("“%s”按人数、件数等整数填报；如填文字，请改类型。", x.label),
			fmt.Sprintf("“%s” is taken for a count of whole numbers; change the type if it is text.", x.label))
	case !sure && !told && len(x.samples) == 0:
		p.ask(x.ID, AboutType, fmt.Sprintf("“%s”按文字填报；如是数字、日期或选项，请改类型。", x.label),
			fmt.Sprintf("“%s” is taken for text; change the type if it is a number, a date or a choice.", x.label))
	}
	p.fit(x)
	if x.Type == forms.Text && !x.Personal {
		p.choose(x)
	}
	if x.Type.Numeric() {
		p.countIn(x, h)
	} else {
		x.Unit = ""
	}
	if x.Type == forms.Text || x.Type == forms.LongText {
		x.Decimals = 0
	}
	x.Required = p.kind == forms.Table && x.Type.Numeric()
}

// fit asks where the samples do not look like the type, and makes room for their decimals.
func (p *proposal) fit(x *leaf) {
	places, figures := numbers(x.samples)
	switch {
	case x.Type == forms.Count && figures && places > 0:
		x.Type, x.Decimals = forms.Decimal, places
	case (x.Type == forms.Decimal || x.Type == forms.Money) && figures:
		x.Decimals = max(x.Decimals, places)
	case x.Type.Numeric() && len(x.samples) > 0 && !figures:
		x.Type = forms.Text
		p.ask(x.ID, AboutType, fmt.Sprintf("“%s”看栏目名是数字，但下面填有文字（“%s”），按文字处理。", x.label, short(x.samples)),
			fmt.Sprintf("“%s” sounds like a figure, but “%s” stands below it: taken for text.", x.label, short(x.samples)))
	case x.Type == forms.DateType && len(x.samples) > 0:
		f := x.Field
		if i := slices.IndexFunc(x.samples, func(s string) bool { _, fault := forms.Normalize(&f, s); return fault != nil }); i >= 0 {
			x.Type = forms.Text
			p.ask(x.ID, AboutType, fmt.Sprintf("“%s”中的“%s”不是完整日期，按文字处理。", x.label, x.samples[i]),
				fmt.Sprintf("“%s” in “%s” is no full date: taken for text.", x.samples[i], x.label))
		}
	}
	if x.Type != forms.Decimal && x.Type != forms.Money {
		x.Decimals = 0
	}
}

func short(samples []string) string {
	for _, s := range samples {
		if _, err := decimal.NewFromString(plain(s)); err != nil {
			return string([]rune(s)[:min(12, len([]rune(s)))])
		}
	}
	return ""
}

// choose makes a choice of a text that says few things again and again.
func (p *proposal) choose(x *leaf) {
	seen := map[string]int{}
	var list []string
	for _, s := range x.samples {
		s = heading(s)
		if seen[s]++; seen[s] == 1 {
			list = append(list, s)
		}
		if len(list) > 5 || len([]rune(s)) > 8 {
			return
		}
	}
	if len(list) < 2 || len(x.samples) < 3*len(list) {
		return
	}
	slices.Sort(list)
	x.Type, x.Choices = forms.Choice, list
	p.ask(x.ID, AboutChoices, fmt.Sprintf("“%s”只有%s几种填法，按单选处理，请核对选项。", x.label, strings.Join(list, "、")),
		fmt.Sprintf("“%s” holds only %s: taken for a choice.", x.label, strings.Join(list, ", ")))
}

// countIn settles the unit of a figure.
func (p *proposal) countIn(x *leaf, h hint) {
	if x.Unit == "" || h.weak && p.unit != "" {
		switch {
		case p.unit == "万元" && x.Type == forms.Money, p.unit != "" && p.unit != "万元" && x.Type == forms.Count:
			x.Unit = p.unit
		case p.unit == "元" && x.Type == forms.Money:
			x.Type, x.Unit, x.Decimals = forms.Decimal, "元", 2
		}
	}
	if h.weak && x.Type == forms.Money && p.unit == "" && x.unit(false) == "" {
		p.ask(x.ID, AboutUnit, fmt.Sprintf("“%s”没有写明单位，按万元、两位小数处理。", x.label), fmt.Sprintf("“%s” gives no unit: taken as 万元 with two decimals.", x.label))
	}
	if x.Type == forms.Money {
		x.Unit = "万元"
	}
}
