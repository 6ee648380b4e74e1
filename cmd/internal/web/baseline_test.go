package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
)

const annex1 = "/baseline/quanzhou-2021/annex-1"

// The bureau hands down new figures: it sees what they would change, says why, and from then on
// the units are checked against them. What a unit has typed stays.
func TestBaseline(t *testing.T) {
	s := newSite(t)
	city, clerk := s.as(bureau), s.as(jinjiang)
	s.keep(t, progress, "annex-2", forms.Sheet{Rows: []forms.Row{{"medical_found": "3018"}}})
	city.get("/board/quanzhou-2021/progress/2021-06-25").has(t, `href="`+annex1+`"`)
	city.get(annex1).want(t, 200, "").has(t, "泉州市部分特殊困难群体数据统计表", "晋江市", "3,019", "37,120", "随文件下发", annex1+"/annex-1.xlsx")
	file := city.get(annex1+"/annex-1.xlsx").want(t, 200, "").body
	city.hand(annex1, "底数.xlsx", []byte(file), nil).want(t, 200, "").has(t, "没有变动").lacks(t, "请留意", "确认下发", "文件中的错误")

	col, _ := whereIs(t, file, "15892")
	_, row := whereIs(t, file, "晋江市")
	_, total := whereIs(t, file, "泉州市")
	changed := edit(t, file, map[string]any{address(col, row): 3010})
	p := city.hand(annex1, "7月底数.xlsx", changed, nil).want(t, 200, "")
	p.has(t, "改动 1", "晋江市", "3,019", "3,010", "确认下发", fmt.Sprintf("第%d行“泉州市”", total), "印为15892，各行之和为15883", "晋江市：合计应等于各类之和。")
	clerk.get(fillPath).has(t, "3,019")
	v := url.Values{"do": {"all"}, "note": {strings.Repeat("长", maxReason+1)}, "base": {p.hidden(t, "base")}, "file": {p.hidden(t, "file")}}
	city.post(annex1, v).want(t, 422, "").has(t, "说明最多 500 字", "3,010")
	v.Set("note", "省厅6月20日更正")
	city.post(annex1, v).want(t, 303, annex1+"?done=1")
	city.get(annex1+"?done=1").has(t, "第 1 版已下发", "3,010", "省厅6月20日更正", "7月底数.xlsx", "黄样三")
	clerk.get(fillPath).has(t, "3,010", `value="3018"`).lacks(t, "3,019") // 3018 is no longer too few, and still there

	// Another version came meanwhile: a person looks again before anything is replaced.
	city.post(annex1, v).want(t, 409, "").has(t, "尚未下发，请再核对一次", "与现有内容相同")
	hs, err := s.store.Baselines(context.Background(), "quanzhou-2021", "annex-1")
	if err != nil || len(hs) != 1 {
		t.Errorf("%d versions, %v", len(hs), err)
	}
}

// A file by hand: fewer columns, names of offices, strangers, a wrong figure, a printed total.
func TestBaselineByHand(t *testing.T) {
	s := newSite(t)
	city := s.as(bureau)
	head := "地区名称,12349热线求助对象,2020年以来社会救助类信访对象,一键报贫新增贫困户对象,已脱贫但不够稳定的监测对象,受疫情影响较大存在返贫风险贫困对象,合计\n"
	p := city.hand(annex1, "a.csv", []byte(head+"晋江市民政局,5,7,0,0,0,4948\n石 狮 市,1,一,0,0,0,1730\n厦门市,3,3,0,0,0,6\n全市合计,9,11,0,0,0,6684\n"), nil).want(t, 200, "")
	p.has(t, "文件中有 1 个名称不是应报单位", "厦门市", "错误 1 处", "C3", "第5行“全市合计”的「2020年以来社会救助类信访对象」印为11，各行之和为10", "文件中没有以下单位，其数据不变：", "鲤城区", "文件中没有以下各列", "只下发正确的行（1 行）").lacks(t, "确认下发", "印为9", ">一<")
	city.confirm(annex1, p, "all").want(t, 400, "")
	if back := city.confirm(annex1, p, "errors").want(t, 200, ""); !strings.HasPrefix(back.body, "PK") {
		t.Error("no file with the errors marked")
	}
	city.confirm(annex1, p, "right").want(t, 303, annex1+"?done=1")
	b, err := s.store.Baseline(context.Background(), "quanzhou-2021", "annex-1", 1)
	if err != nil {
		t.Fatal(err)
	}
	for unit, want := range map[string]string{"qz-jinjiang": "5 7 3019", "qz-shishi": "0 0 1120", "qz-licheng": "2 1 447", "qz": "40 53 15892"} {
		if got := strings.Join([]string{b.Rows[unit]["hotline"], b.Rows[unit]["petition"], b.Rows[unit]["medical"]}, " "); got != want {
			t.Errorf("%s: %s, want %s", unit, got, want)
		}
	}
	for _, c := range []struct{ file, says string }{
		{"", "文件是空的"},
		{"姓名,年龄\n林样一,30\n", "没有找到"},
		{head, "没有任何"},
	} {
		city.hand(annex1, "a.csv", []byte(c.file), nil).want(t, 422, "").has(t, c.says, `type="file"`)
	}
	city.hand(annex1, "a.csv", []byte(head+"厦门市,3,3,0,0,0,6\n"), nil).want(t, 200, "").has(t, "厦门市", "没有变动").lacks(t, "确认下发")

	// Only the bureau, and only what is a table of figures.
	s.as(jinjiang).get(annex1).want(t, 403, "")
	city.get("/baseline/quanzhou-2021/annex-4").want(t, 404, "")
	city.get("/baseline/nowhere/annex-1").want(t, 404, "")
	city.get(annex1+"/annex-2.xlsx").want(t, 404, "")
}
