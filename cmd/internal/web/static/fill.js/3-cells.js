// Moving about in a table as in a spreadsheet.

// inputOf is what a cell is filled in with; none for a total and for what others fill in.
function inputOf(cell) {
  var el = cell && cell.tagName === 'TD' && cell.querySelector('input:not([type=hidden]):not([type=file]):not([type=checkbox]),select,textarea');
  return el && !el.closest('.why') ? el : null;
}

// place is where an input stands; null outside a table.
function place(el) {
  var cell = el.closest('td'), table = cell && cell.closest('table.grid.edit');
  return table && !el.closest('.why') ? { cell: cell, row: cell.parentNode, body: table.tBodies[0], table: table } : null;
}

// toward is the next input in a direction, over cells that take none or are not shown.
function toward(cell, dr, dc) {
  var rows = cell.closest('tbody').rows, r = cell.parentNode.sectionRowIndex, c = cell.cellIndex, el = null;
  while (!el || !el.offsetParent) {
    r += dr; c += dc;
    if (!rows[r] || !rows[r].cells[c]) return null;
    el = inputOf(rows[r].cells[c]);
  }
  return el;
}
// edge is the first or last input of a row.
function edge(row, last) {
  var all = Array.from(row.cells).map(inputOf).filter(function (x) { return x && x.offsetParent; });
  return all[last ? all.length - 1 : 0];
}
function go(el) { el.focus(); if (el.select) el.select(); }

var entered = null; // the focused cell as it was when the focus came
form.addEventListener('focusin', function (e) {
  var at = place(e.target);
  entered = at && e.target.tagName !== 'BUTTON' ? { el: e.target, value: e.target.value } : null;
  light(at);
});

// light shows the row and the column of the focused cell, as printed on paper a ruler would.
var lit = [];
function light(at) {
  lit.forEach(function (x) { x.classList.remove('lit'); });
  lit = [];
  if (!at || at.cell.classList.contains('rowact')) return;
  var c = at.cell.cellIndex;
  each(at.table.tHead.querySelectorAll('[data-col]'), function (th) {
    var from = Number(th.getAttribute('data-col'));
    if (from <= c && c < from + th.colSpan) lit.push(th);
  });
  each(at.body.rows, function (row) { if (row.cells[c] && row !== at.row) lit.push(row.cells[c]); });
  each(at.row.cells, function (cell) { lit.push(cell); });
  lit.forEach(function (x) { x.classList.add('lit'); });
}

form.addEventListener('keydown', function (e) {
  var el = e.target, at, next = null, many;
  if (e.isComposing || e.keyCode === 229) return; // the key belongs to the input method
  if ((e.ctrlKey || e.metaKey) && !e.shiftKey && e.key.toLowerCase() === 'z') { if (undo()) e.preventDefault(); return; }
  if (e.altKey || e.metaKey || !/^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName) || !(at = place(el))) return;
  var text = el.tagName !== 'SELECT', long = el.tagName === 'TEXTAREA', n = el.value.length;
  var from = text ? el.selectionStart : 0, to = text ? el.selectionEnd : 0, all = from === 0 && to === n;
  var first = !text || to === 0 || all, last = !text || from === n || all;
  if (el.type === 'checkbox' || el.type === 'file') return;
  switch (e.key) {
    case 'Enter':
      if (long && !el.hasAttribute('data-line') && !e.ctrlKey) return; // a new paragraph
      e.preventDefault(); // never a submission by accident
      many = at.table.classList.contains('rows');
      next = many ? toward(at.cell, e.shiftKey ? -1 : 1, 0) : toward(at.cell, 0, e.shiftKey ? -1 : 1);
      if (!next && many && !e.shiftKey && blankless(at.row)) next = inputOf((addRow(at.table) || at.row).cells[at.cell.cellIndex]);
      break;
    case 'Escape':
      if (entered && entered.el === el && entered.value !== el.value) { el.value = entered.value; tidy(el); e.preventDefault(); }
      return;
    case 'ArrowDown': if (text && (!long || last)) next = toward(at.cell, 1, 0); break;
    case 'ArrowUp': if (text && (!long || first)) next = toward(at.cell, -1, 0); break;
    case 'ArrowLeft': if (first && !e.shiftKey) next = toward(at.cell, 0, -1); break;
    case 'ArrowRight': if (last && !e.shiftKey) next = toward(at.cell, 0, 1); break;
    case 'Home': if (e.ctrlKey) next = edge(at.body.rows[0], false); else if (first) next = edge(at.row, false); break;
    case 'End': if (e.ctrlKey) next = edge(at.body.rows[at.body.rows.length - 1], true); else if (last) next = edge(at.row, true); break;
  }
  if (next) { e.preventDefault(); go(next); }
});

// Some engines send the key's character apart, to where the focus is by then.
form.addEventListener('keypress', function (e) {
  if (e.key === 'Enter' && e.target.tagName !== 'TEXTAREA' && e.target.tagName !== 'BUTTON' && place(e.target)) e.preventDefault();
  if (e.key === 'Enter' && e.target.hasAttribute('data-line')) e.preventDefault();
});

// The head stays in sight. Before Chrome 91 only cells can be sticky, each row of the head at
// its own height; what has the focus must not hide below it.
function pin() {
  tables.forEach(function (t) {
    var top = 0;
    t.classList.add('pinned');
    each(t.tHead.rows, function (row) {
      each(row.cells, function (th) { th.style.top = top + 'px'; });
      top += row.offsetHeight;
    });
    t.parentNode.style.scrollPaddingTop = top + 4 + 'px';
    t.parentNode.style.scrollPaddingLeft = t.tHead.rows[0].cells[0].offsetWidth + 4 + 'px';
  });
}
pin();
window.addEventListener('resize', pin);
window.addEventListener('load', pin);
