package rollup

import "fmt"

// Source is one figure that went into a cell of a table.
type Source struct {
	Input Input
	Line  int    // index into Table.Lines
	Cell  string // canonical text
}

// Lineage returns what makes up the cell at a line and column of the table: for a total, every
// unit's figure that was added, in the order of the lines; for any other cell, its own return.
// A blank contributes nothing and is not listed. Outside the table there is nothing.
func Lineage(t Table, line, column int) []Source {
	if line < 0 || line >= len(t.Lines) || column < 0 || column >= len(t.Lines[line].Cells) {
		return nil
	}
	byUnit := make(map[string]Input, len(t.Inputs))
	for _, in := range t.Inputs {
		byUnit[in.Unit] = in
	}
	var out []Source
	for i, l := range t.Lines {
		if l.Total || i != line && !t.Lines[line].Total || l.Cells[column] == "" {
			continue
		}
		out = append(out, Source{byUnit[l.Unit], i, l.Cells[column]})
	}
	return out
}

// Changed says in Chinese, a line a unit, what is different between the inputs of an edition
// and those there are now: why the edition is stale. It is empty if an edition made now would
// hold the same figures. Reviewing alone changes none.
func Changed(old, now []Input) []string {
	before := make(map[string]Input, len(old))
	for _, in := range old {
		before[in.Unit] = in
	}
	var out []string
	for _, in := range now {
		was, there := before[in.Unit]
		delete(before, in.Unit)
		if line := change(was, in, there); line != "" {
			out = append(out, in.Name+"："+line)
		}
	}
	for _, in := range old {
		if _, gone := before[in.Unit]; gone {
			out = append(out, in.Name+"：不再列入（原为"+in.Mark.Text()+"）。")
		}
	}
	return out
}

func change(was, is Input, there bool) string {
	late := ""
	if is.Late && !was.Late {
		late = "，迟报"
	}
	switch {
	case !there:
		return "新列入，现为" + is.Mark.Text() + late + "。"
	case was.Mark != is.Mark:
		return "原为" + was.Mark.Text() + "，现为" + is.Mark.Text() + late + "。"
	case was.Hash != is.Hash:
		return fmt.Sprintf("报送内容有更正，由第%d版改为第%d版%s。", was.Version, is.Version, late)
	case was.Version != is.Version:
		return fmt.Sprintf("重新报送，由第%d版改为第%d版%s，内容未变。", was.Version, is.Version, late)
	}
	return ""
}

// Text is the mark in Chinese, as boards and notes print it.
func (m Mark) Text() string {
	switch m {
	case Reported:
		return "已报"
	case ConfirmedZero:
		return "零报送"
	case Missing:
		return "未报"
	case Exempt:
		return "免报"
	case NotApplicable:
		return "不适用"
	}
	return string(m)
}
