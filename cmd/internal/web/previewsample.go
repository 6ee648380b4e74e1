package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

// What a preview is filled with. Nobody has these names and numbers.
const (
	sampleUnit        = "样例县"
	samplePeriod      = "2021-06-25"
	samplePeriodLabel = "2021年6月"
	samplePhone       = "13800000000"
	sampleRows        = 3
)

var sampleUnits = []string{"样例镇", "样例乡", "样例街道"}

func sampleName(i int) string { return []string{"张样一", "李样二", "王样三"}[i%3] }

// sampler makes up values for a form, always the same.
type sampler struct {
	form   *forms.Form
	fields []*forms.Field
	check  *forms.Checker
}

func newSampler(f *forms.Form) sampler { return sampler{f, f.Fields(), f.Checker()} }

// draft is a sheet with plausible values in every cell. In a ledger the first item came from the
// period before.
func (s sampler) draft() forms.Sheet {
	n := 1
	if !s.form.Single() {
		n = sampleRows
	}
	var out forms.Sheet
	for i := range n {
		row := forms.Row{}
		for k, x := range s.fields {
			if v := sampleValue(x, k, i); v != "" && len(x.Sum) == 0 {
				row[x.ID] = v
			}
		}
		if l := s.form.Ledger; l != nil {
			if i == 0 {
				row[forms.ItemID] = "item-1"
			} else {
				delete(row, l.Closed)
			}
			if l.Deadline != "" {
				row[l.Deadline] = fmt.Sprintf("2021-07-%02d", 1+i)
			}
		}
		out.Rows = append(out.Rows, s.form.Compute(row))
	}
	return out
}

// context is what the checks of the sample look at beside the sheet: figures handed down a little
// below those of the draft, the period before as the draft is, and of a ledger an open item.
func (s sampler) context() forms.Context {
	ctx := forms.Context{Period: samplePeriod, Baseline: map[string]string{}, Units: sampleUnits}
	rows := s.draft().Rows
	for _, x := range s.fields {
		if x.Baseline != "" {
			ctx.Baseline[x.Baseline] = "2"
		}
	}
	ctx.Last = forms.Content{s.form.ID: {Rows: rows}}
	if l := s.form.Ledger; l != nil {
		open := maps.Clone(rows[0])
		delete(open, l.Closed)
		ctx.Opening = map[string][]forms.Row{s.form.ID: {open}}
	}
	return ctx
}

// sampleValue is a value for the k-th field in the i-th row: canonical, and within its length.
func sampleValue(x *forms.Field, k, i int) string {
	switch x.Type {
	case forms.Count:
		return fmt.Sprint(3 + (7*k+5*i)%90)
	case forms.Decimal, forms.Money:
		v := fmt.Sprint(2 + (11*k+3*i)%70)
		if x.Decimals > 0 {
			v += ".5"
		}
		return v
	case forms.DateType:
		return fmt.Sprintf("2021-06-%02d", 1+(k+i)%24)
	case forms.Choice:
		return x.Choices[i%len(x.Choices)]
	case forms.Name:
		return sampleName(k + i)
	case forms.Phone:
		return samplePhone
	case forms.IDNumber:
		return sampleIDNumber(x, i)
	case forms.UnitName:
		return sampleUnits[i%len(sampleUnits)]
	case forms.File:
		name := fmt.Sprintf("佐证材料%d.pdf", i+1)
		sum := sha256.Sum256([]byte(name))
		return forms.JoinFiles([]forms.FileRef{{Hash: hex.EncodeToString(sum[:]), Name: name}})
	case forms.LongText:
		return shorten(x, fmt.Sprintf("%s第一段：这里是预览用的样例文字，不是真实情况。\n第二段：样例文字写得长一些，可以看出换行和段落的样子。", x.Label))
	}
	return shorten(x, "样例"+x.Label)
}

func shorten(x *forms.Field, s string) string {
	r := []rune(s)
	if most := x.MaxLen(); most > 0 && len(r) > most {
		r = r[:most]
	}
	v, _ := forms.Normalize(x, string(r))
	return v
}

// sampleIDNumber is a number that nobody has: there is no place 99.
func sampleIDNumber(x *forms.Field, i int) string {
	for _, check := range "0123456789X" {
		n := fmt.Sprintf("990000200001%02d00%d%c", 1+i, 1+i, check)
		if v, fault := forms.Normalize(x, n); fault == nil {
			return v
		}
	}
	return ""
}

