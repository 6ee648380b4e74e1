// Comfort for the page on which a return is filled in. Everything works without it.
// Plain ES2015, for browsers back to Chrome 70. The files of this folder are served as one
// script, in the order of their names, inside one function of their own.

var alarm = document.querySelector('[data-focus]');
if (alarm) alarm.focus();
var form = document.getElementById('fill');
if (!form) return;

var words = JSON.parse(form.getAttribute('data-words'));
var told = document.getElementById('told'); // what a paste did, read out by a screen reader
var dirty = form.hasAttribute('data-dirty'); // something here is not on the server
var changes = dirty ? 1 : 0; // counts what was changed, to know whether a save caught up
var tables = Array.from(document.querySelectorAll('#fill table.grid.edit'));

function each(list, f) { Array.prototype.forEach.call(list, f); }

// say fills the %d and %s of a text of the server's, one after another.
function say(key) {
  var args = Array.prototype.slice.call(arguments, 1);
  return words[key].replace(/%[ds]/g, function () { return args.shift(); });
}

function valueOf(el) { return el ? digits(el.value === undefined ? el.textContent : el.value) : ''; }

// touched follows every change of a cell, whoever made it.
function touched(el) {
  dirty = true;
  changes++;
  mark(el);
  if (el.tagName === 'TEXTAREA') count(el);
}

// A figure below the one handed down is marked while typing; the server decides. Whole
// numbers are compared as text, however long they are.
function mark(el) {
  var base = el.getAttribute('data-base'), v = digits(el.value);
  if (base === null) return;
  el.parentNode.classList.toggle('low', whole(v) && whole(base) && (v.length < base.length || v.length === base.length && v < base));
}
function whole(s) { return /^(0|[1-9]\d*)$/.test(s); }

function count(el) {
  each(document.querySelectorAll('.count'), function (x) {
    if (x.getAttribute('data-for') !== el.id) return;
    var n = Array.from(el.value).length;
    x.textContent = x.textContent.replace(/\d+/, n);
    x.classList.toggle('err', n > Number(x.getAttribute('data-limit')));
  });
}

// Nothing is touched while an input method composes: the text is not there yet.
form.addEventListener('input', function (e) {
  touched(e.target);
  if (!e.isComposing) totals(e.target);
});
form.addEventListener('compositionend', function (e) { tidy(e.target); });
form.addEventListener('change', function (e) { tidy(e.target); });
function tidy(el) {
  if (numeric(el) && el.value !== digits(el.value)) el.value = digits(el.value);
  touched(el);
  totals(el);
}
