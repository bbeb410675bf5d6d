// Dialogs: content that htmx puts into one opens it; `dialog-close` from the server or [data-close] closes it.
import { all, on, one } from './dom.js';

document.addEventListener('htmx:after:swap', (event) => {
  const { target } = event.detail.ctx;
  const dialog = (typeof target === 'string' ? one(target) : target)?.closest?.('dialog[data-auto]');
  if (!dialog || !dialog.childElementCount || dialog.open) return;
  dialog.showModal();
  one('[autofocus], input:not([type=hidden]), select, textarea', dialog)?.focus();
});
document.addEventListener('dialog-close', () => all('dialog[data-auto][open]').forEach((dialog) => dialog.close()));
on('click', '[data-close]', (event, button) => button.closest('dialog').close(button.value || ''));
on('click', '[data-opens]', (event, button) => one(button.dataset.opens).showModal());
on('click', 'dialog[data-light]', (event, dialog) => { if (event.target === dialog) dialog.close(); });
document.addEventListener('close', (event) => {
  if (event.target.matches?.('dialog[data-auto]:not(#df-sign-in)')) event.target.replaceChildren();
}, true);