// wrongValue is what the type of a field refuses; "" if a blank is all that can be wrong.
func wrongValue(x *forms.Field) string {
	switch x.Type {
	case forms.Count:
		return "三十"
	case forms.Decimal, forms.Money:
		return "12.3.4"
	case forms.DateType:
		return "2021-02-30"
	case forms.Choice:
		return "不在选项之内"
	case forms.Name:
		return "123"
	case forms.Phone:
		return "12"
	case forms.IDNumber:
		return "990000200001010000"
	case forms.UnitName:
		return "不存在的单位"
	case forms.LongText:
		return ""
	}
	if most := x.MaxLen(); most > 0 && most <= 100 {
		return strings.Repeat("长", most+1)
	}
	return ""
}

// failing is a sheet with what can be wrong with the form.
type failing struct {
	sheet forms.Sheet
	quiet []string // checks that no value could be found for
}

// errors makes one cell of each type wrong, leaves one blank, and breaks every check for which
// values can be found: in a row of its own if the form has many, else side by side with the others.
func (s sampler) errors() failing {
	var out failing
	used := map[string]bool{}
	base := s.draft()
	ctx := s.context()
	for i := range s.form.Checks {
		k := &s.form.Checks[i]
		before := base
		if !s.form.Single() {
			before = forms.Sheet{Rows: s.draft().Rows[:1]}
		}
		broken, ids, ok := s.breaks(k, before, ctx, slices.DeleteFunc(slices.Clone(s.named(k)), func(id string) bool { return s.form.Single() && used[id] }))
		switch {
		case !ok:
			out.quiet = append(out.quiet, k.ID)
			continue
		case s.form.Single():
			base = broken
		default:
			delete(broken.Rows[0], forms.ItemID)
			base.Rows = append(base.Rows, broken.Rows[0])
		}
		for _, id := range ids {
			used[id] = true
		}
	}
	row := base.Rows[0]
	if !s.form.Single() {
		row = maps.Clone(row)
		delete(row, forms.ItemID)
		base.Rows = append(base.Rows, row)
		clear(used)
	}
	types, blank := map[forms.Type]bool{}, false
	for _, x := range s.fields {
		wrong := wrongValue(x)
		switch {
		case used[x.ID] || len(x.Sum) > 0:
		case wrong != "" && !types[x.Type]:
			row[x.ID], types[x.Type] = wrong, true
		case x.Required && !blank:
			delete(row, x.ID)
			blank = true
		}
	}
	for i, r := range base.Rows {
		base.Rows[i] = s.form.Compute(r)
	}
	out.sheet = base
	return out
}

var identifier = regexp.MustCompile(`[a-z][a-z0-9_]*`)

// named are the fields a check is about: those it runs over, and those its rule names.
func (s sampler) named(k *forms.Check) []string {
	var out []string
	for _, id := range append(slices.Clone(k.Each[:min(len(k.Each), 1)]), identifier.FindAllString(k.Rule, -1)...) {
		if x := s.form.Field(id); x != nil && len(x.Sum) > 0 {
			out = append(out, x.Sum...)
		} else if x != nil && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// mostTries bounds the search for values that break a rule.
const mostTries = 3000

// breaks looks for values of the named fields under which the check fails in row 0.
func (s sampler) breaks(k *forms.Check, sheet forms.Sheet, ctx forms.Context, ids []string) (forms.Sheet, []string, bool) {
	for n := range mostTries {
		row := maps.Clone(sheet.Rows[0])
		rest := n
		for _, id := range ids {
			pool := candidates(s.form.Field(id))
			if v := pool[rest%len(pool)]; v == "" {
				delete(row, id)
			} else {
				row[id] = v
			}
			rest /= len(pool)
		}
		if rest > 0 {
			break
		}
		try := forms.Sheet{Rows: append([]forms.Row{s.form.Compute(row)}, sheet.Rows[1:]...)}
		if slices.ContainsFunc(s.check.Check(try, ctx), func(p forms.Problem) bool { return p.Check == k.ID && p.Row <= 0 }) {
			return try, ids, true
		}
	}
	return forms.Sheet{}, nil, false
}

// candidates are the values tried for a field.
func candidates(x *forms.Field) []string {
	switch {
	case x.Type.Numeric():
		return []string{"0", "1000", "1", "12", ""}
	case x.Type == forms.DateType:
		return []string{"2019-12-31", "2021-01-01", "2021-12-31", "2021-06-15", ""}
	case x.Type == forms.Choice:
		return append(slices.Clone(x.Choices), "")
	}
	return []string{"", sampleValue(x, 0, 0)}
}
