package storetest

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/notify"
	"github.com/baosong/baosong/scheduler"
)

// head makes 安样九 the head of 晋江市民政局.
func (w *world) head() {
	w.Helper()
	w.ok(w.s.PutPerson(w.ctx, store.Person{ID: "an", Name: "安样九", Email: "an@jinjiang.example", Roles: []store.Role{{Unit: "qz-jinjiang", Name: store.Leader}}}, ""))
}

// letterOf drafts a letter about the progress table of 晋江市 and gives it a text and a number.
func (w *world) letterOf(when string) store.SendOrder {
	w.Helper()
	e, err := w.s.DraftEscalation(w.ctx, zheng, progressJinjiang, store.Letter, at(when))
	w.ok(err)
	o := store.SendOrder{ID: e.ID, Text: "请你单位报送。", Number: "泉民函〔2021〕3号", Mail: "现送去提醒函。", Slot: at(when),
		File: &store.EscalationFile{Name: "提醒函.pdf", Data: bytes.Repeat([]byte("%PDF-1.4 "), 100)}}
	w.ok(w.s.AmendEscalation(w.ctx, zheng, e.ID, o.Text, o.Number))
	return o
}

// The hard steps.
var escalations = []example{
	{"a step is drafted once, edited, and sent to the head with its paper", func(w *world) {
		w.head()
		o := w.letterOf("2021-06-29 09:00")
		again, err := w.s.DraftEscalation(w.ctx, zheng, progressJinjiang, store.Letter, at("2021-06-29 09:05"))
		w.ok(err)
		w.eq(again, store.Escalation{ID: o.ID, Duty: progressJinjiang, Revision: 1, Rung: "hand.1", Kind: store.Letter, DraftedAt: at("2021-06-29 09:00"),
			State: store.Drafted, Text: o.Text, Number: o.Number}, "drafted again")
		heads, err := w.s.Leaders(w.ctx, zheng, progressJinjiang, at("2021-06-29 09:10"))
		w.ok(err)
		w.eq(len(heads), 1, "heads")
		w.ok(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:10")))
		e, err := w.s.Escalation(w.ctx, zheng, o.ID)
		w.ok(err)
		w.eq([]any{e.State, e.DecidedAt, e.ByName, e.File != "", e.Messages},
			[]any{store.Sent, at("2021-06-29 09:10"), "郑样四", true, []store.NudgeMessage{{Name: "安样九", Channel: notify.Email, State: notify.Planned}}}, "sent")
		size, r, err := w.s.OpenEscalation(w.ctx, zheng, o.ID)
		w.ok(err)
		kept, err := io.ReadAll(r)
		w.ok(errors.Join(err, r.Close()))
		if size != int64(len(o.File.Data)) || !bytes.Equal(kept, o.File.Data) {
			w.Errorf("kept %d bytes", len(kept))
		}
		ms, err := w.s.Messages(w.ctx)
		w.ok(err)
		w.eq([]any{len(ms), ms[0].Person, ms[0].Address}, []any{1, "an", "an@jinjiang.example"}, "the mail")
		w.is(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:11")), store.ErrConflict, "sent twice")
		w.is(w.s.AmendEscalation(w.ctx, zheng, o.ID, "改", ""), store.ErrConflict, "edited after it went")
		w.is(w.s.DismissEscalation(w.ctx, zheng, o.ID, "不发", at("2021-06-29 09:12")), store.ErrConflict, "dismissed after it went")
		second, err := w.s.DraftEscalation(w.ctx, zheng, progressJinjiang, store.Letter, at("2021-07-02 09:00"))
		w.ok(err)
		w.eq([]any{second.Rung, second.ID != e.ID}, []any{"hand.2", true}, "a second letter")
	}},
	{"what is sent is what was seen", func(w *world) {
		w.head()
		o := w.letterOf("2021-06-29 09:00")
		w.ok(w.s.AmendEscalation(w.ctx, zheng, o.ID, "别的话。", o.Number))
		w.is(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:10")), store.ErrConflict, "edited by a colleague meanwhile")
		errs := together(4, func(int) error {
			o := o
			o.Text = "别的话。"
			return w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:11"))
		})
		sent := 0
		for _, err := range errs {
			if err == nil {
				sent++
			} else {
				w.is(err, store.ErrConflict, "pressed by several at once")
			}
		}
		w.eq(sent, 1, "sent")
	}},
	{"nothing is sent about what is in, was moved, or has nobody to be sent to", func(w *world) {
		o := w.letterOf("2021-06-29 09:00")
		w.is(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:10")), store.ErrNoLeader, "no head")
		e, err := w.s.Escalation(w.ctx, zheng, o.ID)
		w.ok(err)
		w.eq(e.State, store.Drafted, "and it stays a draft")
		w.submit(lin, progressJinjiang, "7", "2021-06-29 09:20")
		w.is(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:30")), scheduler.ErrNotNow, "in")
		_, err = w.s.DraftEscalation(w.ctx, zheng, progressJinjiang, store.Slip, at("2021-06-29 09:30"))
		w.is(err, scheduler.ErrNotNow, "drafting for what is in")
		for live, n := range map[bool]int{false: 1, true: 0} {
			all, err := w.s.Escalations(w.ctx, zheng, store.EscalationFilter{State: store.Drafted, Live: live})
			w.ok(err)
			w.eq(len(all), n, "drafts")
		}
		_, _, err = w.s.OpenEscalation(w.ctx, zheng, o.ID)
		w.is(err, store.ErrNotFound, "a paper that did not go")
	}},
	{"on paper nobody is mailed, and a number goes out once", func(w *world) {
		o := w.letterOf("2021-06-29 09:00")
		o.Paper = true
		w.ok(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:10")))
		ms, err := w.s.Messages(w.ctx)
		w.ok(err)
		w.eq(len(ms), 0, "mails")
		other, err := w.s.DraftEscalation(w.ctx, zheng, progressNanan, store.Letter, at("2021-06-29 09:20"))
		w.ok(err)
		w.ok(w.s.AmendEscalation(w.ctx, zheng, other.ID, o.Text, o.Number))
		o.ID = other.ID
		w.is(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:30")), store.ErrNumberTaken, "the same number")
	}},
	{"a draft that is not sent says why", func(w *world) {
		o := w.letterOf("2021-06-29 09:00")
		w.is(w.s.DismissEscalation(w.ctx, zheng, o.ID, " ", at("2021-06-29 10:00")), store.ErrNoReason, "no reason")
		w.ok(w.s.DismissEscalation(w.ctx, zheng, o.ID, "电话中已承诺", at("2021-06-29 10:00")))
		e, err := w.s.Escalation(w.ctx, zheng, o.ID)
		w.ok(err)
		w.eq([]any{e.State, e.Reason, e.ByName}, []any{store.Dismissed, "电话中已承诺", "郑样四"}, "dismissed")
		w.is(w.s.AmendEscalation(w.ctx, zheng, o.ID, strings.Repeat("长", 2401), ""), store.ErrTooLong, "a long text")
	}},
	{"only the bureau drafts, edits, sends, dismisses and sees", func(w *world) {
		w.head()
		o := w.letterOf("2021-06-29 09:00")
		for _, who := range []store.Viewer{lin, wu, huang, yang, xu, nobody, {Person: "an"}} {
			_, err := w.s.DraftEscalation(w.ctx, who, progressJinjiang, store.Slip, at("2021-06-29 09:00"))
			w.is(err, store.ErrNotFound, who.Person+" drafts")
			w.is(w.s.AmendEscalation(w.ctx, who, o.ID, "x", ""), store.ErrNotFound, who.Person+" edits")
			w.is(w.s.SendEscalation(w.ctx, who, o, at("2021-06-29 09:10")), store.ErrNotFound, who.Person+" sends")
			w.is(w.s.DismissEscalation(w.ctx, who, o.ID, "x", at("2021-06-29 09:10")), store.ErrNotFound, who.Person+" dismisses")
			_, err = w.s.Escalation(w.ctx, who, o.ID)
			w.is(err, store.ErrNotFound, who.Person+" sees")
			_, err = w.s.Leaders(w.ctx, who, progressJinjiang, at("2021-06-29 09:10"))
			w.is(err, store.ErrNotFound, who.Person+" asks for the heads")
		}
		w.ok(w.s.SendEscalation(w.ctx, zheng, o, at("2021-06-29 09:10")))
		_, _, err := w.s.OpenEscalation(w.ctx, huang, o.ID)
		w.is(err, store.ErrNotFound, "another bureau opens the paper")
		_, err = w.s.DraftEscalation(w.ctx, zheng, progressJinjiang, "nosuch", at("2021-06-29 09:00"))
		w.is(err, store.ErrNotFound, "no such kind")
	}},
}
