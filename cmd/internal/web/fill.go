package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
	Excel               string     // address of the workbooks; empty: none
	Last                bool       // offer what was sent for the period before (沿用上期)
	Files               bool       // files are posted along
	Parts               []partView // 科室 that fill in their columns
	Part                string     // name of the section whose page this is; empty: the whole form
	Whole               string     // address of the page of the whole form
	Undone              []string   // sections that are not done, of which a person must know who sends the whole
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
	Section string // whose page was posted; empty: the whole form
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
	section, err := v.section(w.Forms)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	x := typed{Content: w.Content, Seq: w.Seq, UUID: uuid.NewString(), Section: section}
	f, err := v.fillOf(w, x)
	if err != nil {
		return err
	}
	problems := concerning(w.Forms, w.Problems, section)
	if w.Seq > 0 {
		f.Saved = v.T("已暂存 %s", v.Time(w.SavedAt))
	}
	if q.Has("show") {
		v.list(&f, w, x, problems)
		if len(f.Problems) == 0 && section == "" {
			f.Saved = v.T("校验通过，可以上报")
		} else if len(f.Problems) == 0 {
			f.Saved = v.T("本科室填报的内容校验通过")
		}
	} else if q.Has("withdrawn") && w.Task.State == scheduler.Draft {
		f.Saved = v.T("报表已撤回，内容都在下面。修改后请重新上报。")
	} else if q.Has("saved") {
		for _, p := range problems {
			if p.Open() {
				f.Waiting++
			}
		}
	}
	return v.showFill(http.StatusOK, f)
}

