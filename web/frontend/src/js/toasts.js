// Short messages at the top: those the server sent along, those it triggers, and our own. Errors stay until closed.
import { all, on, one, text } from './dom.js';

const STAYS_MS = 5000;

export function toast(message, kind = 'success') {
  const box = document.createElement('div');
  box.className = `df-toast df-toast--${kind}`;
  box.setAttribute('role', kind === 'danger' ? 'alert' : 'status');
  const words = document.createElement('span');
  words.textContent = message;
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'btn-close';
  close.dataset.closeToast = '';
  close.setAttribute('aria-label', text('close'));
  box.append(words, close);
  one('#df-toasts').append(box);
  place(box);
  fade(box);
}

// An open dialog makes everything beside it inert and dim, so a message that comes meanwhile is shown inside it.
function place(box) {
  const body = one('dialog[open] .df-dialog-body');
  if (!body) return;
  all('.df-toast', body).forEach((earlier) => earlier.remove());
  body.prepend(box);
}

function fade(box) {
  if (!box.matches('.df-toast--danger')) setTimeout(() => box.remove(), STAYS_MS);
}

document.addEventListener('toast', (event) => toast(event.detail.message ?? event.detail.value, event.detail.kind));
on('click', '[data-close-toast]', (event, button) => button.closest('.df-toast').remove());
document.addEventListener('htmx:after:swap', () => all('#df-toasts .df-toast').forEach(place));
document.addEventListener('DOMContentLoaded', () => all('#df-toasts .df-toast').forEach(fade));
