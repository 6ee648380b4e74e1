package workbook

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/baosong/baosong/forms"
)

const (
	headDepth = 60 // rows of a sheet among which the head is looked for
	bandDepth = 8  // rows a head may have
)

// header is where the head of a form stands in a sheet.
type header struct {
	sheet *Sheet
	first int // row of its top
	body  int // row from which the body is read
	cols  map[int]*forms.Field
	at    map[string]int // columns by field id
	stub  int            // column of the stub, -1 for none
	item  int            // column of the items' ids, -1 for none
	extra []int          // columns with a heading that is no field's
	names map[int]string // headings by column, as they stand
	score int
}

// window is the beginning of a sheet with merged cells spread out: each shows the text of all.
type window struct {
	sheet *Sheet
	rows  []int      // their numbers
	text  [][]string // by row, by column
	cols  int
}

func newWindow(s *Sheet) *window {
	w := &window{sheet: s}
	index := map[int]int{}
	for i, l := range s.Rows[:min(len(s.Rows), headDepth)] {
		index[l.N] = i
		w.rows = append(w.rows, l.N)
		w.cols = max(w.cols, l.Cells[len(l.Cells)-1].Col+1)
	}
	w.text = make([][]string, len(w.rows))
	for i := range w.text {
		w.text[i] = make([]string, w.cols)
		for _, c := range s.Rows[i].Cells {
			w.text[i][c.Col] = c.Text
		}
	}
	for _, m := range s.merges {
		top, ok := index[m.Row]
		if !ok || m.Col >= w.cols {
			continue
		}
		label := w.text[top][m.Col]
		for i := top; i < len(w.rows) && w.rows[i] <= m.LastRow; i++ {
			for col := m.Col; col <= min(m.LastCol, w.cols-1); col++ {
				if w.text[i][col] == "" {
					w.text[i][col] = label
				}
			}
		}
	}
	return w
}

// labelKey is what of a heading is compared: its letters and digits, whatever their width, and
// neither spaces, line breaks nor punctuation, which people change without a thought.
func labelKey(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, width.Fold.String(s))
}

var unitShape = regexp.MustCompile(`^\s*[（(][^（）()]*[)）]\s*$`)

// stack returns the keys of the headings over a column, from its own upwards, between two rows
// of the window; and its own heading as it stands. A blank above is what stands to the left of
// it, as far as the heading over both reaches: CSV and copied values have no merged cells.
func (w *window) stack(top, bottom, col int) (keys []string, own string) {
	deepest := -1
	for i := bottom; i >= top; i-- {
		if s := w.text[i][col]; !blank(s) {
			if deepest < 0 || unitShape.MatchString(own) && !unitShape.MatchString(s) {
				deepest, own = i, s
			}
		}
		if deepest >= 0 && !unitShape.MatchString(own) {
			break
		}
	}
	if deepest < 0 {
		return nil, ""
	}
	start := 0
	for i := top; i <= deepest; i++ {
		for c := col; c >= start; c-- {
			if s := w.text[i][c]; !blank(s) {
				if key := labelKey(s); len(keys) == 0 || keys[len(keys)-1] != key {
					keys = append(keys, key)
				}
				start = c
				break
			}
		}
	}
	slices.Reverse(keys)
	return keys, own
}

// signs are what the fields of a form are told by.
type signs struct {
	form   *forms.Form
	fields []*forms.Field
	paths  [][]string              // keys of each field from its own heading upwards
	exact  map[string][]int        // fields by their whole path
	leaf   map[string][]int        // fields by their own heading, with and without the unit
	number map[*forms.Field]string // what the row of column numbers says
}

func newSigns(f *forms.Form) *signs {
	s := &signs{form: f, fields: f.Fields(), exact: map[string][]int{}, leaf: map[string][]int{}, number: map[*forms.Field]string{}}
	for i, x := range s.fields {
		var path []string
		for _, label := range x.Path {
			if key := labelKey(label); len(path) == 0 || path[len(path)-1] != key {
				path = append(path, key)
			}
		}
		if len(path) == 0 {
			path = []string{labelKey(x.Label)}
		}
		slices.Reverse(path)
		s.paths = append(s.paths, path)
		s.exact[strings.Join(path, "|")] = append(s.exact[strings.Join(path, "|")], i)
		s.leaf[path[0]] = append(s.leaf[path[0]], i)
		if u := labelKey(x.Unit); u != "" {
			s.leaf[path[0]+u] = append(s.leaf[path[0]+u], i)
		}
	}
	for _, c := range f.Header().Cells {
		if c.Number && c.Field != nil {
			s.number[c.Field] = c.Label
		}
	}
	return s
}

