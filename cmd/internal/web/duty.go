package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// dutyID is the id of the duty that the address names.
func (v *visit) dutyID() string {
	return scheduler.DutyKey{Directive: v.r.PathValue("directive"), Obligation: v.r.PathValue("obligation"),
		Period: v.r.PathValue("period"), Unit: v.r.PathValue("unit")}.String()
}

// view asks the desk for the duty of the address. Only a clerk of its unit may go on where
// filling is asked for: for others it is not found. What is reported on paper is not filled in.
func (v *visit) view(fill bool) (desk.View, error) {
	w, err := v.Desk.View(v.ctx(), v.viewer(), v.dutyID(), v.now)
	if err != nil {
		return w, err
	}
	if fill && !v.clerkOf(w.Task) {
		return w, store.ErrNotFound
	}
	if fill && w.Task.Offline {
		return w, store.ErrOffline
	}
	return w, nil
}

// dutyView is the page of one duty.
type dutyView struct {
	desk.View
	Row      dutyRow
	Status   status
	To       string // 泉州市民政局社会救助科
	Acts     []link
	Withdraw bool // the clerk may take the return back
	Review   bool // the reviewer may accept or send back
	Reopen   bool
	Sheets   []sheetView // the return as it is in, read-only
	Versions []versionRow
	Events   []eventRow
	Told     []toldRow // 催报记录
	Missing  string    // what the form of a reviewer's act lacked
	Typed    string    // the reason as typed
	Board    string
	Extended string // the deadline an extension gave it, and the one it had; empty if there is none
	Done     string // what the act that led here has done
	Stamp    *stampView
	Waive    *waiveView
	Upward   *upwardView
	From     *fromView
	Hand     *handView
}

// says is what the page has to say about the act that was tried on it.
type says struct {
	Missing, Typed string // of a reviewer's act: what it lacked, and the reason as typed
	Stamp          problemView
	Unread         bool
	Waive          waiveView
}

// told are the problems of the forms on the page, to be listed at its top.
func (d dutyView) told() (out []problemView) {
	if d.Stamp != nil && d.Stamp.Problem.Text != "" {
		out = append(out, d.Stamp.Problem)
	}
	if d.Waive != nil && d.Waive.Problem.Text != "" {
		out = append(out, d.Waive.Problem)
	}
	return out
}

type versionRow struct {
	store.Return
	Files []link
}

type eventRow struct {
	At, By, What string
	Moved        string // how the deadline was moved; empty if it was not
	System       bool   // nobody did it: By is the word for the system
	Reason       string
}

func (v *visit) duty() error { return v.showDuty(http.StatusOK, says{}) }

