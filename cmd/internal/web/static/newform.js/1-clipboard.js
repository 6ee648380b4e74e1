// What a spreadsheet puts on the clipboard beside the text is a table with its merged cells. It is
// kept in a hidden input for as long as the text it belongs to stays as it was pasted.
// Everything works without it. Plain ES2015, for browsers back to Chrome 70.

var alarm = document.querySelector('[data-focus]');
if (alarm) alarm.focus();
var box = document.querySelector('textarea[data-html]');
if (!box) return;
var kept = document.getElementById(box.getAttribute('data-html'));
var caught = document.getElementById('caught');

function keep(markup) {
  kept.value = markup;
  caught.textContent = markup === '' ? '' : caught.getAttribute('data-word');
}

box.addEventListener('paste', function (e) {
  var markup = e.clipboardData ? e.clipboardData.getData('text/html') : '';
  if (!/<table/i.test(markup) || markup.length > 1500000) return;
  e.preventDefault();
  box.value = e.clipboardData.getData('text/plain');
  keep(markup);
});
box.addEventListener('input', function () { keep(''); });
