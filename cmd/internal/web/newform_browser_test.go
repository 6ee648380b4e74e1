package web

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/baosong/baosong/scheduler/calendar"
)

// copied is what a spreadsheet puts on the clipboard beside the text: the head with its merged cells.
const copied = `<html><body><!--StartFragment--><table>
<tr><td colspan=7>志愿服务队伍建设情况表</td></tr>
<tr><td colspan=4>填报单位（公章）：</td><td colspan=3>填表日期：</td></tr>
<tr><td rowspan=3>单位</td><td colspan=5>队伍情况</td><td rowspan=3>备注</td></tr>
<tr><td rowspan=2>队伍数（支）</td><td colspan=3>人员</td><td rowspan=2>年度经费<br>（万元）</td></tr>
<tr><td>男</td><td>女</td><td>小计</td></tr>
<tr><td colspan=7>备注：<br>1.人数以系统为准；<br>2.经费为财政拨款。</td></tr>
</table><!--EndFragment--></body></html>`

// A browser keeps the merged cells of what is pasted; each step is sound for a screen reader, on a
// wide screen and on a phone.
func TestNewFormInBrowser(t *testing.T) {
	s := newSite(t, shelved(t))
	s.clock.Set(calendar.MustDate("2021-06-22").At(15 * 60))
	x := s.tab(t, bureau)
	x.open("/board")
	x.follow(`a[href="/form/new"]`)
	x.sound("newform-1-paste")
	x.run(chromedp.Focus(`#text`, chromedp.ByQuery), chromedp.Evaluate(`(function () {
		var d = new DataTransfer();
		d.setData("text/plain", "志愿服务队伍建设情况表\n单位\t队伍");
		d.setData("text/html", `+strconv.Quote(copied)+`);
		document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: d, bubbles: true, cancelable: true }));
	})()`, nil))
	x.is(`document.getElementById("text").value.split("\t")[1]`, "队伍")
	x.is(`document.getElementById("caught").textContent`, "已连同合并单元格读入。")
	x.follow(`button[value="read"]`)
	x.is(`document.querySelectorAll(".drawn thead tr").length`, "3")
	x.is(`document.querySelector(".drawn thead th[colspan='3']").textContent`, "人员")
	x.sound("newform-2-columns")
	x.whole("newform-2-columns-whole")

	x.js(`document.getElementById("n.1.label").value = ""`)
	x.follow(`.submit button[value="next"]`)
	x.is(`document.activeElement.className`, "summary")
	x.sound("newform-3-errors")
	x.run(chromedp.SetValue(`[id="n.1.label"]`, "队伍数", chromedp.ByQuery))
	x.follow(`.submit button[value="draw"]`)
	x.is(`document.querySelector(".drawn thead").textContent.indexOf("队伍数") > 0`, "true")
	x.narrow()
	x.sound("newform-4-columns-phone")
	x.whole("newform-4-columns-phone-whole")
	x.run(chromedp.EmulateViewport(1280, 900))
	x.follow(`.submit button[value="next"]`)
	x.is(`document.querySelectorAll("input[name=unit]:checked").length`, "12")
	x.sound("newform-5-use")
	x.whole("newform-5-use-whole")
	x.narrow()
	x.sound("newform-6-use-phone")
	x.run(chromedp.EmulateViewport(1280, 900))
	x.follow(`button.primary[value="use"]`)
	if got := x.js(`document.querySelector(".saved").textContent`); !strings.Contains(got, "12 个单位") {
		t.Errorf("used: %q", got)
	}
	x.sound("newform-7-made")
	x.open("/board")
	x.sound("newform-8-board")
}

// whole keeps a picture of the whole page, if asked to.
func (x *tab) whole(name string) {
	x.t.Helper()
	if *pictures == "" {
		return
	}
	var png []byte
	x.run(chromedp.FullScreenshot(&png, 100))
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), png, 0o644); err != nil {
		x.t.Fatal(err)
	}
}

// The script of these pages keeps to the floor of the others.
func TestNewFormScriptKeepsToTheFloor(t *testing.T) {
	code := served(t, "newform.js")
	for call, what := range lateAPIs {
		if m := call.FindString(uncommented(code)); m != "" {
			t.Errorf("%q is %s", m, what)
		}
	}
	if now, then := newer(t, code, api.LoaderJS); now != then {
		t.Error("newer than Chrome 70")
	}
}
