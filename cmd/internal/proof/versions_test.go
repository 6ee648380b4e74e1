package proof

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/cmd/internal/testneed"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/clock"
)

// The table of rectifying in its second version: one column gone, one renamed, one new.
const secondVersion = `id: figures
version: 2
kind: table
title: 数据表（修订）
stub: 地区
total: 合计
columns:
  - {heading: 低保金额, id: dibao, type: money, unit: 万元, decimals: 6}
  - {heading: 临时救助, id: relief, type: count}
  - {heading: 线索数, id: found, type: count}
`

func revised() string {
	head, rest, _ := strings.Cut(rectifying, "-- sample/forms/figures.yaml --\n")
	_, tail, _ := strings.Cut(rest, "-- sample/forms/clues.yaml --\n")
	return head + "-- sample/forms/figures.yaml --\n" + secondVersion + "-- sample/forms/clues.yaml --\n" + tail
}

// Figures that are printed nowhere else.
var sent = forms.Row{"dibao": "7711.5", "tekun": "8822", "both": "16533.5", "found": "44"}

// A form gets other columns between two returns. What was sent stays as it was sent, on the page, on
// paper and in the workbook; what comes after is of the new version.
func TestReturnsKeepTheirVersionOfAForm(t *testing.T) {
	o := newOffice(t, catalogueOf(t, rectifying), storetest.SQLite(t))
	old := o.sends(clerk("east"), "figures", "2021-03-15", "figures", forms.Sheet{Rows: []forms.Row{sent}})
	before, err := o.Compile(t.Context(), reviewer("city"), figuresRoll, on("2021-03-15"))
	o.ok(err)

	cat := catalogueOf(t, revised())
	o.ok(desk.KeepForms(t.Context(), o.Store, cat, on("2021-04-01")))
	o.Desk = &desk.Desk{Store: o.Store, Catalogue: cat}
	pages := newSite(t, o.Store, clock.NewVirtual(on("2021-04-16")))
	pages.serve(t, o.Desk)
	draft := forms.Sheet{Rows: []forms.Row{{"dibao": "1", "relief": "5566", "found": "2"}}}
	fresh := o.sends(clerk("west"), "figures", "2021-04-15", "figures", draft)

	for _, c := range []struct {
		name         string
		r            store.Return
		viewer       store.Viewer
		version      int
		says, silent []string
	}{
		{"sent before", old, reviewer("city"), 1, []string{"特困", "8,822", "7,711.5", "16,533.5", "表样第1版"}, []string{"临时救助", "修订", "低保金额"}},
		{"sent after", fresh, reviewer("city"), 2, []string{"数据表（修订）", "低保金额", "临时救助", "5,566", "表样第2版"}, []string{"特困"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := o.View(t.Context(), c.viewer, c.r.Duty, on("2021-04-16"))
			o.ok(err)
			if got := w.Forms[0].Version; got != c.version || c.r.Basis.Forms["figures"] != c.version {
				t.Errorf("shown with version %d, sent with %d, want %d", got, c.r.Basis.Forms["figures"], c.version)
			}
			d, err := o.ReturnDocument(t.Context(), w.Task, c.r, "figures")
			o.ok(err)
			page := words(parse(t, pages.as(t, c.viewer).get(t, "/duty/"+c.r.Duty)))
			for face, text := range map[string]string{"pdf": paperText(t, d), "xlsx": bookText(t, d), "page": page} {
				want := c.says
				if face == "page" {
					want = want[:len(want)-1] // the footer is paper's
				}
				says(t, text, want...)
				for _, s := range c.silent {
					if strings.Contains(text, s) {
						t.Errorf("%s says %q", face, s)
					}
				}
			}
		})
	}

	t.Run("an edition made before", func(t *testing.T) {
		d, err := o.EditionDocument(t.Context(), before)
		o.ok(err)
		says(t, paperText(t, d), "特困", "8,822", "表样第1版")
	})
	t.Run("sent back: filled in anew with the version in force", func(t *testing.T) {
		_, err := o.Store.Act(t.Context(), reviewer("city"), old.Duty, scheduler.SendBack, "请核对", on("2021-04-16"))
		o.ok(err)
		w, err := o.View(t.Context(), clerk("east"), old.Duty, on("2021-04-16"))
		o.ok(err)
		if w.Forms[0].Version != 2 {
			t.Errorf("version %d is to be filled in, want 2", w.Forms[0].Version)
		}
	})
}

