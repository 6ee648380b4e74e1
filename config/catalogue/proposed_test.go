package catalogue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
)

// labels are the headings of a form's fields, those above them before a slash.
func labels(f *forms.Form) string {
	var out []string
	for _, x := range f.Fields() {
		out = append(out, strings.Join(x.Path, "/"))
	}
	return strings.Join(out, " ")
}

// The forms that a document names without printing them. Their columns are proposed: the form
// says so in its remark.
func TestProposedForms(t *testing.T) {
	const (
		done   = "是否完成 完成日期 "
		end    = " 说明 佐证"
		ledger = "问题 来源 整改措施 整改时限 %s 整改情况 销号日期"
		policy = "政策名称 文号 印发机关 印发日期 类别 扫描件"
		year   = "基本情况 典型做法 存在问题 意见建议"
	)
	want := map[string]string{
		"fujian-2020/accountability": "register 层级 单位 姓名 职务 案情 问责依据 问责方式 问责时间 处理机关 是否曝光",
		"fujian-2020/comparison":     "attestation " + done + "比对人数 比中死亡人数 已停发或核减人数" + end,
		"fujian-2020/done":           "attestation 是否完成 完成日期" + end,
		"fujian-2020/problem-ledger": "ledger " + fmt.Sprintf(ledger, "责任单位/人"),
		"fujian-2020/screening":      "attestation " + done + "排查数/建档立卡贫困户 排查数/重度残疾人（含精神或智力三级残疾） 排查数/重病患者 纳入兜底保障户数" + end,

		"jilin-2020/cases":            "register 地区 单位 姓名 案情 查处情况 查处日期",
		"jilin-2020/done":             "attestation 是否完成 完成日期" + end,
		"jilin-2020/plan":             "narrative 任务和措施 责任人和完成时限 附件",
		"jilin-2020/problem-ledger":   "ledger " + fmt.Sprintf(ledger, "责任人"),
		"jilin-2020/quarter-report":   "narrative 工作情况",
		"jilin-2020/resume-aid":       "attestation 是否恢复 恢复之日 涉及户数" + end,
		"jilin-2020/year-report":      "narrative " + year + " 附件 签发人",
		"jilin-2020/year-report-city": "narrative " + year + " 县级报送情况 附件 签发人",

		"jinjiang-2019/annual-check":  "attestation 低保对象户数 本年度已核对户数 各户最新核对报告中最早的日期" + end,
		"jinjiang-2019/contact":       "register 姓名 职务 办公电话 手机 备注",
		"jinjiang-2019/done":          "attestation 是否完成 完成日期" + end,
		"jinjiang-2019/five-groups":   "attestation " + done + "排查数/重度残疾人（含精神或智力三级残疾） 排查数/重病患者 排查数/未纳入低保的建档立卡贫困户 排查数/近年退保对象 排查数/近年申请未通过对象 集中办理审核审批户数" + end,
		"jinjiang-2019/payment":       "attestation 是否发放到位 发放日期 发放户数 发放人数 发放金额（万元）" + end,
		"jinjiang-2019/stage-summary": "narrative 阶段性总结",
		"jinjiang-2019/work-ledger":   "register 治理举措 任务目标 完成时限 责任人员 进展和数据 案例",
		"jinjiang-2019/year-plan":     "narrative 年度工作计划",

		"quanzhou-2021/child-policies":  "register " + policy,
		"quanzhou-2021/database":        "attestation " + done + "录入低收入对象数/已确认的低收入家庭 录入低收入对象数/初步筛查的低收入对象 录入低收入对象数/扶贫监测对象" + end,
		"quanzhou-2021/done":            "attestation 是否完成 完成日期" + end,
		"quanzhou-2021/house-check":     "attestation " + done + "数量/排查户数 数量/排查人数 数量/发现问题数" + end,
		"quanzhou-2021/inclusion":       "attestation " + done + "纳入保障人数/低保 纳入保障人数/特困 纳入保障人数/临时救助 纳入保障人数/儿童福利保障" + end,
		"quanzhou-2021/relief-policies": "register " + policy,

		"shanxi-2021/done":            "attestation 是否完成 完成日期" + end,
		"shanxi-2021/duty-list":       "register 对应任务 责任单位 责任人 整改结果",
		"shanxi-2021/ledger":          "ledger 重点任务 落实举措 完成时限 责任单位 责任人 本季度进展 问题整改/发现问题数 问题整改/已整改数 问题整改/未整改原因及措施 销号日期",
		"shanxi-2021/payment-ledgers": "attestation " + done + "存疑信息/发放账户与低保对象姓名不一致 存疑信息/向同一账户频繁支付 存疑信息/大额支付 已复核纠正" + end,
		"shanxi-2021/petition-ledger": "ledger 信访人姓名 信访事项 首次信访日期 重复次数 处置分类 处置情况 销号日期",
		"shanxi-2021/problem-list":    "register 政策名称 文号 不符合规定的条款 上位依据 制定单位",
		"shanxi-2021/task-list":       "register 对应问题 整改措施 完成时限",
		"shanxi-2021/year-summary":    "narrative 全年总结",
	}
	// The forms of 泉民保〔2021〕3号 that were there before, with tests of their own.
	before := []string{"annex-1", "annex-2", "annex-3", "annex-4", "work-report", "summary", "problem-list", "system-list", "result-list"}
	n := 0
	for _, d := range load(t).Directives {
		for _, f := range d.Forms {
			if d.ID == "quanzhou-2021" && slices.Contains(before, f.ID) {
				continue
			}
			n++
			if got := string(f.Kind) + " " + labels(f); got != want[d.ID+"/"+f.ID] {
				t.Errorf("%s/%s\ngot  %s\nwant %s", d.ID, f.ID, got, want[d.ID+"/"+f.ID])
			}
			if !strings.Contains(f.Remark, "拟定") && !strings.Contains(f.Remark, "没有规定格式") && !strings.Contains(f.Remark, "没有表样") {
				t.Errorf("%s/%s does not say that its columns are proposed: %q", d.ID, f.ID, f.Remark)
			}
		}
	}
	if n != len(want) {
		t.Errorf("%d proposed forms, want %d", n, len(want))
	}
}

