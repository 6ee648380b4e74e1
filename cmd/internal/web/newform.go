package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/propose"
	"github.com/baosong/baosong/forms/workbook"
)

// The pages on which a bureau makes a form. A new table goes through three steps on one address:
// paste, correct, use. What was made so far is carried from page to page in hidden inputs: nothing
// is stored until the table is put in force, and going back loses nothing.
const (
	newFormPath  = "/form/new"
	madePath     = "/form/made"
	madeFormPath = madePath + "/{directive}"
)

// mostPasted is how many bytes of a pasted table are carried back to a page that asks again.
const mostPasted = 512 << 10

// newFormView is a step of making a form.
type newFormView struct {
	Step      int    // 1 paste, 2 correct, 3 use
	Carried   []pair // hidden inputs
	Problems  []problemView
	Editing   string // title of the table in force that is changed; empty for a new one
	Pasted    string
	Form      *forms.Form
	Questions []questionView
	Nodes     []nodeView
	Head      []lineView
	Foot      []lineView
	Dates     []pair // date fields: id, label
	Sheet     sheetView
	Use       useView
}

type pair struct{ Name, Value string }

// questionView is a guess to be looked at.
type questionView struct{ Target, Text string }

func (v *visit) mayMake() error {
	if v.Shelf == nil || len(v.bureaus()) == 0 {
		return store.ErrNotFound
	}
	return nil
}

// bureaus are the units for which the person may make a form: those they review for.
func (v *visit) bureaus() (ids []string) {
	for _, r := range v.person.Roles {
		if u := v.Desk.Catalogue.Unit(r.Unit); r.Name == store.Reviewer && u != nil && len(v.below(u.ID)) > 0 {
			ids = append(ids, r.Unit)
		}
	}
	return ids
}

func (v *visit) newFormPage() error {
	if err := v.mayMake(); err != nil {
		return err
	}
	return v.showNewForm(http.StatusOK, newFormView{Step: 1})
}

// newForm does one step: the button says which.
func (v *visit) newForm() error {
	if err := v.mayMake(); err != nil {
		return err
	}
	if err := v.readParts(); err != nil {
		return err
	}
	in := v.r.PostForm
	do := in.Get("do")
	if do == "read" || in.Get("form") == "" {
		return v.readTable(in)
	}
	m, err := unpackForm(in)
	if err != nil {
		return err
	}
	if in.Get("step") == "2" {
		if ps := m.edit(v.Words, in); len(ps) > 0 && do != "start" {
			return v.showColumns(http.StatusUnprocessableEntity, m, ps)
		}
	}
	switch do, what, _ := button(do); do {
	case "start":
		return v.showNewForm(http.StatusOK, newFormView{Step: 1})
	case "up", "down", "drop", "add", "in", "out":
		m.change(do, what)
		return v.showColumns(http.StatusOK, m, nil)
	case "next":
		if ps := m.check(v.Words); len(ps) > 0 {
			return v.showColumns(http.StatusUnprocessableEntity, m, ps)
		}
		return v.showUse(http.StatusOK, m, nil)
	case "look":
		return v.showUse(http.StatusOK, m, nil)
	case "use":
		return v.useForm(m)
	default: // draw it anew, or back from the third step
		return v.showColumns(http.StatusOK, m, nil)
	}
}

// readTable makes a proposal of what was pasted or handed in.
func (v *visit) readTable(in url.Values) error {
	var f *forms.Form
	var qs []propose.Question
	b, err := v.table(in)
	if err == nil {
		f, qs, err = propose.FromTable(b)
	}
	if fault, ok := workbook.As(err); ok {
		text := fault.Zh
		if v.Lang == English {
			text = fault.En
		}
		pasted := in.Get("text")
		if len(pasted) > mostPasted {
			pasted = ""
		}
		return v.showNewForm(http.StatusUnprocessableEntity, newFormView{Step: 1, Pasted: pasted, Problems: []problemView{{Text: text, Target: "text"}}})
	}
	if err != nil {
		return err
	}
	return v.showColumns(http.StatusOK, &making{Form: f, Questions: qs, Seed: uuid.NewString()}, nil)
}

// making is a form in the making, as it is carried from page to page.
type making struct {
	ID        string // of the table in force that is changed; empty for a new one
	Was       string // its title
	Seed      string
	Form      *forms.Form
	Questions []propose.Question
	use       url.Values // what was said of its use so far
}

// useFields are the inputs of the third step.
var useFields = []string{"bureau", "title", "number", "unit", "units", "repeat", "date", "time", "days", "day", "until", "section", "zero", "stamped"}

// unpackForm reads what the page before carried. It comes from a browser: it may be anything.
func unpackForm(in url.Values) (*making, error) {
	m := &making{ID: in.Get("id"), Was: in.Get("was"), Seed: in.Get("seed"), use: url.Values{}}
	if json.Unmarshal([]byte(in.Get("form")), &m.Form) != nil || m.Form == nil || !whole(m.Form.Columns, 1) || !ordinary(m.Form) {
		return nil, errBadForm
	}
	_ = json.Unmarshal([]byte(in.Get("questions")), &m.Questions) // without them the form is as good
	if len(m.Questions) > mostNodes {
		return nil, errBadForm
	}
	// The id, the version and what these pages do not offer are not the browser's to say.
	f := m.Form
	f.ID, f.Version, f.Checks, f.Sections, f.Page, f.Remark = propose.FormID, 1, slices.Clip(f.Checks), nil, forms.Page{}, ""
	for _, x := range f.Fields() {
		x.Baseline, x.Section, x.Remark = "", "", ""
	}
	for _, name := range useFields {
		if x, ok := in[name]; ok {
			m.use[name] = x
		}
	}
	return m, nil
}

