package proof

import (
	"errors"
	"strings"
	"testing"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/cmd/internal/store/storetest"
	"github.com/baosong/baosong/config/catalogue"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// 晋江市 finds 3018 of the 3019 people handed down. In June that takes a reason, which is printed;
// from July it takes a waiver, which is printed too; and neither stands in for the other.
func TestOneBelowTheFigureHandedDown(t *testing.T) {
	cat, err := scheduler.Load(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if cat, err = cat.Only("quanzhou-2021"); err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, cat, storetest.SQLite(t))
	const unit, why, waived = "qz-jinjiang", "名单中1人已于2021年5月死亡", "1人重复登记，经核属实"
	dir := cat.Directive("quanzhou-2021")
	figures := func(medical string) forms.Row {
		row := forms.Row{}
		for _, x := range dir.Form("annex-2").Fields() {
			row[x.ID] = "0"
			if x.Baseline != "" {
				row[x.ID] = dir.Baselines["annex-1"].Rows[unit][strings.TrimPrefix(x.Baseline, "annex-1.")]
			}
		}
		row["medical_found"] = medical
		return row
	}
	for _, c := range []struct {
		name, period, now string
		figure            string
		reason, waiver    bool
		severity          forms.Severity // of the one problem; empty for none
		passes            bool
		printed           []string // in the notes of the edition
		silent            string
	}{
		{name: "June, as handed down", period: "2021-06-25", now: "2021-06-22", figure: "3019", passes: true, silent: why},
		{name: "June, one fewer", period: "2021-06-25", now: "2021-06-22", figure: "3018", severity: forms.Explain},
		{name: "June, one fewer with a reason", period: "2021-06-25", now: "2021-06-22", figure: "3018", reason: true, severity: forms.Explain, passes: true, printed: []string{"情况说明", why}},
		{name: "July, as handed down", period: "2021-07-25", now: "2021-07-22", figure: "3019", passes: true, silent: why},
		{name: "July, one fewer", period: "2021-07-25", now: "2021-07-22", figure: "3018", severity: forms.Blocking},
		{name: "July, one fewer with a reason", period: "2021-07-25", now: "2021-07-22", figure: "3018", reason: true, severity: forms.Blocking},
		{name: "July, one fewer with a waiver", period: "2021-07-25", now: "2021-07-22", figure: "3018", waiver: true, severity: forms.Blocking, passes: true,
			printed: []string{"强制性审核豁免", waived, "泉州市民政局 林样一"}},
		{name: "August, one fewer: a waiver is for its period", period: "2021-08-25", now: "2021-08-22", figure: "3018", severity: forms.Blocking},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, now, duty := t.Context(), on(c.now), "quanzhou-2021/progress/"+c.period+"/"+unit
			sheet := forms.Sheet{Rows: []forms.Row{figures(c.figure)}}
			if c.reason {
				sheet.Reasons = map[string]string{"not-below-handed-down@annex-2.0.medical_found": why}
			}
			if c.waiver {
				o.ok(o.Waive(ctx, reviewer("qz"), duty, "annex-2", "not-below-handed-down", "medical_found", waived, now))
			}
			w, err := o.View(ctx, clerk(unit), duty, now)
			o.ok(err)
			if w.Task.State.In() { // taken back from the case before
				_, err := o.Store.Act(ctx, clerk(unit), duty, scheduler.Withdraw, "", now)
				o.ok(err)
				w, err = o.View(ctx, clerk(unit), duty, now)
				o.ok(err)
			}
			_, problems, err := o.Submit(ctx, clerk(unit), store.Submission{Duty: duty, UUID: c.name, Content: forms.Content{"annex-2": sheet}}, w.Seq, now)
			if c.severity == "" && len(problems) > 0 || c.severity != "" && (len(problems) != 1 || problems[0].Severity != c.severity) {
				t.Fatalf("%+v, want one problem that is %q", problems, c.severity)
			}
			for _, p := range problems {
				says(t, p.Message, "3018", "3019", "个人自费医疗费超过4万元以上对象 实际排查数")
				says(t, p.MessageEn, "3018", "3019")
			}
			if !c.passes {
				if !errors.Is(err, desk.ErrProblems) {
					t.Fatalf("it was taken: %v", err)
				}
				return
			}
			o.ok(err)
			e, err := o.Compile(ctx, reviewer("qz"), store.Roll{Directive: "quanzhou-2021", Obligation: "progress", Period: c.period, Form: "annex-2"}, now)
			o.ok(err)
			d, err := o.EditionDocument(ctx, e)
			o.ok(err)
			notes := strings.Join(d.Statements, "\n")
			says(t, notes, c.printed...)
			if len(c.printed) > 0 {
				says(t, notes, "晋江市", "实际排查数")
			}
			if c.silent != "" && strings.Contains(notes, c.silent) {
				t.Errorf("the notes give a reason for a figure that is right: %s", notes)
			}
		})
	}
}
