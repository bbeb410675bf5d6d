// Columns of lists: the edge of a head is drawn, or Shift and an arrow key pressed in it; in the dialog they are ticked and put in order.
import { all, on, one, text } from './dom.js';
import { toast } from './toasts.js';

const LEAST = 48;
const MOST = 800;
const STEP = 16;

// 1. Widths. What is drawn shows at once; the server keeps it for the next time.
const columnOf = (head) => one(`col[data-column="${CSS.escape(head.dataset.column)}"]`, head.closest('table'));
const widthOf = (head) => head.getBoundingClientRect().width;

function show(head, width) {
  const at = [...head.parentElement.children].indexOf(head);
  all('tr', head.closest('table')).forEach((row) => row.children[at]?.classList.toggle('df-sized', width > 0));
  if (width > 0) columnOf(head).setAttribute('width', Math.round(Math.min(Math.max(width, LEAST), MOST)));
  else columnOf(head).removeAttribute('width');
}

async function keep(head) {
  const list = head.closest('[data-widths]');
  const body = new URLSearchParams({ key: head.dataset.column, width: columnOf(head).getAttribute('width') ?? '0' });
  const headers = { 'X-CSRFToken': one('meta[name=csrf-token]').content, 'X-Person': one('meta[name=df-user]')?.content || '' };
  const answer = await fetch(list.dataset.widths, { method: 'POST', body, headers }).catch(() => null);
  if (!answer?.ok) toast(text('unreachable'), 'danger');
}

on('pointerdown', '[data-grip]', (event, grip) => {
  if (event.button !== 0) return;
  event.preventDefault();
  const head = grip.closest('th');
  const from = event.clientX - widthOf(head);
  const move = ({ clientX }) => show(head, Math.max(clientX - from, LEAST));
  const end = () => {
    grip.removeEventListener('pointermove', move);
    keep(head);
  };
  grip.setPointerCapture(event.pointerId);
  grip.addEventListener('pointermove', move);
  grip.addEventListener('lostpointercapture', end, { once: true });
});

on('dblclick', '[data-grip]', (event, grip) => {
  show(grip.closest('th'), 0);
  keep(grip.closest('th'));
});

let pause;
on('keydown', '[data-widths] th[data-column]', (event, head) => {
  const by = { ArrowLeft: -STEP, ArrowRight: STEP, Home: 0 }[event.key];
  if (!event.shiftKey || by === undefined) return;
  event.preventDefault();
  show(head, by ? widthOf(head) + by : 0);
  clearTimeout(pause);
  pause = setTimeout(() => keep(head), 500);
});

// 2. The order in the dialog: by buttons, or by dragging.
on('click', '[data-columns] [data-move]', (event, button) => {
  const line = button.closest('li');
  const other = button.dataset.move === '1' ? line.nextElementSibling : line.previousElementSibling;
  if (!other) return;
  if (button.dataset.move === '1') other.after(line);
  else other.before(line);
  button.focus();
  line.scrollIntoView({ block: 'nearest' });
});

let dragged = null;
on('dragstart', '[data-columns] > li', (event, line) => {
  dragged = line;
  event.dataTransfer.effectAllowed = 'move';
  line.classList.add('df-dragged');
});
on('dragover', '[data-columns] > li', (event, line) => {
  if (!dragged || dragged === line || dragged.parentElement !== line.parentElement) return;
  event.preventDefault();
  const { top, height } = line.getBoundingClientRect();
  if (event.clientY < top + height / 2) line.before(dragged);
  else line.after(dragged);
});
on('drop', '[data-columns]', (event) => event.preventDefault());
on('dragend', '[data-columns] > li', () => {
  dragged?.classList.remove('df-dragged');
  dragged = null;
});
