// A block copied from Excel or WPS fills the cells to the right and below, and makes a
// register longer if it has to. What was left out is said.

// block reads tab-separated text; a cell with line ends or tabs in it comes in quotes.
function block(s) {
  var quoted = /"([^"]*(?:""[^"]*)*)"(?=[\t\n]|$)/y, plain = /[^\t\n]*/y, rows = [[]], i = 0;
  s = s.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  for (;;) {
    quoted.lastIndex = plain.lastIndex = i;
    var m = quoted.exec(s), text = m ? m[1].replace(/""/g, '"') : plain.exec(s)[0];
    rows[rows.length - 1].push(text);
    i = m ? quoted.lastIndex : plain.lastIndex;
    if (i >= s.length) return rows;
    if (s[i++] === '\n') rows.push([]);
  }
}

// addRow makes a register one blank row longer; null if it may not be.
function addRow(table) {
  var id = table.getAttribute('data-grow'), n = table.tBodies[0].rows.length, t = document.createElement('template');
  var blank = id && document.getElementById('row-' + id);
  if (!blank || n >= Number(table.getAttribute('data-max'))) return null;
  // The server wrote the blank row with a number no row has: in names, and one more for people.
  t.innerHTML = blank.innerHTML.replace(/900000/g, n).replace(/900001/g, n + 1);
  table.tBodies[0].appendChild(t.content);
  form.elements['rows:' + id].value = n + 1;
  group();
  return table.tBodies[0].rows[n];
}

// put sets a cell to a pasted text; false if a choice does not offer it.
function put(el, text) {
  text = text.trim();
  if (numeric(el)) text = digits(text);
  if (el.tagName === 'INPUT') text = text.replace(/\s*\n\s*/g, ' ');
  if (el.tagName === 'SELECT' && !Array.from(el.options).some(function (o) { return o.value === text; })) return false;
  el.value = text;
  touched(el);
  return true;
}

var last = null; // the latest paste, to be undone
form.addEventListener('paste', function (e) {
  var el = e.target, at = place(el), data = e.clipboardData && e.clipboardData.getData('text/plain');
  if (!at || !data || el.type === 'checkbox') return;
  var cells = block(data), one = cells.length === 1 && cells[0].length === 1;
  if (one && data[0] !== '"') return; // one plain value: the browser puts it at the caret
  // Several lines without a tab may be paragraphs for one long text: a spreadsheet says so.
  if (el.tagName === 'TEXTAREA' && !el.hasAttribute('data-line') && !/\t/.test(data) &&
    !/<table/i.test(e.clipboardData.getData('text/html'))) return;
  e.preventDefault();
  paste(at, cells);
});

function paste(at, cells) {
  var r = at.row.sectionRowIndex, c = at.cell.cellIndex, was = [], filled = 0, fixed = 0, over = 0, alien = 0, added = [];
  cells.forEach(function (line, i) {
    var row = at.body.rows[r + i];
    if (!row && line.join('').trim() && (row = addRow(at.table))) added.push(row);
    line.forEach(function (text, j) {
      var cell = row && row.cells[c + j], el = inputOf(cell);
      if (!cell || cell.tagName !== 'TD' || cell.classList.contains('rowact')) { if (text.trim()) over++; return; }
      if (!el) { fixed++; return; }
      was.push([el, el.value]);
      if (put(el, text)) filled++; else { alien++; was.pop(); }
    });
    if (row) across(row);
  });
  down(at.table);
  last = { was: was, added: added, table: at.table, changes: changes };
  tell([say('pasted', filled), added.length && say('added', added.length), fixed && say('fixed', fixed),
    alien && say('alien', alien), over && say('over', over)].filter(Boolean).join(words.stop), true);
}

// undo takes the latest paste back; false if something was typed since: then the key is the
// browser's.
function undo() {
  var p = last;
  if (!p || p.changes !== changes) return false;
  last = null;
  p.was.forEach(function (x) { x[0].value = x[1]; touched(x[0]); across(x[0].closest('tr')); });
  p.added.forEach(function (row) { row.parentNode.removeChild(row); });
  if (p.added.length) form.elements['rows:' + p.table.getAttribute('data-grow')].value = p.table.tBodies[0].rows.length;
  down(p.table);
  tell(words.undone, false);
  return true;
}

function tell(text, undoable) {
  told.textContent = text;
  if (!undoable) return;
  var b = document.createElement('button');
  b.type = 'button';
  b.className = 'quiet';
  b.textContent = words.undo;
  b.addEventListener('click', function () { if (!undo()) tell(words.late, false); });
  told.appendChild(b);
}

// A row more without asking the server for the page again.
form.addEventListener('click', function (e) {
  var b = e.target.closest('button[value^="add:"]'), table, row;
  if (!b) return;
  table = b.closest('.sheet').querySelector('table[data-grow]');
  row = table && addRow(table);
  if (!row) return; // the server tells why
  e.preventDefault();
  dirty = true;
  changes++;
  down(table);
  go(edge(row, false));
});
