// Keys: ? help, / search, f the list's search, j k x Enter on rows, Ctrl+Enter sends, Escape leaves. Silent in fields and while composing Chinese.
import { all, on, one } from './dom.js';
import { show } from './tables.js';

const isField = (element) => element.matches?.('input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]');
const rows = () => all('[data-list] tbody tr[data-id]');
const here = () => rows().findIndex((row) => row.classList.contains('df-cursor'));

function move(by) {
  const list = rows();
  const at = here();
  const to = Math.min(Math.max(at + by, 0), list.length - 1);
  if (!list[to]) return;
  list[at]?.classList.remove('df-cursor');
  list[to].classList.add('df-cursor');
  list[to].scrollIntoView({ block: 'nearest' });
}

function tick() {
  const row = rows()[here()];
  const box = row && one('input[data-row]', row);
  if (!box) return;
  box.checked = !box.checked;
  show(row.closest('[data-list]'));
}

const KEYS = {
  '?': () => one('#df-help').showModal(),
  '/': () => (one('[data-global-search]') ? one('[data-global-search]').click() : KEYS.f()),
  f: () => (one('[data-search]') ?? one('.df-query .form-control'))?.focus(),
  j: () => move(1),
  k: () => move(-1),
  x: tick,
  Enter: () => rows()[here()] && one('a[href]', rows()[here()])?.click(),
  n: () => one('[data-key=next]')?.click(),
  p: () => one('[data-key=previous]')?.click(),
};

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') return sendWith(event);
  if (event.ctrlKey || event.metaKey || event.altKey || one('dialog[open]')) return;
  if (isField(event.target)) return event.key === 'Escape' ? event.target.blur() : undefined;
  const chosen = one(`[data-key="${CSS.escape(event.key)}"]`);
  if (!(event.key in KEYS) && !(chosen && /^[0-9a-z]$/.test(event.key))) return;
  if (event.key === 'Enter' && event.target.closest?.('a, button, summary, input')) return;
  event.preventDefault();
  if (chosen) chosen.click(); // what the page gives a key comes first: f may be a result code
  else KEYS[event.key]();
});

function sendWith(event) {
  const form = event.target.closest?.('form') ?? one('form[data-main]');
  if (!form) return;
  event.preventDefault();
  const sends = one('[data-default]', form);
  if (!sends?.disabled) form.requestSubmit(sends ?? undefined);
}

on('click', '[data-list] tbody tr[data-id]', (event, row) => {
  all('.df-cursor').forEach((other) => other.classList.remove('df-cursor'));
  row.classList.add('df-cursor');
});
