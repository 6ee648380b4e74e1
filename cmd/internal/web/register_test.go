package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
)

const cluesFill = "/duty/" + clues + "/fill"

// fields makes headings of one level, or of two where a label has a slash: 基本情况/乡镇.
func fields(list ...*forms.Field) (out []*forms.Heading) {
	for _, x := range list {
		top, own, two := strings.Cut(x.Label, "/")
		leaf := &forms.Heading{Label: top, Field: x}
		x.Path = []string{top}
		if !two {
			x.Label = top
			out = append(out, leaf)
			continue
		}
		x.Path, x.Label, leaf.Label = []string{top, own}, own, own
		if n := len(out); n == 0 || out[n-1].Label != top || out[n-1].Field != nil {
			out = append(out, &forms.Heading{Label: top})
		}
		out[len(out)-1].Children = append(out[len(out)-1].Children, leaf)
	}
	return out
}

// register replaces Annex 4 by a register with a field of every type.
func register(kind forms.Kind) func(*Options) {
	return func(o *Options) {
		f := o.Desk.Catalogue.Directive("quanzhou-2021").Form("annex-4")
		*f = forms.Form{ID: "annex-4", Version: 9, Kind: kind, Label: "附件4", Title: "困难群众救助登记表", Stub: "序号", UnitRow: true, Numbers: true,
			Columns: fields(
				&forms.Field{ID: "town", Label: "基本情况/乡镇", Type: forms.UnitName, Required: true},
				&forms.Field{ID: "person", Label: "基本情况/姓名", Type: forms.Name, Personal: true},
				&forms.Field{ID: "number", Label: "基本情况/公民身份号码", Type: forms.IDNumber, Personal: true},
				&forms.Field{ID: "kind", Label: "基本情况/类别", Type: forms.Choice, Choices: []string{"低保", "特困"}},
				&forms.Field{ID: "spring", Label: "救助金额/一季度", Type: forms.Money, Unit: "万元", Decimals: 6},
				&forms.Field{ID: "summer", Label: "救助金额/二季度", Type: forms.Money, Unit: "万元", Decimals: 6},
				&forms.Field{ID: "both", Label: "救助金额/合计", Type: forms.Money, Unit: "万元", Decimals: 6, Sum: []string{"spring", "summer"}},
				&forms.Field{ID: "done", Label: "办理/办结时间", Type: forms.DateType},
				&forms.Field{ID: "proof", Label: "办理/佐证材料", Type: forms.File},
				&forms.Field{ID: "remark", Label: "备注", Type: forms.LongText},
			)}
		if kind == forms.Ledger {
			f.Ledger = &forms.LedgerRule{Closed: "done", Evidence: []string{"remark"}, Zero: forms.NothingNew}
		}
	}
}

func cell(row int, field string) string { return forms.CellName("annex-4", row, field) }

