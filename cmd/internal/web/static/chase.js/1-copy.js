// A button that copies a text to the clipboard. Without the script, or where a browser refuses, the
// text can be selected and copied by hand. The old command is used because it also works on pages
// without https. Plain ES2015, for browsers back to Chrome 70.

var alarm = document.querySelector('[data-focus]');
if (alarm) alarm.focus();

Array.prototype.forEach.call(document.querySelectorAll('[data-copy]'), function (button) {
  var box = document.getElementById(button.getAttribute('data-copy'));
  var status = button.parentNode.querySelector('[role=status]');
  button.hidden = false;
  button.addEventListener('click', function () {
    var copied = false;
    box.focus();
    box.select();
    try { copied = document.execCommand('copy'); } catch (e) { copied = false; }
    status.textContent = button.getAttribute(copied ? 'data-done' : 'data-failed');
    if (copied) button.focus();
  });
});
