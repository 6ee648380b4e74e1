// Package formstest holds the annexes of 泉民保〔2021〕3号 built by hand, for the tests of the
// packages below forms: their headings, order and notes are those of the printed document,
// misprints included. The catalogue has them as YAML; these do not depend on it.
package formstest

import (
	"fmt"

	"github.com/baosong/baosong/forms"
)

// Annex2 is the progress table: nine top headings, eleven leaf groups, 43 figures.
func Annex2() *forms.Form {
	f := &forms.Form{
		ID: "annex-2", Version: 1, Kind: forms.Table, Label: "附件2", Title: "泉州市特殊困难群体排查成效进度表",
		Head: []forms.HeadItem{
			{Label: "填报单位（盖章）", From: forms.HeadUnit},
			{Label: "填报时间", From: forms.HeadDate, Right: true},
		},
		Stub: "地区名称", Total: "全市合计", UnitRow: true, NotesLabel: "说明",
		Notes: []string{"1.各地各类“实际排查数”不得少于省厅梳理下发数据量；",
			"2.“其他未纳入兜底保障的困难群众”包括不在上述人员的因疫情影响困难群众及各地自行排查的困难群众。"},
		Page: forms.Page{Paper: "A3", Landscape: true},
		Checks: []forms.Check{{
			ID: "not-below", Rule: "cell >= baseline", Severity: forms.Explain,
			Later: []forms.Change{{From: "2021-07-01", Severity: forms.Blocking}}, Cite: "附件2说明1",
		}, {
			ID: "helped-within-found", Rule: "a11_orphan + a11_child <= a11_found", Severity: forms.Explain,
		}},
	}
	group := func(n int, label, last, baseline string) *forms.Heading {
		h := &forms.Heading{Label: label}
		for i, leaf := range []struct{ id, label string }{
			{"found", "实际排查数"}, {"minimum", "已纳入或正在纳入低保"}, {"destitute", "已纳入或正在纳入特困"}, {"relief", last},
		} {
			x := figure(fmt.Sprintf("a%d_%s", n, leaf.id), leaf.label)
			if i == 0 {
				x.Field.Baseline = baseline
			}
			h.Children = append(h.Children, x)
		}
		if baseline != "" {
			f.Checks[0].Each = append(f.Checks[0].Each, fmt.Sprintf("a%d_found", n))
		}
		return h
	}
	const relief = "已实施或正在实施临时救助"
	f.Columns = []*forms.Heading{
		{Label: "排查未纳入兜底保障的扶贫部门易返贫监测对象", Children: []*forms.Heading{
			group(1, "已脱贫但不够稳定的监测对象", relief, "annex-1.unstable"),
			group(2, "受疫情影响较大存在返贫风险贫困对象", relief, "annex-1.epidemic"),
			group(3, "一键报贫新增贫困户对象", relief, "annex-1.reported"),
		}},
		group(4, "排查未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象", relief, "annex-1.medical"),
		group(5, "排查未纳入兜底保障的2020年以来新增的重度残疾人（含智力、精神三级残疾）对象", relief, "annex-1.disabled"),
		group(6, "排查2020年以来社会救助类信访对象", relief, "annex-1.petition"),
		group(7, "排查12349热线求助对象", relief, "annex-1.hotline"),
		group(8, "排查未纳入兜底保障的登记失业人员", "已实施或正在实施一次性临时救助金", "annex-1.unemployed"),
		group(9, "排查未纳入兜底保障的2020年以来因灾需救助人员", relief, "annex-1.disaster"),
		group(10, "排查其他未纳入兜底保障的困难群众", relief, ""),
		{Label: "排查疑似符合孤儿、事实无人抚养儿童条件的对象", Children: []*forms.Heading{
			figure("a11_found", "实际排查数"),
			figure("a11_orphan", "已纳入或正在纳入孤儿保障"),
			figure("a11_child", "已实施或正在纳入实施无人抚养儿童保障"), // printed so; apparently 事实无人抚养
		}},
	}
	f.SetPaths()
	return f
}

// Annex4 is the clue register.
func Annex4() *forms.Form {
	f := &forms.Form{
		ID: "annex-4", Version: 1, Kind: forms.Register, Label: "附件4", Title: "“点题整治”群众身边腐败和不正之风突出问题线索登记表",
		Head: []forms.HeadItem{
			{Label: "填表单位", From: forms.HeadUnit}, {Label: "联系电话", From: forms.HeadPhone}, {Label: "填表时间", From: forms.HeadDate},
		},
		Stub: "序号", NotesLabel: "备注", Notes: []string{"1.报表请于每月13日和28日前盖章报送市民政局社会救助科；"},
		Page: forms.Page{Paper: "A4", Landscape: true},
		Columns: []*forms.Heading{
			{Label: "基本情况", Children: []*forms.Heading{
				leaf(forms.Field{ID: "place", Label: "地区", Type: forms.Text, Required: true}),
				leaf(forms.Field{ID: "problem", Label: "问题描述", Type: forms.LongText, Required: true}),
				leaf(forms.Field{ID: "amount", Label: "涉及金额（万元）", Type: forms.Money, Decimals: 2}),
				leaf(forms.Field{ID: "area", Label: "发生领域", Type: forms.Text}),
				leaf(forms.Field{ID: "origin", Label: "线索来源", Type: forms.Text}),
			}},
			{Label: "处理情况", Children: []*forms.Heading{
				leaf(forms.Field{ID: "moved", Label: "移送时间", Type: forms.DateType}),
				leaf(forms.Field{ID: "inquiry", Label: "查处情况", Type: forms.Text}),
				leaf(forms.Field{ID: "mended", Label: "整改情况", Type: forms.Text}),
				leaf(forms.Field{ID: "held", Label: "问责情况", Type: forms.Text}),
			}},
			leaf(forms.Field{ID: "note", Label: "备注", Type: forms.Text}),
		},
	}
	f.SetPaths()
	return f
}

// Summary is a narrative of two texts.
func Summary() *forms.Form {
	f := &forms.Form{ID: "summary", Version: 1, Kind: forms.Narrative, Title: "工作总结", Columns: []*forms.Heading{
		leaf(forms.Field{ID: "done", Label: "工作开展情况", Type: forms.LongText, Required: true}),
		leaf(forms.Field{ID: "advice", Label: "意见建议", Type: forms.LongText}),
	}}
	f.SetPaths()
	return f
}

func figure(id, label string) *forms.Heading {
	return leaf(forms.Field{ID: id, Label: label, Type: forms.Count, Unit: "人", Required: true})
}

func leaf(f forms.Field) *forms.Heading { return &forms.Heading{Label: f.Label, Field: &f} }
