package storetest

import (
	"errors"
	"fmt"

	"github.com/baosong/baosong/cmd/internal/store"
	embedded "github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
	"github.com/baosong/baosong/scheduler"
)

// formOf is a form that uses most of what a schema can say.
func formOf(id string, version int) *forms.Form {
	return &forms.Form{ID: id, Version: version, Kind: forms.Ledger, Label: "附件4", Title: "问题线索登记表 <1> & \"2\"", Stub: "序号", Total: "全市合计",
		Head: []forms.HeadItem{{Label: "填报单位（盖章）", From: forms.HeadUnit}, {Label: "表号", From: forms.HeadFixed, Text: "民基12表", Right: true}},
		Columns: []*forms.Heading{{Label: "线索", Children: []*forms.Heading{{Label: "金额", Field: &forms.Field{ID: "sum", Label: "金额",
			Path: []string{"线索", "金额"}, Type: forms.Money, Unit: "万元", Decimals: 2, Required: true, Sum: []string{"a", "b"}, Baseline: "annex-1.sum"}}}}},
		Ledger: &forms.LedgerRule{Closed: "closed", Evidence: []string{"proof"}, Zero: forms.NothingNew},
		Checks: []forms.Check{{ID: "floor", Each: []string{"sum"}, Rule: "cell >= baseline", Severity: forms.Blocking,
			Later: []forms.Change{{From: "2021-07-01", Severity: forms.Explain}}, Message: "{cell}"}},
		Page: forms.Page{Paper: "A3", Landscape: true, Margins: &forms.Margins{Top: 25.4, Left: 19.1}}}
}

var formVersions = []example{
	{"a form comes back as it was", func(w *world) {
		first, second := formOf("annex-4", 1), formOf("annex-4", 2)
		second.Title = "问题线索台账"
		w.ok(w.s.PutForms(w.ctx, "quanzhou-2021", []*forms.Form{first}, at("2021-06-07 09:00")))
		w.ok(w.s.PutForms(w.ctx, "quanzhou-2021", []*forms.Form{second, formOf("annex-2", 7)}, at("2021-07-07 09:00")))
		for _, want := range []*forms.Form{first, second, formOf("annex-2", 7)} {
			got, err := w.s.FormVersion(w.ctx, "quanzhou-2021", want.ID, want.Version)
			w.ok(err)
			w.eq(got, want, want.ID)
		}
		for _, f := range []struct {
			directive, form string
			version         int
		}{{"quanzhou-2021", "annex-4", 3}, {"quanzhou-2021", "annex-9", 1}, {"other", "annex-4", 1}} {
			_, err := w.s.FormVersion(w.ctx, f.directive, f.form, f.version)
			w.is(err, store.ErrNotFound, fmt.Sprint(f))
		}
	}},
	{"putting the same again changes nothing, nil or empty", func(w *world) {
		w.ok(w.s.PutForms(w.ctx, "quanzhou-2021", nil, at("2021-06-07 09:00")))
		f := formOf("annex-4", 1)
		w.ok(w.s.PutForms(w.ctx, "quanzhou-2021", []*forms.Form{f, f}, at("2021-06-07 09:00")))
		again := formOf("annex-4", 1)
		again.Notes, again.Foot, again.Sections = []string{}, []forms.HeadItem{}, []forms.Section{}
		w.ok(w.s.PutForms(w.ctx, "quanzhou-2021", []*forms.Form{again}, at("2021-06-08 09:00")))
		got, err := w.s.FormVersion(w.ctx, "quanzhou-2021", "annex-4", 1)
		w.ok(err)
		w.eq(got, f, "as first put")
	}},
	{"a changed form under the same version is refused, and says what to do", func(w *world) {
		w.ok(w.s.PutForms(w.ctx, "quanzhou-2021", []*forms.Form{formOf("annex-4", 1), formOf("annex-4", 3)}, at("2021-06-07 09:00")))
		for name, change := range map[string]func(*forms.Form){
			"title":     func(f *forms.Form) { f.Title = "x" },
			"a choice":  func(f *forms.Form) { f.Columns[0].Children[0].Field.Choices = []string{"是"} },
			"a zero":    func(f *forms.Form) { f.Columns[0].Children[0].Field.Decimals = 0 },
			"no margin": func(f *forms.Form) { f.Page.Margins = nil },
			"no rule":   func(f *forms.Form) { f.Ledger = nil },
			"order":     func(f *forms.Form) { f.Head[0], f.Head[1] = f.Head[1], f.Head[0] },
		} {
			f := formOf("annex-4", 1)
			change(f)
			err := w.s.PutForms(w.ctx, "quanzhou-2021", []*forms.Form{formOf("annex-5", 1), f}, at("2021-06-08 09:00"))
			var changed *store.FormChangedError
			if !errors.As(err, &changed) {
				w.Fatalf("%s: %v", name, err)
			}
			w.eq(*changed, store.FormChangedError{Directive: "quanzhou-2021", Form: "annex-4", Version: 1, Free: 4}, name)
			w.eq(err.Error(), "form annex-4 of quanzhou-2021: version 1 has been in use with another content; returns made with it keep it, so raise its version to 4", name)
			_, err = w.s.FormVersion(w.ctx, "quanzhou-2021", "annex-5", 1)
			w.is(err, store.ErrNotFound, "its neighbour is not stored either")
		}
		w.ok(w.s.PutForms(w.ctx, "other-2021", []*forms.Form{{ID: "annex-4", Version: 1}}, at("2021-06-08 09:00")))
	}},
	{"every form of the catalogue survives, read twice", func(w *world) {
		for range 2 { // two readings, as of two starts
			c, err := scheduler.Load(embedded.FS)
			w.ok(err)
			for _, d := range c.Directives {
				w.ok(w.s.PutForms(w.ctx, d.ID, d.Forms, at("2021-06-07 09:00")))
				for _, f := range d.Forms {
					kept, err := w.s.FormVersion(w.ctx, d.ID, f.ID, f.Version)
					w.ok(err)
					w.eq(len(kept.Fields()), len(f.Fields()), f.ID)
					w.ok(w.s.PutForms(w.ctx, d.ID, []*forms.Form{kept}, at("2021-06-08 09:00")))
				}
			}
		}
	}},
	{"daemons that start together agree", func(w *world) {
		errs := together(6, func(i int) error {
			fs := []*forms.Form{formOf("annex-1", 1), formOf("annex-2", 1), formOf("annex-3", 1)}
			if i%2 == 1 {
				fs[0], fs[2] = fs[2], fs[0]
			}
			return w.s.PutForms(w.ctx, "quanzhou-2021", fs, at("2021-06-07 09:00"))
		})
		w.ok(errors.Join(errs...))
		errs = together(2, func(i int) error { // two programs of different age
			f := formOf("annex-9", 1)
			f.Title = fmt.Sprint("title ", i)
			return w.s.PutForms(w.ctx, "quanzhou-2021", []*forms.Form{f}, at("2021-06-07 09:00"))
		})
		if (errs[0] == nil) == (errs[1] == nil) {
			w.Errorf("one of two is right: %v", errs)
		}
	}},
}