// A block longer than the register makes it longer; totals, counts and what was left out are
// told, and all of it reaches the server.
func TestBlockIntoRegister(t *testing.T) {
	s := newSite(t, register(forms.Register))
	x := s.tab(t, jinjiang)
	x.open(cluesFill)
	x.is(`[].map.call(document.querySelectorAll("thead tr:last-child th.no"), function (x) { return x.textContent; }).join("")`, "甲乙丙丁戊123己庚辛")
	x.on(cell(0, "town"))
	x.paste("安海镇\t林样一\t\t低保\t1,200.10\t２.20\t999\t2021-06-01\t\t\"第一段\n第“二”段\"\r\n" +
		"东石镇\t陈样二\t\t特困\t0.000001\t—\t\t\t\t\r\n" +
		"\"金井\"\"镇\"\t黄样三\t\t五保\t十\t1\t\t\t\t\t多出来的\r\n")
	for name, want := range map[string]string{
		cell(0, "town"): "安海镇", cell(0, "spring"): "1200.10", cell(0, "summer"): "2.20", cell(0, "both"): "1202.3", cell(0, "remark"): "第一段\n第“二”段",
		cell(1, "kind"): "特困", cell(1, "summer"): "", cell(1, "both"): "0.000001",
		cell(2, "town"): `金井"镇`, cell(2, "kind"): "", cell(2, "spring"): "十", cell(2, "both"): "…",
	} {
		if got := x.cell(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	x.is(`document.getElementById("told").firstChild.textContent`, "已填入 23 个单元格；增加 2 行；跳过 6 个自动计算或只读的单元格；1 个不在选项之内，未填入；1 个超出表格，未填入")
	x.is(`document.querySelector("tfoot [data-rows]").textContent`, "合计（3 行）")
	x.is(`document.querySelector("tfoot [data-total=summer]").textContent`, "3.2")
	x.is(`document.querySelector("tfoot [data-total=spring]").textContent`, "…")
	x.on(cell(2, "spring"))
	x.keys("１０", tabKey)
	x.is(`document.querySelector("tfoot [data-total=spring]").textContent`, "1210.100001")
	x.is(`document.querySelector("tfoot [data-total=both]").textContent`, "1213.300001")
	x.sound("register")
	x.follow(`.submit button[value=save]`)
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues)
	if err != nil || len(d.Content["annex-4"].Rows) != 3 {
		t.Fatalf("the draft is %+v, %v", d, err)
	}
	for i, want := range []string{"1202.3", "0.000001", "11"} {
		if got := d.Content["annex-4"].Rows[i]["both"]; got != want {
			t.Errorf("the server makes the total of row %d %q, want %q", i+1, got, want)
		}
	}
	x.is(`document.querySelector("tfoot [data-total=both]").textContent`, "1213.300001") // as the server writes it

	// Enter goes down, at the end into a row of its own; undone, the rows of a paste are gone.
	x.on(cell(2, "person"))
	x.keys(enter)
	x.focused(cell(3, "person"))
	x.keys(arrowUp)
	x.focused(cell(2, "person"))
	x.keys(arrowDown)
	x.paste("甲\t\n乙\t\n丙\t")
	x.is(`document.forms.fill.elements["rows:annex-4"].value`, "6")
	x.ctrl("z")
	x.is(`document.forms.fill.elements["rows:annex-4"].value + " " + document.querySelectorAll("tbody tr").length`, "4 4")
	x.ctrl("z") // nothing left to undo is no harm
}

// An input method's keys are its own; its digits are tidied when it is done.
func TestInputMethod(t *testing.T) {
	x := newSite(t, register(forms.Register)).tab(t, jinjiang)
	x.open(cluesFill)
	x.on(cell(0, "spring"))
	for _, key := range []string{"Enter", "ArrowDown", "Escape", "ArrowRight"} {
		x.is(`(function (e) { document.activeElement.dispatchEvent(e); return e.defaultPrevented; })(new KeyboardEvent("keydown", { key: "`+key+`", isComposing: true, bubbles: true, cancelable: true }))`, "false")
	}
	x.focused(cell(0, "spring"))
	x.run(chromedp.Evaluate(`(function (el) {
		el.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
		el.value = "１２．５";
		el.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
	})(document.activeElement)`, nil))
	x.is(`document.activeElement.value`, "１２．５")
	x.run(chromedp.Evaluate(`document.activeElement.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }))`, nil))
	x.is(`document.activeElement.value`, "12.5")
	x.is(`document.querySelector("tfoot [data-total=both]").textContent`, "12.5")
}

// Items from the period before are marked and stay; the balance counts as the ledger is filled.
func TestLedgerInBrowser(t *testing.T) {
	s := newSite(t, register(forms.Ledger))
	rows := []forms.Row{{forms.ItemID: "2021-05-28.1", "town": "安海镇", "spring": "1.5"}, {forms.ItemID: "2021-05-28.2", "town": "东石镇"},
		{forms.ItemID: "2021-05-28.3", "town": "内坑镇", "done": "2021-06-01"}}
	before := store.Submission{Duty: "quanzhou-2021/clues/2021-06-13/qz-jinjiang", Content: forms.Content{"annex-4": {Rows: rows}}, UUID: "0190aa00-0000-7000-8000-000000000001"}
	if _, err := s.store.Submit(context.Background(), storeViewer(jinjiang), before, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	x := s.tab(t, jinjiang)
	x.open(cluesFill)
	balance := `document.querySelector(".balance").innerText.replace(/\s+/g, "")`
	x.is(balance, "期初2＋新增0－销号0＝期末2")
	x.is(`document.querySelectorAll("tbody tr .tag.blue").length + " " + document.querySelectorAll("tbody tr button[value^=del]").length`, "2 0")
	x.click(`button[value="add:annex-4"]`)
	x.focused(cell(2, "town"))
	x.keys("金井镇")
	x.is(balance, "期初2＋新增1－销号0＝期末3")
	x.on(cell(0, "done"))
	x.keys("2021-06-20", tabKey)
	x.is(balance, "期初2＋新增1－销号1＝期末2")
	x.is(`document.querySelectorAll("tbody tr.closed").length`, "1")
	x.sound("ledger")
	x.follow(`.submit button[value=save]`)
	x.is(balance, "期初2＋新增1－销号1＝期末2")
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues)
	if err != nil || len(d.Content["annex-4"].Rows) != 3 || d.Content["annex-4"].Rows[1][forms.ItemID] != "2021-05-28.2" {
		t.Errorf("the draft is %+v, %v", d, err)
	}

	// Whoever posts it by hand does not get rid of an item either.
	b := s.as(jinjiang)
	page := b.get(cluesFill)
	v := url.Values{"seq": {page.hidden(t, "seq")}, "uuid": {page.hidden(t, "uuid")}, rowsName("annex-4"): {"2"}, "do": {"del:annex-4.0"},
		cell(0, forms.ItemID): {"2021-05-28.1"}, cell(0, "town"): {"安海镇"}, cell(1, "town"): {"新镇"}}
	b.post(cluesFill, v).want(t, 200, "").has(t, `value="2021-05-28.1"`, "承上期", `value="安海镇"`)
}

// Somebody else saves: the page says so at once, keeps the text, and leads to both.
func TestConflictInBrowser(t *testing.T) {
	s := newSite(t, register(forms.Register))
	x := s.tab(t, jinjiang)
	x.open(cluesFill)
	x.on(cell(0, "town"))
	x.keys("我的安海镇")
	theirs := forms.Content{"annex-4": {Rows: []forms.Row{{"town": "别处的东石镇"}}}}
	if _, err := s.store.SaveDraft(context.Background(), storeViewer(jinjiang), clues, theirs, 0, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	x.run(chromedp.Evaluate(`autosave()`, nil))
	x.until(`!document.getElementById("unsaved").hidden`)
	x.is(`document.querySelector("#unsaved span").textContent`, "林样一已于 08:00 在别处保存了这份草稿，本页填写的内容尚未保存。")
	x.is(`document.activeElement.value`, "我的安海镇")
	x.sound("somebody-else-saved")
	x.follow(`#unsaved button`)
	x.is(`document.title.indexOf("错误")`, "0")
	x.is(`document.getElementById("`+cell(0, "town")+`").value + "/" + document.getElementById("theirs-`+cell(0, "town")+`").textContent`, "我的安海镇/别处的东石镇")
	x.sound("conflict")
	x.narrow()
	x.sound("conflict-phone")
}

// Somebody else sends the return: the page says that too, and leads nowhere it cannot go.
func TestSentElsewhere(t *testing.T) {
	s := newSite(t)
	x := s.tab(t, jinjiang)
	x.open(fillPath)
	x.on(annex2 + "unstable_found")
	x.keys("7")
	s.as(jinjiang).send(progress, "qz-jinjiang")
	x.run(chromedp.Evaluate(`autosave()`, nil))
	x.until(`!document.getElementById("unsaved").hidden`)
	x.is(`document.getElementById("unsaved").innerText.trim()`, "这份报表已在别处上报或更改，本页填写的内容尚未保存。")
	x.is(`document.activeElement.value`, "7")
}

// Leaving saves what was typed; a server that cannot be reached is said, and tried again.
func TestDraftIsSavedOrSaidNotToBe(t *testing.T) {
	s := newSite(t, register(forms.Register))
	x := s.tab(t, jinjiang)
	saved := func() string {
		d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues)
		if errors.Is(err, store.ErrNotFound) || err == nil && len(d.Content["annex-4"].Rows) == 0 {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return d.Content["annex-4"].Rows[0]["town"]
	}
	x.open(cluesFill)
	x.on(cell(0, "town"))
	x.keys("甲")
	offline := func(on bool) {
		x.run(network.Enable(), network.EmulateNetworkConditions(on, 0, -1, -1))
	}
	offline(true)
	x.run(chromedp.Evaluate(`autosave()`, nil))
	x.until(`document.querySelector("#unsaved span").textContent.indexOf("未能暂存") === 0`)
	x.sound("not-saved")
	offline(false)
	x.run(chromedp.Evaluate(`autosave()`, nil))
	x.until(`document.getElementById("unsaved").hidden`)
	if got := saved(); got != "甲" {
		t.Errorf("after the second try the draft has %q", got)
	}
	// Leaving the table saves by itself, and so does leaving the page.
	x.on(cell(0, "town"))
	x.keys("乙")
	x.run(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	x.until(`document.forms.fill.elements.seq.value === "2"`)
	x.on(cell(0, "town"))
	x.keys("丙")
	x.open("/healthz")
	for until := time.Now().Add(5 * time.Second); !strings.Contains(saved(), "丙"); {
		if time.Now().After(until) {
			t.Fatalf("leaving saved %q", saved())
		}
	}
	// The session ends: the page says where to sign in again.
	x.open(cluesFill)
	x.on(cell(0, "town"))
	x.keys("丁")
	x.run(network.ClearBrowserCookies(), chromedp.Evaluate(`autosave()`, nil))
	x.until(`!document.querySelector("#unsaved a").hidden`)
}

// A button pressed while a save is under way waits for it, instead of meeting it as another's.
func TestButtonWaitsForSave(t *testing.T) {
	s := newSite(t, register(forms.Register))
	x := s.tab(t, jinjiang)
	x.open(cluesFill)
	x.on(cell(0, "town"))
	x.keys("甲")
	if _, err := chromedp.RunResponse(x.ctx, chromedp.Evaluate(`autosave(); document.querySelector(".submit button[value=save]").click()`, nil)); err != nil {
		t.Fatal(err)
	}
	x.is(`location.search`, "?saved=1")
}

// Without a script everything can be done, if with more pages.
func TestRegisterWithoutScript(t *testing.T) {
	s := newSite(t, register(forms.Register))
	x := s.tab(t, jinjiang)
	x.noScript()
	x.open(cluesFill)
	x.run(chromedp.SendKeys(`[id="`+cell(0, "town")+`"]`, "安海镇", chromedp.ByQuery))
	x.follow(`button[value="add:annex-4"]`)
	x.run(chromedp.SendKeys(`[id="`+cell(1, "town")+`"]`, "东石镇", chromedp.ByQuery),
		chromedp.SendKeys(`[id="`+cell(1, "spring")+`"]`, "１.5", chromedp.ByQuery), chromedp.SendKeys(`[id="`+cell(1, "summer")+`"]`, "2", chromedp.ByQuery))
	x.follow(`.submit button[value=save]`)
	a := s.as(jinjiang).get(cluesFill).has(t, "合计（2 行）", ">3.5</output>")
	if got := a.hidden(t, cell(1, "spring")); got != "1.5" {
		t.Errorf("the cell shows %q", got)
	}
	x.narrow()
	x.open(cluesFill)
	x.is(`document.querySelectorAll(".turner").length + " " + [].every.call(document.querySelectorAll("tbody td input:not([type=hidden])"), function (x) { return x.offsetParent !== null; })`, "0 true")
	x.picture("no-script-phone")
}

// A form with files is posted in parts; what is ticked goes out of the value, and the value
// comes back whatever else is on the page.
func TestFilesOfACell(t *testing.T) {
	s := newSite(t, register(forms.Register))
	b := s.as(jinjiang)
	page := b.get(cluesFill).has(t, `enctype="multipart/form-data"`, `type="file"`, `name="file:`+cell(0, "proof")+`"`)
	one, two := strings.Repeat("ab", 32)+" 公示照片.jpg", strings.Repeat("cd", 32)+" 审批表.pdf"
	v := url.Values{"seq": {"0"}, "uuid": {page.hidden(t, "uuid")}, rowsName("annex-4"): {"1"}, cell(0, "town"): {"安海镇"},
		cell(0, "proof"): {one + "\n" + two}, "do": {"save"}}
	b.post(cluesFill, v).want(t, http.StatusSeeOther, cluesFill+"?saved=1")
	page = b.get(cluesFill).has(t, "公示照片.jpg", "审批表.pdf", "移除")
	v.Set("seq", page.hidden(t, "seq"))
	v.Set(dropPrefix+cell(0, "proof"), strings.Repeat("ab", 32))
	b.post(cluesFill, v).want(t, http.StatusSeeOther, cluesFill+"?saved=1")
	b.get(cluesFill).has(t, "审批表.pdf").lacks(t, "公示照片.jpg")
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), clues)
	if err != nil || d.Content["annex-4"].Rows[0]["proof"] != two {
		t.Errorf("the draft is %+v, %v", d, err)
	}
}
