package pdf

import (
	"fmt"
	"strings"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/stamp"
)

// The forms of 泉民保〔2021〕3号 with their headings as printed. They are built here and not
// loaded, so that this package's tests depend on nobody's files.

var made = time.Date(2021, 6, 26, 1, 30, 0, 0, time.UTC)

func heading(label string, children ...*forms.Heading) *forms.Heading {
	return &forms.Heading{Label: label, Children: children}
}

func leaf(label string, t forms.Type, unit string) *forms.Heading {
	return &forms.Heading{Label: label, Field: &forms.Field{Label: label, Type: t, Unit: unit}}
}

func annex2() *forms.Form {
	group := func(label string, leaves ...string) *forms.Heading {
		h := heading(label)
		for _, l := range leaves {
			h.Children = append(h.Children, leaf(l, forms.Count, "人"))
		}
		return h
	}
	four := func(label string) *forms.Heading {
		return group(label, "实际排查数", "已纳入或正在纳入低保", "已纳入或正在纳入特困", "已实施或正在实施临时救助")
	}
	f := &forms.Form{
		ID: "annex-2", Version: 1, Kind: forms.Table, Label: "附件2", Title: "泉州市特殊困难群体排查成效进度表",
		Stub: "地区名称", Total: "全市合计", UnitRow: true, NotesLabel: "说明",
		Columns: []*forms.Heading{
			heading("排查未纳入兜底保障的扶贫部门易返贫监测对象",
				four("已脱贫但不够稳定的监测对象"), four("受疫情影响较大存在返贫风险贫困对象"), four("一键报贫新增贫困户对象")),
			four("排查未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象"),
			four("排查未纳入兜底保障的2020年以来新增的重度残疾人（含智力、精神三级残疾）对象"),
			four("排查2020年以来社会救助类信访对象"),
			four("排查12349热线求助对象"),
			group("排查未纳入兜底保障的登记失业人员", "实际排查数", "已纳入或正在纳入低保", "已纳入或正在纳入特困", "已实施或正在实施一次性临时救助金"),
			four("排查未纳入兜底保障的2020年以来因灾需救助人员"),
			four("排查其他未纳入兜底保障的困难群众"),
			group("排查疑似符合孤儿、事实无人抚养儿童条件的对象", "实际排查数", "已纳入或正在纳入孤儿保障", "已实施或正在纳入实施无人抚养儿童保障"),
		},
		Notes: []string{
			"1.各地各类“实际排查数”不得少于省厅梳理下发数据量；",
			"2.“其他未纳入兜底保障的困难群众”包括不在上述人员的因疫情影响困难群众及各地自行排查的困难群众。",
		},
	}
	for i, x := range f.Fields() {
		x.ID = fmt.Sprintf("c%d", i+1)
	}
	return f
}

// printed1 is Annex 1 as printed: what a return of exactly these figures compiles to.
var printed1 = []struct {
	name    string
	figures [9]int
}{
	{"全市合计", [9]int{192, 188, 0, 15892, 4203, 53, 40, 16549, 3}},
	{"市本级", [9]int{0, 0, 0, 330, 0, 0, 0, 463, 0}},
	{"鲤城区", [9]int{0, 0, 0, 447, 102, 1, 2, 3019, 0}},
	{"丰泽区", [9]int{0, 0, 0, 553, 92, 0, 0, 2650, 0}},
	{"洛江区", [9]int{0, 0, 0, 362, 171, 3, 2, 358, 0}},
	{"泉港区", [9]int{0, 0, 0, 740, 138, 4, 2, 683, 0}},
	{"石狮市", [9]int{0, 0, 0, 1120, 132, 0, 0, 477, 0}},
	{"晋江市", [9]int{0, 0, 0, 3019, 545, 6, 3, 1371, 0}},
	{"南安市", [9]int{94, 93, 0, 3480, 726, 4, 9, 1435, 0}},
	{"惠安县", [9]int{0, 0, 0, 1612, 427, 10, 5, 2433, 3}},
	{"安溪县", [9]int{57, 75, 0, 2511, 1134, 15, 10, 789, 0}},
	{"永春县", [9]int{23, 15, 0, 824, 347, 3, 2, 1428, 0}},
	{"德化县", [9]int{18, 5, 0, 441, 228, 5, 3, 1140, 0}},
	{"台商投资区", [9]int{0, 0, 0, 453, 161, 2, 2, 303, 0}},
}

