package catalogue_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
)

// outline writes a column tree as indented lines.
func outline(hs []*forms.Heading, indent string) string {
	var b strings.Builder
	for _, h := range hs {
		b.WriteString(indent + h.Label + "\n" + outline(h.Children, indent+"  "))
	}
	return b.String()
}

// The headings as printed, typed a second time from the annexes.
func TestHeadingsAsPrinted(t *testing.T) {
	d := quanzhou(t)
	four := func(indent, relief string) string {
		return indent + "实际排查数\n" + indent + "已纳入或正在纳入低保\n" + indent + "已纳入或正在纳入特困\n" + indent + relief + "\n"
	}
	const relief, once = "已实施或正在实施临时救助", "已实施或正在实施一次性临时救助金"
	for id, want := range map[string]string{
		"annex-1": `未纳入兜底保障的扶贫部门易返贫监测对象
  已脱贫但不够稳定的监测对象
  受疫情影响较大存在返贫风险贫困对象
  一键报贫新增贫困户对象
未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象
未纳入兜底保障的2020年以来新增的重度残疾人（含智力、精神三级残疾）对象
2020年以来社会救助类信访对象
12349热线求助对象
未纳入兜底保障的登记失业人员
未纳入兜底保障的2020年以来因灾需救助人员
合计
`,
		"annex-2": "排查未纳入兜底保障的扶贫部门易返贫监测对象\n" +
			"  已脱贫但不够稳定的监测对象\n" + four("    ", relief) +
			"  受疫情影响较大存在返贫风险贫困对象\n" + four("    ", relief) +
			"  一键报贫新增贫困户对象\n" + four("    ", relief) +
			"排查未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象\n" + four("  ", relief) +
			"排查未纳入兜底保障的2020年以来新增的重度残疾人（含智力、精神三级残疾）对象\n" + four("  ", relief) +
			"排查2020年以来社会救助类信访对象\n" + four("  ", relief) +
			"排查12349热线求助对象\n" + four("  ", relief) +
			"排查未纳入兜底保障的登记失业人员\n" + four("  ", once) +
			"排查未纳入兜底保障的2020年以来因灾需救助人员\n" + four("  ", relief) +
			"排查其他未纳入兜底保障的困难群众\n" + four("  ", relief) +
			"排查疑似符合孤儿、事实无人抚养儿童条件的对象\n  实际排查数\n  已纳入或正在纳入孤儿保障\n  已实施或正在纳入实施无人抚养儿童保障\n",
		"annex-3": "信访人姓名\n问题发生地\n反映社会救助类别\n主要信访诉求内容\n登记编号\n排查办理情况\n",
		"annex-4": `基本情况
  地区
  问题描述
  涉及金额（万元）
  发生领域
  线索来源
处理情况
  移送时间
  查处情况
  整改情况
  问责情况
备注
`,
	} {
		if got := outline(d.Form(id).Columns, ""); got != want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", id, got, want)
		}
	}
}

func TestFormsAsPrinted(t *testing.T) {
	d := quanzhou(t)
	for _, want := range []struct {
		id, label, title, stub, total, page string
		kind                                forms.Kind
		fields, unitRow                     int
		head, notes                         string
	}{
		{"annex-1", "附件1", "泉州市部分特殊困难群体数据统计表", "地区名称", "泉州市", "{A4 true <nil>}", forms.Table, 10, 1, "",
			"说明：本表所汇总对象由相关部门提供基础数据并与低保、特困对象比对双向筛选而得。"},
		{"annex-2", "附件2", "泉州市特殊困难群体排查成效进度表", "地区名称", "全市合计", "{A3 true <nil>}", forms.Table, 43, 1, "填报单位（盖章） 填报时间",
			"说明：1.各地各类“实际排查数”不得少于省厅梳理下发数据量；|2.“其他未纳入兜底保障的困难群众”包括不在上述人员的因疫情影响困难群众及各地自行排查的困难群众。"},
		{"annex-3", "附件3", "泉州市2020年以来社会救助方面信访诉求（部分）排查情况表", "序号", "", "{A4 true <nil>}", forms.Register, 6, 0, "", "："},
		{"annex-4", "附件4", "“点题整治”群众身边腐败和不正之风突出问题线索登记表", "序号", "", "{A4 true <nil>}", forms.Ledger, 10, 0, "填表单位 联系电话 填表时间",
			"备注：1.报表请于每月13日和28日前盖章报送市民政局社会救助科；|2.问题线索只填报今年以来发现的，属于纪检监察业务的；|3.问题线索发生领域为“整治困难群众‘漏保’‘漏救’问题，加强低保、特困、孤儿、事实无人抚养儿童等困难群体基本生活保障”；如有将其他问题纳入整治的，可按具体问题类型填报，并在“备注”中注明。"},
		{"work-report", "", "“点题整治”工作进展情况", "", "", "{A4 false <nil>}", forms.Narrative, 1, 0, "报送单位 报送时间", "："},
		{"summary", "", "“点题整治”工作全面总结", "", "", "{A4 false <nil>}", forms.Narrative, 1, 0, "报送单位 报送时间", "："},
		{"problem-list", "", "问题（整改）清单", "序号", "", "{A4 true <nil>}", forms.Ledger, 9, 0, "填报单位 填报时间", "："},
		{"system-list", "", "制度清单", "序号", "", "{A4 true <nil>}", forms.Register, 7, 0, "填报单位 填报时间", "："},
		{"result-list", "", "成果清单", "序号", "", "{A4 true <nil>}", forms.Register, 7, 0, "填报单位 填报时间", "："},
	} {
		f := d.Form(want.id)
		var head []string
		for _, h := range f.Head {
			head = append(head, h.Label)
		}
		if f.Label != want.label || f.Title != want.title || f.Stub != want.stub || f.Total != want.total || f.Kind != want.kind ||
			fmt.Sprint(f.Page) != want.page || len(f.Fields()) != want.fields || f.UnitRow != (want.unitRow == 1) ||
			strings.Join(head, " ") != want.head || f.NotesLabel+"："+strings.Join(f.Notes, "|") != want.notes {
			t.Errorf("%s: %d fields, %+v", want.id, len(f.Fields()), f)
		}
	}
	if len(d.Forms) != 15 { // and six that are proposed: see TestProposedForms
		t.Errorf("%d forms", len(d.Forms))
	}
}

// Nine of the eleven 实际排查数 have a figure handed down; 其他 and 孤儿 have none.
func TestBaselinesOfAnnex2(t *testing.T) {
	f := quanzhou(t).Form("annex-2")
	var compared, free []string
	for _, x := range f.Fields() {
		if x.Type != forms.Count || x.Unit != "人" || !x.Required {
			t.Errorf("%s: %+v", x.ID, x)
		}
		switch {
		case x.Baseline != "":
			compared = append(compared, x.ID)
			if x.Baseline != "annex-1."+strings.TrimSuffix(x.ID, "_found") {
				t.Errorf("%s is compared with %s", x.ID, x.Baseline)
			}
		case x.Label == "实际排查数":
			free = append(free, x.ID)
		}
	}
	if strings.Join(f.Checks[0].Each, " ") != strings.Join(compared, " ") || len(compared) != 9 || strings.Join(free, " ") != "other_found orphan_found" {
		t.Errorf("compared %v, checked %v, free %v", compared, f.Checks[0].Each, free)
	}
	amount := quanzhou(t).Form("annex-4").Field("amount")
	if amount.Type != forms.Money || amount.Unit != "万元" || amount.Decimals == 0 {
		t.Errorf("涉及金额: %+v", amount)
	}
}
