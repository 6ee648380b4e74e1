package catalogue_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/render"
	faceHTML "github.com/baosong/baosong/forms/render/html"
	"github.com/baosong/baosong/forms/render/pdf"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
)

// spelling writes the numbers of rows in ten characters of its own for each column of texts, so
// that whatever is read anywhere on a page can be told apart by column, whole or cut into lines.
type spelling map[string][]rune

// spell chooses the characters: common ones that stand nowhere else on the form, and in a column
// of names one beyond U+FFFF.
func spell(f *forms.Form) spelling {
	printed := f.Title + f.Label + f.Stub + f.NotesLabel + strings.Join(f.Notes, "") + "晋江市民政局报送情况说明年月日期第页共号稿版表样回执无填未"
	for _, h := range f.Head {
		printed += h.Label
	}
	for _, c := range f.Header().Cells {
		printed += c.Label
	}
	next, out := '一', spelling{}
	for _, x := range f.Fields() {
		if x.Type.Numeric() || x.Type == forms.DateType {
			continue
		}
		for len(out[x.ID]) < 10 {
			if next++; !strings.ContainsRune(printed, next) {
				out[x.ID] = append(out[x.ID], next)
			}
		}
		if x.Type == forms.Name {
			out[x.ID][7] = '𠮷'
		}
	}
	return out
}

// rows are n rows in which no two cells are alike. Long texts take several lines, not always as many.
func (s spelling) rows(f *forms.Form, n int) []forms.Row {
	var out []forms.Row
	for i := range n {
		row := forms.Row{}
		for j, x := range f.Fields() {
			switch {
			case x.Type.Numeric():
				row[x.ID] = fmt.Sprintf("%d.%d", 1000+i, 1+i%9)
			case x.Type == forms.DateType:
				row[x.ID] = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i).Format(time.DateOnly)
			default:
				word := ""
				for _, digit := range fmt.Sprintf("%04d", i) {
					word += string(s[x.ID][digit-'0'])
				}
				if x.Type == forms.LongText {
					word = strings.Repeat(word, 1+(i+j)%6)
				}
				row[x.ID] = word
			}
		}
		out = append(out, row)
	}
	return out
}

// Annexes 3 and 4 with nothing, one row, a page or two, and as many as a return may have and more
// than anybody will send: whatever goes in stands on paper, in the workbook and on the page once,
// in its row and column and in order, and nothing else does.
func TestAnnexesOfManyRows(t *testing.T) {
	for _, id := range []string{"annex-3", "annex-4"} {
		f := quanzhou(t).Form(id)
		s := spell(f)
		for _, n := range []int{0, 1, 40, 3000} {
			t.Run(fmt.Sprintf("%s/%d", id, n), func(t *testing.T) {
				sheet := forms.Sheet{Rows: s.rows(f, n), Zero: n == 0}
				d := render.Single(f, sheet, render.Imprint{Office: "晋江市民政局", Date: "2021-06-26", Phone: "0595-22500000",
					Place: "晋江市", Period: "2021年6月28日期", Footer: "回执号 A1", Made: made})
				name := fmt.Sprintf("%s-%d", id, n)
				var paper, book, site bytes.Buffer
				for _, err := range []error{pdf.Encode(&paper, d), xlsx.Encode(&book, d), faceHTML.Encode(&site, d)} {
					if err != nil {
						t.Fatal(err)
					}
				}
				keep(t, name+".pdf", paper.Bytes())
				keep(t, name+".xlsx", book.Bytes())
				keep(t, name+".html", site.Bytes())
				onPaper(t, d, s, pagesOf(t, paper.Bytes()))
				inWorkbook(t, d, sheet, book.Bytes())
				_, body := tableOf(t, &site)
				if n == 0 {
					if len(body) != 1 || len(body[0]) != 1 || body[0][0] != "无" {
						t.Errorf("html: a zero report reads %q", body)
					}
					return
				}
				sameBody(t, f, d, body)
			})
		}
	}
}

