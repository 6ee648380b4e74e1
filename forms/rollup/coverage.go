package rollup

import (
	"fmt"
	"strings"
)

// cover counts whom the inputs cover. Exempt units and those not concerned are not due; the
// own row is no duty and stands apart.
func cover(inputs []Input) Coverage {
	c := Coverage{Zero: []string{}, Missing: []string{}, Exempt: []string{}, Late: []string{}}
	for _, in := range inputs {
		here := in.Mark == Reported || in.Mark == ConfirmedZero
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
		}
	}
	return c
}

// CoverageText says a coverage in Chinese, a sentence a line: how many are in, who is missing
// (said even if nobody is), who reported zero, is exempt or late, and whether the own row is
// there.
func CoverageText(c Coverage) []string {
	first := fmt.Sprintf("应报%d个，已报%d个", c.Due, c.In)
	if c.In > 0 {
		first += fmt.Sprintf("（其中已审%d个）", c.Reviewed)
	}
	out := []string{first + "。"}
	for _, x := range []struct {
		word  string
		names []string
	}{{"未报", c.Missing}, {"零报送", c.Zero}, {"免报", c.Exempt}, {"迟报", c.Late}} {
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
	return out
}
