package demo

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/scheduler/calendar"
)

// filler writes what a simulated clerk would: figures that hang together with those handed
// down, a few register rows, a paragraph. It goes by the schema alone, so that it fills in any
// catalogue's forms.
type filler struct {
	r        *rand.Rand
	unit     string            // 晋江市
	baseline map[string]string // by "form.field"
	today    calendar.Date
	months   int  // since the directive began: later reports have got further
	below    bool // put one figure below what was handed down
	prose    bool // the form at hand is a narrative: paragraphs, not a register's phrases
}

func (x *filler) content(fs []*forms.Form) forms.Content {
	c := forms.Content{}
	for _, f := range fs {
		c[f.ID] = x.sheet(f)
	}
	return c
}

func (x *filler) sheet(f *forms.Form) forms.Sheet {
	n := 1
	if !f.Single() {
		n = 1 + x.r.IntN(3)
	}
	x.prose = f.Kind == forms.Narrative
	s := forms.Sheet{}
	for i := range n {
		row := forms.Row{}
		if f.Kind == forms.Table {
			x.figures(f, row)
		}
		for _, fd := range f.Fields() {
			if row[fd.ID] == "" && !closes(f, fd.ID) && len(fd.Sum) == 0 && fd.Type != forms.File {
				row[fd.ID] = x.value(fd, i)
			}
		}
		s.Rows = append(s.Rows, f.Compute(row))
	}
	return s
}

// closes reports whether filling the field in says that an item of a ledger is done with.
func closes(f *forms.Form, field string) bool {
	return f.Kind == forms.Ledger && (field == f.Ledger.Closed || slices.Contains(f.Ledger.Evidence, field))
}

// figures fills the groups of a table: under each heading the first figure is how many were
// looked at (never fewer than handed down, unless below says so), the others are shares of it.
func (x *filler) figures(f *forms.Form, row forms.Row) {
	largest, most := "", 0
	var walk func(hs []*forms.Heading)
	walk = func(hs []*forms.Heading) {
		first := 0
		for i, h := range hs {
			walk(h.Children)
			if h.Field == nil || !h.Field.Type.Numeric() {
				continue
			}
			switch {
			case h.Field.Baseline != "":
				down, _ := strconv.Atoi(x.baseline[h.Field.Baseline])
				if down > most {
					largest, most = h.Field.ID, down
				}
				first = down
				if down > 0 {
					first += x.r.IntN(3 + down/200)
				}
			case i == 0:
				first = x.r.IntN(20)
			default:
				row[h.Field.ID] = strconv.Itoa(first * (x.r.IntN(5) + 2*x.months) / 100)
				continue
			}
			row[h.Field.ID] = strconv.Itoa(first)
		}
	}
	walk(f.Columns)
	if x.below && most > 0 {
		row[largest] = strconv.Itoa(most - 1)
	}
}

// value fills a single field. Everything says that it is demonstration data.
func (x *filler) value(fd *forms.Field, row int) string {
	switch fd.Type {
	case forms.Count:
		return strconv.Itoa(x.r.IntN(10))
	case forms.Decimal, forms.Money:
		v := strconv.Itoa(x.r.IntN(4))
		if fd.Decimals > 0 {
			v += "." + strconv.Itoa(1+x.r.IntN(9))
		}
		return v
	case forms.DateType:
		return x.today.AddDays(-x.r.IntN(5)).String()
	case forms.Choice:
		if len(fd.Choices) > 0 {
			return fd.Choices[x.r.IntN(len(fd.Choices))]
		}
	case forms.Name:
		return surnames[x.r.IntN(len(surnames))] + "样" + digits[row%len(digits)]
	case forms.Phone:
		return "0595-22500000"
	case forms.UnitName:
		return x.unit
	case forms.IDNumber, forms.File: // nobody's number is made up, and no file
		return ""
	case forms.LongText:
		if x.prose {
			return x.paragraph()
		}
	}
	return x.phrase(fd.Label, row)
}

func (x *filler) phrase(label string, row int) string {
	has := func(s string) bool { return strings.Contains(label, s) }
	switch {
	case has("序号"):
		return strconv.Itoa(row + 1)
	case has("地区") || has("发生地"):
		return x.unit + "样例镇"
	case has("编号") || has("文号"):
		return "样例〔" + strconv.Itoa(x.today.Year) + "〕" + strconv.Itoa(100+x.r.IntN(800)) + "号"
	case has("问题") || has("诉求") || has("案情"):
		return []string{"低保申请受理超过规定时限", "政策告知不到位，群众多次往返", "临时救助金发放不及时"}[x.r.IntN(3)] + "（演示数据）"
	case has("领域"):
		return "整治困难群众‘漏保’‘漏救’问题，加强低保、特困、孤儿、事实无人抚养儿童等困难群体基本生活保障"
	case has("来源"):
		return []string{"12349热线", "入户走访", "信访转办"}[x.r.IntN(3)]
	case has("类别"):
		return []string{"低保", "特困", "临时救助"}[x.r.IntN(3)]
	case has("整改") || has("查处") || has("办理") || has("措施"):
		return []string{"已核实，正在整改", "已补办并答复群众", "已约谈经办人员并限期改正"}[x.r.IntN(3)] + "（演示数据）"
	case has("备注") || has("问责"):
		return ""
	}
	return "演示数据"
}

func (x *filler) paragraph() string {
	return x.unit + "按照要求推进入户排查，累计走访困难群众" + strconv.Itoa(300+x.r.IntN(4000)) + "户，新纳入保障" +
		strconv.Itoa(x.r.IntN(60)) + "户，实施临时救助" + strconv.Itoa(x.r.IntN(40)) + "人次。（演示数据）\n下一步将继续核对名单，做到应保尽保、应救尽救。（演示数据）"
}
