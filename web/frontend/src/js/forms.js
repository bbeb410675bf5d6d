// Forms: fields that show only for some answers, date shortcuts, and a word before leaving what was typed and not sent.
import { all, on, one, onContent } from './dom.js';

// A condition is JSON the server made of the form's `show_if`: ["in", field, [values]], ["not", c], ["and"|"or", c, ...].
export function holds([kind, ...parts], answers) {
  if (kind === 'and') return parts.every((part) => holds(part, answers));
  if (kind === 'or') return parts.some((part) => holds(part, answers));
  if (kind === 'not') return !holds(parts[0], answers);
  return (answers[parts[0]] ?? []).some((given) => parts[1].includes(given));
}

function answers(form) {
  const given = {};
  for (const [name, value] of new FormData(form)) (given[name] ??= []).push(value);
  return given;
}

function arrange(form) {
  const given = answers(form);
  all('[data-show-if]', form).forEach((field) => {
    field.hidden = !holds(JSON.parse(field.dataset.showIf), given);
    all('input, select, textarea', field).forEach((input) => { input.disabled = field.hidden; });
  });
}

on('input', 'form[data-answers]', (event, form) => arrange(form));
on('change', 'form[data-answers]', (event, form) => arrange(form));
onContent((root) => all('form[data-answers]', root.parentElement ?? root).forEach(arrange));

on('click', '[data-sets]', (event, button) => {
  const field = one(button.dataset.sets, button.closest('form'));
  field.value = button.dataset.value;
  field.dispatchEvent(new Event('change', { bubbles: true }));
});

// Shows what a chosen file is called, since the native button is hidden behind ours.
on('change', '.df-file input[type=file]', (event, input) => {
  one('[data-file-name]', input.closest('.df-file')).textContent = [...input.files].map((file) => file.name).join(', ');
});

let unsent = false;
on('input', 'form[data-guard]', () => { unsent = true; });
document.addEventListener('htmx:after:request', (event) => {
  if (event.detail.ctx.sourceElement.matches?.('form[data-guard]') && event.detail.ctx.response.status < 400) unsent = false;
});
on('submit', 'form[data-guard]:not([hx-post])', () => { unsent = false; });
window.addEventListener('beforeunload', (event) => { if (unsent && one('form[data-guard]')) event.preventDefault(); });
