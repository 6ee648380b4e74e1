package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/baosong/baosong/cmd/internal/desk"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler"
)

// fillView is the page on which a return is filled in.
type fillView struct {
	Title, Unit, Period string
	Back, Action        string
	Due, Left           string
	Status              status
	Returned            string // the reviewer's reason
	Sheets              []sheetView
	Problems            []problemView // listed at the top
	Open                int           // how many there are
	Seq                 int
	UUID                string
	Saved               string // 已暂存 14:03
	Waiting             int    // problems not listed yet
	Note                string
	NoteFor             string // why a note is asked for: the return is late
	NoteError           string
	Figures             bool // offer the simulated clerk's figures
	Own                 bool // the bureau's own row: saved, not submitted
	SubmitWord          string
	Zero                string // address of the zero report
	Conflict            *conflictView
	Guard               bool // what is shown has not been saved
	Stamped             bool
}

// conflictView says that somebody else saved meanwhile.
type conflictView struct {
	By, At string
	Theirs []sheetView
	Reload string
}

// typed is what a posted fill page holds.
type typed struct {
	Content forms.Content
	Shown   map[string]int // rows each register was shown with
	Seq     int
	UUID    string
	Note    string
}

func (v *visit) typed(fs []*forms.Form) typed {
	x := typed{UUID: v.r.PostForm.Get("uuid"), Note: strings.TrimSpace(v.r.PostForm.Get("note"))}
	x.Content, x.Shown = v.posted(fs)
	x.Seq, _ = strconv.Atoi(v.r.PostForm.Get("seq")) // not a number: 0, which conflicts with any draft
	if _, err := uuid.Parse(x.UUID); err != nil {
		x.UUID = uuid.NewString()
	}
	return x
}

// fillPage shows the draft. ?saved says that it was just saved, ?show that its problems are
// to be listed.
func (v *visit) fillPage() error {
	w, err := v.view(true)
	if err != nil {
		return err
	}
	if !w.Writable {
		return v.redirect(dutyHref(w.Task.ID))
	}
	q := v.r.URL.Query()
	f := v.fillOf(w, typed{Content: w.Content, Seq: w.Seq, UUID: uuid.NewString()})
	if w.Seq > 0 {
		f.Saved = v.T("已暂存 %s", v.Time(w.SavedAt))
	}
	if q.Has("show") {
		v.list(&f, w, w.Content, w.Problems)
		if len(f.Problems) == 0 {
			f.Saved = v.T("校验通过，可以上报")
		}
	} else if q.Has("saved") {
		for _, p := range w.Problems {
			if p.Open() {
				f.Waiting++
			}
		}
	}
	return v.showFill(http.StatusOK, f)
}

// fillOf lays a duty's forms out with what was typed.
func (v *visit) fillOf(w desk.View, x typed) fillView {
	row := v.dutyRow(w.Task)
	f := fillView{Title: row.Title, Unit: w.Task.UnitName, Period: row.Period, Back: row.Href, Action: row.Href + "/fill",
		Due: row.Due, Left: row.Left, Status: row.Status, Seq: x.Seq, UUID: x.UUID, Note: x.Note,
		SubmitWord: v.T("上报"), Stamped: w.Task.Stamped}
	if w.Task.State == scheduler.Returned {
		f.Returned = w.Task.ReturnReason
	}
	if !v.now.Before(w.Task.Due) {
		f.NoteFor, f.SubmitWord = v.T("已过截止时间，请简要说明补报原因（选填）"), v.T("补报")
	}
	if w.Task.State == scheduler.Returned {
		f.SubmitWord = v.T("重报")
	}
	if w.Task.Zero {
		f.Zero = row.Href + "/zero"
	}
	if v.Demo != nil {
		_, f.Figures = v.Demo.Figures(v.ctx(), w.Task.ID)
	}
	f.Sheets = v.sheets(w.Forms, w.Task, w.Baseline, x, v.explained(w.Task, x.Content))
	return f
}

// explained are the problems that have a reason already. Their places are shown on every
// page with the form: a reason that is not on the page would be lost with the next press of
// a button.
func (v *visit) explained(t store.Task, c forms.Content) []forms.Problem {
	return slices.DeleteFunc(v.Desk.Check(t, c), func(p forms.Problem) bool { return p.Reason == "" })
}