// Each attestation says either when it was done or why it was not.
func TestAttestations(t *testing.T) {
	tried := 0
	for _, d := range load(t).Directives {
		for _, f := range d.Forms {
			if f.Kind != forms.Attestation || f.Field("done") == nil {
				continue
			}
			tried++
			yes, no := f.Field("done").Choices[0], f.Field("done").Choices[1]
			for want, row := range map[string]forms.Row{
				"date-when-done":  {"done": yes},
				"reason-when-not": {"done": no},
				"":                {"done": yes, "done_on": "2021-06-30"},
				" ":               {"done": no, "explanation": "系统迁移，7月5日前补录"},
			} {
				if got := broken(f, row); got != strings.TrimSpace(want) {
					t.Errorf("%s/%s %v: %q, want %q", d.ID, f.ID, row, got, want)
				}
			}
		}
	}
	if tried != 14 {
		t.Errorf("%d attestations tried", tried)
	}
}

// broken lists the checks that a row does not pass.
func broken(f *forms.Form, row forms.Row) string {
	var ids []string
	for _, p := range f.Check(forms.Sheet{Rows: []forms.Row{row}}, forms.Context{}) {
		ids = append(ids, p.Check)
	}
	return strings.Join(ids, " ")
}

// The rules of the texts, each broken once and kept once.
func TestRulesOfTheTexts(t *testing.T) {
	const field = "整治困难群众‘漏保’‘漏救’问题，加强低保、特困、孤儿、事实无人抚养儿童等困难群体基本生活保障"
	clue := func(more ...string) forms.Row {
		r := forms.Row{"area": "样例县", "problem": "样例", "source": "信访", "field": field}
		for i := 0; i < len(more); i += 2 {
			r[more[i]] = more[i+1]
		}
		return r
	}
	work := func(found, rectified, why, closed string) forms.Row {
		return forms.Row{"task": "治理低保金管理发放不规范问题“回头看”", "measures": "样例", "deadline": "7月底", "progress": "样例",
			"found": found, "rectified": rectified, "outstanding": why, "closed_on": closed}
	}
	for i, c := range []struct {
		directive, form string
		row             forms.Row
		want            string
	}{
		// 附件4备注2: 只填报今年以来发现的. What was handed over last year was found before.
		{"quanzhou-2021", "annex-4", clue(), ""},
		{"quanzhou-2021", "annex-4", clue("transferred", "2021-01-01"), ""},
		{"quanzhou-2021", "annex-4", clue("transferred", "2020-12-31"), "found-this-year"},
		// 附件4备注3: another field is possible, and is told in 备注.
		{"quanzhou-2021", "annex-4", clue("field", "其他"), "other-field-in-remark"},
		{"quanzhou-2021", "annex-4", clue("field", "其他", "remark", "将养老服务问题纳入整治"), ""},
		// 核对报告有效期一年, every household once a year.
		{"jinjiang-2019", "annual-check", forms.Row{"households": "120", "checked": "120", "oldest": "2019-01-01"}, ""},
		{"jinjiang-2019", "annual-check", forms.Row{"households": "120", "checked": "120", "oldest": "2018-12-31"}, "report-still-valid"},
		{"jinjiang-2019", "annual-check", forms.Row{"households": "120", "checked": "119"}, "every-household"},
		{"jinjiang-2019", "payment", forms.Row{"done": "已发放", "done_on": "2019-05-08", "households": "60", "persons": "59"}, "persons-of-households"},
		{"fujian-2020", "comparison", forms.Row{"done": "已完成", "done_on": "2020-04-30", "compared": "900", "matched": "3", "stopped": "2"}, "stopped-of-matched"},
		{"fujian-2020", "comparison", forms.Row{"done": "已完成", "done_on": "2020-04-30", "compared": "2", "matched": "3", "stopped": "3"}, "matched-of-compared"},
		{"fujian-2020", "comparison", forms.Row{"done": "已完成", "done_on": "2020-04-30", "compared": "900", "matched": "3", "stopped": "3"}, ""},
		{"shanxi-2021", "ledger", work("5", "5", "", "2021-07-02"), ""},
		{"shanxi-2021", "ledger", work("5", "6", "", ""), "rectified-of-found"},
		{"shanxi-2021", "ledger", work("5", "4", "", ""), "reason-for-rest"},
		{"shanxi-2021", "ledger", work("5", "4", "待补缴，8月底前", "2021-07-02"), "closed-when-rectified"},
		{"shanxi-2021", "payment-ledgers", forms.Row{"done": "已完成", "done_on": "2021-07-30", "other_name": "2", "frequent": "1", "large": "0", "corrected": "4"}, "corrected-of-doubtful"},
	} {
		if got := broken(load(t).Directive(c.directive).Form(c.form), c.row); got != c.want {
			t.Errorf("%d: %s/%s %v: %q, want %q", i, c.directive, c.form, c.row, got, c.want)
		}
	}
}
