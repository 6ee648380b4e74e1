package proof

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
	"github.com/baosong/baosong/forms/render"
	"github.com/baosong/baosong/forms/render/xlsx"
	"github.com/baosong/baosong/forms/workbook"
	"github.com/baosong/baosong/scheduler"
	"github.com/baosong/baosong/scheduler/calendar"
	"github.com/baosong/baosong/scheduler/clock"
)

// house is one server over one database, which lasts through all draws.
type house struct {
	name  string
	store *store.Store
	site  *site
	east  *browser
}

// The round trip of any form and anything that can stand in it: through the workbook and back,
// through both databases, and through the page: posted as it is shown, taken out as the server's
// template and handed in again, typed into it when it is empty. Nothing is lost, added, rounded or composed, and blank stays apart from 0.
func TestRoundTrip(t *testing.T) {
	now := clock.NewVirtual(on("2021-06-15"))
	var houses []*house
	for name, url := range map[string]string{"SQLite": storetest.SQLite(t), "PostgreSQL": storetest.Postgres(t)} {
		s := storetest.Open(t, url)
		o := &office{&desk.Desk{Store: s}, t}
		o.ok(s.PutUnits(t.Context(), countyAndCity))
		o.ok(s.PutPerson(t.Context(), store.Person{ID: "east", Login: "east", Name: "𠮷样一", Roles: []store.Role{{Unit: "east", Name: store.Clerk}}}, ""))
		h := &house{name, s, newSite(t, s, now), nil}
		h.east = h.site.as(t, clerk("east"))
		houses = append(houses, h)
	}
	draws, filled := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		draws++
		fs := []*forms.Form{formstest.Draw(t), formstest.Draw(t)} // a return of two forms
		if fs[1].ID == fs[0].ID {
			fs[1].ID += "-2"
		}
		sheets := forms.Content{}
		for _, f := range fs {
			s := formstest.DrawSheet(t, f)
			sheets[f.ID] = s
			for _, r := range s.Rows {
				filled += len(r)
			}
			throughWorkbook(t, f, s)
		}
		directive := fmt.Sprintf("draw-%d", draws)
		cat := catalogueFor(t, directive, fs)
		for i, h := range houses {
			h.plan(t, cat)
			h.throughPage(t, cat.Directive(directive), sheets, draws%len(houses) == i)
		}
	})
	if draws < 20 || filled < 5*draws {
		t.Errorf("%d draws with %d values in all: that proves little", draws, filled)
	}
}

// throughWorkbook writes a sheet as a template filled in beforehand and as an export, and reads
// both. A workbook holds no files, and blank rows between others are no rows; an export does not
// carry the ids of items.
func throughWorkbook(t *rapid.T, f *forms.Form, s forms.Sheet) {
	t.Helper()
	var file bytes.Buffer
	if err := xlsx.Template(&file, xlsx.TemplateSpec{Form: f, Tag: workbook.Tag{Unit: "东县"}, Sheet: s, Blank: 2, Made: on("2021-06-15")}); err != nil {
		t.Fatal(err)
	}
	same(t, "template", f, inWorkbook(f, s, true), readBack(t, f, file.Bytes()).Rows)
	want := inWorkbook(f, s, false)
	if len(want) == 0 || f.Kind == forms.Narrative && want[0].Blank() {
		return // nothing is exported that could be told from an empty form
	}
	file.Reset()
	if err := xlsx.Encode(&file, render.Single(f, s, render.Imprint{Office: "东县民政局", Place: "东县", Made: on("2021-06-15")})); err != nil {
		t.Fatal(err)
	}
	same(t, "export", f, want, readBack(t, f, file.Bytes()).Rows)
}

func inWorkbook(f *forms.Form, s forms.Sheet, ids bool) []forms.Row {
	var out []forms.Row
	for _, r := range s.Rows {
		r = maps.Clone(r)
		maps.DeleteFunc(r, func(id, _ string) bool {
			x := f.Field(id)
			return x != nil && x.Type == forms.File || x == nil && !ids
		})
		if !r.Blank() || f.Single() {
			out = append(out, r)
		}
	}
	return out
}

func readBack(t *rapid.T, f *forms.Form, file []byte) forms.Sheet {
	t.Helper()
	b, err := workbook.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	im, err := workbook.Match(f, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(im.Problems)+len(im.Missing)+len(im.Extra) > 0 {
		t.Fatalf("problems %v, missing %q, extra %q", im.Problems, im.Missing, im.Extra)
	}
	return im.Sheet
}

// same fails unless the rows are equal: a blank cell is one that is not there, 0 is "0".
func same(t *rapid.T, where string, f *forms.Form, want, got []forms.Row) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s, %s of kind %s (-before +after):\n%s", where, f.ID, f.Kind, diff)
	}
}

func sameContent(t *rapid.T, where string, fs []*forms.Form, want, got forms.Content) {
	t.Helper()
	for _, f := range fs {
		same(t, where, f, want[f.ID].Rows, got[f.ID].Rows)
		if want[f.ID].Zero != got[f.ID].Zero {
			t.Fatalf("%s, %s: zero is %t", where, f.ID, got[f.ID].Zero)
		}
	}
}

