package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baosong/baosong/forms"
)

// take makes a field's value of a cell. What is not understood comes back as typed with a
// problem; of a figure with more digits than the field may have, the shown ones are taken, with
// a warning.
func take(x *forms.Field, c Cell, n int) (string, *Problem) {
	at := Address(n, c.Col)
	wrong := func(zh, en string) *Problem {
		return &Problem{At: at, Field: x.ID, Fault: Fault{at + "「" + x.Column() + "」" + zh + "。", at + " “" + x.Column() + "” " + en + "."}}
	}
	switch c.Kind {
	case Failed:
		return c.Text, wrong("为错误值"+c.Text+"，请改正公式或直接填写结果", "is the error "+c.Text+": mend the formula or type the result")
	case Unsaved:
		return "", wrong("的公式没有保存结果，请用 Excel 或 WPS 打开后保存，再上传", "is a formula without a saved result: open the file, save it and hand it in again")
	case Scaled:
		if x.Type.Numeric() {
			return c.Text, wrong("的单元格格式把数缩小显示（实际为"+c.Text+"），请改为常规格式并核对", "is shown with its point moved (it is "+c.Text+"): set its format to General and check it")
		}
	case Bool:
		if x.Type == forms.Choice && slices.Contains(x.Choices, "是") && slices.Contains(x.Choices, "否") {
			return map[string]string{"TRUE": "是", "FALSE": "否"}[c.Text], nil
		}
	case Number:
		if !x.Type.Numeric() && strings.IndexFunc(c.Text, func(r rune) bool { return r < '0' || r > '9' }) < 0 && len(c.Text) > significant {
			return c.Text, wrong("被存成了数字，第15位以后已经丢失，请把单元格设为文本格式后重新填写", "was kept as a number and lost its digits after the fifteenth: set the cell to text and type it again")
		}
	}
	v, fault := forms.Normalize(x, c.Text)
	if fault == nil {
		return v, nil
	}
	if c.Shown != "" {
		if shown, bad := forms.Normalize(x, c.Shown); bad == nil {
			p := wrong(fmt.Sprintf("实际为%s，按显示的%s读入", c.Text, c.Shown), fmt.Sprintf("is %s; %s was taken, as shown", c.Text, c.Shown))
			p.Warning = true
			return shown, p
		}
	}
	return v, wrong("填“"+excerpt(c.Text)+"”，"+fault.Zh, "is “"+excerpt(c.Text)+"” and "+fault.En)
}
