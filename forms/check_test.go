package forms_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/formstest"
)

// The figures handed down to 晋江市 in Annex 1.
var jinjiang = map[string]string{
	"annex-1.unstable": "0", "annex-1.epidemic": "0", "annex-1.reported": "0", "annex-1.medical": "3019", "annex-1.disabled": "545",
	"annex-1.petition": "6", "annex-1.hotline": "3", "annex-1.unemployed": "1371", "annex-1.disaster": "0",
}

// annex2Sheet fills in exactly what was handed down, and 0 elsewhere.
func annex2Sheet(f *forms.Form, handed map[string]string) forms.Sheet {
	row := forms.Row{}
	for _, x := range f.Fields() {
		row[x.ID] = "0"
		if v := handed[x.Baseline]; v != "" {
			row[x.ID] = v
		}
	}
	return forms.Sheet{Rows: []forms.Row{row}}
}

func with(s forms.Sheet, field, value string) forms.Sheet {
	row := maps.Clone(s.Rows[0])
	row[field] = value
	s.Rows = []forms.Row{row}
	return s
}

func TestCheckAnnex2(t *testing.T) {
	f := formstest.Annex2()
	full := annex2Sheet(f, jinjiang)
	june := forms.Context{Period: "2021-06-25", Baseline: jinjiang}
	july := forms.Context{Period: "2021-07-25", Baseline: jinjiang}

	if ps := f.Check(full, june); len(ps) != 0 {
		t.Errorf("figures as handed down: %v", ps)
	}
	if ps := f.Check(full, forms.Context{Period: "2021-07-25"}); len(ps) != 0 {
		t.Errorf("no figures handed down: %v", ps)
	}

	low := with(full, "a4_found", "3018")
	ps := f.Check(low, june)
	if len(ps) != 1 {
		t.Fatalf("3018 of 3019 in June: %v", ps)
	}
	p := ps[0]
	const column = "排查未纳入兜底保障的2020年以来个人自费医疗费超过4万元以上对象 实际排查数"
	want := "「" + column + "」填 3018，应不小于 3019（下发数；附件2说明1）。请核对；情况属实的，请写明原因。"
	wantEn := "“" + column + "” is 3018; it must be at least 3019 (the figure handed down); please check, and write down the reason if it is so."
	if p.Message != want || p.MessageEn != wantEn {
		t.Errorf("message:\n%s\n%s", p.Message, p.MessageEn)
	}
	if p.Key() != "not-below@annex-2.0.a4_found" || p.Severity != forms.Explain || !p.Open() {
		t.Errorf("in June: %+v", p)
	}
	low.Reasons = map[string]string{p.Key(): " 一人已死亡 "}
	if ps := f.Check(low, june); len(ps) != 1 || ps[0].Open() || ps[0].Reason != "一人已死亡" {
		t.Errorf("with a reason in June: %+v", ps)
	}
	ps = f.Check(low, july)
	if len(ps) != 1 || ps[0].Severity != forms.Blocking || !ps[0].Open() || ps[0].Reason != "" {
		t.Errorf("with a reason in July: %+v", ps)
	}
	if !strings.HasSuffix(ps[0].Message, "请核对更正。") {
		t.Errorf("in July: %s", ps[0].Message)
	}

	blank := with(full, "a4_found", "—")
	ps = f.Check(blank, july)
	if len(ps) != 1 || ps[0].Check != "required" || ps[0].Message != "「"+column+"」未填，请填写；没有的请填0。" {
		t.Errorf("blank: %v", ps) // and the rule is skipped: missing is never zero
	}
	ps = f.Check(with(full, "a4_found", "三千"), july)
	if len(ps) != 1 || ps[0].Check != "type" || ps[0].Message != "「"+column+"」填的“三千”应为不小于0的整数，如 128。" {
		t.Errorf("not a number: %v", ps)
	}
	// Blocking problems come first.
	ps = f.Check(with(low, "a11_child", "x"), june)
	if len(ps) != 2 || ps[0].Check != "type" || ps[1].Check != "not-below" {
		t.Errorf("order: %v", ps)
	}
	// A rule without each points to the first field it names.
	ps = f.Check(with(with(full, "a11_orphan", "2"), "a11_found", "1"), june)
	if len(ps) != 1 || ps[0].Field != "a11_orphan" || !strings.Contains(ps[0].Message, "已纳入或正在纳入孤儿保障」为2") ||
		!strings.Contains(ps[0].Message, "实际排查数」为1") {
		t.Errorf("row rule: %v", ps)
	}
	// An empty sheet lacks every required cell.
	if ps := f.Check(forms.Sheet{}, june); len(ps) != 43 {
		t.Errorf("empty sheet: %d problems", len(ps))
	}
	// What is no field of the form is refused, in a fixed order.
	ps = f.Check(with(with(full, "zz", "1"), "yy", "1"), june)
	if len(ps) != 2 || !strings.Contains(ps[0].Message, "“yy”") || !strings.Contains(ps[1].Message, "“zz”") {
		t.Errorf("unknown fields: %v", ps)
	}
	if ps := f.Check(forms.Sheet{Rows: []forms.Row{nil}}, june); len(ps) != 43 {
		t.Errorf("a row of nothing: %d problems", len(ps))
	}
	two := forms.Sheet{Rows: []forms.Row{full.Rows[0], full.Rows[0]}}
	if ps := f.Check(two, june); len(ps) != 1 || ps[0].Row != 1 || ps[0].Severity != forms.Blocking {
		t.Errorf("two rows in a table: %v", ps)
	}
	// Full-width figures are understood by rules too.
	if ps := f.Check(with(full, "a4_found", "３，０２０"), july); len(ps) != 0 {
		t.Errorf("full-width: %v", ps)
	}
}

