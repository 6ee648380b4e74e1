// On a phone: one group of columns at a time, with what is filled in of each.

var narrow = window.matchMedia('(max-width: 700px)');
var turners = tables.map(function (table) {
  var heads = Array.from(table.tHead.rows[0].cells).filter(function (th) { return Number(th.getAttribute('data-col')) > 0; });
  return heads.length < 2 ? null : turner(table, heads);
}).filter(Boolean);

function turner(table, heads) {
  var bar = document.createElement('div'), now = 0;
  bar.className = 'turner';
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', words.groups);
  var back = button(words.back, -1), choose = document.createElement('select'), on = button(words.next, 1), where = document.createElement('p');
  choose.setAttribute('aria-label', words.choose);
  where.setAttribute('role', 'status');
  heads.forEach(function () { choose.appendChild(document.createElement('option')); });
  choose.addEventListener('change', function (e) { e.stopPropagation(); turn(choose.selectedIndex); });
  choose.addEventListener('input', function (e) { e.stopPropagation(); }); // it is no cell
  [where, back, choose, on].forEach(function (x) { bar.appendChild(x); });
  table.parentNode.parentNode.insertBefore(bar, table.parentNode);

  function button(text, by) {
    var b = document.createElement('button');
    b.type = 'button';
    b.textContent = text;
    b.addEventListener('click', function () { turn(now + by); });
    return b;
  }
  function within(i, cell) {
    var from = Number(heads[i].getAttribute('data-col'));
    return from <= cell.cellIndex && cell.cellIndex < from + heads[i].colSpan;
  }
  function cells() { return Array.from(table.querySelectorAll('tbody td:not(.rowact),tfoot td')); }
  function tally() {
    heads.forEach(function (th, i) {
      var all = cells().filter(function (c) { return within(i, c) && inputOf(c); });
      var n = all.filter(function (c) { return valueOf(inputOf(c)) !== ''; }).length;
      choose.options[i].textContent = (n === all.length ? '\u2713 ' : '') + (i + 1) + ' (' + n + '/' + all.length + ') ' + th.textContent.trim();
      if (i === now) where.textContent = say('group', now + 1, heads.length, n, all.length);
    });
  }
  function turn(i) {
    now = Math.max(0, Math.min(heads.length - 1, i));
    cells().forEach(function (c) { c.classList.toggle('off', !within(now, c)); });
    back.disabled = now === 0;
    on.disabled = now === heads.length - 1;
    choose.selectedIndex = now;
    tally();
    if (narrow.matches && bar.getBoundingClientRect().top < 0) bar.scrollIntoView();
  }
  return {
    table: table, tally: tally,
    again: function () { turn(now); },
    reveal: function (cell) { heads.forEach(function (th, i) { if (within(i, cell)) turn(i); }); }
  };
}

// group lays the groups out again: rows have come, or the page begins.
function group() { turners.forEach(function (t) { t.again(); }); }
group();
form.addEventListener('change', function () { if (narrow.matches) turners.forEach(function (t) { t.tally(); }); });

// What an error link leads to is turned up first.
function reveal(el) {
  var cell = el && el.closest('td');
  turners.forEach(function (t) { if (cell && t.table.contains(cell)) t.reveal(cell); });
}
document.addEventListener('click', function (e) {
  var a = e.target.closest('a[href^="#"]'), el = a && document.getElementById(decodeURIComponent(a.getAttribute('href').slice(1)));
  if (!el) return;
  reveal(el);
  setTimeout(function () { el.focus(); });
});
reveal(document.querySelector('#fill td.bad'));
if (location.hash) reveal(document.getElementById(decodeURIComponent(location.hash.slice(1))));