// find returns the best place for the form's head in a sheet; nil if there is none.
func (s *signs) find(sheet *Sheet) *header {
	if len(sheet.Rows) == 0 {
		return nil
	}
	w := newWindow(sheet)
	var best *header
	for bottom := range w.rows {
		if !slices.ContainsFunc(w.text[bottom], func(t string) bool { return t != "" && s.leaf[labelKey(t)] != nil }) {
			continue
		}
		for top := bottom; top >= max(0, bottom-bandDepth+1); top-- {
			h := s.assign(w, top, bottom)
			if h.score > 0 && (best == nil || h.score > best.score) {
				best = h
			}
		}
	}
	if best == nil || len(best.cols) < (len(s.fields)+2)/3 {
		return nil // a third of the columns must be there: less is another table
	}
	return best
}

// assign gives columns to fields for a head between two rows of the window.
func (s *signs) assign(w *window, top, bottom int) *header {
	h := &header{sheet: w.sheet, first: w.rows[top], body: w.rows[bottom] + 1, stub: -1, item: -1,
		cols: map[int]*forms.Field{}, at: map[string]int{}, names: map[int]string{}}
	stacks := make([][]string, w.cols)
	taken := make([]bool, len(s.fields))
	give := func(col, i, strength int) {
		taken[i] = true
		h.cols[col], h.at[s.fields[i].ID] = s.fields[i], col
		h.score += 10 + strength
	}
	free := func(of []int) int {
		return slices.IndexFunc(of, func(i int) bool { return !taken[i] })
	}
	for col := range w.cols { // headings that agree from the top down
		stacks[col], h.names[col] = w.stack(top, bottom, col)
		for n := len(stacks[col]); n > 0; n-- {
			path := strings.Join(stacks[col][:n], "|")
			if of := s.exact[path]; free(of) >= 0 {
				give(col, of[free(of)], 3)
				break
			}
		}
	}
	for col, stack := range stacks { // headings that agree from below as far as there are any
		if h.cols[col] != nil || len(stack) == 0 {
			continue
		}
		most, which, tie := 0, -1, false
		for _, i := range s.leaf[stack[0]] {
			if taken[i] {
				continue
			}
			n := 1
			for n < len(stack) && n < len(s.paths[i]) && stack[n] == s.paths[i][n] {
				n++
			}
			if n >= most {
				tie = n == most
				most, which = n, i
			}
		}
		if which >= 0 && !tie {
			give(col, which, 1)
		}
	}
	s.others(h, stacks)
	for _, m := range w.sheet.merges { // a heading may reach further down than its text
		if m.Row >= h.first && m.Row < h.body && m.LastRow >= h.body && m.LastRow-m.Row < bandDepth {
			h.body = m.LastRow + 1
		}
	}
	return h
}

var stubs = map[bool][]string{
	true:  {"地区名称", "地区", "单位名称", "单位", "填报单位", "县市区", "报送单位"},
	false: {"序号", "编号"},
}

// others finds the stub, the column of items' ids and the columns that belong to no field.
func (s *signs) others(h *header, stacks [][]string) {
	first := len(stacks)
	for col := range h.cols {
		first = min(first, col)
	}
	stub := labelKey(s.form.Stub)
	for col, stack := range stacks {
		switch {
		case h.cols[col] != nil || len(stack) == 0:
		case stack[0] == labelKey(ItemHeading):
			h.item = col
			h.score++ // a head that begins a row lower, and has all fields too, would lose the ids
		case stack[0] == labelKey(WhyHeading):
		case h.stub < 0 && (stack[0] == stub || slices.Contains(stubs[s.form.Single()], stack[0])):
			h.stub = col
			h.score++
		default:
			h.extra = append(h.extra, col)
		}
	}
	if h.stub < 0 && first > 0 {
		h.stub = first - 1
		h.extra = slices.DeleteFunc(h.extra, func(col int) bool { return col == h.stub })
	}
}

// placed gives fields whose heading was not found the column our template had them in, if a
// heading of no other field stands there.
func (h *header) placed(fields []*forms.Field, columns []string) {
	for _, x := range fields {
		col := slices.Index(columns, x.ID)
		if _, there := h.at[x.ID]; there || col < 0 || !slices.Contains(h.extra, col) {
			continue
		}
		h.cols[col], h.at[x.ID] = x, col
		h.extra = slices.DeleteFunc(h.extra, func(c int) bool { return c == col })
	}
}
