package web

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/propose"
)

// nodeView is one heading of the column tree as the page lists it: before its children.
type nodeView struct {
	N        int // its number in that order: what its inputs are called after
	Depth    int
	No       int // of a leaf: number among the columns, from 1
	Heading  *forms.Heading
	Sum      string // 2+3
	Choices  string // 男、女
	Question string
	First    bool // nothing stands before it under its heading
	Last     bool
	Problems []problemView
}

// name is the name of one of its inputs, which is also its id.
func (n nodeView) name(what string) string { return nodeName(n.N, what) }

func nodeName(n int, what string) string { return "n." + strconv.Itoa(n) + "." + what }

// lineView is a line above or below the table.
type lineView struct {
	Name string
	forms.HeadItem
}

// walk visits the headings of a form in printed order, each before its children.
func walk(f *forms.Form, visit func(n, depth int, among []*forms.Heading, at int)) {
	n := 0
	var down func(hs []*forms.Heading, depth int)
	down = func(hs []*forms.Heading, depth int) {
		for i, h := range hs {
			visit(n, depth, hs, i)
			n++
			down(h.Children, depth+1)
		}
	}
	down(f.Columns, 0)
}

// showColumns shows the second step.
func (v *visit) showColumns(status int, m *making, ps []problemView) error {
	f := m.Form
	f.SetPaths()
	x := newFormView{Step: 2, Carried: m.carried(2), Editing: m.Was, Form: f, Problems: ps}
	at := map[string][]problemView{}
	for _, p := range ps {
		node := p.Target[:strings.LastIndex(p.Target, ".")+1] // n.3. of n.3.label
		at[node] = append(at[node], p)
	}
	numbers := map[string]int{}
	for i, field := range f.Fields() {
		numbers[field.ID] = i + 1
		if field.Type == forms.DateType {
			x.Dates = append(x.Dates, pair{field.ID, field.Column()})
		}
	}
	asked := map[string]string{}
	for _, q := range m.Questions {
		text := q.Zh
		if v.Lang == English {
			text = q.En
		}
		if q.Field == "" {
			x.Questions = append(x.Questions, questionView{"title", text})
		} else {
			asked[q.Field] = strings.TrimSpace(asked[q.Field] + " " + text)
		}
	}
	no := 0
	walk(f, func(n, depth int, among []*forms.Heading, i int) {
		h := among[i]
		node := nodeView{N: n, Depth: depth, Heading: h, First: i == 0, Last: i == len(among)-1, Problems: at["n."+strconv.Itoa(n)+"."]}
		if h.Field != nil {
			no++
			node.No = no
			node.Choices = strings.Join(h.Field.Choices, "、")
			var parts []string
			for _, id := range h.Field.Sum {
				if numbers[id] > 0 {
					parts = append(parts, strconv.Itoa(numbers[id]))
				}
			}
			node.Sum = strings.Join(parts, "+")
			if node.Question = asked[h.Field.ID]; node.Question != "" {
				x.Questions = append(x.Questions, questionView{node.name("label"), node.Question})
			}
		}
		if len(ps) > 0 { // what was typed and not understood stays
			for what, into := range map[string]*string{"sum": &node.Sum, "choices": &node.Choices} {
				if s, ok := v.r.PostForm[node.name(what)]; ok && len(node.Problems) > 0 {
					*into = s[0]
				}
			}
		}
		x.Nodes = append(x.Nodes, node)
	})
	lines := func(prefix string, items []forms.HeadItem) (out []lineView) {
		for i, h := range append(slices.Clip(items), forms.HeadItem{}) {
			out = append(out, lineView{prefix + "." + strconv.Itoa(i) + ".", h})
		}
		return out
	}
	x.Head, x.Foot = lines("head", f.Head), lines("foot", f.Foot)
	if len(f.Columns) == 0 { // all were dropped: there is no head to be drawn
		return v.showNewForm(status, x)
	}
	x.Sheet = v.sheet(sheetInput{Form: drawable(f), Stub: v.T("（单位名称）"), Sheet: forms.Sheet{Rows: []forms.Row{{}}}, Prefix: "drawn-"})
	return v.showNewForm(status, x)
}

// drawable is the form with something to be seen where a heading has no label yet.
func drawable(f *forms.Form) *forms.Form {
	var copyOf func(hs []*forms.Heading) []*forms.Heading
	copyOf = func(hs []*forms.Heading) []*forms.Heading {
		out := make([]*forms.Heading, len(hs))
		for i, h := range hs {
			out[i] = &forms.Heading{Label: cmp.Or(h.Label, "？"), Children: copyOf(h.Children), Field: h.Field}
		}
		return out
	}
	d := *f
	d.Columns = copyOf(f.Columns)
	return &d
}