var figuresRoll = store.Roll{Directive: "sample", Obligation: "figures", Period: "2021-03-15", Form: "figures"}

// After a form has changed, an edition is made of returns that came before. What the version in force
// has no column for may be left out, but not without a word: the notes say whose return is of which
// version, and which columns are not in the table.
func TestAnEditionLosesNoColumnSilently(t *testing.T) {
	for name, west := range map[string]forms.Row{
		"all were sent before": nil,
		"one was sent after":   {"dibao": "1", "relief": "5566", "found": "2"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, catalogueOf(t, rectifying), storetest.SQLite(t))
			o.sends(clerk("east"), "figures", "2021-03-15", "figures", forms.Sheet{Rows: []forms.Row{sent}})
			cat := catalogueOf(t, revised())
			o.ok(desk.KeepForms(t.Context(), o.Store, cat, on("2021-03-14")))
			o.Desk = &desk.Desk{Store: o.Store, Catalogue: cat}
			if west != nil {
				o.sends(clerk("west"), "figures", "2021-03-15", "figures", forms.Sheet{Rows: []forms.Row{west}})
			}
			e, err := o.Compile(t.Context(), reviewer("city"), figuresRoll, on("2021-03-16"))
			o.ok(err)
			d, err := o.EditionDocument(t.Context(), e)
			o.ok(err)
			text := paperText(t, d)
			says(t, text, "东县", "第1版", "特困")
			if strings.Contains(text, "西县：按第") {
				t.Errorf("西县 sent the version in force, or nothing: %s", text)
			}
		})
	}
}

// A version that is in use stands for what returns were made with: another content under its number
// is refused, and nothing of the catalogue is kept.
func TestAVersionIsNeverUsedForAnotherForm(t *testing.T) {
	o := newOffice(t, catalogueOf(t, rectifying), storetest.SQLite(t))
	changed := catalogueOf(t, strings.Replace(rectifying, "heading: 特困", "heading: 特困供养", 1))
	err := desk.KeepForms(t.Context(), o.Store, changed, on("2021-04-01"))
	var f *store.FormChangedError
	if !errors.As(err, &f) || f.Form != "figures" || f.Version != 1 || f.Free != 2 {
		t.Fatalf("%v, want it refused for version 1 of figures, with 2 as the next free one", err)
	}
	says(t, err.Error(), "raise its version to 2")
	kept, err := o.Store.FormVersion(t.Context(), "sample", "figures", 1)
	o.ok(err)
	if got := kept.Field("tekun").Label; got != "特困" {
		t.Errorf("version 1 now says %q", got)
	}
	o.ok(desk.KeepForms(t.Context(), o.Store, catalogueOf(t, rectifying), on("2021-04-02"))) // the same again
}

// paperText is what another program reads out of a document's PDF, without blanks.
func paperText(t testing.TB, d render.Document) string {
	t.Helper()
	var b, out bytes.Buffer
	if err := pdf.Encode(&b, d); err != nil {
		t.Fatal(err)
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		testneed.Missing(t, "pdftotext", "install the Debian package poppler-utils")
	}
	cmd := exec.Command(tool, "-raw", "-nopgbrk", "-", "-")
	cmd.Stdin, cmd.Stdout = &b, &out
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(out.String()), "")
}

// bookText is what stands in the cells of a document's workbook; numbers as they are displayed.
func bookText(t testing.TB, d render.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := xlsx.Encode(&b, d); err != nil {
		t.Fatal(err)
	}
	book, err := workbook.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	text := footer(t, b.Bytes())
	for _, s := range book.Sheets {
		for _, l := range s.Rows {
			for _, c := range l.Cells {
				text += c.Text + "\n"
				if c.Kind == workbook.Number {
					text += forms.Display(&forms.Field{Type: forms.Money}, c.Text) + "\n"
				}
			}
		}
	}
	return text
}

// footer is what a workbook prints at the foot of its first sheet.
func footer(t testing.TB, file []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(z, "xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "<oddFooter>")
	before, _, _ := strings.Cut(after, "</oddFooter>")
	return before + "\n"
}
