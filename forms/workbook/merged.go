package workbook

import "slices"

// Range is a block of cells of a sheet, both ends included: rows as Line.N counts, from 1, columns
// as Cell.Col counts, from 0.
type Range struct{ Row, Col, LastRow, LastCol int }

// Merged returns the merged cells of the sheet in the order in which the file tells of them. No two
// overlap; what stands in one stands in its first cell.
func (s *Sheet) Merged() []Range { return slices.Clone(s.merges) }