func (v *visit) showDuty(status int, say says) error {
	w, err := v.view(false)
	if err != nil {
		return err
	}
	t := w.Task
	clerk, reviewer := v.clerkOf(t), v.reviewerOf(t)
	d := dutyView{View: w, Row: v.dutyRow(t), Status: v.status(t, v.now, reviewer && !clerk), To: v.recipientOf(w),
		Missing: say.Missing, Typed: say.Typed, Withdraw: clerk && t.State == scheduler.Submitted,
		Review: reviewer && t.State == scheduler.Submitted, Reopen: reviewer && (t.State == scheduler.Accepted || t.State == scheduler.Closed)}
	if clerk {
		d.Acts = slices.DeleteFunc(v.actions(t), func(l link) bool { return l.Href == dutyHref(t.ID) })
		if w.Writable && t.State.Owed() && !t.Offline {
			d.Acts = append(d.Acts, link{Text: v.T("用 Excel 填报"), Href: excelHref(t.ID, "")})
		}
	}
	if clerk {
		passing, err := v.Desk.Passing(v.ctx(), t)
		if err != nil {
			return err
		}
		if len(passing.Below) > 0 {
			d.Acts = append(d.Acts, link{Text: v.T("转发分解"), Href: dutyHref(t.ID) + "/delegate"})
		}
	}
	if reviewer {
		d.Board = v.rollHref(t, url.Values{})
	}
	returns, err := v.Store.Returns(v.ctx(), v.viewer(), t.ID)
	if err != nil {
		return err
	}
	for _, r := range returns {
		d.Versions = append(d.Versions, versionRow{r, v.returnLinks(w, r)})
	}
	var sent *store.Return
	if len(returns) > 0 {
		sent = &returns[0]
		problems := w.Check(sent.Content)
		files, sizes, err := v.filesOf(t.ID)
		if err != nil {
			return err
		}
		for _, f := range w.Forms {
			d.Sheets = append(d.Sheets, v.sheet(sheetInput{Form: f, Sheet: sent.Content[f.ID], Stub: t.UnitName,
				Baseline: w.Baseline, Problems: problems, FileBase: files, Sizes: sizes}))
		}
	}
	if err := v.around(&d, sent, reviewer, say); err != nil {
		return err
	}
	events, err := v.Store.Events(v.ctx(), v.viewer(), t.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		d.Events = append(d.Events, v.eventRow(e))
	}
	if d.Told, err = v.toldRows(t.ID); err != nil {
		return err
	}
	if reviewer {
		never, err := v.Store.Unreached(v.ctx(), v.viewer(), store.Filter{Directive: t.Key.Directive, Obligation: t.Key.Obligation, Period: t.Key.Period, Unit: t.Key.Unit}, v.now)
		if err != nil {
			return err
		}
		d.Status = v.unreached(d.Status, t, never)
	}
	if d.Hand, err = v.handOf(t, reviewer); err != nil {
		return err
	}
	if d.Extended, err = v.extended(t); err != nil {
		return err
	}
	p := v.page(d.Row.Title + "（" + d.Row.Period + "） " + t.UnitName)
	p.Other = templateOther(p, dutyHref(t.ID))
	p.Wide, p.Problem = len(d.Sheets) > 0, status >= http.StatusBadRequest
	if !p.Problem {
		d.Done = v.done(v.r.URL.Query().Get("done"))
	}
	return v.render(status, dutyPage(p, d))
}

// around adds what stands around a return: its stamped scans, waivers, and the roll-up of the
// units below that it is made from, or may be.
func (v *visit) around(d *dutyView, sent *store.Return, reviewer bool, say says) (err error) {
	if d.Stamp, err = v.stampOf(d.View, d.Versions); err != nil {
		return err
	}
	if d.Stamp != nil {
		d.Stamp.Problem, d.Stamp.Unread = say.Stamp, say.Unread
	}
	if d.Waive, err = v.waiveOf(d.View, reviewer, say.Waive); err != nil {
		return err
	}
	if d.Upward, err = v.upwardOf(d.View); err != nil {
		return err
	}
	d.From, err = v.fromOf(d.View, sent)
	return err
}

// templateOther points the language link of a page shown under another address to path.
func templateOther(p page, path string) string {
	if _, query, ok := strings.Cut(p.Other, "?"); ok {
		return path + "?" + query
	}
	return path
}

// recipientOf names where the unit sends a duty: what was passed on to it goes to the unit
// that did so.
func (v *visit) recipientOf(w desk.View) string {
	if p, ok := w.Obligation.Share(w.Task.Key.Unit); ok {
		return v.recipient(p.To)
	}
	if w.Task.To != w.Obligation.To.Unit {
		return v.recipient(scheduler.Recipient{Unit: w.Task.To})
	}
	return v.recipient(w.Obligation.To)
}

// recipient names the bureau and its section, or the body outside the tree of units.
func (v *visit) recipient(r scheduler.Recipient) string {
	if u := v.Desk.Catalogue.Unit(r.Unit); u != nil {
		return u.Office + r.Section
	}
	return r.Body + r.Section
}

