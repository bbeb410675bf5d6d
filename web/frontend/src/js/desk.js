// The desk: a case that is left is free for others at once; what comes without a page's goodbye ends by itself.
import { all, on, one } from './dom.js';

window.addEventListener('pagehide', () => all('[data-release]').forEach((held) => {
  const sent = new FormData();
  sent.set('csrf_token', one('meta[name=csrf-token]')?.content ?? '');
  navigator.sendBeacon(held.dataset.release, sent);
}));

// The next action follows the result until somebody writes a date of their own; emptied, it follows again.
const iso = (day) => [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('-');

export function planned([from, days], today, given) {
  const base = new Date(`${from ? given(from) : today}T00:00`);
  if (Number.isNaN(base.getTime())) return '';
  base.setDate(base.getDate() + days);
  return iso(base);
}

function plan(form) {
  const field = one('[name=next_action_on]', form);
  if (!field || (field.value && field.value !== field.dataset.planned)) return;
  const result = one('[name=result_code]:checked', form)?.value;
  const usual = JSON.parse(form.dataset.plans)[result];
  const on = usual ? planned(usual, field.dataset.today, (name) => one(`[name=${name}]`, form)?.value ?? '') : '';
  field.value = field.dataset.planned = on;
}

on('change', 'form[data-plans] :is([name=result_code], [name=promise_on])', (event, field) => plan(field.form));
