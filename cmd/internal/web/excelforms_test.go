package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// A duty with a text and three lists: the template says which form it is, another file is known by
// its head or asked about, and what is not in the file stays as it is.
func TestExcelOfSeveralForms(t *testing.T) {
	s := newSite(t)
	s.clock.Set(calendar.MustDate("2021-09-06").At(9 * 60))
	b := s.as(jinjiang)
	const duty = "quanzhou-2021/summary/2021-09-08/qz-jinjiang"
	path := "/duty/" + duty + "/excel"
	b.get(path).want(t, 200, "").has(t, "全面总结", "制度清单", "成果清单", "自动识别", path+"/summary.xlsx", path+"/system-list.xlsx")
	content := forms.Content{"summary": {Rows: []forms.Row{{"summary": "第一段\n第二段"}}},
		"system-list": {Rows: []forms.Row{{"name": "临时救助办法", "issuer": "晋江市民政局", "issued_on": "2021-07-01"}}}}
	if _, err := s.store.SaveDraft(context.Background(), storeViewer(jinjiang), duty, content, 0, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	text := b.get(path+"/summary.xlsx").want(t, 200, "").body
	list := b.get(path+"/system-list.xlsx").want(t, 200, "").body
	b.hand(path, "总结.xlsx", []byte(text), nil).want(t, 200, "").has(t, "没有变动")
	col, row := whereIs(t, list, "临时救助办法")
	p := b.hand(path, "清单.xlsx", edit(t, list, map[string]any{address(col, row): "临时救助实施细则", address(col, row+1): "工作规则"}), url.Values{"form": {"summary"}}).want(t, 200, "")
	p.has(t, "制度清单", "临时救助实施细则", "增加的行 1")
	b.confirm(path, p, "all").want(t, 303, "/duty/"+duty+"/fill?show=1")
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), duty)
	if err != nil {
		t.Fatal(err)
	}
	content["system-list"].Rows[0]["name"] = "临时救助实施细则"
	content["system-list"] = forms.Sheet{Rows: append(content["system-list"].Rows, forms.Row{"name": "工作规则"})}
	if diff := cmp.Diff(content, d.Content); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	b.hand(path, "a.csv", []byte("序号,制度名称,文号,印发机关,印发日期\n1,某办法,,某局,2021-07-02\n"), nil).want(t, 200, "").has(t, "制度清单", "某办法")
	b.hand(path, "a.csv", []byte("姓名,年龄\n林样一,30\n"), nil).want(t, 422, "").has(t, "看不出文件是哪一张表", `<select id="form"`)
	b.hand(path, "a.csv", []byte("姓名,年龄\n林样一,30\n"), url.Values{"form": {"system-list"}}).want(t, 422, "").has(t, "没有找到“制度清单”", "selected")
}

// A section takes in its own columns; those of the other are not touched, whatever the file says.
func TestExcelOfASection(t *testing.T) {
	s := newSite(t, shared)
	b := s.as(jinjiang)
	b.get(fillHref(progress, "children")).has(t, progressExcel+"?section=children")
	f := s.cat.Directive("quanzhou-2021").Form("annex-2")
	row := forms.Row{"medical_found": "3019"}
	var theirs *forms.Field
	for _, x := range f.Fields() {
		if x.Section == "children" {
			theirs = x
		}
	}
	s.keep(t, progress, "annex-2", forms.Sheet{Rows: []forms.Row{row}})
	file := b.get(progressExcel + "/annex-2.xlsx").body
	col, at := whereIs(t, file, "3019")
	last := len(f.Fields()) + 1
	changed := edit(t, file, map[string]any{address(col, at): 1, address(last, at): 8})
	path := progressExcel + "?section=children"
	b.get(path).want(t, 200, "").has(t, "只导入儿童福利科的栏目")
	p := b.hand(path, "a.xlsx", changed, nil).want(t, 200, "").has(t, "新填 1").lacks(t, "改动 1")
	b.confirm(path, p, "all").want(t, 303, fillPath+"?section=children&show=1")
	if got := s.kept(t, progress, "annex-2").Rows[0]; got["medical_found"] != "3019" || got[theirs.ID] != "8" {
		t.Errorf("a section's import: %v", got)
	}
	b.get(progressExcel+"?section=nobody").want(t, 404, "")
}

// Thousands of rows go through a preview and come out as they were.
func TestExcelLongRegister(t *testing.T) {
	s := newSite(t, register(forms.Register))
	b := s.as(jinjiang)
	var rows []forms.Row
	for i := range 3000 {
		rows = append(rows, forms.Row{"town": "安海镇", "person": fmt.Sprintf("林样%d", i), "kind": "低保", "remark": fmt.Sprint(strings.Repeat("困难情况说明", 10), i*7919)})
	}
	s.keep(t, clues, "annex-4", forms.Sheet{Rows: rows})
	file := b.get(cluesExcel + "/annex-4.xlsx").body
	s.keep(t, clues, "annex-4", forms.Sheet{})
	p := b.hand(cluesExcel, "a.xlsx", []byte(file), nil).want(t, 200, "").has(t, "增加的行 3000", "其余 2600 处变动略")
	if len(p.body) > 2<<20 {
		t.Errorf("the preview has %d bytes", len(p.body))
	}
	b.confirm(cluesExcel, p, "all").want(t, 303, cluesFill+"?show=1")
	if diff := cmp.Diff(rows, s.kept(t, clues, "annex-4").Rows); diff != "" {
		t.Errorf("(-want +got)\n%.2000s", diff)
	}
	// One more than a return may have is refused.
	csv := strings.Repeat("1,安海镇,林样一,低保\n", forms.MaxRows+1)
	b.hand(cluesExcel, "a.csv", []byte("序号,乡镇,姓名,类别,公民身份号码,办结时间,备注\n"+csv), nil).want(t, 422, "").has(t, "行数过多")
}
