package xlsx

import (
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/workbook"
)

// rules puts a check on what is typed into each open column of the body. They help whoever types
// and prove nothing: pasting passes them by, and everything is checked again when the file comes in.
func (p *templateBook) rules() error {
	for j, x := range p.fields {
		if shut(x) {
			continue
		}
		from, err := excelize.CoordinatesToCellName(j+2, p.first)
		if err != nil {
			return err
		}
		to, err := excelize.CoordinatesToCellName(j+2, p.row)
		if err != nil {
			return err
		}
		rule := excelize.NewDataValidation(true)
		rule.SetSqref(from + ":" + to)
		message, err := p.rule(rule, j, x)
		if err != nil {
			return err
		}
		if message == "" {
			continue
		}
		rule.SetError(excelize.DataValidationErrorStyleStop, short(x.Label, 30), message)
		if err := p.file.AddDataValidation(p.sheet, rule); err != nil {
			return err
		}
	}
	return nil
}

// most is the greatest number a field takes: fifteen digits.
const most = "999999999999999"

// rule sets the check of a field and returns what is said when it fails; "" if it has none.
func (p *templateBook) rule(rule *excelize.DataValidation, j int, x *forms.Field) (string, error) {
	unit := x.Unit
	if unit != "" {
		unit = "（单位：" + short(unit, 12) + "）"
	}
	switch x.Type {
	case forms.Count:
		return "请填不小于0的整数" + unit + "，如 128。没有的填 0，不清楚的留空。", rule.SetRange("0", most, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween)
	case forms.Decimal, forms.Money:
		return fmt.Sprintf("请填数字%s，最多%d位小数，如 12.5。没有的填 0，不清楚的留空。", unit, x.Decimals), rule.SetRange("-"+most, most, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween)
	case forms.DateType: // as serial numbers: 1900-03-01 to 2199-12-31
		return "请填日期，如 2021-06-25。", rule.SetRange("61", "109575", excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween)
	case forms.Choice:
		from, err := excelize.CoordinatesToCellName(j+2, choicesFrom+1, true)
		if err != nil {
			return "", err
		}
		to, err := excelize.CoordinatesToCellName(j+2, choicesFrom+len(x.Choices), true)
		if err != nil {
			return "", err
		}
		rule.SetSqrefDropList(workbook.TagSheet + "!" + from + ":" + to)
		return "请从下拉列表中选择一项。", nil
	}
	if n := x.MaxLen(); n > 0 {
		return "最多" + strconv.Itoa(n) + "个字，请精简。", rule.SetRange("0", strconv.Itoa(n), excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween)
	}
	return "", nil
}

// short cuts a text to so many UTF-16 units, with a mark where it was cut.
func short(s string, n int) string {
	if units(s) <= n {
		return s
	}
	out := ""
	for _, r := range s {
		if units(out+string(r)) > n-1 {
			break
		}
		out += string(r)
	}
	return out + "…"
}
