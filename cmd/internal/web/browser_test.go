package web

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

const annex2 = "annex-2.0."

// The script's comforts on the table of 44 columns: moving with the keyboard, digits as people
// type them, a block from a spreadsheet, the mark on a low figure, the draft that saves itself,
// and the way from an error to its cell.
func TestTableInBrowser(t *testing.T) {
	s := newSite(t)
	x := s.tab(t, jinjiang)
	x.open(fillPath)
	x.on(annex2 + "unstable_found")
	x.keys("7", enter)
	x.focused(annex2 + "unstable_dibao")
	x.keys("１，２３４", enter)
	x.focused(annex2 + "unstable_tekun")
	for cell, want := range map[string]string{"unstable_found": "7", "unstable_dibao": "1234"} {
		if got := x.cell(annex2 + cell); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
	x.keys(arrowLeft)
	x.focused(annex2 + "unstable_dibao") // all of it was selected
	x.keys(arrowRight, "5", escape)
	x.focused(annex2 + "unstable_tekun")
	x.is(`document.activeElement.value`, "") // as it was
	x.ctrl(homeKey)
	x.focused(x.js(`document.querySelector("table.edit tbody input").id`))
	x.ctrl(endKey)
	x.focused(x.js(`[].slice.call(document.querySelectorAll("table.edit tbody input")).pop().id`))
	x.on(annex2 + "unstable_tekun")
	// The ruler: the cell's headings, all levels of them, and its row.
	x.is(`document.querySelectorAll("thead th.lit").length >= 2 && document.querySelector("tbody th.lit") !== null`, "true")

	// Six cells copied from a sheet, with thousands, a dash and full-width digits; then taken back.
	x.paste("5\t1,200\t—\t３\t0\t8\r\n")
	pasted := []string{"unstable_tekun", "unstable_relief", "epidemic_found", "epidemic_dibao", "epidemic_tekun", "epidemic_relief"}
	for i, want := range []string{"5", "1200", "", "3", "0", "8"} {
		if got := x.cell(annex2 + pasted[i]); got != want {
			t.Errorf("pasted cell %d is %q, want %q", i, got, want)
		}
	}
	x.is(`document.getElementById("told").firstChild.textContent`, "已填入 6 个单元格")
	x.ctrl("z")
	for _, cell := range pasted {
		if got := x.cell(annex2 + cell); got != "" {
			t.Errorf("undone, %s is %q", cell, got)
		}
	}
	x.paste("5\t1,200\t—\t３\t0\t8\r\n")

	x.on(annex2 + "medical_found")
	x.keys("3018")
	x.is(`document.activeElement.parentNode.classList.contains("low")`, "true")
	x.run(chromedp.Evaluate(`autosave()`, nil))
	x.until(`document.forms.fill.elements.seq.value !== "0"`)
	x.is(`document.getElementById("saved").textContent`, "已自动暂存 08:00")
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), progress)
	if err != nil || len(d.Content["annex-2"].Rows) != 1 {
		t.Fatalf("the draft is %+v, %v", d, err)
	}
	for field, want := range map[string]string{"unstable_dibao": "1234", "unstable_relief": "1200", "epidemic_found": ""} {
		if got := d.Content["annex-2"].Rows[0][field]; got != want {
			t.Errorf("the draft's %s is %q, want %q", field, got, want)
		}
	}

	// What stands in the way is told at the top, and the focus is there; a link leads to its cell.
	x.follow(`.submit button[value=submit]`)
	x.until(`document.activeElement.id === "problems"`)
	x.is(`document.title`, "错误：填报：泉州市特殊困难群体排查成效进度表（2021年6月25日期） - 报送")
	x.click(`#problems a[href*="medical"]`)
	x.until(`document.activeElement.id === "annex-2.0.medical_found"`)
}

// The head, all its rows, and the stub stay in sight, and nothing that has the focus hides
// below them.
func TestHeadStaysInSight(t *testing.T) {
	s := newSite(t)
	x := s.tab(t, jinjiang)
	x.run(chromedp.EmulateViewport(900, 520))
	x.open("/duty/" + clues + "/fill")
	for range 8 {
		x.click(`button[value="add:annex-4"]`)
	}
	x.on("annex-4.8.remark")
	x.on("annex-4.3.source")
	x.is(`(function () {
		var box = document.querySelector(".scroll").getBoundingClientRect(), low = 0, cell = document.activeElement.getBoundingClientRect();
		[].forEach.call(document.querySelectorAll("thead th"), function (th) { low = Math.max(low, th.getBoundingClientRect().bottom); });
		var stub = document.activeElement.closest("tr").cells[0].getBoundingClientRect();
		if (document.querySelector(".scroll").scrollTop < 100) return "not scrolled at all";
		if (Math.abs(document.querySelector("thead th").getBoundingClientRect().top - box.top) > 2) return "the head is gone";
		if (Math.abs(stub.left - box.left) > 2) return "the stub is gone";
		return cell.top >= low - 1 && cell.left >= stub.right - 1 && cell.bottom <= box.bottom + 1 ? "seen" : "hidden";
	})()`, "seen")
}
