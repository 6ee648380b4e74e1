package propose

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

var update = flag.Bool("update", false, "write the golden files anew")

// outline is a form as a person would describe it.
func outline(f *forms.Form, qs []Question) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("%s %s《%s》 stub=%s total=%s units=%v numbers=%v", f.Kind, f.Label, f.Title, f.Stub, f.Total, f.UnitRow, f.Numbers)
	lines := func(name string, items []forms.HeadItem) {
		for _, h := range items {
			right := ""
			if h.Right {
				right = " right"
			}
			p("%s %s ← %s %s%s", name, h.Label, h.From, h.Text, right)
		}
	}
	lines("head", f.Head)
	var walk func(hs []*forms.Heading, in string)
	walk = func(hs []*forms.Heading, in string) {
		for _, h := range hs {
			if h.Field == nil {
				p("%s%s", in, h.Label)
				walk(h.Children, in+"  ")
				continue
			}
			x := h.Field
			s := fmt.Sprintf("%s%s: %s %s", in, h.Label, x.ID, x.Type)
			if x.Unit != "" {
				s += " " + x.Unit
			}
			if x.Decimals > 0 {
				s += fmt.Sprintf(" .%d", x.Decimals)
			}
			if len(x.Choices) > 0 {
				s += fmt.Sprint(" ", x.Choices)
			}
			if len(x.Sum) > 0 {
				s += fmt.Sprint(" = ", strings.Join(x.Sum, " + "))
			}
			if x.Required {
				s += " required"
			}
			if x.Personal {
				s += " personal"
			}
			p("%s", s)
		}
	}
	walk(f.Columns, "  ")
	lines("foot", f.Foot)
	for _, n := range f.Notes {
		p("%s %s", f.NotesLabel, n)
	}
	for _, k := range f.Checks {
		p("check %s", k.Rule)
	}
	for _, q := range qs {
		p("? %s %s %s", q.Field, q.About, q.Zh)
	}
	return b.String()
}

// Tables as offices have them, with what goes wrong on the way: testdata holds each as it was
// pasted (.tsv, .html) and what is made of it (.golden).
func TestMessyTables(t *testing.T) {
	var names []string
	for _, ext := range []string{"tsv", "html"} {
		found, err := filepath.Glob("testdata/*." + ext)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if len(names) < 12 {
		t.Fatalf("%d tables", len(names))
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			open := workbook.ReadTSV
			if strings.HasSuffix(name, ".html") {
				open = workbook.ReadHTML
			}
			b, err := open(string(raw))
			if err != nil {
				t.Fatal(err)
			}
			f, qs, err := FromTable(b)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range qs {
				if q.Zh == "" || q.En == "" || q.Field != "" && f.Field(q.Field) == nil {
					t.Errorf("question %+v", q)
				}
			}
			got, golden := outline(f, qs), strings.TrimSuffix(name, filepath.Ext(name))+".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestNoTable(t *testing.T) {
	for name, text := range map[string]string{
		"a title alone": "关于冬季供暖的通知\t\t\n",
		"a sentence":    "请各单位于今天下午报送",
		"a line only":   "填报单位：\t\t填报时间：\n",
	} {
		b, err := workbook.ReadTSV(text)
		if err != nil {
			t.Fatal(name, err)
		}
		f, _, err := FromTable(b)
		if fault, ok := workbook.As(err); !ok || fault.Zh == "" {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

// Whatever is pasted: a valid form that can be kept and read back, or a fault.
func FuzzFromTable(f *testing.F) {
	for n := 1; n <= 4; n++ {
		markup, text := pasted(annex(f, n))
		f.Add(markup, true)
		f.Add(text, false)
	}
	names, _ := filepath.Glob("testdata/*.tsv")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b), false)
	}
	f.Add("<table><tr><td colspan=300>a<td rowspan=70000>b<tr><td>c", true)
	f.Fuzz(func(t *testing.T, text string, markup bool) {
		open := workbook.ReadTSV
		if markup {
			open = workbook.ReadHTML
		}
		b, err := open(text)
		if err != nil {
			return
		}
		form, qs, err := FromTable(b)
		if err != nil {
			if _, ok := workbook.As(err); !ok {
				t.Fatal(err)
			}
			return
		}
		y, err := forms.Encode(form)
		if err != nil {
			t.Fatalf("%v\n%s", err, outline(form, qs))
		}
		s, err := forms.Load("table.yaml", y)
		if err != nil || s.Form.Title != form.Title {
			t.Fatal(err)
		}
	})
}
