package web

import (
	"bytes"
	"context"
	"html"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// hand posts a file as a browser does.
func (b *browser) hand(path, name string, content []byte, also url.Values) answer {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for k, vs := range also {
		for _, v := range vs {
			if err := m.WriteField(k, v); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		b.t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://bs.example"+path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	b.web.Handler().ServeHTTP(w, r)
	return answer{w.Result(), w.Body.String()}
}

// confirm presses a button of a preview.
func (b *browser) confirm(path string, preview answer, act string) answer {
	b.t.Helper()
	v := url.Values{"do": {act}}
	for _, m := range named.FindAllStringSubmatch(preview.body, -1) {
		if m[1] == "file" || m[1] == "seq" || m[1] == "base" {
			v.Set(m[1], html.UnescapeString(m[2]))
		}
	}
	return b.post(path, v)
}

// keep puts a sheet of a duty's form into the draft, in place of what is there.
func (s *site) keep(t interface{ Fatal(...any) }, duty, form string, sheet forms.Sheet) {
	ctx, who := context.Background(), storeViewer(jinjiang)
	seq := 0
	if d, err := s.store.Draft(ctx, who, duty); err == nil {
		seq = d.Seq
	}
	if _, err := s.store.SaveDraft(ctx, who, duty, forms.Content{form: sheet}, seq, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
}

func (s *site) kept(t interface{ Fatal(...any) }, duty, form string) forms.Sheet {
	d, err := s.store.Draft(context.Background(), storeViewer(jinjiang), duty)
	if err != nil {
		t.Fatal(err)
	}
	return d.Content[form]
}

// edit changes cells of a workbook's first sheet as a person does in a spreadsheet.
func edit(t *testing.T, file string, cells map[string]any) []byte {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, v := range cells {
		if err := f.SetCellValue(f.GetSheetName(0), at, v); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// whereIs finds the first cell of a workbook's first sheet that says something.
func whereIs(t *testing.T, file, text string) (col, row int) {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, cells := range rows {
		for j, c := range cells {
			if c == text {
				return j + 1, i + 1
			}
		}
	}
	t.Fatalf("no cell says %q", text)
	return 0, 0
}

func address(col, row int) string { return workbook.Address(row, col-1) }

// filled is what of a sheet comes back from a workbook: files are uploaded elsewhere, and blank
// rows between others are no rows.
func filled(f *forms.Form, s forms.Sheet) []forms.Row {
	var out []forms.Row
	for _, r := range s.Rows {
		r = maps.Clone(r)
		for _, x := range f.Fields() {
			if x.Type == forms.File {
				delete(r, x.ID)
			}
		}
		if !r.Blank() || f.Single() && len(r) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// red reports whether a cell is filled with another colour than an open cell's.
func red(t *testing.T, file, at string) bool {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	id, err := f.GetCellStyle(f.GetSheetName(0), at)
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	return err == nil && len(style.Fill.Color) > 0
}