// plan puts a directive into force and its duties into the database.
func (h *house) plan(t *rapid.T, cat *scheduler.Catalogue) {
	t.Helper()
	ctx := context.Background()
	d := &desk.Desk{Store: h.store, Catalogue: cat}
	if err := desk.KeepForms(ctx, h.store, cat, began); err != nil {
		t.Fatal(err)
	}
	planned, err := scheduler.Plan(cat, calendar.Span{To: calendar.MustDate("2021-12-31")})
	if err != nil {
		t.Fatal(err)
	}
	var duties []store.NewDuty
	for _, p := range planned {
		duties = append(duties, store.NewDuty{Duty: p.Duty, To: p.To, OneOff: p.OneOff, Order: p.Order})
	}
	if n, err := h.store.InsertDuties(ctx, duties, began); err != nil || n != 2 {
		t.Fatalf("%d duties planned: %v", n, err)
	}
	h.site.serve(t, d)
}

// throughPage keeps a content as a draft, shows and saves its page, with excel takes it out and in as
// workbooks, and sends it; then it types it into the empty page of another obligation.
func (h *house) throughPage(t *rapid.T, d *scheduler.Directive, want forms.Content, excel bool) {
	t.Helper()
	ctx, now := context.Background(), h.site.clock.Now()
	east, duty := clerk("east"), d.ID+"/shown/2021-06-20/east"
	var fs []*forms.Form
	for _, id := range d.Obligation("shown").Forms {
		fs = append(fs, d.Form(id))
	}
	if _, err := h.store.SaveDraft(ctx, east, duty, want, 0, now); err != nil {
		t.Fatal(err)
	}
	draft, err := h.store.Draft(ctx, east, duty)
	if err != nil {
		t.Fatal(err)
	}
	sameContent(t, "draft in "+h.name, fs, want, draft.Content)

	path := "/duty/" + duty + "/fill"
	h.save(t, h.east.fillIn(t, h.east.get(t, path)))
	if draft, err = h.store.Draft(ctx, east, duty); err != nil || draft.Seq != 2 {
		t.Fatalf("draft %d after the page was saved: %v", draft.Seq, err)
	}
	sameContent(t, "page shown and saved, "+h.name, fs, want, draft.Content)

	if excel {
		h.throughFile(t, duty, fs, want)
	}
	if draft, err = h.store.Draft(ctx, east, duty); err != nil {
		t.Fatal(err)
	}
	if draft, err = h.store.SaveDraft(ctx, east, duty, want, draft.Seq, now); err != nil { // the files too
		t.Fatal(err)
	}
	if _, err := h.store.Submit(ctx, east, store.Submission{Duty: duty, Content: draft.Content, UUID: duty}, now); err != nil {
		t.Fatal(err)
	}
	returns, err := h.store.Returns(ctx, east, duty)
	if err != nil || len(returns) != 1 {
		t.Fatalf("%d returns: %v", len(returns), err)
	}
	sameContent(t, "return in "+h.name, fs, want, returns[0].Content)
	h.typed(t, d.ID+"/typed/2021-06-20/east", fs, want)
}

// throughFile downloads the template of each form, filled in as it is, clears the draft, and takes
// the files in again: upload, preview, confirm.
func (h *house) throughFile(t *rapid.T, duty string, fs []*forms.Form, want forms.Content) {
	t.Helper()
	ctx, east, excel := context.Background(), clerk("east"), "/duty/"+duty+"/excel"
	templates := map[string][]byte{}
	for _, f := range fs {
		templates[f.ID] = h.east.get(t, excel+"/"+f.ID+".xlsx")
	}
	draft, err := h.store.Draft(ctx, east, duty)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = h.store.SaveDraft(ctx, east, duty, forms.Content{}, draft.Seq, h.site.clock.Now()); err != nil {
		t.Fatal(err)
	}
	posts := func(n *html.Node) bool {
		return attr(n, "method") == "post" && strings.HasPrefix(attr(n, "action"), excel)
	}
	for _, f := range fs {
		if rows := inWorkbook(f, want[f.ID], false); len(rows) == 0 || f.Single() && rows[0].Blank() {
			continue // an empty template changes nothing, and there is nothing to confirm
		}
		up := h.east.formOn(t, h.east.get(t, excel), posts)
		up.typeIn("form", f.ID) // it is asked where there are several
		for i := range up.controls {
			if c := &up.controls[i]; c.file {
				c.value, c.upload = "模板.xlsx", templates[f.ID]
			}
		}
		status, page := h.east.post(t, up, "")
		if status != http.StatusOK {
			t.Fatalf("upload of the template of %s: %d\n%.2500s", f.ID, status, words(parse(t, page)))
		}
		confirm := h.east.formOn(t, page, func(n *html.Node) bool { return posts(n) && attr(n, "enctype") == "" })
		if status, page = h.east.post(t, confirm, "all"); status != http.StatusOK {
			t.Fatalf("taking the template of %s in: %d\n%.2500s", f.ID, status, words(parse(t, page)))
		}
		if draft, err = h.store.Draft(ctx, east, duty); err != nil {
			t.Fatal(err)
		}
		same(t, "template of the server taken in, "+h.name, f, inWorkbook(f, want[f.ID], true), inWorkbook(f, draft.Content[f.ID], true))
	}
}