// edit takes what was typed on the second step into the form, and tells what it does not understand.
func (m *making) edit(w Words, in url.Values) (ps []problemView) {
	f := m.Form
	complain := func(target, text string) { ps = append(ps, problemView{Text: text, Target: target, Open: true}) }
	text := func(name string) string { return oneLine(in.Get(name)) }
	f.Title, f.Label, f.Stub, f.Total = text("formtitle"), text("label"), text("stub"), text("total")
	if k := forms.Kind(in.Get("kind")); slices.Contains([]forms.Kind{forms.Table, forms.Register, forms.Ledger}, k) {
		f.Kind = k
	}
	f.UnitRow, f.Numbers = in.Get("unit_row") != "", in.Get("numbers") != ""
	f.NotesLabel, f.Notes = text("notes_label"), lines(in.Get("notes"))
	f.Head, f.Foot = headItems(in, "head"), headItems(in, "foot")
	f.Ledger = nil
	if f.Kind == forms.Ledger {
		f.Ledger = &forms.LedgerRule{Closed: in.Get("closed"), Zero: forms.NothingNew}
	}
	fields := f.Fields()
	walk(f, func(n, _ int, among []*forms.Heading, i int) {
		h, at := among[i], func(what string) string { return nodeName(n, what) }
		if _, there := in[at("label")]; !there {
			return
		}
		if h.Label = text(at("label")); h.Label == "" {
			complain(at("label"), w.T("请填写栏目名称，或者删去该栏。"))
		}
		x := h.Field
		if x == nil {
			return
		}
		x.Type, x.Unit = forms.Type(in.Get(at("type"))), text(at("unit"))
		x.Required, x.Personal = in.Get(at("required")) != "", in.Get(at("personal")) != ""
		x.Decimals, x.Choices, x.Sum = 0, nil, nil
		if s := text(at("decimals")); x.Type == forms.Decimal || x.Type == forms.Money {
			d, err := strconv.Atoi("0" + narrow(s))
			if x.Decimals = min(d, 6); err != nil || d > 6 {
				complain(at("decimals"), w.T("“%s”的小数位数请填 0 到 6。", h.Label))
			}
		}
		if x.Type == forms.Money {
			x.Unit = "万元"
		}
		if !x.Type.Numeric() {
			x.Unit = ""
		}
		if x.Type == forms.Choice {
			x.Choices = optionsOf(in.Get(at("choices")))
			if len(x.Choices) == 0 {
				complain(at("choices"), w.T("“%s”是单选，请填写选项，用顿号隔开。", h.Label))
			}
		}
		if x.Max > 0 && x.MaxLen() == 0 && x.Type != forms.File {
			x.Max = 0
		}
		if s := narrow(text(at("sum"))); s != "" && x.Type.Numeric() {
			sum, ok := columnsOf(s, fields, x)
			if x.Sum = sum; !ok {
				complain(at("sum"), w.T("“%s”由哪几栏相加，请填写栏号，如 2+3。", h.Label))
			}
			x.Required = false
		}
	})
	m.mend()
	return ps
}

// mend takes out of the form what no longer fits after a change: totals of columns that are gone or no figures, and
// checks of such.
func (m *making) mend() {
	f := m.Form
	numeric := func(id string) bool { x := f.Field(id); return x != nil && x.Type.Numeric() }
	for _, x := range f.Fields() {
		x.Sum = slices.DeleteFunc(x.Sum, func(id string) bool { return !numeric(id) })
	}
	f.Checks = slices.DeleteFunc(f.Checks, func(k forms.Check) bool {
		_, err := forms.CompileRule(k.Rule, f, k.Each...)
		return err != nil
	})
	m.Questions = slices.DeleteFunc(m.Questions, func(q propose.Question) bool { return q.Field != "" && f.Field(q.Field) == nil })
}

// columnsOf reads 2+3 as the fields with those numbers.
func columnsOf(s string, fields []*forms.Field, self *forms.Field) (ids []string, ok bool) {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune("+,、 ", r) }) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > len(fields) || fields[n-1] == self || slices.Contains(ids, fields[n-1].ID) {
			return nil, false
		}
		ids = append(ids, fields[n-1].ID)
	}
	return ids, true
}

func narrow(s string) string { return strings.TrimSpace(width.Fold.String(s)) }

