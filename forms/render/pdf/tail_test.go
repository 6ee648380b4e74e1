package pdf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/baosong/baosong/forms/render"
)

// Whatever the number of rows, what stands below a table is never alone on a page with less than
// two lines, and signatures never without a row or two lines above them.
func TestTailKeepsCompany(t *testing.T) {
	for rows := range 30 {
		for _, facts := range []int{0, 1, 5} {
			plain := register4(rows, false)
			for i := range facts {
				plain.Statements = append(plain.Statements, fmt.Sprintf("%d.晋江市 第%d行：%s", i+1, i+1, strings.Repeat("已核实并留存回访记录。", 1+7*i)))
			}
			bare := plain
			bare.Notes, bare.Statements = nil, plain.Statements[:min(1, facts)]
			bare.Foot = []render.HeadLine{{Label: "单位负责人"}, {Label: "填表人", Value: "张样一"}}
			for name, d := range map[string]render.Document{"notes": plain, "coded": withCode(plain), "signed": bare} {
				l, err := lay(faces(), d, false)
				if err != nil {
					t.Fatal(err)
				}
				for n, pg := range l.pages {
					body, notes := false, 0
					for _, x := range pg.texts {
						body = body || x.s == "处理情况"
						if x.size == noteSize && x.align == "L" && x.s != "备注：" {
							notes++
						}
					}
					if !body && notes < together {
						t.Errorf("%s, %d rows, %d statements: page %d of %d holds %d lines and no row", name, rows, facts, n+1, len(l.pages), notes)
					}
				}
				if err := clashes(l); err != nil {
					t.Errorf("%s, %d rows, %d statements: %v", name, rows, facts, err)
				}
			}
		}
	}
}

// The signatures below a text have its last lines above them, and headings stand with what
// they head, several of them too.
func TestTextKeepsCompany(t *testing.T) {
	for length := range 60 {
		d := narrative(1)
		d.Lines[0].Cells[0] = strings.Repeat("排查困难群众，逐户走访，逐条核实，逐项销号。", 1+length)
		d.Foot = []render.HeadLine{{Label: "单位负责人"}, {Label: "填表人", Value: "张样一"}}
		l, err := lay(faces(), withCode(d), false)
		if err != nil {
			t.Fatal(err)
		}
		for n, pg := range l.pages {
			var prose []text
			for _, x := range pg.texts {
				if x.size == proseSize {
					prose = append(prose, x)
				}
			}
			if len(prose) == 0 {
				t.Errorf("length %d: page %d of %d holds no line of the text", length, n+1, len(l.pages))
			} else if last := prose[len(prose)-1]; last.face == hei || last.face == kai {
				t.Errorf("length %d: page %d ends with the heading %s", length, n+1, last.s)
			}
		}
	}
}

// A code costs a table of one page no second one.
func TestACodeCostsNoPage(t *testing.T) {
	for _, d := range []render.Document{table1(), rollup2("南安市"), register4(0, true), register4(1, false), register4(5, false)} {
		without, err := lay(faces(), d, false)
		if err != nil {
			t.Fatal(err)
		}
		with, err := lay(faces(), withCode(d), false)
		if err != nil {
			t.Fatal(err)
		}
		if len(without.pages) != 1 || len(with.pages) != 1 {
			t.Errorf("%s, %d rows: %d pages, %d with a code", d.Form.Label, len(d.Lines), len(without.pages), len(with.pages))
		}
	}
}
