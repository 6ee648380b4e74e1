"""The peer of BenchmarkAgainstOpenpyxl: writes a table of so many rows and 44 columns with
openpyxl's write-only mode, its fastest, with the same kinds of cells as ours: styled, bordered,
numbers with thousands separators. Prints the seconds of each run, one a line.

usage: openpyxl_bench.py ROWS RUNS
"""

import io
import sys
import time

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side


def write(rows):
    book = Workbook(write_only=True)
    sheet = book.create_sheet("附件2")
    side = Side(style="thin")
    border, font = Border(side, side, side, side), Font(name="宋体", size=10.5)
    right, left = Alignment(horizontal="right", vertical="center", wrap_text=True), Alignment(vertical="center", wrap_text=True)

    def cell(value, alignment, number_format):
        c = WriteOnlyCell(sheet, value)
        c.font, c.border, c.alignment, c.number_format = font, border, alignment, number_format
        return c

    for r in range(rows):
        line = [cell("第%d县" % r, left, "@")]
        line += [cell((r * 7919 + i * 104729) % 40000, right, "#,##0") for i in range(43)]
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out


for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    write(int(sys.argv[1]))
    print(time.perf_counter() - start)