// oneLine makes one line of what was typed, without the characters that cannot be seen: controls, and
// those that make a line read otherwise than it is stored.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// lines are the lines of a text, blank ones left out.
func lines(s string) (out []string) {
	for l := range strings.Lines(s) {
		if l = oneLine(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// mostChoices is how many options are taken for one column.
const mostChoices = 300

func optionsOf(s string) (out []string) {
	for c := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune("、,，;；/\n", r) }) {
		if c = oneLine(c); c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
		if len(out) == mostChoices { // a paste of the whole sheet
			break
		}
	}
	return out
}

// headItems are the lines above or below the table; one without a label is none.
func headItems(in url.Values, prefix string) (out []forms.HeadItem) {
	for i := range 40 {
		at := prefix + "." + strconv.Itoa(i) + "."
		h := forms.HeadItem{Label: oneLine(in.Get(at + "label")), From: forms.HeadSource(in.Get(at + "from")), Right: in.Get(at+"right") != ""}
		if h.From == forms.HeadFixed {
			if h.Text = oneLine(in.Get(at + "text")); h.Text == "" {
				h.From = forms.HeadSign
			}
		}
		if h.Label != "" {
			out = append(out, h)
		}
	}
	return out
}

// change moves, drops or adds a column: what is the number of its node.
func (m *making) change(do, what string) {
	defer m.mend()
	if do == "add" {
		m.Form.Columns = append(m.Form.Columns, &forms.Heading{Label: "新栏目", Field: &forms.Field{ID: m.freeID(), Type: forms.Text}})
		return
	}
	n, err := strconv.Atoi(what)
	if err != nil {
		return
	}
	var change func(hs []*forms.Heading, next *int) []*forms.Heading
	change = func(hs []*forms.Heading, next *int) []*forms.Heading {
		for i := 0; i < len(hs); i++ {
			mine := *next
			*next++
			if mine == n {
				*next = 1 << 30
				switch {
				case do == "drop":
					return slices.Delete(hs, i, i+1)
				case do == "up" && i > 0:
					hs[i-1], hs[i] = hs[i], hs[i-1]
				case do == "down" && i+1 < len(hs):
					hs[i], hs[i+1] = hs[i+1], hs[i]
				case do == "in" && i > 0: // under the heading before it
					before := hs[i-1]
					if before.Field != nil {
						before.Children = []*forms.Heading{{Label: before.Label, Field: before.Field}}
						before.Field = nil
					}
					before.Children = append(before.Children, hs[i])
					return slices.Delete(hs, i, i+1)
				case do == "out" && hs[i].Field == nil: // its columns take its place
					return slices.Replace(hs, i, i+1, hs[i].Children...)
				}
				return hs
			}
			if len(hs[i].Children) > 0 {
				if hs[i].Children = change(hs[i].Children, next); len(hs[i].Children) == 0 {
					return slices.Delete(hs, i, i+1)
				}
			}
		}
		return hs
	}
	m.Form.Columns = change(m.Form.Columns, new(int))
}

func (m *making) freeID() string {
	for i := len(m.Form.Fields()) + 1; ; i++ {
		if id := "f" + strconv.Itoa(i); m.Form.Field(id) == nil {
			return id
		}
	}
}

// check tells what must be mended before the form can be used.
func (m *making) check(w Words) (ps []problemView) {
	f := m.Form
	add := func(target, text string) { ps = append(ps, problemView{Text: text, Target: target, Open: true}) }
	switch n := utf8.RuneCountInString(f.Title); {
	case n == 0:
		add("formtitle", w.T("请填写报表标题。"))
	case n > mostNamed: // it stands in the subject of each reminder
		add("formtitle", w.T("最多 %d 字，请精简。", mostNamed))
	}
	if len(f.Fields()) == 0 {
		add("formtitle", w.T("报表至少要有一个栏目。"))
	}
	if f.Kind == forms.Ledger && f.Field(f.Ledger.Closed) == nil {
		add("kind", w.T("台账要指定销号日期栏：请选一个日期栏目；没有时，请改为登记表，或加一个日期栏目。"))
	}
	if len(ps) > 0 {
		return ps
	}
	f.SetPaths()
	at := map[string]int{}
	walk(f, func(n, _ int, among []*forms.Heading, i int) {
		if x := among[i].Field; x != nil {
			at[x.ID] = n
		}
	})
	for _, err := range f.Validate() {
		target := "formtitle"
		if e := (*forms.SchemaError)(nil); errors.As(err, &e) && f.Field(e.Field) != nil {
			target = nodeName(at[e.Field], "label")
			if e.At == "sum" || strings.HasPrefix(e.At, "sum[") {
				add(nodeName(at[e.Field], "sum"), w.T("“%s”不能由所填的栏目相加：只能加数字栏，整数的合计只能加整数，金额只与金额相加，也不能加自己。", f.Field(e.Field).Column()))
				continue
			}
			add(target, w.T("“%s”有误：%s", f.Field(e.Field).Column(), e.Text))
			continue
		}
		add(target, w.T("表样有误：%s", err.Error()))
	}
	return ps
}