func (v *visit) sheets(fs []*forms.Form, t store.Task, base map[string]string, x typed, ps []forms.Problem) []sheetView {
	var out []sheetView
	for _, f := range fs {
		rows := max(x.Shown[f.ID], 1)
		if x.Content[f.ID].Zero {
			rows = x.Shown[f.ID]
		}
		out = append(out, v.sheet(sheetInput{Form: f, Sheet: x.Content[f.ID], Stub: t.UnitName, Baseline: base,
			Problems: ps, Edit: true, ZeroOK: t.Zero, Rows: rows}))
	}
	return out
}

// list shows problems at the top and at their cells. Explained ones stay at the cell only.
func (v *visit) list(f *fillView, w desk.View, c forms.Content, ps []forms.Problem) {
	x := typed{Content: c, Shown: map[string]int{}}
	for _, s := range f.Sheets {
		x.Shown[s.Form.ID] = len(s.Rows)
	}
	f.Sheets = v.sheets(w.Forms, w.Task, w.Baseline, x, ps)
	f.Problems, f.Open = v.listed(ps, w.Forms)
}

func (v *visit) showFill(status int, f fillView) error {
	p := v.page(v.T("填报：%s", f.Title+"（"+f.Period+"）"))
	if f.Own {
		p = v.page(v.T("本级数据：%s", f.Title+"（"+f.Period+"）"))
	}
	p.Entry, p.Wide, p.Problem = true, true, len(f.Problems) > 0 || f.Conflict != nil || f.NoteError != ""
	return v.render(status, fillPageView(p, f))
}

// fill does what the pressed button says. The first button of the page saves, so that the
// Enter key does no harm.
func (v *visit) fill() error {
	w, err := v.view(true)
	if err != nil {
		return err
	}
	x := v.typed(w.Forms)
	act, form, row := button(v.r.PostForm.Get("do"))
	if !w.Writable && act != "submit" { // a repeated submit may find its receipt
		return scheduler.ErrNotNow
	}
	at := dutyHref(w.Task.ID)
	switch act {
	case "add":
		x.Shown[form]++
		return v.again(w, x)
	case "del":
		if f := w.Directive.Form(form); f != nil {
			x.Content[form] = removeRow(f, x.Content[form], row)
			x.Shown[form]--
		}
		return v.again(w, x)
	case "figures":
		if v.Demo == nil {
			return store.ErrNotFound
		}
		c, ok := v.Demo.Figures(v.ctx(), w.Task.ID)
		if !ok {
			return store.ErrNotFound
		}
		x.Content, x.Shown = c, nil
		return v.again(w, x)
	case "submit":
		return v.submit(w, x)
	case "auto":
		return v.autosave(w, x)
	case "check", "save", "":
	default:
		return errBadForm
	}
	draft, _, err := v.Desk.Save(v.ctx(), v.viewer(), w.Task.ID, x.Content, x.Seq, v.now)
	if errors.Is(err, store.ErrConflict) {
		return v.conflict(w, x, draft)
	}
	if err != nil {
		return err
	}
	if act == "check" {
		return v.redirect(at + "/fill?show=1")
	}
	return v.redirect(at + "/fill?saved=1")
}

// again shows the page with what was typed; nothing is saved yet.
func (v *visit) again(w desk.View, x typed) error {
	f := v.fillOf(w, x)
	f.Guard = true
	return v.showFill(http.StatusOK, f)
}

// button splits the value of a pressed button: "del:annex-4.2" is del, annex-4, 2.
func button(s string) (act, form string, row int) {
	act, arg, _ := strings.Cut(s, ":")
	form, at, _ := strings.Cut(arg, ".")
	row, err := strconv.Atoi(at)
	if err != nil {
		row = -1
	}
	return act, form, row
}

