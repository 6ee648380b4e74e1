// Comfort for the page on which a return is filled in. Everything works without it.
// Plain ES2015, for browsers back to Chrome 70.
(function () {
  'use strict';
  var focus = document.querySelector('[data-focus]');
  if (focus) focus.focus();
  var form = document.getElementById('fill');
  if (!form) return;
  var saved = document.getElementById('saved');
  var dirty = form.hasAttribute('data-dirty'), leaving = false, changed = dirty ? 1 : 0, busy = false, stopped = false;

  // Digits as people type them: full-width, thousands set off, a dash for nothing.
  function digits(s) {
    s = s.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); })
      .replace(/[\u3000\u00a0]/g, ' ').trim();
    if (/^\d{1,3}([, ]\d{3})+(\.\d+)?$/.test(s)) s = s.replace(/[, ]/g, '');
    return /^[-\u2014\u2013\u2212]+$/.test(s) ? '' : s;
  }
  function numeric(el) { return el.tagName === 'INPUT' && /^(numeric|decimal)$/.test(el.getAttribute('inputmode') || ''); }

  // A figure below the one handed down is marked while typing; the server decides.
  function mark(el) {
    var base = el.getAttribute('data-base');
    if (base === null || !el.parentNode.classList) return;
    var v = digits(el.value);
    el.parentNode.classList.toggle('low', /^\d+$/.test(v) && Number(v) < Number(base));
  }
  function count(el) {
    var all = document.querySelectorAll('.count');
    for (var i = 0; i < all.length; i++) {
      if (all[i].getAttribute('data-for') !== el.id) continue;
      var n = Array.from(el.value).length;
      all[i].textContent = all[i].textContent.replace(/\d+/, n);
      all[i].classList.toggle('err', n > Number(all[i].getAttribute('data-limit')));
    }
  }
  function touched(el) {
    dirty = true;
    changed++;
    mark(el);
    if (el.tagName === 'TEXTAREA') count(el);
  }
  form.addEventListener('input', function (e) { touched(e.target); });
  form.addEventListener('change', function (e) {
    if (numeric(e.target)) e.target.value = digits(e.target.value);
    touched(e.target);
  });
  Array.prototype.forEach.call(form.querySelectorAll('[data-base]'), mark);

  // Cells by row, for moving about and for pasting.
  function rows(table) {
    return Array.from(table.querySelectorAll('tbody tr')).map(function (tr) {
      return Array.from(tr.querySelectorAll('td')).map(function (td) {
        return td.querySelector('input:not([type=hidden]),select,textarea');
      }).filter(Boolean);
    });
  }
  function place(el) {
    var table = el.closest('table.grid');
    if (!table || el.closest('.reason')) return null;
    var all = rows(table);
    for (var r = 0; r < all.length; r++) {
      var c = all[r].indexOf(el);
      if (c >= 0) return { all: all, r: r, c: c };
    }
    return null;
  }
  function go(el) { if (el) { el.focus(); if (el.select) el.select(); } }

  form.addEventListener('keydown', function (e) {
    var el = e.target, at;
    if (e.isComposing || e.ctrlKey || e.altKey || e.metaKey || el.tagName !== 'INPUT' || !(at = place(el))) return;
    var row = at.all[at.r], next = null;
    var start = el.selectionStart === 0 && el.selectionEnd === 0, all = el.selectionEnd - el.selectionStart === el.value.length;
    var end = el.selectionStart === el.value.length;
    switch (e.key) {
      case 'Enter':
        // Down in a register, along in a table of one row; never a submission by accident.
        next = at.all.length > 1 && !e.shiftKey ? (at.all[at.r + 1] || [])[at.c] : row[at.c + (e.shiftKey ? -1 : 1)];
        e.preventDefault();
        break;
      case 'ArrowDown': next = (at.all[at.r + 1] || [])[at.c]; break;
      case 'ArrowUp': next = (at.all[at.r - 1] || [])[at.c]; break;
      case 'ArrowLeft': if (start || all) next = row[at.c - 1]; break;
      case 'ArrowRight': if (end || all) next = row[at.c + 1]; break;
    }
    if (next) { e.preventDefault(); go(next); }
  });

  form.addEventListener('keypress', function (e) {
    if (e.key === 'Enter' && e.target.tagName === 'INPUT' && place(e.target)) e.preventDefault();
  });

  // A block copied from Excel or WPS fills the cells to the right and below; what does not
  // fit is left out.
  form.addEventListener('paste', function (e) {
    var at = place(e.target), data = e.clipboardData && e.clipboardData.getData('text/plain');
    if (!at || !data || !/[\t\n]/.test(data.replace(/\r?\n$/, ''))) return;
    if (e.target.tagName === 'TEXTAREA' && data.indexOf('\t') < 0) return;
    e.preventDefault();
    data.replace(/\r/g, '').replace(/\n$/, '').split('\n').forEach(function (line, i) {
      line.split('\t').forEach(function (text, j) {
        var el = (at.all[at.r + i] || [])[at.c + j];
        if (!el) return;
        el.value = numeric(el) ? digits(text) : text.trim();
        touched(el);
      });
    });
  });

  // Leaving with unsaved changes asks first.
  form.addEventListener('submit', function () { leaving = true; });
  window.addEventListener('beforeunload', function (e) {
    if (!dirty || leaving) return;
    e.preventDefault();
    e.returnValue = form.getAttribute('data-leave');
  });

  // The draft is saved on the server now and then; if that fails, silently nothing.
  var every = Number(form.getAttribute('data-auto'));
  if (every > 0 && window.fetch && window.URLSearchParams) setInterval(function () {
    if (!changed || busy || leaving || stopped) return;
    var upTo = changed, body = new URLSearchParams(new FormData(form));
    body.set('do', 'auto');
    busy = true;
    fetch(form.action, { method: 'POST', body: body, credentials: 'same-origin', redirect: 'error' }).then(function (res) {
      if (res.status === 409 || res.status === 401) stopped = true; // the next press of a button will tell
      if (!res.ok) throw 0;
      return res.json();
    }).then(function (x) {
      form.elements.seq.value = x.seq;
      saved.textContent = x.saved;
      if (changed === upTo) { changed = 0; dirty = false; }
      busy = false;
    }).catch(function () { busy = false; });
  }, every * 1000);
})();