// rollup2 is a compiled Annex 2 of 14 lines, the named units missing.
func rollup2(missing ...string) render.Document {
	d := render.Document{
		Form: annex2(), Title: "泉州市特殊困难群体排查成效进度表", Made: made,
		Head:   []render.HeadLine{{Label: "填报单位（盖章）", Value: "泉州市民政局"}, {Label: "填报时间", Value: "2021年6月25日", Right: true}},
		Footer: "第1稿　数据截至2021年6月26日09:30　校验码 " + strings.Repeat("3f9a0c71", 8),
	}
	d.Notes = d.Form.Notes
	for i, p := range printed1 {
		line := render.Line{Label: p.name, Bold: i == 0, Cells: make([]string, 43)}
		for _, m := range missing {
			line.Muted = line.Muted || m == p.name
		}
		for g := 0; g < 10 && !line.Muted; g++ {
			found := 7 * i
			if g < 9 && g != 8 {
				found = p.figures[g]
			}
			for k, part := range []int{1, 9, 40, 25} {
				line.Cells[4*g+k] = fmt.Sprint(found / part)
			}
		}
		if !line.Muted {
			line.Cells[40], line.Cells[41], line.Cells[42] = fmt.Sprint(p.figures[8]), "1", "0"
		}
		d.Lines = append(d.Lines, line)
	}
	d.Statements = []string{"报送情况：应报12，已报12（零报送0），未报0；本级：已填。"}
	if len(missing) > 0 {
		d.Statements = []string{
			fmt.Sprintf("报送情况：应报12，已报%d，未报%d：%s；本级：已填。未报单位的数据未计入合计。", 12-len(missing), len(missing), strings.Join(missing, "、")),
			"晋江市 重度残疾人 实际排查数 3018 低于下发数 3019：1人已于2021年5月死亡，户籍已注销。",
		}
	}
	return d
}

func annex1() *forms.Form {
	c := func(label string) *forms.Heading { return leaf(label, forms.Count, "人") }
	return &forms.Form{
		ID: "annex-1", Version: 1, Kind: forms.Table, Label: "附件1", Title: "泉州市部分特殊困难群体数据统计表", Stub: "地区名称", UnitRow: true, NotesLabel: "说明",
		Columns: []*forms.Heading{
			heading("未纳入兜底保障的扶贫部门易返贫监测对象", c("已脱贫但不够稳定的监测对象"), c("受疫情影响较大存在返贫风险贫困对象"), c("一键报贫新增贫困户对象")),
			c("未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象"), c("未纳入兜底保障的2020年以来新增的重度残疾人（含智力、精神三级残疾）对象"),
			c("2020年以来社会救助类信访对象"), c("12349热线求助对象"), c("未纳入兜底保障的登记失业人员"), c("未纳入兜底保障的2020年以来因灾需救助人员"), c("合计"),
		},
		Notes: []string{"本表所汇总对象由相关部门提供基础数据并与低保、特困对象比对双向筛选而得。"},
	}
}

func table1() render.Document {
	d := render.Document{Form: annex1(), Title: "泉州市部分特殊困难群体数据统计表", Made: made}
	d.Notes = d.Form.Notes
	for i, p := range printed1 {
		line, sum := render.Line{Label: p.name, Bold: i == 0}, 0
		for _, n := range p.figures {
			line.Cells = append(line.Cells, fmt.Sprint(n))
			sum += n
		}
		line.Cells = append(line.Cells, fmt.Sprint(sum))
		d.Lines = append(d.Lines, line)
	}
	return d
}