// submit sends the return, or shows what stands in the way beside what was typed.
func (v *visit) submit(w desk.View, x typed) error {
	if utf8.RuneCountInString(x.Note) > maxReason {
		f := v.fillOf(w, x)
		f.NoteError, f.Guard = v.T("说明最多 %d 字，请精简。", maxReason), true
		return v.showFill(http.StatusUnprocessableEntity, f)
	}
	sub := store.Submission{Duty: w.Task.ID, Content: x.Content, Zero: false, UUID: x.UUID, Note: x.Note}
	_, problems, err := v.Desk.Submit(v.ctx(), v.viewer(), sub, x.Seq, v.now)
	switch {
	case errors.Is(err, desk.ErrProblems):
		// The desk has kept the content as a draft; go on from that one.
		saved, err := v.view(true)
		if err != nil {
			return err
		}
		x.Seq = saved.Seq
		f := v.fillOf(saved, x)
		f.Saved = v.T("填写的内容已暂存 %s", v.HourMinute(v.now))
		v.list(&f, saved, x.Content, problems)
		return v.showFill(http.StatusUnprocessableEntity, f)
	case errors.Is(err, store.ErrConflict):
		theirs, err := v.view(true)
		if err != nil {
			return err
		}
		if !theirs.Writable {
			return scheduler.ErrNotNow
		}
		return v.conflict(w, x, store.Draft{Content: theirs.Content, Seq: theirs.Seq, SavedAt: theirs.SavedAt})
	case err != nil:
		return err
	}
	return v.redirect(dutyHref(w.Task.ID) + "/receipt")
}

// conflict shows both texts. Going on from one's own takes the other's sequence number, so
// that the choice is a person's and the next save is not refused again.
func (v *visit) conflict(w desk.View, x typed, theirs store.Draft) error {
	x.Seq = theirs.Seq
	f := v.fillOf(w, x)
	c := &conflictView{By: theirs.ByName, At: v.Time(theirs.SavedAt), Reload: dutyHref(w.Task.ID) + "/fill"}
	for _, form := range w.Forms {
		c.Theirs = append(c.Theirs, v.sheet(sheetInput{Form: form, Sheet: theirs.Content[form.ID], Stub: w.Task.UnitName, Baseline: w.Baseline, Prefix: "theirs-"}))
	}
	f.Conflict, f.Guard = c, true
	return v.showFill(http.StatusConflict, f)
}

// autosave is what the script calls now and then: it saves and answers with the new
// sequence number, or says nothing more than that it could not.
func (v *visit) autosave(w desk.View, x typed) error {
	draft, _, err := v.Desk.Save(v.ctx(), v.viewer(), w.Task.ID, x.Content, x.Seq, v.now)
	if errors.Is(err, store.ErrConflict) {
		v.w.WriteHeader(http.StatusConflict)
		return nil
	}
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	return ignoreGone(json.NewEncoder(v.w).Encode(struct {
		Seq   int    `json:"seq"`
		Saved string `json:"saved"`
	}{draft.Seq, v.T("已自动暂存 %s", v.HourMinute(v.now))}))
}

// zeroView is the confirmation page of a zero report.
type zeroView struct {
	desk.View
	Row      dutyRow
	Status   status
	To       string
	UUID     string
	Problems []problemView
}

func (v *visit) zeroPage() error {
	w, err := v.zeroable()
	if err != nil {
		return err
	}
	return v.showZero(http.StatusOK, w, uuid.NewString(), nil)
}

func (v *visit) zeroable() (desk.View, error) {
	w, err := v.view(true)
	if err == nil && !w.Task.Zero {
		err = store.ErrNotFound
	}
	return w, err
}

func (v *visit) showZero(status int, w desk.View, id string, ps []forms.Problem) error {
	if !w.Writable {
		return v.redirect(dutyHref(w.Task.ID))
	}
	z := zeroView{View: w, Row: v.dutyRow(w.Task), Status: v.status(w.Task, v.now, false), To: v.recipientOf(w), UUID: id}
	for _, p := range ps {
		x := v.problem(p)
		x.Target = dutyHref(w.Task.ID) + "/fill#" + x.Target
		z.Problems = append(z.Problems, x)
	}
	p := v.page(v.T("零报送"))
	p.Problem = len(ps) > 0
	return v.render(status, zeroPageView(p, z))
}

// zero sends the zero report: the button is the attestation.
func (v *visit) zero() error {
	w, err := v.zeroable()
	if err != nil {
		return err
	}
	id := v.r.PostForm.Get("uuid")
	if _, err := uuid.Parse(id); err != nil {
		id = uuid.NewString()
	}
	_, problems, err := v.Desk.Zero(v.ctx(), v.viewer(), w.Task.ID, id, v.now)
	if errors.Is(err, desk.ErrProblems) {
		return v.showZero(http.StatusUnprocessableEntity, w, id, problems)
	}
	if err != nil {
		return err
	}
	return v.redirect(dutyHref(w.Task.ID) + "/receipt")
}

// autosaveEvery is how often the script saves what has changed.
const autosaveEvery = 20 * time.Second
