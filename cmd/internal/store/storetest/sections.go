package storetest

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// column puts one figure into the content, as a section's page does with its columns.
func column(field, figure string) func(forms.Content) forms.Content {
	return func(c forms.Content) forms.Content {
		row := forms.Row{}
		for _, there := range c["annex-2"].Rows {
			maps.Copy(row, there)
		}
		row[field] = figure
		return columns(row)
	}
}

// columns is a content of one row.
func columns(row forms.Row) forms.Content { return forms.Content{"annex-2": {Rows: []forms.Row{row}}} }

func (w *world) section(v store.Viewer, section string, seq int, figure, when string) (store.Draft, store.SectionState, error) {
	return w.s.SaveSection(w.ctx, v, progressJinjiang, section, seq, false, column(section, figure), at(when))
}

var sections = []example{
	{"two sections fill one draft", func(w *world) {
		d, s, err := w.section(lin, "relief", 0, "1", "2021-06-08 09:00")
		w.ok(err)
		w.eq(d, store.Draft{Duty: progressJinjiang, Content: columns(forms.Row{"relief": "1"}), Seq: 1, SavedAt: at("2021-06-08 09:00"), ByName: "林样一"}, "draft")
		w.eq(s, store.SectionState{Section: "relief", Seq: 1, SavedAt: at("2021-06-08 09:00"), ByName: "林样一"}, "section")
		d, s, err = w.section(chen, "children", 0, "2", "2021-06-08 09:01") // opened before there was a draft
		w.ok(err)
		w.eq([]any{d.Content, d.Seq, s.Seq}, []any{columns(forms.Row{"relief": "1", "children": "2"}), 2, 2}, "both kept")
		d, _, err = w.section(lin, "relief", 1, "3", "2021-06-08 09:02")
		w.ok(err)
		w.eq([]any{d.Content, d.Seq}, []any{columns(forms.Row{"relief": "3", "children": "2"}), 3}, "from its own number")
		d, s, err = w.s.SaveSection(w.ctx, chen, progressJinjiang, "children", d.Seq, true, column("children", "4"), at("2021-06-08 09:03"))
		w.ok(err)
		w.eq([]any{d.Content, d.Seq, s.Seq, s.Done}, []any{columns(forms.Row{"relief": "3", "children": "4"}), 4, 4, true}, "from the draft's number")
		all, err := w.s.Sections(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(all, []store.SectionState{
			{Section: "children", Seq: 4, Done: true, SavedAt: at("2021-06-08 09:03"), ByName: "陈样二"},
			{Section: "relief", Seq: 3, SavedAt: at("2021-06-08 09:02"), ByName: "林样一"}}, "sections")
		t := w.task(progressJinjiang, "2021-06-08 10:00")
		w.eq([]any{t.State, t.HasDraft}, []any{scheduler.Draft, true}, "task")
		es, err := w.s.Events(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(es), 1, "only the first save is a step")
	}},
	{"the loser of two saves of one section gets what is there", func(w *world) {
		_, _, err := w.section(lin, "relief", 0, "1", "2021-06-08 09:00")
		w.ok(err)
		_, _, err = w.section(lin, "children", 0, "5", "2021-06-08 09:01")
		w.ok(err)
		d, s, err := w.section(lin, "relief", 1, "2", "2021-06-08 09:02")
		w.ok(err)
		for _, seq := range []int{0, 1, 2, 4, -1} {
			gotDraft, got, err := w.section(chen, "relief", seq, "9", "2021-06-08 09:03")
			w.is(err, store.ErrConflict, fmt.Sprintf("from %d", seq))
			w.eq([]any{gotDraft, got}, []any{d, s}, "what is there")
		}
	}},
	{"a save of the whole counts as one of each section", func(w *world) {
		_, _, err := w.section(lin, "relief", 0, "1", "2021-06-08 09:00")
		w.ok(err)
		whole, err := w.s.SaveDraft(w.ctx, chen, progressJinjiang, columns(forms.Row{"relief": "7", "children": "8"}), 1, at("2021-06-08 09:01"))
		w.ok(err)
		for section, seqs := range map[string][]int{"relief": {0, 1}, "children": {0, 1}} {
			for _, seq := range seqs {
				d, s, err := w.section(lin, section, seq, "", "2021-06-08 09:02")
				w.is(err, store.ErrConflict, fmt.Sprintf("%s from %d", section, seq))
				w.eq([]any{d.Content, s.Section, s.Seq}, []any{whole.Content, section, 2}, "what is there, and the number to go on from")
			}
		}
		_, _, err = w.section(lin, "children", 2, "9", "2021-06-08 09:03")
		w.ok(err)
		d, _, err := w.section(lin, "relief", 2, "0", "2021-06-08 09:04")
		w.ok(err)
		w.eq(d.Content, columns(forms.Row{"relief": "0", "children": "9"}), "after looking again")
		_, err = w.s.SaveDraft(w.ctx, chen, progressJinjiang, columns(forms.Row{}), 2, at("2021-06-08 09:05"))
		w.is(err, store.ErrConflict, "and sections count for the whole")
	}},
	{"a section's page left open over a submission overwrites nothing", func(w *world) {
		_, _, err := w.section(lin, "relief", 0, "1", "2021-06-08 09:00")
		w.ok(err)
		_, _, err = w.section(lin, "children", 0, "2", "2021-06-08 09:01")
		w.ok(err)
		w.submit(chen, progressJinjiang, "3", "2021-06-08 10:00")
		_, _, err = w.section(lin, "relief", 1, "9", "2021-06-08 10:01")
		w.is(err, scheduler.ErrNotNow, "submitted")
		w.act(zheng, progressJinjiang, scheduler.SendBack, "请核对", "2021-06-09 10:00")
		none, err := w.s.Sections(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(none), 0, "sections were cleared with the draft")
		d, s, err := w.section(lin, "relief", 1, "9", "2021-06-09 11:00")
		w.is(err, store.ErrConflict, "an old page, no draft")
		w.eq([]any{d, s}, []any{store.Draft{}, store.SectionState{Section: "relief"}}, "there is nothing")
		got := forms.Content{"x": {}}
		_, _, err = w.s.SaveSection(w.ctx, lin, progressJinjiang, "children", 0, false, func(c forms.Content) forms.Content {
			got = c
			return column("children", "4")(c)
		}, at("2021-06-09 11:01"))
		w.ok(err)
		w.eq(got == nil, true, "nil without a draft")
		for _, seq := range []int{1, 2} {
			_, _, err = w.section(lin, "relief", seq, "9", "2021-06-09 11:02")
			w.is(err, store.ErrConflict, fmt.Sprintf("an old page's %d, another draft", seq))
		}
		d, _, err = w.section(lin, "relief", 0, "5", "2021-06-09 11:03")
		w.ok(err)
		w.eq([]any{d.Content, d.Seq}, []any{columns(forms.Row{"children": "4", "relief": "5"}), 4}, "a new page")
		w.eq(w.task(progressJinjiang, "2021-06-09 12:00").State, scheduler.Returned, "what is being corrected counts as returned")
	}},
	{"a withdrawn return is a whole draft", func(w *world) {
		_, _, err := w.section(lin, "relief", 0, "1", "2021-06-08 09:00")
		w.ok(err)
		w.submit(lin, progressJinjiang, "3", "2021-06-08 10:00")
		w.act(lin, progressJinjiang, scheduler.Withdraw, "", "2021-06-08 11:00")
		for _, seq := range []int{0, 1} {
			_, _, err = w.section(lin, "relief", seq, "9", "2021-06-08 11:01")
			w.is(err, store.ErrConflict, fmt.Sprintf("from %d", seq))
		}
		d, err := w.s.Draft(w.ctx, lin, progressJinjiang)
		w.ok(err)
		d, _, err = w.section(lin, "relief", d.Seq, "9", "2021-06-08 11:02")
		w.ok(err)
		w.eq(d.Content, columns(forms.Row{"a1_found": "3", "relief": "9"}), "go on from it")
	}},
	{"sections are for clerks of the unit, while it is open", func(w *world) {
		for _, who := range []store.Viewer{wu, zheng, huang, yang, xu, nobody} {
			d, s, err := w.section(who, "relief", 0, "1", "2021-06-08 09:00")
			w.is(err, store.ErrNotFound, who.Person+" writes")
			w.eq([]any{d, s}, []any{store.Draft{}, store.SectionState{}}, "and learns nothing")
			_, err = w.s.Sections(w.ctx, who, progressJinjiang)
			w.is(err, store.ErrNotFound, who.Person+" reads")
		}
		second := w.series("qz-jinjiang", "monthly", []string{"annex-2"}, months...)[1]
		_, _, err := w.s.SaveSection(w.ctx, lin, second, "relief", 0, false, column("relief", "1"), at("2021-05-31 23:59"))
		w.is(err, scheduler.ErrNotNow, "before it opens")
		_, _, err = w.section(lin, strings.Repeat("x", 256), 0, "1", "2021-06-08 09:00")
		w.is(err, store.ErrTooLong, "a long id")
		if _, _, err = w.section(lin, " ", 0, "1", "2021-06-08 09:00"); err == nil {
			w.Error("a section without an id was saved")
		}
		_, err = w.s.TakeOffline(w.ctx, reviewerZheng, progressJinjiang, "涉密", at("2021-06-08 10:00"))
		w.ok(err)
		_, _, err = w.section(lin, "relief", 0, "1", "2021-06-08 11:00")
		w.is(err, store.ErrOffline, "on paper")
	}},
	{"sections go where their draft goes", func(w *world) {
		_, _, err := w.s.SaveSection(w.ctx, wu, progressNanan, "relief", 0, true, column("relief", "1"), at("2021-06-08 09:00"))
		w.ok(err)
		c := merger(store.Lot{Fate: store.FateMove, To: "qz-tsi"}, nil)
		c.Into = []string{"qz-tsi"}
		_, err = w.s.CloseUnit(w.ctx, "zheng", c, at("2021-06-15 09:00"))
		w.ok(err)
		w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "he", Name: "何样八", Roles: []store.Role{{Unit: "qz-tsi", Name: store.Clerk}}}, ""))
		got, err := w.s.Sections(w.ctx, store.Viewer{Person: "he"}, "quanzhou-2021/progress/2021-06-25/qz-tsi")
		w.ok(err)
		w.eq(got, []store.SectionState{{Section: "relief", Seq: 1, Done: true, SavedAt: at("2021-06-08 09:00"), ByName: "吴样三"}}, "of the successor's draft")
		_, _, err = w.section(lin, "relief", 0, "1", "2021-06-15 10:00")
		w.ok(err)
		_, err = w.s.TakeOffline(w.ctx, reviewerZheng, progressJinjiang, "涉密", at("2021-06-15 11:00"))
		w.ok(err)
		got, err = w.s.Sections(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq(len(got), 0, "and are destroyed with it")
	}},
	{"sections that save at once are all kept, and one section is saved once", func(w *world) {
		errs := together(8, func(i int) error {
			_, _, err := w.section([]store.Viewer{lin, chen}[i%2], fmt.Sprint("s", i), 0, fmt.Sprint(i), "2021-06-08 09:00")
			return err
		})
		w.ok(errors.Join(errs...))
		d, err := w.s.Draft(w.ctx, lin, progressJinjiang)
		w.ok(err)
		w.eq([]any{len(d.Content["annex-2"].Rows[0]), d.Seq}, []any{8, 8}, "columns, saves")
		won := 0
		for _, err := range together(6, func(i int) error {
			_, _, err := w.section(lin, "s3", d.Seq, fmt.Sprint("again ", i), "2021-06-08 09:01")
			return err
		}) {
			if err == nil {
				won++
			} else {
				w.is(err, store.ErrConflict, "a loser")
			}
		}
		w.eq(won, 1, "winners")
	}},
}
