package web

import (
	"context"
	"html"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/scheduler/calendar"
)

// shelved lets bureaus make forms.
func shelved(t testing.TB) func(*Options) {
	return func(o *Options) {
		shelf, err := desk.NewShelf(catalogue.FS, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Desk.Store.PutUnits(context.Background(), shelf.Catalogue().Units); err != nil {
			t.Fatal(err)
		}
		if err := shelf.Over(context.Background(), o.Desk.Store, opening); err != nil {
			t.Fatal(err)
		}
		o.Shelf = shelf
	}
}

// heating is a head as it is copied out of a spreadsheet: as text, with its merged cells lost.
const heating = "冬季取暖救助资金发放情况统计表\t\t\t\t\t\r\n" +
	"填报单位：（盖章）\t\t\t填报时间：\t\t\r\n" +
	"地区名称\t救助对象\t\t\t发放资金（万元）\t\r\n" +
	"\t低保户（户）\t特困户（户）\t合计\t中央资金\t地方资金\r\n" +
	"说明：1.本表今天17:00前报送。\t\t\t\t\t\r\n"

var (
	inputs   = regexp.MustCompile(`<input[^>]*>`)
	attrs    = regexp.MustCompile(`([a-z]+)(?:="([^"]*)")?`)
	selects  = regexp.MustCompile(`(?s)<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>`)
	selected = regexp.MustCompile(`<option value="([^"]*)" selected`)
	areas    = regexp.MustCompile(`(?s)<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>`)
)

// filled is what a browser would post of the page's own form: all that stands in its inputs.
func (a answer) filled(t testing.TB, after string) url.Values {
	t.Helper()
	_, body, ok := strings.Cut(a.body, after)
	if !ok {
		t.Fatalf("no %s on the page: %.1500s", after, text(a.body))
	}
	body, _, _ = strings.Cut(body, "</form>")
	v := url.Values{}
	for _, tag := range inputs.FindAllString(body, -1) {
		is := map[string]string{}
		for _, m := range attrs.FindAllStringSubmatch(strings.TrimPrefix(tag, "<input"), -1) {
			if _, there := is[m[1]]; !there {
				is[m[1]] = html.UnescapeString(m[2])
			}
		}
		_, checked := is["checked"]
		if box := is["type"] == "checkbox" || is["type"] == "radio"; is["name"] != "" && (!box || checked) && is["type"] != "file" {
			v.Add(is["name"], is["value"])
		}
	}
	for _, m := range selects.FindAllStringSubmatch(body, -1) {
		if s := selected.FindStringSubmatch(m[2]); s != nil {
			v.Add(m[1], html.UnescapeString(s[1]))
		}
	}
	for _, m := range areas.FindAllStringSubmatch(body, -1) {
		v.Add(m[1], html.UnescapeString(m[2]))
	}
	return v
}

// press posts the page's form with a button, after changing some of what stands in it.
func (b *browser) press(a answer, do string, change url.Values) answer {
	b.t.Helper()
	v := a.filled(b.t, `class="maker`)
	for name, x := range change {
		v[name] = x
	}
	v.Set("do", do)
	return b.post(newFormPath, v)
}

// A section chief makes a table at 15:00 for 17:00, without JavaScript: pastes, corrects, uses;
// the clerks fill it in and the bureau compiles it.
func TestTableAtThreeForFive(t *testing.T) {
	s := newSite(t, shelved(t))
	s.clock.Set(calendar.MustDate("2021-06-22").At(15 * 60))
	b := s.as(bureau)
	b.get("/board").want(t, 200, "").has(t, `href="/form/new"`)
	b.get(newFormPath).want(t, 200, "").has(t, "粘贴表头")

	columns := b.post(newFormPath, url.Values{"do": {"read"}, "text": {heating}}).want(t, 200, "")
	columns.has(t, "冬季取暖救助资金发放情况统计表", "填报单位（盖章）", `value="低保户（户）"`, `value="1+2"`, "由同组其余 2 栏自动相加")
	got := columns.filled(t, `class="maker`)
	if got.Get("n.1.type") != "count" || got.Get("n.1.unit") != "户" || got.Get("n.5.type") != "money" || got.Get("kind") != "table" {
		t.Fatalf("proposed: %v", got)
	}
	// A wrong correction stays as it was typed, and is told of with a link.
	wrong := b.press(columns, "next", url.Values{"n.3.sum": {"1+9"}, "n.6.label": {"县级资金"}}).want(t, 422, "")
	wrong.has(t, `href="#n.3.sum"`, `value="1+9"`, "县级资金")
	// Corrected: another label, a column moved, one more added.
	drawn := b.press(wrong, "draw", url.Values{"n.3.sum": {"1+2"}}).want(t, 200, "")
	drawn = b.press(drawn, "up:6", nil).want(t, 200, "")
	drawn = b.press(drawn, "add", nil).want(t, 200, "")
	drawn = b.press(drawn, "draw", url.Values{"n.7.label": {"备注"}, "n.7.type": {"text"}}).want(t, 200, "")
	if at := strings.Index(drawn.body, `value="县级资金"`); at < 0 || at > strings.Index(drawn.body, `value="中央资金"`) {
		t.Error("the column was not moved")
	}
	use := b.press(drawn, "next", nil).want(t, 200, "").has(t, "预览", "晋江市", `value="2021-06-22"`, `value="17:00"`)
	// Back to the columns and forth again: nothing is lost.
	back := b.press(use, "columns", url.Values{"section": {"社会救助科"}}).want(t, 200, "").has(t, "县级资金")
	use = b.press(back, "next", nil).want(t, 200, "").has(t, "社会救助科")

	late := b.press(use, "use", url.Values{"time": {"14:00"}, "number": {"泉民〔2021〕9号"}}).want(t, 422, "")
	late.has(t, `href="#date"`, "截止时间已过", "泉民〔2021〕9号")
	if n := len(s.web.Shelf.Catalogue().Directives); s.web.Shelf.Catalogue().Directive("qz-20210622") != nil || n == 0 {
		t.Error("something was stored")
	}
	v := late.filled(t, `class="maker`)
	v.Set("time", "17：00")
	v.Set("do", "use")
	done := b.post(newFormPath, v)
	if done.StatusCode != 303 || !strings.HasPrefix(done.Header.Get("Location"), madePath+"?done=qz-20210622-") {
		t.Fatalf("%d %s %s", done.StatusCode, done.Header.Get("Location"), text(done.body))
	}
	id := strings.TrimPrefix(done.Header.Get("Location"), madePath+"?done=")
	b.get(done.Header.Get("Location")).want(t, 200, "").has(t, "已启用", "12 个单位", "2021年6月22日17:00")
	b.post(newFormPath, v).want(t, 303, done.Header.Get("Location")) // pressed twice: one table
	if all, err := s.web.Shelf.Tables(t.Context(), []string{"qz"}); err != nil || len(all) != 1 || all[0].Version != 1 || all[0].Section != "社会救助科" {
		t.Fatalf("tables %+v %v", all, err)
	}
	b.get("/board").want(t, 200, "").has(t, "冬季取暖救助资金发放情况统计表", "0/12", "泉民〔2021〕9号")

	// The clerks fill it in on the usual pages.
	duty := id + "/table/2021-06-22/qz-jinjiang"
	c := s.as(jinjiang)
	c.get("/").want(t, 200, "").has(t, "冬季取暖救助资金发放情况统计表")
	page := c.get("/duty/"+duty+"/fill").want(t, 200, "").has(t, "县级资金", "1.本表今天17:00前报送。")
	form := s.web.Shelf.Catalogue().Directive(id).Form("table")
	figures := url.Values{"seq": {page.hidden(t, "seq")}, "uuid": {page.hidden(t, "uuid")}, "do": {"submit"}}
	for _, x := range form.Fields() {
		if x.Type.Numeric() && len(x.Sum) == 0 {
			figures.Set("table.0."+x.ID, "12")
		}
	}
	c.post("/duty/"+duty+"/fill", figures).want(t, 303, "/duty/"+duty+"/receipt")
	b.post("/edition/"+id+"/table/2021-06-22/table", nil).want(t, 303, "/edition/"+id+"/table/2021-06-22/table/qz/1")
	b.get("/edition/"+id+"/table/2021-06-22/table/qz/1").want(t, 200, "").has(t, "晋江市", "24", "石狮市")

	// Changed: one column's label, and an hour more. What was sent in stays, the rest moves.
	edit := b.get(madePath+"/"+id).want(t, 200, "").has(t, "修改报表", "县级资金")
	use = b.press(edit, "next", url.Values{"n.1.label": {"城乡低保户（户）"}}).want(t, 200, "").has(t, `value="17:00"`, "社会救助科")
	b.press(use, "use", url.Values{"time": {"18:00"}}).want(t, 303, madePath+"?done="+id)
	if all, err := s.web.Shelf.Tables(t.Context(), []string{"qz"}); err != nil || len(all) != 1 || all[0].Version != 2 {
		t.Fatalf("tables %+v %v", all, err)
	}
	if old, err := s.store.FormVersion(t.Context(), id, "table", 1); err != nil || old.Fields()[0].Label != "低保户（户）" {
		t.Errorf("version 1: %v %v", old, err)
	}
	mine, err := s.store.Task(t.Context(), storeViewer(bureau), duty, s.clock.Now())
	if err != nil || mine.DueTime != 17*60 {
		t.Errorf("the return that is in: due %s %v", mine.DueTime, err)
	}
	theirs, err := s.store.Task(t.Context(), storeViewer(bureau), id+"/table/2021-06-22/qz-shishi", s.clock.Now())
	if err != nil || theirs.DueTime != 18*60 || theirs.Revision == 0 {
		t.Errorf("a return still owed: %+v %v", theirs, err)
	}
	// Ended: nobody owes it any more.
	b.post(madePath+"/"+id, url.Values{"do": {"end"}}).want(t, 303, madePath+"?ended")
	b.get(madePath+"?ended").want(t, 200, "").has(t, "已结束")
	theirs, err = s.store.Task(t.Context(), storeViewer(bureau), id+"/table/2021-06-22/qz-shishi", s.clock.Now())
	if err != nil || theirs.State.Owed() {
		t.Errorf("ended, and yet %s %v", theirs.State, err)
	}
	b.get("/duty/"+duty).want(t, 200, "").has(t, "县级资金", "12")
	s.as(shishi).get("/duty/"+id+"/table/2021-06-22/qz-shishi").want(t, 200, "").has(t, "免报")
}

func TestNewFormRefuses(t *testing.T) {
	s := newSite(t, shelved(t))
	s.as(jinjiang).get(newFormPath).want(t, 403, "")
	b := s.as(bureau)
	b.post(newFormPath, url.Values{"do": {"read"}}).want(t, 422, "").has(t, "请先粘贴表头")
	b.post(newFormPath, url.Values{"do": {"read"}, "text": {"只有一句话，没有表"}}).want(t, 422, "").has(t, "没有找到表头", "只有一句话")
	for name, form := range map[string]string{"no JSON": "{", "null": "null", "no node": `{"Columns":[null]}`, "both": `{"Columns":[{"Field":{},"Children":[{}]}]}`} {
		if a := b.post(newFormPath, url.Values{"do": {"next"}, "form": {form}}); a.StatusCode != 400 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	// What a browser makes up is held to the same rules.
	for name, form := range map[string]string{"an unknown type": `{"Title":"a","Kind":"table","Columns":[{"Label":"a","Field":{"ID":"a","Type":"rocket"}}]}`,
		"a bad id": `{"Title":"a","Kind":"table","Columns":[{"Label":"a","Field":{"ID":"../a","Type":"count"}}]}`, "nothing": `{"Title":"a","Kind":"table"}`} {
		if a := b.post(newFormPath, url.Values{"do": {"use"}, "form": {form}, "title": {"a"}, "unit": {"qz-anxi"}, "date": {"2021-07-01"}, "time": {"17:00"}}); a.StatusCode != 422 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	// Another bureau's unit is not asked.
	good := `{"Title":"a","Kind":"table","Stub":"单位","Columns":[{"Label":"a","Field":{"ID":"a","Type":"count"}}]}`
	b.post(newFormPath, url.Values{"do": {"use"}, "form": {good}, "title": {"a"}, "bureau": {"fz"}, "unit": {"fz-gulou"}, "date": {"2021-07-01"}, "time": {"17:00"}}).
		want(t, 422, "").has(t, "请至少选择一个单位")
	b.get(madePath+"/quanzhou-2021").want(t, 404, "")

	// Without a shelf there is nothing to make.
	s = newSite(t)
	s.as(bureau).get(newFormPath).want(t, 404, "")
	s.as(bureau).get("/board").lacks(t, newFormPath)
	if _, err := s.store.Task(t.Context(), store.Viewer{Person: bureau}, "x/y/z/w", opening); err == nil {
		t.Error("a duty that nobody made")
	}
}

// Recurring tables: each month, each quarter.
func TestRecurringTable(t *testing.T) {
	s := newSite(t, shelved(t))
	b := s.as(bureau)
	columns := b.post(newFormPath, url.Values{"do": {"read"}, "text": {heating}}).want(t, 200, "")
	use := b.press(columns, "next", nil).want(t, 200, "")
	b.press(use, "use", url.Values{"repeat": {"monthly"}, "days": {"0"}, "until": {"2020-01-01"}}).want(t, 422, "").has(t, `href="#days"`)
	done := b.press(use, "use", url.Values{"repeat": {"monthly"}, "days": {"13、28"}, "until": {"2021-08-31"}, "unit": {"qz-anxi", "qz-shishi"}})
	id := strings.TrimPrefix(done.Header.Get("Location"), madePath+"?done=")
	b.get(done.Header.Get("Location")).want(t, 200, "").has(t, "每月13日、28日 17:00", "2 个单位")
	tasks, err := s.store.Tasks(t.Context(), storeViewer(bureau), store.Filter{}, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	var due []string
	for _, x := range tasks {
		if x.Key.Directive == id && x.Key.Unit == "qz-anxi" {
			due = append(due, x.DueDate.String()+" "+x.DueTime.String())
		}
	}
	if got, want := strings.Join(due, ", "), "2021-06-28 17:00, 2021-07-13 17:00, 2021-07-28 17:00, 2021-08-13 17:00, 2021-08-28 17:00"; got != want {
		t.Errorf("due %s, want %s", got, want)
	}
	edit := b.get(madePath+"/"+id).want(t, 200, "")
	b.press(edit, "next", nil).want(t, 200, "").has(t, "13、28", `value="2021-08-31"`)
	b.post(madePath+"/"+id, url.Values{"do": {"end"}}).want(t, 303, madePath+"?ended")
	b.get("/board").want(t, 200, "")
	b.get(madePath).want(t, 200, "").has(t, "已结束").lacks(t, `href="`+madePath+"/"+id)
	s.as(shishi).get("/duty/"+id+"/table/2021-06-28/qz-shishi").want(t, 200, "").has(t, "免报")
	s.as(shishi).get("/?view=all").want(t, 200, "")
	s.as(shishi).get("/calendar").want(t, 200, "")
	tasks, err = s.store.Tasks(t.Context(), storeViewer(bureau), store.Filter{}, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tasks {
		if x.Key.Directive == id && (x.State.Owed() || x.State == "not_open") {
			t.Errorf("%s is still %s", x.ID, x.State)
		}
	}
}

// A file instead of a paste: read with the same eyes, and a broken one is answered in words.
func TestNewFormFromFile(t *testing.T) {
	s := newSite(t, shelved(t))
	b := s.as(bureau)
	csv := strings.NewReplacer("\t", ",", "\r\n", "\n").Replace(heating)
	b.hand(newFormPath, "表头.csv", []byte(csv), url.Values{"do": {"read"}, "text": {""}}).want(t, 200, "").has(t, "冬季取暖救助资金发放情况统计表", `value="低保户（户）"`)
	b.hand(newFormPath, "坏.xlsx", []byte("PK\x03\x04 broken"), url.Values{"do": {"read"}, "text": {"原来粘贴的"}}).want(t, 422, "").has(t, "文件已损坏", "原来粘贴的")
}
