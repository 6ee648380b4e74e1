package web

import (
	"context"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/forms"
)

// shared gives the last groups of Annex 2 to 儿童福利科 and the others to 社会救助科.
func shared(o *Options) {
	f := o.Desk.Catalogue.Directive("quanzhou-2021").Form("annex-2")
	f.Sections = []forms.Section{{ID: "relief", Name: "社会救助科"}, {ID: "children", Name: "儿童福利科"}}
	n := len(f.Columns)
	for i, x := range f.Fields() {
		x.Section = "relief"
		if x.Path[0] == f.Columns[n-1].Label || x.Path[0] == f.Columns[n-2].Label {
			x.Section = "children"
		}
		_ = i
	}
}

// part is what a section's page posts: its own columns of the figures.
func (b *browser) part(section string) url.Values {
	b.t.Helper()
	page := b.get(fillHref(progress, section)).want(b.t, 200, "")
	v, all := url.Values{"seq": {page.hidden(b.t, "seq")}, "uuid": {page.hidden(b.t, "uuid")}}, b.figures("qz-jinjiang")
	for _, x := range b.cat.Directive("quanzhou-2021").Form("annex-2").Fields() {
		if name := annex2 + x.ID; x.Section == section {
			v.Set(name, all.Get(name))
		}
	}
	return v
}

// Two sections fill in their columns at the same time, each without a word to the other, before
// one sign-off; whoever signs off is asked while one is not done.
func TestSectionsOfOneUnit(t *testing.T) {
	s := newSite(t, shared)
	b := s.as(jinjiang)
	b.get(fillPath).has(t, "各科室填报情况", "社会救助科", "儿童福利科", "未填报")
	relief, children := b.part("relief"), b.part("children")
	b.get(fillHref(progress, "children")).lacks(t, `name="`+medical+`"`).has(t, `id="`+medical+`"`, "本页只填报儿童福利科的栏目")

	relief.Set("do", "save")
	b.post(fillHref(progress, "relief"), relief).want(t, 303, fillPath+"?saved=1&section=relief")
	children.Set("do", "done")
	children.Set(medical, "1") // not theirs
	b.post(fillHref(progress, "children"), children).want(t, 303, fillPath+"?saved=1&section=children")
	a := b.get(fillPath).has(t, "社会救助科 填报中 林样一 2021年6月22日 08:00", "儿童福利科 已完成 林样一 2021年6月22日 08:00")
	want := b.figures("qz-jinjiang")
	for name := range want {
		if got := a.hidden(t, name); got != want.Get(name) {
			t.Errorf("%s is %q, want %q", name, got, want.Get(name))
		}
	}

	// The same section twice: the second is told, with both texts.
	relief.Set(medical, "5005")
	b.post(fillHref(progress, "relief"), relief).want(t, 409, "").has(t, "这份草稿已在别处保存过", "5005")

	// A section neither sends the return nor is it another's.
	relief.Set("do", "submit")
	b.post(fillHref(progress, "relief"), relief).want(t, 400, "")
	b.get(fillHref(progress, "nobody")).want(t, 404, "")

	// The whole form goes out with a confirmation, which is no block.
	want.Set("seq", a.hidden(t, "seq"))
	want.Set("uuid", a.hidden(t, "uuid"))
	want.Set("do", "submit")
	b.post(fillPath, want).want(t, 422, "").has(t, "还有科室没有填报完成：社会救助科", "仍然上报")
	want.Set("undone", "1")
	b.post(fillPath, want).want(t, 303, "/duty/"+progress+"/receipt")
}

// With everybody done nobody is asked.
func TestSectionsAllDone(t *testing.T) {
	s := newSite(t, shared)
	b := s.as(jinjiang)
	for _, section := range []string{"relief", "children"} {
		v := b.part(section)
		v.Set("do", "done")
		b.post(fillHref(progress, section), v).want(t, 303, fillPath+"?saved=1&section="+section)
	}
	b.send(progress, "qz-jinjiang")
}

// A section's page saves itself, section by section.
func TestSectionInBrowser(t *testing.T) {
	s := newSite(t, shared)
	x := s.tab(t, jinjiang)
	x.open(fillHref(progress, "children"))
	x.is(`[].every.call(document.querySelectorAll("table.edit td input"), function (x) { return x.name.indexOf("annex-2.0.") === 0; })`, "true")
	x.on(annex2 + "orphan_unattended")
	x.keys("3", tabKey)
	x.run(chromedp.Evaluate(`autosave()`, nil))
	x.until(`document.getElementById("saved").textContent.indexOf("已自动暂存") === 0`)
	x.sound("section")
	x.follow(`.submit button[value=done]`)
	x.is(`document.querySelector(".parts b").parentNode.innerText.indexOf("已完成") > 0`, "true")
	x.follow(`.submit a`)
	x.follow(`.submit button[value=submit]`)
	x.is(`document.querySelector(".summary h2").textContent`, "还有科室没有填报完成：社会救助科")
	x.sound("sections-undone")
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), progress)
	if err != nil || d.Content["annex-2"].Rows[0]["orphan_unattended"] != "3" {
		t.Errorf("the draft is %+v, %v", d, err)
	}
}

func TestMergeSection(t *testing.T) {
	f := &forms.Form{ID: "r", Kind: forms.Register, Columns: fields(
		&forms.Field{ID: "a", Label: "甲", Type: forms.Count, Section: "one"}, &forms.Field{ID: "b", Label: "乙", Type: forms.Count, Section: "two"},
		&forms.Field{ID: "c", Label: "合计", Type: forms.Count, Sum: []string{"a", "b"}})}
	base := forms.Content{"r": {Rows: []forms.Row{{"a": "1", "b": "2", "c": "3"}}, Reasons: map[string]string{"x@r.0.a": "old", "x@r.0.b": "theirs"}}, "other": {Zero: true}}
	typed := forms.Content{"r": {Rows: []forms.Row{{"a": "5", "b": "9"}, {"a": "7"}}, Reasons: map[string]string{"y@r.1.a": "new", "y@r.0.b": "not ours"}}}
	got := desk.MergeSection([]*forms.Form{f}, base, typed, "one")
	rows := got["r"].Rows
	if len(rows) != 2 || rows[0]["a"] != "5" || rows[0]["b"] != "2" || rows[0]["c"] != "7" || rows[1]["a"] != "7" || rows[1]["c"] != "7" {
		t.Errorf("%v", rows)
	}
	if r := got["r"].Reasons; len(r) != 2 || r["x@r.0.b"] != "theirs" || r["y@r.1.a"] != "new" {
		t.Errorf("reasons %v", r)
	}
	if !got["other"].Zero || base["r"].Rows[0]["a"] != "1" || len(base["r"].Rows) != 1 {
		t.Error("what was given was changed, or another form lost")
	}
	if again := desk.MergeSection([]*forms.Form{f}, got, typed, "one"); len(again["r"].Rows) != 2 || again["r"].Rows[0]["c"] != "7" {
		t.Error("merging twice differs")
	}
}