// basis is what a return stands on, with the edition it was made from.
func basis(edition string) store.Basis {
	return store.Basis{Forms: map[string]int{"annex-2": 3}, Baselines: map[string]int{"annex-1": 0, "annex-2": 2}, Edition: edition}
}

var bases = []example{
	{"a return keeps what it stands on", func(w *world) {
		x := store.Submission{Duty: progressJinjiang, Content: table("1"), UUID: "u", Basis: basis("")}
		r, err := w.s.Submit(w.ctx, lin, x, at("2021-06-20 10:00"))
		w.ok(err)
		w.eq(r.Basis, x.Basis, "as stored")
		x.Basis.Baselines = map[string]int{"annex-2": 9} // a retry after another was handed down
		again, err := w.s.Submit(w.ctx, lin, x, at("2021-06-20 10:05"))
		w.ok(err)
		w.eq(again, r, "the same return, on its own basis")
		rs, err := w.s.Returns(w.ctx, zheng, progressJinjiang)
		w.ok(err)
		w.eq(rs, []store.Return{r}, "read back")
		plain := w.submit(wu, progressNanan, "2", "2021-06-20 11:00")
		w.eq(plain.Basis, store.Basis{}, "nothing said")
	}},
	{"a return made from an edition names it, level by level", func(w *world) {
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "cai", Name: "蔡样九", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Reviewer}}}, ""))
		cai := store.Viewer{Person: "cai"}
		e, err := w.s.PutEdition(w.ctx, cai, store.Edition{To: "qz-jinjiang", Inputs: "i", Hash: "h", MadeAt: at("2021-06-19 10:00"), Table: rollup.Table{
			Directive: "quanzhou-2021", Obligation: "townships", Period: "2021-06-18", Form: "annex-2", Coverage: rollup.Coverage{Due: 19, In: 18, Missing: []string{"金井镇"}}}})
		w.ok(err)
		_, err = w.s.Submit(w.ctx, wu, store.Submission{Duty: progressNanan, Content: table("1"), UUID: "n", Basis: basis(e.ID)}, at("2021-06-20 10:00"))
		w.is(err, store.ErrNotFound, "somebody else's edition")
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("1"), UUID: "j", Basis: basis("no/such/edition")}, at("2021-06-20 10:00"))
		w.is(err, store.ErrNotFound, "no edition")
		_, err = w.s.Submit(w.ctx, lin, store.Submission{Duty: progressJinjiang, Content: table("1"), UUID: "j", Basis: basis(e.ID)}, at("2021-06-20 10:00"))
		w.ok(err)
		in, err := w.s.RollupInputs(w.ctx, zheng, progressRoll, at("2021-06-20 11:00"))
		w.ok(err)
		w.eq([]string{in[0].Edition, in[1].Edition}, []string{e.ID, ""}, "inputs of the bureau above")
		above, err := w.s.PutEdition(w.ctx, zheng, edition(in, "above", "2021-06-20 11:00"))
		w.ok(err)
		w.eq(above.Table.Inputs[0].Edition, e.ID, "in its edition")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请核对", "2021-06-20 12:00")
		in, err = w.s.RollupInputs(w.ctx, zheng, progressRoll, at("2021-06-20 12:00"))
		w.ok(err)
		w.eq(in[0].Edition, "", "what was sent back names none")
		got, err := w.s.EditionCoverage(w.ctx, []string{e.ID, "no/such/edition"})
		w.ok(err)
		w.eq(got, map[string]rollup.Coverage{e.ID: {Due: 19, In: 18, Missing: []string{"金井镇"}}}, "coverage below")
		none, err := w.s.EditionCoverage(w.ctx, nil)
		w.ok(err)
		w.eq(len(none), 0, "of nothing")
	}},
}
