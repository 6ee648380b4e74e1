package web

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/forms"
)

// The pages of the workbooks in a real browser, file and all, without a script: axe finds nothing
// (WCAG 2.2 AA), on a desk and on a phone, in Chinese and in English.
func TestExcelPagesAreSound(t *testing.T) {
	s := newSite(t, register(forms.Register))
	f := s.cat.Directive("quanzhou-2021").Form("annex-4")
	s.keep(t, clues, "annex-4", forms.Sheet{Rows: []forms.Row{f.Compute(forms.Row{"town": "安海镇", "person": "林样一", "spring": "1.5"}), {"town": "东石镇", "person": "陈样二", "remark": "待核"}}})
	dir := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	choose := func(x *tab, path string) {
		t.Helper()
		x.run(chromedp.SetUploadFiles(`#file`, []string{path}, chromedp.ByQuery))
		x.follow(`form[enctype] button`)
	}
	look := func(x *tab, name string) {
		t.Helper()
		x.run(chromedp.EmulateViewport(1280, 900))
		x.sound(name)
		x.narrow()
		x.sound(name + "-phone")
		x.run(chromedp.EmulateViewport(1280, 900))
	}
	x := s.tab(t, jinjiang)
	x.open(cluesExcel)
	look(x, "excel")
	choose(x, put("空.xlsx", "PK"))
	x.is(`document.activeElement.className`, "summary")
	look(x, "excel-refused")
	choose(x, put("登记表.csv", "序号,乡镇,姓名,公民身份号码,类别,一季度,二季度,办结时间,备注\n1,安海镇,林样一,,低保,十二,２.20,2021-06-01,\n2,东石镇,陈样二,,特困,,,,\n3,英林镇,黄样三,,低保,3,,,新增一户\n"))
	x.is(`document.querySelectorAll(".changes tbody tr").length > 3`, "true")
	look(x, "excel-preview")
	x.open(cluesExcel + "?lang=en")
	look(x, "excel-english")
	x.open(cluesExcel + "?lang=zh-CN")
	choose(x, put("登记表.csv", "序号,乡镇,姓名,公民身份号码,类别,一季度,二季度,办结时间,备注\n1,安海镇,林样一,,低保,12,２.20,2021-06-01,\n"))
	x.follow(`.submit button[value=all]`)
	x.is(`location.pathname + location.search`, cluesFill+"?show=1")
	x.is(`document.getElementById("`+cell(0, "summer")+`").value`, "2.2")

	x = s.tab(t, bureau)
	x.open(annex1)
	look(x, "baseline")
	choose(x, put("底数.csv", "地区名称,12349热线求助对象,2020年以来社会救助类信访对象,一键报贫新增贫困户对象,已脱贫但不够稳定的监测对象,受疫情影响较大存在返贫风险贫困对象,合计\n"+
		"晋江市,5,7,0,0,0,4948\n石狮市,1,一,0,0,0,1730\n厦门市,3,3,0,0,0,6\n全市合计,9,11,0,0,0,6684\n"))
	look(x, "baseline-preview")
	x.follow(`.submit button[value=right]`)
	look(x, "baseline-handed-down")
}
