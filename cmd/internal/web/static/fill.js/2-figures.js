// Figures: as people type them, and added up without ever being floats.

// digits reads full-width digits, thousands set off, a dash for nothing.
function digits(s) {
  s = s.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); })
    .replace(/[\u3000\u00a0]/g, ' ').trim();
  if (/^-?\d{1,3}([, ]\d{3})+(\.\d+)?$/.test(s)) s = s.replace(/[, ]/g, '');
  return /^[-\u2014\u2013\u2212]+$/.test(s) ? '' : s;
}
function numeric(el) { return el.tagName === 'INPUT' && /^(numeric|decimal)$/.test(el.getAttribute('inputmode') || ''); }

// sum adds figures exactly: '' if all are blank, null if one is no figure.
function sum(list) {
  var places = 0, total, bad = false;
  list = list.filter(Boolean);
  if (!list.length || !window.BigInt) return '';
  list.forEach(function (s) {
    if (!/^-?\d+(\.\d+)?$/.test(s)) bad = true;
    places = Math.max(places, s.indexOf('.') < 0 ? 0 : s.length - s.indexOf('.') - 1);
  });
  if (bad) return null;
  total = BigInt(0);
  list.forEach(function (s) {
    var part = s.split('.');
    total += BigInt(part[0] + (part[1] || '').padEnd(places, '0'));
  });
  var sign = total < 0 ? '-' : '', t = String(total).replace('-', '').padStart(places + 1, '0');
  var frac = t.slice(t.length - places).replace(/0+$/, '');
  return sign + t.slice(0, t.length - places) + (places && frac ? '.' + frac : '');
}

function show(el, v) {
  v = v === null ? '\u2026' : v; // a part cannot be read yet
  if (el.textContent !== v) el.textContent = v;
}

// totals brings up to date what depends on a cell: the totals of its row, the foot of its
// table, the balance of its ledger.
function totals(el) {
  var at = place(el);
  if (at) { across(at.row); down(at.table); }
}

// across computes the totals of a row; a total may be part of another one.
function across(row) {
  var outs = Array.from(row.querySelectorAll('output[data-sum]'));
  outs.forEach(function () {
    outs.forEach(function (out) {
      var stem = out.id.slice(0, out.id.lastIndexOf('.') + 1);
      show(out, sum(out.getAttribute('data-sum').split(' ').map(function (f) { return valueOf(document.getElementById(stem + f)); })));
    });
  });
}

// down computes what stands under a register: how many rows, and what they add up to.
function down(table) {
  var rows = Array.from(table.tBodies[0].rows), n = 0, open = 0, fresh = 0, closed = 0;
  var end = table.getAttribute('data-closed');
  if (!table.tFoot) return;
  rows.forEach(function (row) {
    var filled = blankless(row), shut = false;
    if (filled) n++;
    if (row.classList.contains('opened')) open++; else if (filled) fresh++;
    if (end === null || !filled) return;
    each(row.querySelectorAll('[id$=".' + end + '"]'), function (x) { shut = valueOf(x) !== ''; });
    if (shut) closed++;
    row.classList.toggle('closed', shut);
  });
  each(table.tFoot.querySelectorAll('[data-total]'), function (td) {
    show(td, sum(rows.map(function (row) { return valueOf(held(row.cells[td.cellIndex])); })));
  });
  show(table.tFoot.querySelector('[data-rows]'), say('rows', n));
  var b = end !== null && table.closest('.sheet').querySelector('.balance');
  if (b) [open, fresh, closed, open + fresh - closed].forEach(function (x, i) { show(b.querySelectorAll('b')[i], String(x)); });
}

function held(cell) { return cell && (inputOf(cell) || cell.querySelector('output,.val')); }
function blankless(row) {
  return Array.from(row.cells).some(function (cell) { var x = cell.tagName === 'TD' && held(cell); return x && valueOf(x) !== ''; });
}

tables.forEach(function (t) {
  each(t.tBodies[0].rows, across);
  down(t);
  each(t.querySelectorAll('[data-base]'), mark);
});
