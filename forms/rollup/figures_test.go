package rollup_test

import (
	"github.com/baosong/baosong/forms"
	"github.com/baosong/baosong/forms/rollup"
)

// helped is a small table with a sum over a sum: 合计 = 低保小计 + 特困, 低保小计 = 城市 + 农村.
func helped() *forms.Form {
	return form(forms.Table, "全市合计",
		forms.Field{ID: "all", Label: "合计", Type: forms.Decimal, Decimals: 2, Sum: []string{"minimum", "destitute"}},
		forms.Field{ID: "minimum", Label: "低保小计", Type: forms.Count, Sum: []string{"urban", "rural"}},
		forms.Field{ID: "urban", Label: "城市低保", Type: forms.Count},
		forms.Field{ID: "rural", Label: "农村低保", Type: forms.Count},
		forms.Field{ID: "destitute", Label: "特困", Type: forms.Decimal, Decimals: 2},
		forms.Field{ID: "note", Label: "备注", Type: forms.Text},
	)
}

// problems is a rectification list (整改清单).
func problems() *forms.Form {
	f := form(forms.Ledger, "",
		forms.Field{ID: "problem", Label: "问题", Type: forms.Text},
		forms.Field{ID: "measure", Label: "整改情况", Type: forms.Text},
		forms.Field{ID: "closed", Label: "销号日期", Type: forms.DateType},
	)
	f.Ledger = &forms.LedgerRule{Closed: "closed", Evidence: []string{"measure"}, Zero: forms.NothingNew}
	return f
}

func form(kind forms.Kind, total string, fields ...forms.Field) *forms.Form {
	f := &forms.Form{ID: "f", Version: 1, Kind: kind, Title: "表", Stub: "地区", Total: total}
	for i := range fields {
		fields[i].Path = []string{fields[i].Label}
		f.Columns = append(f.Columns, &forms.Heading{Label: fields[i].Label, Field: &fields[i]})
	}
	return f
}

// in is what a unit reported.
func in(unit, name string, rows ...forms.Row) rollup.Input {
	return rollup.Input{Unit: unit, Name: name, Mark: rollup.Reported, Version: 1, Hash: "h-" + unit, Sheet: forms.Sheet{Rows: rows}}
}

func out(unit, name string, mark rollup.Mark) rollup.Input {
	return rollup.Input{Unit: unit, Name: name, Mark: mark, Sheet: forms.Sheet{Zero: mark == rollup.ConfirmedZero}}
}

func own(x rollup.Input) rollup.Input {
	x.Own, x.Version = true, 0
	return x
}

func item(id, problem, closed string) forms.Row {
	r := forms.Row{forms.ItemID: id, "problem": problem}
	if closed != "" {
		r["closed"], r["measure"] = closed, "已整改"
	}
	return r
}
