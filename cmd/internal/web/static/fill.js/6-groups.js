// On a phone: one group of columns at a time, with what is filled in of each. Columns with no
// heading over them make groups of up to six.

var narrow = window.matchMedia('(max-width: 700px)');
var turners = tables.map(function (table) {
  var heads = Array.from(table.tHead.rows[0].cells).filter(function (th) { return Number(th.getAttribute('data-col')) > 0; });
  var groups = grouped(heads);
  return groups.length < 2 ? null : turner(table, groups);
}).filter(Boolean);

function grouped(heads) {
  var out = [], run = [];
  function add(part) {
    var from = Number(part[0].getAttribute('data-col')), last = part[part.length - 1], name = last.textContent.trim();
    if (part.length > 1) name = part[0].textContent.trim() + '\u2026' + name;
    out.push({ from: from, to: from + part.length - 1 + last.colSpan, name: name });
  }
  function end() {
    var size = Math.ceil(run.length / Math.ceil(run.length / 6));
    while (run.length) add(run.splice(0, size));
  }
  heads.forEach(function (th) {
    if (th.colSpan === 1) return run.push(th);
    end();
    add([th]);
  });
  end();
  return out;
}

function turner(table, groups) {
  var bar = document.createElement('div'), now = 0;
  bar.className = 'turner';
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', words.groups);
  var back = button(words.back, -1), choose = document.createElement('select'), on = button(words.next, 1), where = document.createElement('p');
  choose.setAttribute('aria-label', words.choose);
  where.setAttribute('role', 'status');
  groups.forEach(function () { choose.appendChild(document.createElement('option')); });
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
    return groups[i].from <= cell.cellIndex && cell.cellIndex < groups[i].to;
  }
  function cells() { return Array.from(table.querySelectorAll('tbody td:not(.rowact),tfoot td')); }
  function tally() {
    groups.forEach(function (g, i) {
      var all = cells().filter(function (c) { return within(i, c) && inputOf(c); });
      var n = all.filter(function (c) { return valueOf(inputOf(c)) !== ''; }).length;
      choose.options[i].textContent = (n === all.length ? '\u2713 ' : '') + (i + 1) + ' (' + n + '/' + all.length + ') ' + g.name;
      if (i === now) where.textContent = say('group', now + 1, groups.length, n, all.length);
    });
  }
  function turn(i) {
    now = Math.max(0, Math.min(groups.length - 1, i));
    cells().forEach(function (c) { c.classList.toggle('off', !within(now, c)); });
    back.disabled = now === 0;
    on.disabled = now === groups.length - 1;
    choose.selectedIndex = now;
    tally();
    if (narrow.matches && bar.getBoundingClientRect().top < 0) bar.scrollIntoView();
  }
  return {
    table: table, tally: tally,
    again: function () { turn(now); },
    reveal: function (cell) { groups.forEach(function (g, i) { if (within(i, cell)) turn(i); }); }
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
