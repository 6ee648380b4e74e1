package forms_test

import (
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
)

// A zero report is held against what is known elsewhere: the contradiction is named.
func TestZeroContradicted(t *testing.T) {
	rows := forms.Content{"annex-4": {Rows: []forms.Row{{"who": "甲"}, {}, {"who": "乙"}}}}
	for _, x := range []struct {
		name  string
		check forms.Check
		ctx   forms.Context
		want  string // "": no problem
	}{
		{"rows of another form", forms.Check{Rule: "count == rows(annex_4)"}, forms.Context{Others: rows},
			"与零报送矛盾：「COUNT」按零报送为 0，应为 2（annex_4行数）。请核对；确有内容的，请取消零报送后填报。"},
		{"the other form is zero too", forms.Check{Rule: "count == rows(annex_4)"}, forms.Context{Others: forms.Content{"annex-4": {Zero: true}}}, ""},
		{"the other form is not in", forms.Check{Rule: "count == rows(annex_4)"}, forms.Context{}, ""},
		{"figures handed down", forms.Check{Rule: "cell >= baseline", Each: []string{"a", "b"}},
			forms.Context{Baseline: map[string]string{"annex-1.a": "4", "annex-1.b": "5"}},
			"与零报送矛盾：「A」按零报送为 0，应不小于 4（下发数）；「B」按零报送为 0，应不小于 5（下发数）。请核对；"},
		{"figures handed down are 0", forms.Check{Rule: "cell >= baseline", Each: []string{"a"}}, forms.Context{Baseline: map[string]string{"annex-1.a": "0"}}, ""},
		{"the period before", forms.Check{Rule: "a >= last.a"}, forms.Context{Last: forms.Content{"fig": {Rows: []forms.Row{{"a": "3"}}}}}, "应不小于 3（上期「A」）"},
		{"a blank is no way out: the 0 is attested", forms.Check{Rule: "empty(a) or a == rows(annex_4)"}, forms.Context{Content: rows}, "应为 2"},
		{"texts are blank", forms.Check{Rule: "t == '属实'"}, forms.Context{}, ""},
		{"its own words", forms.Check{Rule: "a == rows(annex_4)", Message: "「{column}」填{cell}，与附件4不符。", MessageEn: "{column} is {cell}."}, forms.Context{Content: rows},
			"与零报送矛盾：「A」填0，与附件4不符。请核对；确有内容的"},
	} {
		f := figures()
		x.check.ID, x.check.Severity, x.check.Zero = "k", forms.Blocking, forms.ZeroTries
		f.Checks = []forms.Check{x.check}
		ps := f.Check(forms.Sheet{Zero: true}, x.ctx)
		if x.want == "" && len(ps) != 0 || x.want != "" && (len(ps) != 1 || !strings.Contains(ps[0].Message, x.want) || ps[0].Key() != "k@fig.-1." || !ps[0].Open()) {
			t.Errorf("%s: %+v", x.name, ps)
			continue
		}
		if x.want == "" {
			continue
		}
		if !strings.HasPrefix(ps[0].MessageEn, "This contradicts the zero report: ") {
			t.Errorf("%s: %s", x.name, ps[0].MessageEn)
		}
		// Not tried unless the check says so.
		f.Checks[0].Zero = forms.ZeroSkips
		if ps := f.Check(forms.Sheet{Zero: true}, x.ctx); len(ps) != 0 {
			t.Errorf("%s, skipping: %v", x.name, ps)
		}
		// Passes with a reason where the check asks for one, and with a waiver where it blocks.
		f.Checks[0].Zero, f.Checks[0].Severity = forms.ZeroTries, forms.Explain
		s := forms.Sheet{Zero: true, Reasons: map[string]string{"k@fig.-1.": "均已迁出"}}
		if ps := f.Check(s, x.ctx); len(ps) != 1 || ps[0].Open() || !strings.Contains(ps[0].Message, "确无的请写明原因") {
			t.Errorf("%s, explained: %v", x.name, ps)
		}
		f.Checks[0].Severity, x.ctx.Waivers = forms.Blocking, []forms.Waiver{{Form: "fig", Check: "k", Reason: "迁出", By: "林样一"}}
		if ps := f.Check(s, x.ctx); len(ps) != 1 || ps[0].Waived != "迁出（林样一）" {
			t.Errorf("%s, waived: %v", x.name, ps)
		}
	}
}

// A waiver for one field takes that field out of the contradiction, not the others.
func TestZeroWaivedInPart(t *testing.T) {
	f := figures()
	f.Checks = []forms.Check{{ID: "k", Rule: "cell >= baseline", Each: []string{"a", "b"}, Severity: forms.Blocking, Zero: forms.ZeroTries}}
	ctx := forms.Context{Baseline: map[string]string{"annex-1.a": "4", "annex-1.b": "5"}, Waivers: []forms.Waiver{{Form: "fig", Check: "k", Field: "a", Reason: "迁出"}}}
	ps := f.Check(forms.Sheet{Zero: true}, ctx)
	if len(ps) != 1 || !ps[0].Open() || strings.Contains(ps[0].Message, "「A」") || !strings.Contains(ps[0].Message, "「B」") {
		t.Errorf("%+v", ps)
	}
}

// A long list of contradictions is cut.
func TestZeroContradictionsAreFew(t *testing.T) {
	f := figures()
	f.Checks = []forms.Check{{ID: "k", Rule: "cell >= other.x", Each: []string{"a", "b", "c", "count"}, Severity: forms.Blocking, Zero: forms.ZeroTries}}
	ps := f.Check(forms.Sheet{Zero: true}, forms.Context{Others: forms.Content{"other": {Rows: []forms.Row{{"x": "1"}}}}})
	if len(ps) != 1 || !strings.Contains(ps[0].Message, "「C」按零报送为 0，应不小于 1（other.x）；等4项。") || strings.Contains(ps[0].Message, "COUNT") {
		t.Errorf("%+v", ps)
	}
}

func TestZeroWithBrokenRule(t *testing.T) {
	f := figures()
	f.Checks = []forms.Check{{ID: "k", Rule: "a > zz", Severity: forms.Explain, Zero: forms.ZeroTries}, {ID: "l", Rule: "a >", Severity: forms.Explain}}
	if ps := f.Check(forms.Sheet{Zero: true}, forms.Context{}); len(ps) != 1 || ps[0].Check != "k" || !ps[0].Open() {
		t.Errorf("%+v", ps)
	}
}