func annex4() *forms.Form {
	return &forms.Form{
		ID: "annex-4", Version: 1, Kind: forms.Register, Label: "附件4", Title: "“点题整治”群众身边腐败和不正之风突出问题线索登记表",
		Stub: "序号", NotesLabel: "备注",
		Columns: []*forms.Heading{
			heading("基本情况", leaf("地区", forms.Name, ""), leaf("问题描述", forms.LongText, ""), leaf("涉及金额（万元）", forms.Money, ""),
				leaf("发生领域", forms.Text, ""), leaf("线索来源", forms.Text, ""), leaf("移送时间", forms.DateType, "")),
			heading("处理情况", leaf("查处情况", forms.Text, ""), leaf("整改情况", forms.Text, ""), leaf("问责情况", forms.Text, "")),
			leaf("备注", forms.Text, ""),
		},
		Notes: []string{
			"1.报表请于每月13日和28日前盖章报送市民政局社会救助科；",
			"2.问题线索只填报今年以来发现的，属于纪检监察业务的；",
			"3.问题线索发生领域为“整治困难群众‘漏保’‘漏救’问题，加强低保、特困、孤儿、事实无人抚养儿童等困难群体基本生活保障”；如有将其他问题纳入整治的，可按具体问题类型填报，并在“备注”中注明。",
		},
	}
}

func register4(n int, zero bool) render.Document {
	d := render.Document{
		Form: annex4(), Title: "“点题整治”群众身边腐败和不正之风突出问题线索登记表", Made: made, Zero: zero,
		Head:   []render.HeadLine{{Label: "填表单位", Value: "晋江市民政局"}, {Label: "联系电话", Value: "0595-00000000"}, {Label: "填表时间", Value: "2021年6月13日"}},
		Footer: "回执号 JJ-20210613-0001",
	}
	d.Notes = d.Form.Notes
	stories := []string{
		"样例乡甲村村干部在低保入户核查中未按规定逐户走访，2户符合条件的重病家庭未及时纳入保障，群众多次反映后仍未办理。",
		"经办人员态度生硬，群众申请临时救助被要求反复提交材料。",
		"样例镇民政办未在20个工作日内办结3件临时救助申请，涉及资金被延迟发放；其中1户因病致贫，自付医疗费用4.6万元，经12349热线求助后才受理。",
	}
	for i := range n {
		d.Lines = append(d.Lines, render.Line{Label: fmt.Sprint(i + 1), Cells: []string{
			[]string{"甲镇", "乙街道", "丙乡"}[i%3], stories[i%3], []string{"1.20", "", "0.85"}[i%3], "漏保漏救",
			[]string{"群众来信", "12349热线", "入户走访"}[i%3], "2021-06-0" + fmt.Sprint(i%9+1),
			[]string{"已核实，约谈经办人", "正在核查", "已核实"}[i%3], []string{"已纳入低保2户4人", "", "已发放临时救助金0.85万元"}[i%3], []string{"批评教育1人", "", ""}[i%3], "",
		}})
	}
	return d
}

func narrative(paras int) render.Document {
	field := func(path ...string) *forms.Field {
		return &forms.Field{Label: path[len(path)-1], Path: path, Type: forms.LongText}
	}
	f := &forms.Form{ID: "narrative", Version: 1, Kind: forms.Narrative, Title: "工作进展情况报告", Columns: []*forms.Heading{
		{Label: "一、基本情况", Field: field("一、基本情况")},
		{Label: "二、主要做法", Children: []*forms.Heading{
			{Label: "（一）摸底排查", Field: field("二、主要做法", "（一）摸底排查")}, {Label: "（二）部门联动", Field: field("二、主要做法", "（二）部门联动")}}},
		{Label: "三、存在问题", Field: field("三、存在问题")}, {Label: "四、下一步打算", Field: field("四、下一步打算")},
	}}
	para := "截至2021年6月25日，全市共排查特殊困难群体37120人，其中已纳入或正在纳入低保1203人（占3.24％）、特困57人，实施临时救助846人次；“12349”热线求助40件，办结率100%。"
	long := strings.TrimSuffix(strings.Repeat(para+"\n", paras), "\n")
	return render.Document{
		Form: f, Title: "关于困难群众“漏保”“漏救”问题点题整治工作进展情况的报告", Made: made, Footer: "回执号 JJ-20210613-0002",
		Head:  []render.HeadLine{{Label: "填报单位", Value: "晋江市民政局"}, {Label: "填报时间", Value: "2021年6月13日", Right: true}},
		Lines: []render.Line{{Label: "晋江市民政局", Cells: []string{long, long, long, "", para}}},
	}
}