func TestCheckRegister(t *testing.T) {
	f := formstest.Annex4()
	clue := forms.Row{"place": "晋江市", "problem": "群众反映低保办理拖延", "amount": "1.5", "moved": "2021-06-10"}
	none := forms.Context{Period: "2021-06-13"}
	for _, x := range []struct {
		name  string
		sheet forms.Sheet
		want  []string // check@name=part of the message
	}{
		{"in order", forms.Sheet{Rows: []forms.Row{clue}}, nil},
		{"blank row between", forms.Sheet{Rows: []forms.Row{clue, {}, {"place": " "}, clue}}, nil},
		{"zero report", forms.Sheet{Zero: true}, nil},
		{"zero report with blank rows", forms.Sheet{Zero: true, Rows: []forms.Row{{}}}, nil},
		{"zero report with a row", forms.Sheet{Zero: true, Rows: []forms.Row{{}, clue}}, []string{"zero@annex-4.-1.=零报送不能同时填有内容"}},
		{"nothing at all", forms.Sheet{}, []string{"required@annex-4.-1.=没有填写任何一行"}},
		{"row 3", forms.Sheet{Rows: []forms.Row{clue, {}, {"place": "晋江市", "moved": "2021-6-31"}}},
			[]string{"required@annex-4.2.problem=第3行「基本情况 问题描述」未填，请填写。", "type@annex-4.2.moved=第3行「处理情况 移送时间」填的“2021-6-31”没有这一天"}},
		{"decimals", forms.Sheet{Rows: []forms.Row{{"place": "晋江市", "problem": "x", "amount": "1.234"}}},
			[]string{"type@annex-4.0.amount=最多保留2位小数"}},
		{"what was typed is cut and made printable", forms.Sheet{Rows: []forms.Row{{"place": strings.Repeat("长", 30) + "\x00", "problem": "x"}}},
			[]string{"type@annex-4.0.place=“" + strings.Repeat("长", 20) + "…”"}},
	} {
		ps := f.Check(x.sheet, none)
		for i, p := range ps {
			if i >= len(x.want) {
				t.Errorf("%s: unexpected %v", x.name, p)
				continue
			}
			key, part, _ := strings.Cut(x.want[i], "=")
			if p.Key() != key || !strings.Contains(p.Message, part) || p.MessageEn == "" {
				t.Errorf("%s: got %s %s, want %s", x.name, p.Key(), p.Message, x.want[i])
			}
		}
		if len(ps) < len(x.want) {
			t.Errorf("%s: got %v, want %v", x.name, ps, x.want)
		}
	}
	// An unattested nothing may be explained where no zero report is foreseen.
	p := f.Check(forms.Sheet{}, none)[0]
	explained := forms.Sheet{Reasons: map[string]string{p.Key(): "本地没有下发名单"}}
	if ps := f.Check(explained, none); len(ps) != 1 || ps[0].Open() {
		t.Errorf("explained nothing: %v", ps)
	}
}