// fillOf lays a duty's forms out with what was typed.
func (v *visit) fillOf(w desk.View, x typed) (fillView, error) {
	row := v.dutyRow(w.Task)
	f := fillView{Title: row.Title, Unit: w.Task.UnitName, Period: row.Period, Back: row.Href, Action: fillHref(w.Task.ID, x.Section), Whole: fillHref(w.Task.ID, ""), Excel: excelHref(w.Task.ID, x.Section), Files: hasFiles(w.Forms),
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
	f.Sheets = v.sheets(w.Ground, x, explained(w.Ground, x.Content))
	f.Last = x.Section == "" && desk.CarryOver(w.Forms, w.Last, w.Content) != nil
	var err error
	f.Parts, _, err = v.parts(w, x.Section)
	for _, p := range f.Parts {
		if p.Here {
			f.Part = p.Name
		}
	}
	return f, err
}

// explained are the problems that have a reason already. Their places are shown on every
// page with the form: a reason that is not on the page would be lost with the next press of
// a button.
func explained(g desk.Ground, c forms.Content) []forms.Problem {
	return slices.DeleteFunc(g.Check(c), func(p forms.Problem) bool { return p.Reason == "" })
}

func (v *visit) sheets(g desk.Ground, x typed, ps []forms.Problem) []sheetView {
	var out []sheetView
	for _, f := range g.Forms {
		rows := max(x.Shown[f.ID], 1)
		if x.Content[f.ID].Zero {
			rows = x.Shown[f.ID]
		}
		out = append(out, v.sheet(sheetInput{Form: f, Sheet: x.Content[f.ID], Stub: g.Task.UnitName, Baseline: g.Baseline, Opening: g.Opening[f.ID],
			Problems: ps, Edit: true, ZeroOK: g.Task.Zero, Rows: rows, Section: x.Section, Units: v.unitsOffered(f, g.Task.Key.Unit),
			FileBase: dutyHref(g.Task.ID) + "/file/"}))
	}
	return out
}

// list shows problems at the top and at their cells. Explained ones stay at the cell only.
func (v *visit) list(f *fillView, w desk.View, x typed, ps []forms.Problem) {
	x.Shown = map[string]int{}
	for _, s := range f.Sheets {
		x.Shown[s.Form.ID] = len(s.Rows)
	}
	f.Sheets = v.sheets(w.Ground, x, ps)
	f.Problems, f.Open = v.listed(ps, w.Forms)
}

func (v *visit) showFill(status int, f fillView) error {
	p := v.page(v.T("填报：%s", f.Title+"（"+f.Period+"）"))
	if f.Own {
		p = v.page(v.T("本级数据：%s", f.Title+"（"+f.Period+"）"))
	}
	p.Entry, p.Wide, p.Problem = true, true, len(f.Problems) > 0 || f.Conflict != nil || f.NoteError != "" || len(f.Undone) > 0
	return v.render(status, fillPageView(p, f))
}

// fill does what the pressed button says. The first button of the page saves, so that the
// Enter key does no harm.
func (v *visit) fill() error {
	w, err := v.view(true)
	if err != nil {
		return err
	}
	if err := v.readParts(); err != nil {
		return err
	}
	section, err := v.section(w.Forms)
	if err != nil {
		return err
	}
	act, form, row := button(v.r.PostForm.Get("do"))
	var refused []forms.Problem
	if w.Writable && act != "auto" {
		if refused, err = v.attach(w, section); err != nil {
			return err
		}
	}
	x := v.typed(w.Forms)
	if x.Section = section; section != "" {
		x.Content = desk.MergeSection(w.Forms, w.Content, x.Content, x.Section)
	}
	if !w.Writable && act == "auto" {
		return v.saved(http.StatusConflict, 0, v.elsewhere(store.Draft{}))
	}
	if !w.Writable && act != "submit" { // a repeated submit may find its receipt
		return scheduler.ErrNotNow
	}
	if x.Section != "" && (act == "submit" || act == "del" || act == "figures" || act == "last") {
		return errBadForm // a section neither sends the return nor takes rows away
	}
	if len(refused) > 0 {
		return v.refuse(w, x, refused)
	}
	switch act {
	case "add":
		x.Shown[form]++
		return v.again(w, x)
	case "del":
		if f := w.Directive.Form(form); f != nil {
			before := x.Content[form]
			after := removeRow(f, before, row, w.Opening[form])
			if len(after.Rows) < len(before.Rows) || row >= len(before.Rows) {
				x.Shown[form]--
			}
			x.Content[form] = after
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
	case "last":
		last := desk.CarryOver(w.Forms, w.Last, w.Content)
		if last == nil {
			return store.ErrNotFound
		}
		x.Content, x.Shown = last, nil
		return v.again(w, x)
	case "submit":
		return v.submit(w, x)
	case "auto":
		return v.autosave(w, x)
	case "check", "save", "done", "":
	default:
		return errBadForm
	}
	_, theirs, err := v.save(w, x, act == "done")
	if errors.Is(err, store.ErrConflict) {
		return v.conflict(w, x, theirs)
	}
	if err != nil {
		return err
	}
	then := "saved"
	if act == "check" {
		then = "show"
	}
	q := url.Values{then: {"1"}}
	if x.Section != "" {
		q.Set("section", x.Section)
	}
	return v.redirect(fillHref(w.Task.ID, "") + "?" + q.Encode())
}

// again shows the page with what was typed; nothing is saved yet.
func (v *visit) again(w desk.View, x typed) error {
	f, err := v.fillOf(w, x)
	if err != nil {
		return err
	}
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
		f, err := v.fillOf(w, x)
		if err != nil {
			return err
		}
		f.NoteError, f.Guard = v.T("说明最多 %d 字，请精简。", maxReason), true
		return v.showFill(http.StatusUnprocessableEntity, f)
	}
	if w.Writable && v.r.PostForm.Get("undone") == "" {
		_, undone, err := v.parts(w, "")
		if err != nil {
			return err
		}
		if len(undone) > 0 {
			return v.warn(w, x, undone)
		}
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
		f, err := v.fillOf(saved, x)
		if err != nil {
			return err
		}
		f.Saved = v.T("填写的内容已暂存 %s", v.HourMinute(v.now))
		v.list(&f, saved, x, problems)
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

// warn asks whoever sends the whole return while sections are not done to say that they know.
func (v *visit) warn(w desk.View, x typed, undone []string) error {
	f, err := v.fillOf(w, x)
	if err != nil {
		return err
	}
	f.Undone, f.Guard = undone, true
	return v.showFill(http.StatusUnprocessableEntity, f)
}

// conflict shows both texts. Going on from one's own takes the other's sequence number, so
// that the choice is a person's and the next save is not refused again.
func (v *visit) conflict(w desk.View, x typed, theirs store.Draft) error {
	x.Seq = theirs.Seq
	f, err := v.fillOf(w, x)
	if err != nil {
		return err
	}
	c := &conflictView{By: theirs.ByName, At: v.Time(theirs.SavedAt), Reload: fillHref(w.Task.ID, x.Section)}
	for _, form := range w.Forms {
		c.Theirs = append(c.Theirs, v.sheet(sheetInput{Form: form, Sheet: theirs.Content[form.ID], Stub: w.Task.UnitName, Baseline: w.Baseline, Opening: w.Opening[form.ID], Prefix: "theirs-"}))
	}
	f.Conflict, f.Guard = c, true
	return v.showFill(http.StatusConflict, f)
}
