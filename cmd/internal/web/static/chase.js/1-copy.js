// A button that copies a text to the clipboard. Without it, or where a browser refuses, the text can
// be selected and copied by hand. Plain ES2015, for browsers back to Chrome 70.

var alarm = document.querySelector('[data-focus]');
if (alarm) alarm.focus();

function told(button, key) {
  button.parentNode.querySelector('[role=status]').textContent = button.getAttribute(key);
}

// byHand selects the text and copies it the old way, which also works on pages without https.
function byHand(button, box) {
  box.focus();
  box.select();
  var copied = false;
  try { copied = document.execCommand('copy'); } catch (e) { copied = false; }
  told(button, copied ? 'data-done' : 'data-failed');
  if (copied) button.focus();
}

Array.prototype.forEach.call(document.querySelectorAll('[data-copy]'), function (button) {
  var box = document.getElementById(button.getAttribute('data-copy'));
  button.hidden = false;
  button.addEventListener('click', function () {
    if (!navigator.clipboard) return byHand(button, box);
    navigator.clipboard.writeText(box.value).then(function () { told(button, 'data-done'); }, function () { byHand(button, box); });
  });
});