func attested() render.Document {
	f := &forms.Form{ID: "done", Version: 1, Kind: forms.Attestation, Title: "完成情况确认", Columns: []*forms.Heading{
		leaf("是否完成", forms.Choice, ""), leaf("完成日期", forms.DateType, ""), leaf("比对人数", forms.Count, "人"), leaf("说明", forms.LongText, "")}}
	return render.Document{Form: f, Title: "困难群众数据比对完成情况确认表", Made: made,
		Head:  []render.HeadLine{{Label: "填报单位", Value: "晋江市民政局"}, {Label: "填报时间", Value: "2021年6月30日", Right: true}},
		Lines: []render.Line{{Label: "晋江市民政局", Cells: []string{"是", "2021-06-29", "4944", "已与农业农村、医保、残联完成数据比对，疑点数据12条，逐条核实。"}}}}
}

// signed is a statistical form with everything around the table: 表号 at the right, column
// numbers, adjusted cells, signature lines, and a QR code on each page.
func signed(rows int) render.Document {
	d := table1()
	f := *d.Form
	f.Numbers = true
	d.Form = &f
	d.Head = []render.HeadLine{
		{Label: "表　　号", Value: "民基12表", Right: true}, {Label: "制定机关", Value: "样例市民政局", Right: true}, {Label: "批准文号", Value: "样统制〔2021〕3号", Right: true},
		{Label: "填报单位（盖章）", Value: "晋江市民政局"}, {Label: "报告期", Value: "2021年6月"}, {Label: "填报时间", Value: "2021年6月25日"},
	}
	d.Foot = []render.HeadLine{{Label: "单位负责人"}, {Label: "统计负责人"}, {Label: "填表人", Value: "张样一"}, {Label: "联系电话", Value: "0595-00000000"}, {Label: "报出日期", Value: "2021年6月25日"}}
	d.Code = &stamp.Code{Duty: "quanzhou-2021/special-groups/2021-06-25/qz-jinjiang", Version: 2, Form: "annex-1", Hash: "3f9a0c713f9a0c71"}
	lines := d.Lines
	for i := len(lines); i < rows; i++ {
		d.Lines = append(d.Lines, lines[1+i%(len(lines)-1)])
	}
	d.Lines[2].Notes = []int{3, 9}
	d.Statements = []string{"※调整：鲤城区 447 由 450 调整而来，依据入户核查记录。"}
	d.Footer = "2021年6月　第2版"
	return d
}

// wide is a roll-up of 80 figures, under headings of 3 to 7.
func wide() render.Document {
	f := &forms.Form{ID: "wide", Version: 1, Kind: forms.Table, Label: "附件5", Title: "样例市社会救助综合统计表", Stub: "地区名称", Total: "全市合计", UnitRow: true, Numbers: true}
	n := 0
	for g := 0; n < 80; g++ {
		h := heading(fmt.Sprintf("第%d类困难群众排查救助情况", g+1))
		for k := 0; k < 3+g%5 && n < 80; k++ {
			n++
			h.Children = append(h.Children, leaf([]string{"实际排查数", "已纳入低保", "已纳入特困", "已实施临时救助", "资金"}[k%5], forms.Count, "人"))
		}
		f.Columns = append(f.Columns, h)
	}
	d := render.Document{Form: f, Title: f.Title, Made: made, Footer: "第1稿",
		Head: []render.HeadLine{{Label: "填报单位（盖章）", Value: "样例市民政局"}, {Label: "填报时间", Value: "2021年6月25日", Right: true}},
		Foot: []render.HeadLine{{Label: "单位负责人"}, {Label: "填表人", Value: "张样一"}}, Statements: []string{"报送情况：应报12，已报12（零报送0），未报0。"}}
	for i, p := range printed1 {
		line := render.Line{Label: p.name, Bold: i == 0}
		for j := range 80 {
			line.Cells = append(line.Cells, fmt.Sprint((i*7919+j*104729)%30000))
		}
		d.Lines = append(d.Lines, line)
	}
	return d
}