// typed adds the rows it needs with the button below the table and types each value. Files are not
// typed, and a new item has no id.
func (h *house) typed(t *rapid.T, duty string, fs []*forms.Form, want forms.Content) {
	t.Helper()
	page := h.east.fillIn(t, h.east.get(t, "/duty/"+duty+"/fill"))
	typed := forms.Content{}
	for _, f := range fs {
		rows := want[f.ID].Rows
		for n := 1; n < len(rows); n++ {
			status, body := h.east.post(t, page, "add:"+f.ID)
			if status != http.StatusOK {
				t.Fatalf("a row more: %d", status)
			}
			page = h.east.fillIn(t, body)
		}
		s := forms.Sheet{}
		for i, r := range rows {
			row := forms.Row{}
			for _, x := range f.Fields() {
				if x.Type == forms.File || len(x.Sum) > 0 || r[x.ID] == "" {
					continue
				}
				row[x.ID] = r[x.ID]
				if !page.typeIn(forms.CellName(f.ID, i, x.ID), r[x.ID]) {
					t.Fatalf("%q cannot be typed into %s, a %s", r[x.ID], forms.CellName(f.ID, i, x.ID), x.Type)
				}
			}
			s.Rows = append(s.Rows, f.Compute(row))
		}
		for n := len(s.Rows); !f.Single() && n > 0 && s.Rows[n-1].Blank(); n-- {
			s.Rows = s.Rows[:n-1] // all that stood in the last rows was files
		}
		typed[f.ID] = s
	}
	h.save(t, page)
	draft, err := h.store.Draft(context.Background(), clerk("east"), duty)
	if err != nil {
		t.Fatal(err)
	}
	sameContent(t, "typed into the page, "+h.name, fs, typed, draft.Content)
}

// save presses 暂存 and comes to a page again.
func (h *house) save(t *rapid.T, f fillIn) {
	t.Helper()
	if status, page := h.east.post(t, f, "save"); status != http.StatusOK {
		t.Fatalf("saving: %d\n%.3000s", status, words(parse(t, page)))
	}
}

var countyAndCity = []*scheduler.Unit{
	{ID: "city", Name: "样市", Office: "样市民政局", Code: "990100", Level: scheduler.City},
	{ID: "east", Name: "东县", Office: "东县民政局", Code: "990121", Level: scheduler.County, Parent: "city"},
}

// catalogueFor is a directive with the forms as a bureau would write them down, with a figure handed
// down for each column that asks for one.
func catalogueFor(t *rapid.T, id string, fs []*forms.Form) *scheduler.Catalogue {
	t.Helper()
	var ids, fields []string
	seen := map[string]bool{}
	baseline := &forms.Form{ID: "annex-1", Version: 1, Kind: forms.Table, Title: "下发数据"}
	out := fstest.MapFS{}
	put := func(name, text string) { out[name] = &fstest.MapFile{Data: []byte(text)} }
	for _, f := range fs {
		ids = append(ids, f.ID)
		for _, x := range f.Fields() {
			field := strings.TrimPrefix(x.Baseline, "annex-1.")
			if field == "" || seen[field] {
				continue
			}
			seen[field] = true
			fields = append(fields, field)
			baseline.Columns = append(baseline.Columns, &forms.Heading{Label: "下发" + field, Field: &forms.Field{ID: field, Type: forms.Count}})
		}
	}
	all := slices.Clone(fs)
	if len(fields) > 0 {
		all = append(all, baseline)
		figures := "[" + strings.TrimSuffix(strings.Repeat("3, ", len(fields)), ", ") + "]"
		put(id+"/baselines/annex-1.yaml", "form: annex-1\nfields: ["+strings.Join(fields, ", ")+"]\nrows:\n  city: "+figures+"\n  east: "+figures+"\n")
	}
	for _, f := range all {
		text, err := forms.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		put(id+"/forms/"+f.ID+".yaml", string(text))
	}
	put("units.yaml", `units:
  - {id: city, name: 样市, office: 样市民政局, code: 990100, level: city}
  - {id: east, name: 东县, office: 东县民政局, code: 990121, level: county, parent: city}
`)
	due := func(obligation string) string {
		return "  - {id: " + obligation + ", title: 各表, label: 各表, clause: {place: 一, quote: 20日前报送}, from: {units: [east]}, to: {unit: city},\n" +
			"     forms: [" + strings.Join(ids, ", ") + "], due: {dates: [2021-06-20]}}\n"
	}
	put(id+"/directive.yaml", `id: `+id+`
title: 样例文件
issuer: city
signed: 2021-06-01
window: {from: 2021-06-01, to: 2021-06-30}
obligations:
`+due("shown")+due("typed"))
	cat, err := scheduler.Load(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out[id+"/directive.yaml"].Data)
	}
	return cat
}
