package propose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

var (
	serials = regexp.MustCompile(`^(序号|编号|序次|行号|行次|No\.?|NO\.?)$`)
	places  = regexp.MustCompile(`^(地区名称|地区|地市|区域|辖区|县（市、区）|县\(市、区\)|县市区|县区|区县|设区市|市县|乡镇|镇街|镇（街道）|乡镇（街道）|街道（乡镇）|单位|单位名称|填报单位|报送单位|机构名称|机构|部门|各县（市、区）|县别|地区别|项目|指标名称|指标)$`)
	totals  = regexp.MustCompile(`^(全[省市县区镇]|本[市县区镇])?(合计|总计|共计)$|^全[省市县区镇]$`)
)

func isStub(label string) bool { return serials.MatchString(label) || places.MatchString(label) }

func isTotal(s string) bool { return totals.MatchString(s) }

// takeStub finds the first column of the form, which is none of its fields, and with it the kind
// of the form. It returns the columns without it.
func (p *proposal) takeStub(cs []column, all []*leaf) []column {
	numbered := len(cs) > 0 && cs[0].leaf != nil && serials.MatchString(cs[0].label)
	rest := cs
	if numbered {
		rest = cs[1:]
	}
	named := len(rest) > 0 && rest[0].leaf != nil && places.MatchString(rest[0].label)
	p.readTotal(all)
	p.kind, p.stub = forms.Register, "序号"
	switch {
	case named && (!numbered || p.figures(rest[1:]) && len(rest) > 2):
		p.kind, p.stub = forms.Table, rest[0].label
		if x := rest[0].label; strings.Contains(x, "指标") || x == "项目" {
			p.ask("", AboutKind, "第一栏是“"+x+"”：本系统的统计表每个单位填一行。如各单位要填多行，请改为登记表。",
				"The first column is “"+x+"”: a table has one row a unit. If units fill several rows, make it a register.")
		} else if !numbered && !p.figures(rest[1:]) {
			p.ask("", AboutKind, "每个单位填一行，汇总后一个单位一行。如一个单位可能要填多行，请改为登记表。",
				"Each unit fills one row. If a unit may have several, make it a register.")
		}
		return rest[1:]
	case numbered:
		p.stub = cs[0].label
		if strings.Contains(p.title, "台账") || strings.Contains(p.title, "销号") {
			p.ask("", AboutKind, "标题像台账。如事项要跨期跟踪、对账销号，请把类型改为台账并指定销号日期栏；否则每期各自登记。",
				"The title speaks of a ledger. If items live on until they are closed, make it a ledger and name the date of closing.")
		}
		return rest
	case p.figures(cs):
		p.kind, p.stub = forms.Table, "单位"
		p.ask("", AboutStub, "没有找到单位栏，系统自动在最左加一栏“单位”，由系统填写。", "There is no column of units: one is added at the left and filled in by the system.")
	default:
		p.ask("", AboutKind, "没有序号栏，也没有单位栏：按登记表处理，每个单位可填多行。如每个单位只填一行，请改为统计表。",
			"There is neither a serial number nor a unit: taken for a register with any number of rows. If a unit fills one row, make it a table.")
	}
	return cs
}

// figures reports whether most of the columns hold figures, by their headings and samples.
func (p *proposal) figures(cs []column) bool {
	n, yes := 0, 0
	for _, x := range flatten(cs, nil) {
		if serials.MatchString(x.label) || strings.HasSuffix(x.label, "备注") {
			continue
		}
		n++
		if t, sure := p.guess(x); t.Numeric() || !sure && len(x.samples) == 0 && p.unitRow >= 0 {
			yes++
		}
	}
	return n > 0 && yes*2 > n
}

// readTotal takes the label of the row of totals from the samples.
func (p *proposal) readTotal(all []*leaf) {
	for r := p.body; r < p.end; r++ {
		for _, x := range all[:min(2, len(all))] {
			if s := heading(p.t.text[r][x.col]); isTotal(s) {
				p.total = s
				return
			}
		}
	}
}

// rows are the samples of two or more columns that stand in one row; a row of totals is left out.
func (p *proposal) rows() (out []int) {
	for r := p.body; r < p.end; r++ {
		if cols := p.t.filled(r); len(cols) > 1 && !slices.ContainsFunc(cols[:min(2, len(cols))], func(c int) bool { return isTotal(heading(p.t.text[r][c])) }) {
			out = append(out, r)
		}
	}
	return out
}
