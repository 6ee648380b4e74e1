package web

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// A body of more parts than a form may have is refused, empty ones too.
func TestTooManyParts(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for range maxFields + 1 {
		if _, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/octet-stream"}, "Content-Disposition": {`form-data; name="file"; filename=""`}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "http://bs.example"+progressExcel, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	rec := httptest.NewRecorder()
	b.web.Handler().ServeHTTP(rec, r)
	if rec.Code != 413 {
		t.Errorf("%d, want 413", rec.Code)
	}
}

// carriedText packs lines as a preview would carry them.
func carriedText(t *testing.T, lines ...string) string {
	t.Helper()
	var b strings.Builder
	text := base64.NewEncoder(base64.RawURLEncoding, &b)
	z, _ := flate.NewWriter(text, flate.BestSpeed) // the level is valid
	for _, l := range lines {
		if _, err := z.Write([]byte(l)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), text.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a preview carries, written by somebody else: small to send, large to hold.
func TestForgedPreview(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	f := s.web.Desk.Catalogue.Directive("quanzhou-2021").Form("annex-2")
	head := fmt.Sprintf("[\"form\",\"annex-2\",\"%d\",\"x.xlsx\",\"a\"]\n", f.Version)
	for name, forged := range map[string]string{
		"a record of a million texts": carriedText(t, head, `["missing"`, strings.Repeat(`, ""`, 1_000_000), "]"),
		"a million nulls":             carriedText(t, head, `["missing"`, strings.Repeat(`,null`, 1_000_000), "]"),
		"a hundred thousand problems": carriedText(t, head, strings.Repeat(`["problem","","-1","","","",""]`+"\n", 100_000)),
		"an object":                   carriedText(t, head, `{"missing":[]}`),
		"a number":                    carriedText(t, head, `["missing",1]`),
	} {
		t.Run(name, func(t *testing.T) {
			if len(forged) > maxCarried {
				t.Fatalf("%d bytes", len(forged))
			}
			b.post(progressExcel, url.Values{"do": {"all"}, "seq": {"0"}, "file": {forged}}).want(t, 400, "")
		})
	}
	// A name of the file that no header and no column would hold, and a figure that is none.
	long := fmt.Sprintf("[\"form\",\"annex-2\",\"%d\",%q,\"a\"]\n", f.Version, strings.Repeat("长", maxFileName+1))
	b.post(progressExcel, url.Values{"do": {"errors"}, "seq": {"0"}, "file": {carriedText(t, long)}}).want(t, 400, "")
	h := s.web.Desk.Catalogue.Directive("quanzhou-2021").Form("annex-1")
	var log bytes.Buffer
	s.web.Logger = slog.New(slog.NewTextHandler(&log, nil))
	row := slices.Concat([]string{"row", "5", "晋江市", ""}, slices.Repeat([]string{"公民某某"}, len(h.Fields())))
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	none := carriedText(t, fmt.Sprintf("[\"form\",\"annex-1\",\"%d\",\"x.xlsx\",\"a\"]\n", h.Version), string(text))
	s.as(bureau).post(annex1, url.Values{"do": {"all"}, "base": {"0"}, "file": {none}}).want(t, 400, "")
	if strings.Contains(log.String(), "某某") {
		t.Errorf("the log holds what was sent: %s", log.String())
	}
}

// Between a preview and its confirmation a person has lost the role, or has got another unit's.
func TestRoleChangesBetweenPreviewAndConfirmation(t *testing.T) {
	s := newSite(t)
	b, city := s.as(jinjiang), s.as(bureau)
	p := b.hand(progressExcel, "x.xlsx", []byte(b.get(progressExcel+"/annex-2.xlsx").body), nil).want(t, 200, "")
	h := s.web.Desk.Catalogue.Directive("quanzhou-2021").Form("annex-1")
	carried := url.Values{"do": {"all"}, "base": {"0"}, "file": {carriedText(t, fmt.Sprintf("[\"form\",\"annex-1\",\"%d\",\"x.xlsx\",\"a\"]", h.Version))}}
	city.post(annex1, carried).want(t, 303, annex1+"?done=1") // until then it is taken
	for id, roles := range map[string][]store.Role{jinjiang: {{Unit: "qz-shishi", Name: store.Clerk}}, bureau: {{Unit: "qz-jinjiang", Name: store.Reviewer}}} {
		if err := s.store.PutPerson(t.Context(), store.Person{ID: id, Name: "林样一", Login: id, Roles: roles}, ""); err != nil {
			t.Fatal(err)
		}
	}
	b.confirm(progressExcel, p, "all").want(t, 404, "")
	carried.Set("base", "1")
	city.post(annex1, carried).want(t, 404, "")
	if err := s.store.PutPerson(t.Context(), store.Person{ID: jinjiang, Name: "林样一", Login: jinjiang}, ""); err != nil {
		t.Fatal(err)
	}
	b.confirm(progressExcel, p, "all").want(t, 403, "")
}

// Another site makes a browser post a file: it is refused before a byte of it is read.
func TestCrossSiteUpload(t *testing.T) {
	s := newSite(t)
	b := s.as(jinjiang)
	for _, path := range []string{progressExcel, fillPath, "/duty/" + progress + "/stamp", annex1, newFormPath} {
		body := iotest.ErrReader(errors.New("somebody reads it"))
		r := httptest.NewRequest("POST", "http://bs.example"+path, body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		for k, v := range b.cookies {
			r.AddCookie(&http.Cookie{Name: k, Value: v})
		}
		rec := httptest.NewRecorder()
		b.web.Handler().ServeHTTP(rec, r)
		if rec.Code != 403 {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}

// proposed is a table that is ready to be put in force, as the browser would send it.
func proposed(t *testing.T, b *browser) url.Values {
	t.Helper()
	columns := b.post(newFormPath, url.Values{"do": {"read"}, "text": {heating}}).want(t, 200, "")
	v := b.press(columns, "next", nil).want(t, 200, "").filled(t, `class="maker`)
	v.Set("do", "use")
	return v
}

// The hidden inputs of a form in the making come back changed.
func TestForgedForm(t *testing.T) {
	s := newSite(t, shelved(t))
	b := s.as(bureau)
	good := proposed(t, b)
	forge := func(change func(f *forms.Form)) url.Values {
		var f forms.Form
		if err := json.Unmarshal([]byte(good.Get("form")), &f); err != nil {
			t.Fatal(err)
		}
		change(&f)
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		v := url.Values{}
		for name, x := range good {
			v[name] = slices.Clone(x)
		}
		v.Set("form", string(text))
		return v
	}
	wide := func(n int) func(*forms.Form) {
		return func(f *forms.Form) {
			f.Columns = nil
			for i := range n {
				top := &forms.Heading{Label: "上"}
				for j := range 290 {
					top.Children = append(top.Children, &forms.Heading{Label: "栏", Field: &forms.Field{ID: fmt.Sprintf("f%d_%d", i, j), Type: forms.Count}})
				}
				f.Columns = append(f.Columns, top)
			}
		}
	}
	b.post(newFormPath, forge(wide(7))).want(t, 400, "")
	b.post(newFormPath, forge(wide(1))).want(t, 422, "") // more columns than fit on paper
	many := make([]string, mostChoices+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	b.post(newFormPath, forge(func(f *forms.Form) { f.Fields()[0].Type, f.Fields()[0].Choices = forms.Choice, many })).want(t, 400, "")
	b.post(newFormPath, forge(func(f *forms.Form) { f.Fields()[0].Sum = many })).want(t, 400, "")
	b.post(newFormPath, forge(func(f *forms.Form) { f.Checks = make([]forms.Check, mostChecks+1) })).want(t, 400, "")
	b.post(newFormPath, forge(func(f *forms.Form) { f.Title = strings.Repeat("长", mostNamed+1) })).want(t, 422, "").has(t, "最多 120 字")
	b.post(newFormPath, forge(func(f *forms.Form) { f.Notes = []string{strings.Repeat("a", 1_100_000)} })).want(t, 422, "").has(t, "表样的文字过多")
	b.post(newFormPath, forge(func(f *forms.Form) { f.Title = "看不见\u202e的" })).want(t, 422, "")

	// Another's table, the operator's, and one that is nobody's.
	for _, id := range []string{"quanzhou-2021", "units", "..", "../x", "nobodys", "qz-jinjiang-20210622-abcdef"} {
		v := forge(func(*forms.Form) {})
		v.Set("id", id)
		b.post(newFormPath, v).want(t, 404, "")
	}
	// What these pages do not offer is not taken, and neither is a version.
	v := forge(func(f *forms.Form) {
		f.ID, f.Version, f.Remark = "annex-2", 1<<40, "x"
		f.Fields()[0].Baseline = "annex-1.total"
		f.Sections = []forms.Section{{ID: "a", Name: "甲"}}
		f.Fields()[0].Section = "a"
	})
	v.Set("title", "取暖\x00\u202e救助\x1b[31m")
	v["unit"] = []string{"qz-jinjiang", "fj", "qz", "xm-siming", "qz-jinjiang-anhai"}
	b.post(newFormPath, v).want(t, 303, madePath+"?done="+tableOf(t, s))
	made := s.web.Shelf.Catalogue().Directive(tableOf(t, s))
	f := made.Forms[0]
	if f.Version != 1 || f.Remark != "" || f.Fields()[0].Baseline != "" || len(f.Sections) != 0 || made.Title != "取暖救助[31m" {
		t.Errorf("taken: %d %q %+v %q", f.Version, made.Title, f.Fields()[0], f.Remark)
	}
	if from := made.Obligations[0].From; !slices.Equal(from, []string{"qz-jinjiang"}) {
		t.Errorf("units that are not below the bureau owe it: %v", from)
	}
	v = forge(func(*forms.Form) {})
	v.Set("title", strings.Repeat("长", mostNamed+1))
	b.post(newFormPath, v).want(t, 422, "").has(t, "最多 120 字")
	v.Set("title", "很久以后")
	v.Set("date", "9999-12-31")
	b.post(newFormPath, v).want(t, 422, "").has(t, "截止日期最远到五年以后")
}

// tableOf is the one table that was made.
func tableOf(t *testing.T, s *site) string {
	t.Helper()
	all, err := s.web.Shelf.Tables(t.Context(), []string{"qz"})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d tables, %v", len(all), err)
	}
	return all[0].ID
}

// A bureau does not bury the catalogue under tables.
func TestTooManyTables(t *testing.T) {
	s := newSite(t, shelved(t))
	b := s.as(bureau)
	first := proposed(t, b)
	b.post(newFormPath, first)
	id := tableOf(t, s)
	files, _, err := s.store.Made(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range desk.MaxTables - 1 {
		var more []store.MadeFile
		for _, f := range files {
			other := fmt.Sprintf("qz-copy-%d", i)
			more = append(more, store.MadeFile{Directive: other, Path: strings.Replace(f.Path, id, other, 1), Content: strings.Replace(f.Content, id, other, 1), To: f.To})
		}
		if err := s.store.PutMade(t.Context(), storeViewer(bureau), more, opening); err != nil {
			t.Fatal(err)
		}
	}
	v := proposed(t, b)
	b.post(newFormPath, v).want(t, 422, "").has(t, "在用的自建报表已达 200 张")
	if err := s.web.Shelf.End(t.Context(), storeViewer(bureau), mustTable(t, s, id), opening); err != nil {
		t.Errorf("one of them cannot be ended: %v", err)
	}
}

func mustTable(t *testing.T, s *site, id string) desk.Table {
	t.Helper()
	m, err := s.web.Shelf.Table(t.Context(), []string{"qz"}, id)
	if err != nil {
		t.Fatal(err)
	}
	return m.Table
}

// A paste of a megabyte into the options of a column takes no time.
func TestManyOptions(t *testing.T) {
	var b strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&b, "%x、", i)
	}
	if n := len(optionsOf(b.String())); n != mostChoices {
		t.Errorf("%d options", n)
	}
}

// Two bureaus hand down figures by one directive: neither sees or replaces what the other's units
// are measured by.
func TestBaselineOfTwoBureaus(t *testing.T) {
	s := newSite(t, func(o *Options) {
		cat, err := scheduler.Load(catalogue.FS)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Desk.Store.PutUnits(t.Context(), cat.Units); err != nil {
			t.Fatal(err)
		}
		below := *cat.Directive("quanzhou-2021").Obligation("progress")
		below.ID, below.Own, below.From, below.To.Unit = "progress-towns", "", towns, "qz-jinjiang"
		cat.Directive("quanzhou-2021").Obligations = append(cat.Directive("quanzhou-2021").Obligations, &below)
		o.Desk.Catalogue = cat
	})
	if err := s.store.PutPerson(t.Context(), store.Person{ID: "county", Name: "许样六", Login: "county", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Reviewer}}}, ""); err != nil {
		t.Fatal(err)
	}
	county, city := s.as("county"), s.as(bureau)
	county.get(annex1).want(t, 200, "").has(t, "安海镇").lacks(t, "石狮市", "鲤城区", "1,120")
	city.get(annex1).want(t, 200, "").has(t, "石狮市", "1,120").lacks(t, "安海镇")
	head := "地区名称,12349热线求助对象,2020年以来社会救助类信访对象,一键报贫新增贫困户对象,已脱贫但不够稳定的监测对象,受疫情影响较大存在返贫风险贫困对象,合计\n"
	p := county.hand(annex1, "a.csv", []byte(head+"石狮市,0,0,0,0,0,0\n安海镇,1,1,1,1,1,5\n"), nil).want(t, 200, "").has(t, "1 个名称不是应报单位")
	county.confirm(annex1, p, "all").want(t, 303, annex1+"?done=1")
	b, err := s.store.Baseline(t.Context(), "quanzhou-2021", "annex-1", 1)
	if err != nil || len(b.Rows) != 1 || b.Rows["qz-jinjiang-anhai"]["hotline"] != "1" {
		t.Fatalf("handed down: %v, %v", b.Rows, err)
	}
	city.get(annex1).want(t, 200, "").has(t, "石狮市", "1,120").lacks(t, "安海镇", "许样六")
	if _, err := s.web.Desk.HandDown(t.Context(), storeViewer("county"), "quanzhou-2021", "annex-1", map[string]forms.Row{"qz-shishi": {"hotline": "0"}}, "x", "", opening); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another bureau's unit: %v", err)
	}
}
