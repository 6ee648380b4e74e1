package rollup

import (
	"fmt"
	"strings"
)

// cover counts whom the inputs cover. Exempt units and those not concerned are not due; the
// own row is no duty and stands apart.
func cover(inputs []Input, carried map[string]bool) Coverage {
	c := Coverage{Zero: []string{}, Missing: []string{}, Exempt: []string{}, Late: []string{}}
	for _, in := range inputs {
		here := in.Mark == Reported || in.Mark == ConfirmedZero
		if here && in.Below != nil {
			c.Below = append(c.Below, Within{in.Name, *in.Below})
		}
		switch {
		case in.Own:
			c.OwnName, c.Own = in.Name, here
		case here:
			c.Due++
			c.In++
			if in.Reviewed {
				c.Reviewed++
			}
			if in.Mark == ConfirmedZero {
				c.Zero = append(c.Zero, in.Name)
			}
			if in.Late {
				c.Late = append(c.Late, in.Name)
			}
		case in.Mark == Exempt:
			c.Exempt = append(c.Exempt, in.Name)
		case in.Mark != NotApplicable:
			c.Due++
			c.Missing = append(c.Missing, in.Name)
			if carried[in.Unit] {
				c.Carried = append(c.Carried, in.Name)
			}
		}
	}
	return c
}

// CoverageText says a coverage in Chinese, a sentence a line: how many are in, who is missing
// (said even if nobody is), for whom the figures of the period before stand in, who reported
// zero, is exempt or late, whether the own row is there, and the same of the levels below:
// 其中：晋江市 应报19，已报18，未报：金井镇。
func CoverageText(c Coverage) []string {
	first := fmt.Sprintf("应报%d个，已报%d个", c.Due, c.In)
	if c.In > 0 {
		first += fmt.Sprintf("（其中已审%d个）", c.Reviewed)
	}
	out := []string{first + "。"}
	for _, x := range []struct {
		word  string
		names []string
	}{{"未报", c.Missing}, {"上期数暂用", c.Carried}, {"零报送", c.Zero}, {"免报", c.Exempt}, {"迟报", c.Late}} {
		if len(x.names) > 0 {
			out = append(out, x.word+"："+strings.Join(x.names, "、")+"。")
		} else if x.word == "未报" {
			out = append(out, "未报：无。")
		}
	}
	if c.OwnName != "" {
		here := "未列"
		if c.Own {
			here = "已列"
		}
		out = append(out, "本级（"+c.OwnName+"）："+here+"。")
	}
	if parts := within(c, ""); len(parts) > 0 {
		out = append(out, "其中："+strings.Join(parts, "；")+"。")
	}
	return out
}

// within says the coverage of the levels below, a unit a clause, each under the names of those
// it belongs to.
func within(c Coverage, above string) []string {
	var out []string
	for _, w := range c.Below {
		text := fmt.Sprintf("%s%s 应报%d，已报%d", above, w.Name, w.Due, w.In)
		for _, x := range []struct {
			word  string
			names []string
		}{{"未报", w.Missing}, {"上期数暂用", w.Carried}, {"免报", w.Exempt}} {
			if len(x.names) > 0 {
				text += "，" + x.word + "：" + strings.Join(x.names, "、")
			}
		}
		if w.OwnName != "" && !w.Own {
			text += "，" + w.OwnName + "未列"
		}
		out = append(out, text)
		out = append(out, within(w.Coverage, above+w.Name)...)
	}
	return out
}