// named is a register of people whose names are beyond U+FFFF; all are invented.
func named() render.Document {
	d := register4(4, false)
	for i, name := range []string{"张𬱖一", "李𠮷二", "王𫖯三（𪟝、𫍽）", "赵㛃四"} {
		d.Lines[i].Cells[0] = name
	}
	d.Lines[0].Bold = true
	return d
}

// examples are the documents that the tests draw and people look at.
func examples() map[string]render.Document {
	return map[string]render.Document{
		"annex1": table1(), "annex2": rollup2(), "annex2-missing": rollup2("南安市", "台商投资区"),
		"annex4-blank": register4(0, false), "annex4-zero": register4(0, true), "annex4-1": register4(1, false), "annex4-40": register4(40, false),
		"narrative": narrative(3), "attestation": attested(), "signed": signed(14), "signed-60": signed(60), "wide": wide(), "named": named(), "narrative-coded": coded(),
		"annex1-coded": withCode(table1()), "annex2-coded": withCode(rollup2("南安市")), "annex4-zero-coded": withCode(register4(0, true)),
		"annex4-1-coded": withCode(register4(1, false)), "annex4-14-coded": withCode(register4(14, false)), "annex4-40-coded": withCode(register4(40, false)),
		"crowded": crowded(30),
	}
}

// coded is a text that is to be sealed.
func coded() render.Document {
	d := narrative(1)
	d.Code = &stamp.Code{Duty: "quanzhou-2021/narrative/2021-06-13/qz-jinjiang", Version: 1, Form: "narrative", Hash: "0123456789abcdef"}
	d.Foot = []render.HeadLine{{Label: "单位负责人"}, {Label: "填表人", Value: "张样一"}}
	return d
}

// withCode is a document as it is printed to be sealed.
func withCode(d render.Document) render.Document {
	d.Code = &stamp.Code{Duty: "quanzhou-2021/special-groups/2021-06-25/qz-jinjiang", Version: 2, Form: d.Form.ID, Hash: "3f9a0c713f9a0c71"}
	return d
}

// crowded is an edition that has much to say: coverage, balances, waivers, adjustments, reasons.
func crowded(reasons int) render.Document {
	d := register4(20, false)
	d.Statements = []string{
		"应报12个，已报11个（其中已审9个）。", "未报：台商投资区。", "零报送：鲤城区、泉港区。", "本级（市本级）：已列。",
		"期初 31，新增 20，销号 17，期末 34。",
	}
	var each []string
	for _, p := range printed1[2:] {
		each = append(each, p.name+" 期初 3，新增 2，销号 1，期末 4")
	}
	d.Statements = append(d.Statements, "其中："+strings.Join(each, "；")+"。", "强制性审核豁免：",
		"1.晋江市 涉及金额：已与纪检监察机关核对，准予豁免。", "2.安溪县 移送时间：移送早于本期，准予豁免。",
		"数据调整：", "1.鲤城区 涉及金额 由 1.20 调整为 1.25：依据入户核查记录（2021年6月20日）。", "2.南安市 涉及金额 由 0.85 调整为 0.58：报送单位来函更正。", "情况说明：")
	for i := range reasons {
		d.Statements = append(d.Statements, fmt.Sprintf("%d.%s 第%d行 问责情况：%s", i+1, printed1[2+i%12].name, i+1, []string{
			"当事人已于2021年5月退休，由所在单位作出书面说明。",
			"经核查，反映的问题不属实：2户均已于2021年3月纳入低保，群众对政策不了解，乡镇干部已上门解释并留存回访记录，回访记录随附件一并报送，县民政局已另行抽查3户，未发现同类问题。",
			"正在核查。"}[i%3]))
	}
	d.Foot = []render.HeadLine{{Label: "单位负责人"}, {Label: "填表人", Value: "张样一"}}
	return d
}