func inWorkbook(t *testing.T, d render.Document, sheet forms.Sheet, file []byte) {
	t.Helper()
	book, err := workbook.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if d.Zero {
		none := 0
		for _, l := range book.Sheets[0].Rows {
			for _, c := range l.Cells {
				if c.Text == "无" {
					none++
				}
			}
		}
		if none != 1 {
			t.Errorf("xlsx: a zero report says 无 %d times", none)
		}
		return
	}
	im, err := workbook.Match(d.Form, book)
	if err != nil {
		t.Fatal(err)
	}
	if len(im.Problems)+len(im.Missing)+len(im.Extra) > 0 {
		t.Fatalf("xlsx: %v, missing %q, extra %q", im.Problems, im.Missing, im.Extra)
	}
	if len(im.Sheet.Rows) != len(sheet.Rows) {
		t.Fatalf("xlsx: %d rows, want %d", len(im.Sheet.Rows), len(sheet.Rows))
	}
	for i, r := range sheet.Rows {
		if im.Rows[i].Label != fmt.Sprint(i+1) {
			t.Errorf("xlsx: row %d is numbered %s", i+1, im.Rows[i].Label)
		}
		for id, v := range r {
			if im.Sheet.Rows[i][id] != v {
				t.Fatalf("xlsx: row %d, %s: %q, want %q", i+1, id, im.Sheet.Rows[i][id], v)
			}
		}
	}
}

// column is where a column of texts stands on paper, and what is read there, top down and page by page.
type column struct {
	x0, x1 float64
	text   strings.Builder
}

// onPaper reads the table back by columns: each column of texts by its own characters, the numbers
// and dates by where they stand between these.
func onPaper(t *testing.T, d render.Document, s spelling, pages []page) {
	t.Helper()
	f := d.Form
	fields := f.Fields()
	of := map[rune]string{}
	for id, signs := range s {
		for _, r := range signs {
			of[r] = id
		}
	}
	whose := func(w word) string { r := []rune(w.text); return of[r[0]] }
	cols := map[string]*column{}
	for id := range s {
		cols[id] = &column{x0: 1e9}
	}
	for _, p := range pages {
		for _, w := range p.words {
			if c := cols[whose(w)]; c != nil {
				c.x0, c.x1 = min(c.x0, w.x0), max(c.x1, w.x1)
			}
		}
	}
	var heads [][]word // the words of the table head, page by page
	numbers := map[string]*strings.Builder{"": {}}
	for i, p := range pages {
		pageNumber(t, p, i+1, len(pages))
		top, bottom := 1e9, 0.0
		var body []word
		for _, w := range p.words {
			if whose(w) != "" {
				body = append(body, w)
				top, bottom = min(top, w.y0), max(bottom, w.y1)
			}
		}
		if len(body) == 0 {
			continue // notes only, or a zero report
		}
		slices.SortStableFunc(body, func(a, b word) int { return cmp.Compare(a.y0, b.y0) })
		for _, w := range body {
			for _, r := range w.text {
				if of[r] != whose(w) {
					t.Fatalf("page %d: %q is of two columns", i+1, w.text)
				}
			}
			cols[whose(w)].text.WriteString(w.text)
		}
		slices.SortFunc(p.words, func(a, b word) int { return cmp.Or(cmp.Compare(a.y0, b.y0), cmp.Compare(a.x0, b.x0)) })
		var above []word
		for _, w := range p.words {
			switch {
			case w.y1 <= top+1:
				above = append(above, w)
			case whose(w) == "" && w.y0 >= top-1 && w.y1 <= bottom+1:
				id := between(fields, cols, w)
				if numbers[id] == nil {
					numbers[id] = &strings.Builder{}
				}
				numbers[id].WriteString(w.text)
			}
		}
		heads = append(heads, above)
	}
	wantText := map[string]*strings.Builder{"": {}}
	for _, x := range fields {
		wantText[x.ID] = &strings.Builder{}
	}
	for _, l := range d.Lines {
		wantText[""].WriteString(l.Label)
		for j, x := range fields {
			wantText[x.ID].WriteString(forms.Display(x, l.Cells[j]))
		}
	}
	for id, want := range wantText {
		got := ""
		if c := cols[id]; c != nil {
			got = c.text.String()
		} else if b := numbers[id]; b != nil {
			got = b.String()
		}
		if got != want.String() {
			read, typed := []rune(got), []rune(want.String())
			at := 0
			for at < min(len(read), len(typed)) && read[at] == typed[at] {
				at++
			}
			t.Errorf("pdf: column %q differs from character %d of %d on: %.60q, want %.60q", id, at, len(typed), string(read[at:]), string(typed[at:]))
		}
	}
	if d.Zero {
		pages[0].find(t, "无")
		if len(heads) > 0 || len(pages) != 1 {
			t.Errorf("pdf: a zero report has rows, or %d pages", len(pages))
		}
		heads = [][]word{pages[0].words}
	}
	headEach(t, f, heads)
	var all strings.Builder
	for _, p := range pages {
		for _, w := range p.words {
			all.WriteString(w.text)
		}
	}
	for _, note := range f.Notes {
		if n := strings.Count(all.String(), strings.ReplaceAll(note, " ", "")); n != 1 {
			t.Errorf("pdf: note %.20q is printed %d times", note, n)
		}
	}
}