func (v *visit) returnLinks(w desk.View, r store.Return) []link {
	var out []link
	for _, f := range w.Forms {
		for _, x := range v.Formats {
			text := v.T("下载 %s", kind(x.Ext))
			if len(w.Forms) > 1 {
				text = f.Title + " " + kind(x.Ext)
			}
			out = append(out, link{Text: text,
				Href: fmt.Sprintf("%s/return/%d/%s.%s", dutyHref(w.Task.ID), r.Version, f.ID, x.Ext)})
		}
	}
	return out
}

// withdraw, accept, sendBack and reopen are one act each.
func (v *visit) withdraw() error {
	if _, err := v.Store.Act(v.ctx(), v.viewer(), v.dutyID(), scheduler.Withdraw, "", v.now); err != nil {
		return err
	}
	return v.redirect(dutyHref(v.dutyID()) + "/fill?withdrawn=1")
}

func (v *visit) accept() error { return v.review(scheduler.Accept, "") }

func (v *visit) sendBack() error { return v.withReason(scheduler.SendBack) }

func (v *visit) reopen() error { return v.withReason(scheduler.Reopen) }

func (v *visit) withReason(act scheduler.Act) error {
	reason := strings.TrimSpace(v.r.PostForm.Get("reason"))
	if reason == "" {
		return v.showDuty(http.StatusUnprocessableEntity, says{Missing: v.T("请写明退回原因，填报单位据此修改。")})
	}
	if len([]rune(reason)) > maxReason {
		return v.showDuty(http.StatusUnprocessableEntity, says{Missing: v.T("退回原因最多 %d 字，请精简。", maxReason), Typed: reason})
	}
	return v.review(act, reason)
}

const maxReason = 500 // characters

func (v *visit) review(act scheduler.Act, reason string) error {
	t, err := v.Store.Act(v.ctx(), v.viewer(), v.dutyID(), act, reason, v.now)
	if err != nil {
		return err
	}
	if act == scheduler.Accept {
		return v.redirect(v.rollHref(t, url.Values{"done": {"accepted"}}))
	}
	return v.redirect(v.rollHref(t, url.Values{"done": {"returned"}}))
}

// receiptView is the proof that a return was sent.
type receiptView struct {
	desk.View
	Row    dutyRow
	Return store.Return
	To     string
	Acts   []link
}

func (v *visit) receipt() error {
	w, err := v.view(false)
	if err != nil {
		return err
	}
	returns, err := v.Store.Returns(v.ctx(), v.viewer(), w.Task.ID)
	if err != nil {
		return err
	}
	if len(returns) == 0 {
		return store.ErrNotFound
	}
	r := receiptView{View: w, Row: v.dutyRow(w.Task), Return: returns[0], To: v.recipientOf(w), Acts: v.returnLinks(w, returns[0])}
	return v.render(http.StatusOK, receiptPage(v.page(v.T("报送回执")), r))
}

// returnFile sends one form of one version of a return as a file.
func (v *visit) returnFile() error {
	id, ext, ok := strings.Cut(v.r.PathValue("file"), ".")
	format, found := v.format(ext)
	version, err := strconv.Atoi(v.r.PathValue("version"))
	if !ok || !found || err != nil {
		return store.ErrNotFound
	}
	w, err := v.view(false)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(w.Forms, func(f *forms.Form) bool { return f.ID == id })
	returns, err := v.Store.Returns(v.ctx(), v.viewer(), w.Task.ID)
	if err != nil {
		return err
	}
	j := slices.IndexFunc(returns, func(r store.Return) bool { return r.Version == version })
	if i < 0 || j < 0 {
		return store.ErrNotFound
	}
	doc, err := v.Desk.ReturnDocument(v.ctx(), w.Task, returns[j], id)
	if err != nil {
		return err
	}
	return v.download(format, doc, fmt.Sprintf("%s_%s_%s_第%d版", w.Task.UnitName, w.Forms[i].Title, w.Task.Period.ID, version))
}