// whole reports whether a column tree has all its nodes, and no more than a form may have.
func whole(hs []*forms.Heading, depth int) bool {
	return depth < 10 && len(hs) <= 300 && !slices.ContainsFunc(hs, func(h *forms.Heading) bool {
		return h == nil || !whole(h.Children, depth+1) || h.Field != nil && len(h.Children) > 0
	})
}

// What a form in the making may hold: more than any that can be used, and so little that nothing done
// with it takes long.
const (
	mostNodes  = 2000 // headings, and questions
	mostChecks = 100
	mostLines  = 200 // above and below the table, and notes
)

// ordinary reports whether a form that came from a browser is within these bounds.
func ordinary(f *forms.Form) bool {
	nodes, narrow := 0, true
	walk(f, func(_, _ int, among []*forms.Heading, i int) {
		nodes++
		if x := among[i].Field; x != nil {
			narrow = narrow && len(x.Choices) <= mostChoices && len(x.Sum) <= mostChoices
		}
	})
	return narrow && nodes <= mostNodes && len(f.Checks) <= mostChecks && len(f.Head)+len(f.Foot)+len(f.Notes) <= mostLines &&
		!slices.ContainsFunc(f.Checks, func(k forms.Check) bool { return len(k.Each) > mostChoices || len(k.Later) > mostChecks })
}

// carried are the hidden inputs that hold what was made so far, without those the page asks for.
func (m *making) carried(step int) []pair {
	form, _ := json.Marshal(m.Form) // it holds texts, numbers and lists
	questions, _ := json.Marshal(m.Questions)
	out := []pair{{"step", strconv.Itoa(step)}, {"id", m.ID}, {"was", m.Was}, {"seed", m.Seed}, {"form", string(form)}, {"questions", string(questions)}}
	if step == 2 {
		for _, name := range useFields {
			for _, x := range m.use[name] {
				out = append(out, pair{name, x})
			}
		}
	}
	return out
}

func (v *visit) showNewForm(status int, x newFormView) error {
	p := v.page(v.T("新建报表"))
	p.Entry, p.Script = true, v.assets.path("newform.js")
	p.Problem = len(x.Problems) > 0
	p.Wide = x.Step > 1
	return v.render(status, newFormPageView(p, x))
}

// made lists what the person's bureaus have made.
func (v *visit) made() error {
	if err := v.mayMake(); err != nil {
		return err
	}
	all, err := v.Shelf.Tables(v.ctx(), v.bureaus())
	if err != nil {
		return err
	}
	x := madeView{}
	done := v.r.URL.Query().Get("done")
	if v.r.URL.Query().Has("ended") {
		x.Done = v.T("已结束：还没有报送的单位不再报送，已报送的材料保留。")
	}
	for _, m := range all {
		row := madeRow{ID: m.ID, Title: m.Form.Title, Number: m.Number, Version: m.Version, Due: v.dueWords(m.Due), Units: len(m.Units), Ended: m.Due.Ended || v.over(m.Due),
			At: v.Time(m.At), Href: madePath + "/" + m.ID}
		x.Rows = append(x.Rows, row)
		if m.ID == done {
			x.Done = v.T("“%s”已启用，%d 个单位应于%s前报送。未报单位由系统自动提醒。", row.Title, row.Units, row.Due)
		}
	}
	return v.render(http.StatusOK, madePageView(v.page(v.T("我新建的报表")), x))
}

// changeMade opens a table in force for correction, or ends it.
func (v *visit) changeMade() error {
	if err := v.mayMake(); err != nil {
		return err
	}
	m, err := v.Shelf.Table(v.ctx(), v.bureaus(), v.r.PathValue("directive"))
	if err != nil {
		return err
	}
	if v.r.Method == http.MethodPost {
		if v.r.PostForm.Get("do") != "end" {
			return errBadForm
		}
		if err := v.Shelf.End(v.ctx(), v.viewer(), m.Table, v.now); err != nil {
			return err
		}
		return v.redirect(madePath + "?ended")
	}
	return v.showColumns(http.StatusOK, &making{ID: m.ID, Was: m.Form.Title, Seed: uuid.NewString(), Form: m.Form, use: useOf(m.Table)}, nil)
}

// madeView is the list of what was made in the browser.
type madeView struct {
	Done string
	Rows []madeRow
}

type madeRow struct {
	ID, Title, Number, Due, At, Href string
	Version, Units                   int
	Ended                            bool
}

// table is what was pasted or handed in: a file goes before a paste with its merged cells, that
// before plain text.
func (v *visit) table(in url.Values) (*workbook.Book, error) {
	if i := slices.IndexFunc(v.uploaded, func(p part) bool { return p.Field == "file" }); i >= 0 {
		return workbook.Open(v.uploaded[i].file, v.uploaded[i].Size)
	}
	text, markup := in.Get("text"), in.Get("html")
	if markup != "" && strings.Contains(strings.ToLower(markup), "<table") {
		if b, err := workbook.ReadHTML(markup); err == nil {
			return b, nil
		}
	}
	if strings.TrimSpace(text) == "" {
		return nil, workbook.Fault{Zh: "请先粘贴表头，或选择文件。", En: "Please paste the head of the table, or choose a file."}
	}
	return workbook.ReadTSV(strings.TrimRight(text, "\r\n"))
}