// between names the column of numbers or dates that a word stands in: the one between the columns
// of texts to its left and right; "" for the stub.
func between(fields []*forms.Field, cols map[string]*column, w word) string {
	id := ""
	for _, x := range fields {
		if c := cols[x.ID]; c == nil {
			id = x.ID
		} else if w.x1 <= c.x0+1 {
			return id
		} else {
			id = ""
		}
	}
	return id
}

// headEach checks that the whole table head stands above the rows of each page, always in the same
// place beside the columns.
func headEach(t *testing.T, f *forms.Form, heads [][]word) {
	t.Helper()
	var labels []rune
	for _, c := range f.Header().Cells {
		labels = append(labels, []rune(c.Label)...)
	}
	slices.Sort(labels)
	again := append([]rune(f.Title+"（续表）"), labels...) // from the second page on
	slices.Sort(again)
	for i, above := range heads {
		var there []rune
		for _, w := range above {
			there = append(there, []rune(w.text)...)
		}
		slices.Sort(there)
		if i > 0 && string(there) != string(again) {
			t.Errorf("pdf: above the rows of page %d stand %q, want the title and headings %q", i+1, string(there), string(again))
			return
		}
		for _, r := range labels {
			at, ok := slices.BinarySearch(there, r)
			if !ok {
				t.Errorf("pdf: page %d lacks %q of its headings", i+1, r)
				break
			}
			there = slices.Delete(there, at, at+1)
		}
		if i < 2 || len(above) != len(heads[1]) {
			continue
		}
		for j, w := range above {
			if v := heads[1][j]; v != w {
				t.Errorf("pdf: page %d has %v where page 2 has %v", i+1, w, v)
				break
			}
		}
	}
}

// pageNumber checks the page's own number and how many there are, at the foot.
func pageNumber(t *testing.T, p page, n, of int) {
	t.Helper()
	var foot []word
	for _, w := range p.words {
		if w.y0 > p.height-60 {
			foot = append(foot, w)
		}
	}
	slices.SortStableFunc(foot, func(a, b word) int { return cmp.Compare(a.x0, b.x0) })
	said := ""
	for _, w := range foot {
		said += w.text
	}
	if want := fmt.Sprintf("第%d页共%d页", n, of); !strings.HasSuffix(said, want) {
		t.Errorf("pdf: the foot of page %d says %q, want %q", n, said, want)
	}
}
