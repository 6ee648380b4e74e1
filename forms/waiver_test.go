package forms_test

import (
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

func TestWaivers(t *testing.T) {
	f := formstest.Annex2()
	low := with(with(annex2Sheet(f, jinjiang), "a4_found", "3018"), "a5_found", "1")
	ctx := forms.Context{Period: "2021-07-25", Baseline: jinjiang}
	grant := func(ws ...forms.Waiver) []forms.Problem { ctx.Waivers = ws; return f.Check(low, ctx) }
	const who = "泉州市民政局 林样一"

	ps := grant(forms.Waiver{Form: "annex-2", Check: "not-below", Field: "a4_found", Reason: "一人已死亡", By: who})
	if len(ps) != 2 || ps[0].Waived != "一人已死亡（"+who+"）" || ps[0].Open() || ps[1].Waived != "" || !ps[1].Open() {
		t.Fatalf("one field: %+v", ps)
	}
	kept := low.KeepWaivers(ps)
	if len(kept.Waived) != 1 || kept.Waived[ps[0].Key()] != ps[0].Waived || low.Waived != nil {
		t.Errorf("kept %v", kept.Waived)
	}
	// Once the figure is right the waiver is not printed any more.
	if again := kept.KeepWaivers(f.Check(annex2Sheet(f, jinjiang), ctx)); again.Waived != nil {
		t.Errorf("kept for a right figure: %v", again.Waived)
	}
	for name, w := range map[string]forms.Waiver{
		"every field": {Form: "annex-2", Check: "not-below", Reason: "系统对接错误"},
	} {
		if ps := grant(w); len(ps) != 2 || ps[0].Open() || ps[1].Open() || ps[0].Waived != w.Reason {
			t.Errorf("%s: %+v", name, ps)
		}
	}
	for name, w := range map[string]forms.Waiver{
		"another form":   {Form: "annex-3", Check: "not-below", Reason: "x"},
		"another check":  {Form: "annex-2", Check: "helped-within-found", Reason: "x"},
		"another field":  {Form: "annex-2", Check: "not-below", Field: "a6_found", Reason: "x"},
		"without reason": {Form: "annex-2", Check: "not-below", Reason: "  ", By: who},
		"control":        {Form: "annex-2", Check: "not-below", Reason: "x\x00", By: who},
	} {
		if ps := grant(w); len(ps) != 2 || !ps[0].Open() || !ps[1].Open() {
			t.Errorf("%s: %+v", name, ps)
		}
	}
	// In June the check asks for a reason; there is nothing to waive.
	ctx.Period = "2021-06-25"
	if ps := grant(forms.Waiver{Form: "annex-2", Check: "not-below", Reason: "x"}); len(ps) != 2 || ps[0].Waived != "" || !ps[0].Open() {
		t.Errorf("explain: %+v", ps)
	}
	// What no check of the form says cannot be waived.
	ctx.Waivers = nil
	for _, check := range []string{"type", "required", "zero"} {
		ctx.Waivers = append(ctx.Waivers, forms.Waiver{Form: "annex-2", Check: check, Reason: "x"})
	}
	for _, s := range []forms.Sheet{with(low, "a4_found", "三千"), with(low, "a4_found", ""), {Zero: true, Rows: low.Rows}} {
		if ps := f.Check(s, ctx); len(ps) == 0 || !ps[0].Open() || ps[0].Waived != "" {
			t.Errorf("%+v", ps)
		}
	}
	// Nor a rule that cannot be read.
	f.Checks = []forms.Check{{ID: "typo", Rule: "a4_found > zz", Severity: forms.Blocking}}
	ctx.Waivers = []forms.Waiver{{Form: "annex-2", Check: "typo", Reason: "x"}}
	if ps := f.Check(annex2Sheet(f, nil), ctx); len(ps) != 1 || !ps[0].Open() {
		t.Errorf("broken rule: %+v", ps)
	}
}
