// The draft is saved on the server now and then, when the table is left, and when the page
// is. What happened is said, and above all what did not.

var saved = document.getElementById('saved'), unsaved = document.getElementById('unsaved');
var every = Number(form.getAttribute('data-auto')) * 1000;
var kept = 0; // the count of changes that the server has
var busy = false, leaving = false, stopped = false, proven = false;
var pressed = null; // the button that waits for a save under way
var soon = 0;
if (!dirty) kept = changes;

function save() {
  if (!every || changes === kept || busy || leaving || stopped || !window.fetch) return;
  var upTo = changes, body = new URLSearchParams(), stop = window.AbortController && new AbortController();
  new FormData(form).forEach(function (v, k) { if (typeof v === 'string') body.append(k, v); });
  body.set('do', 'auto');
  busy = true;
  var late = setTimeout(function () { if (stop) stop.abort(); }, 10000);
  fetch(form.action, {
    method: 'POST', body: body, credentials: 'same-origin', redirect: 'error', signal: stop ? stop.signal : undefined,
    keepalive: String(body).length < 60000 // so that it outlives the page; browsers allow no more
  }).then(function (res) {
    if (res.status === 401) { fault(words.expired, '/sign-in'); return; }
    if (res.status !== 409 && !res.ok) throw new Error(res.status);
    return res.json().then(function (x) {
      if (res.status === 409) { stopped = true; fault(x.saved, x.seq ? '' : undefined); return; }
      form.elements.seq.value = x.seq;
      saved.textContent = x.saved;
      unsaved.hidden = true;
      kept = upTo;
      dirty = changes !== kept;
      proven = true;
    });
  }).catch(function () { fault(words.failed); }).then(function () {
    clearTimeout(late);
    busy = false;
    if (pressed) pressed.click();
  });
}

// fault says that what is on the page is not on the server, and what can be done: an address
// to go to, '' for the page with both texts, nothing to wait.
function fault(text, link) {
  proven = false;
  saved.textContent = '';
  unsaved.setAttribute('role', 'alert');
  unsaved.hidden = false;
  unsaved.firstElementChild.textContent = text;
  unsaved.querySelector('a').hidden = !link;
  unsaved.querySelector('button').hidden = link !== '';
}

// A button pressed during a save waits for it: both would start from the same draft, and
// the second would be told that somebody else saved.
form.addEventListener('click', function (e) {
  var b = e.target.closest('button');
  if (!busy || !b || b.type !== 'submit' || e.defaultPrevented) return;
  e.preventDefault();
  pressed = b;
});

form.addEventListener('focusout', function (e) {
  var sheet = e.target.closest('.sheet');
  if (changes === kept || sheet && e.relatedTarget && sheet.contains(e.relatedTarget)) return;
  clearTimeout(soon);
  soon = setTimeout(save, 1000);
});
if (every) setInterval(save, every);
document.addEventListener('visibilitychange', function () { if (document.hidden) save(); });
window.addEventListener('pagehide', save);
form.addEventListener('submit', function () { leaving = true; });

// Leaving asks first, unless saving has just been seen to work: then it saves.
window.addEventListener('beforeunload', function (e) {
  if (leaving || changes === kept && !form.hasAttribute('data-dirty')) return;
  save();
  if (proven && !stopped) return;
  e.preventDefault();
  e.returnValue = words.leave;
});