func TestReasons(t *testing.T) {
	f := formstest.Annex2()
	low := with(annex2Sheet(f, jinjiang), "a4_found", "3018")
	ctx := forms.Context{Period: "2021-06-25", Baseline: jinjiang}
	key := f.Check(low, ctx)[0].Key()
	for reason, want := range map[string]string{"  ": "", "迁出\x00": "", strings.Repeat("迁", 501): "", "迁出\n一户": "迁出 一户"} {
		low.Reasons = map[string]string{key: reason}
		if p := f.Check(low, ctx)[0]; p.Reason != want {
			t.Errorf("%.20q: reason %q, want %q", reason, p.Reason, want)
		}
	}
	low.Reasons = map[string]string{key: "迁出一户", "not-below@annex-2.0.a5_found": "figure since corrected", "x@annex-9.0.y": "", "junk": "junk"}
	kept := low.KeepReasons(f.Check(low, ctx))
	if len(kept.Reasons) != 1 || kept.Reasons[key] != "迁出一户" || len(low.Reasons) != 4 {
		t.Errorf("kept %v", kept.Reasons)
	}
	es := f.Explanations(low)
	if len(es) != 2 || es[0].Field.ID != "a4_found" || es[1].Field.ID != "a5_found" || es[0].Check != "not-below" || es[0].Row != 0 {
		t.Errorf("explanations: %+v", es)
	}
}

func TestParseKeyUndoesKey(t *testing.T) {
	for _, p := range []forms.Problem{
		{Check: "zero", Form: "annex-4", Row: -1}, {Check: "not-below", Form: "annex-2", Row: 0, Field: "a4_found"},
	} {
		check, form, row, field, ok := forms.ParseKey(p.Key())
		if !ok || check != p.Check || form != p.Form || row != p.Row || field != p.Field {
			t.Errorf("%s: %s %s %d %s %v", p.Key(), check, form, row, field, ok)
		}
	}
	for _, bad := range []string{"", "x", "x@", "x@a.b.c", "x@a.-2.c", "x@a.0", "x@a.0.b.c", "a.0.b"} {
		if _, _, _, _, ok := forms.ParseKey(bad); ok {
			t.Errorf("%q was read as a key", bad)
		}
	}
}

func TestMessagesOfTheForm(t *testing.T) {
	f := figures()
	f.Kind = forms.Register
	f.Checks = []forms.Check{{ID: "low", Each: []string{"a"}, Rule: "cell >= baseline", Severity: forms.Blocking,
		Message: "第{row}行{column}填{cell}，少于下发的{baseline}。", MessageEn: "Row {row}, {column}: {cell} is below {baseline}."}}
	ps := f.Check(forms.Sheet{Rows: []forms.Row{{}, {"a": "3"}}}, forms.Context{Baseline: map[string]string{"annex-1.a": "4"}})
	if len(ps) != 1 || ps[0].Message != "第2行A填3，少于下发的4。" || ps[0].MessageEn != "Row 2, A: 3 is below 4." {
		t.Errorf("%+v", ps)
	}
}

// A form that was never validated does not let a return through unchecked.
func TestBrokenRuleBlocks(t *testing.T) {
	f := figures()
	f.Checks = []forms.Check{{ID: "typo", Rule: "a > zz", Severity: forms.Explain}}
	ps := f.Check(forms.Sheet{Rows: []forms.Row{{"a": "1"}}}, forms.Context{})
	if len(ps) != 1 || ps[0].Severity != forms.Blocking || ps[0].Row != -1 {
		t.Errorf("%+v", ps)
	}
}

func BenchmarkCheckAnnex2(b *testing.B) {
	f := formstest.Annex2()
	s := annex2Sheet(f, jinjiang)
	ctx := forms.Context{Period: "2021-07-25", Baseline: jinjiang}
	b.ReportAllocs()
	for b.Loop() {
		if ps := f.Check(s, ctx); len(ps) != 0 {
			b.Fatal(ps)
		}
	}
}

func BenchmarkNormalize(b *testing.B) {
	for _, raw := range []string{"3019", "３，０１９"} {
		b.Run(raw, func(b *testing.B) {
			for b.Loop() {
				if v, _ := forms.Normalize(count, raw); v != "3019" {
					b.Fatal(v)
				}
			}
		})
	}
}
