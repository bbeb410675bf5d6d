// Dates read yyyy-mm-dd in every language and are typed; the button beside the field (or arrow down in it) opens a calendar.
import flatpickr from 'flatpickr';
import { Mandarin } from 'flatpickr/dist/esm/l10n/zh.js';
import { all, on, one, onContent } from './dom.js';

const words = () => (document.documentElement.lang.startsWith('zh') ? { ...Mandarin, firstDayOfWeek: 1 } : { firstDayOfWeek: 0 });
const iso = (day) => [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
const local = (text) => (/^\d{4}-\d\d-\d\d/.test(text) ? new Date(`${text.slice(0, 10)}T00:00`) : undefined);
const tell = (field) => ['input', 'change'].forEach((kind) => field.dispatchEvent(new Event(kind, { bubbles: true })));

// 1. The calendar: made when it is opened, in the dialog where the field is, for what is outside a dialog cannot be reached.
let shown = null;

function open(field) {
  const holder = document.createElement('input');
  const button = one('[data-calendar]', field.parentElement);
  shown = flatpickr(holder, {
    locale: words(),
    appendTo: field.closest('dialog') ?? document.body,
    clickOpens: false,
    disableMobile: true,
    monthSelectorType: 'static',
    defaultDate: local(field.value),
    minDate: local(field.dataset.min ?? ''),
    now: local(field.dataset.today),
    ignoredFocusElements: [button],
    position: (calendar) => place(calendar.calendarContainer, field),
    onDayCreate: (days, text, calendar, cell) => {
      cell.setAttribute('role', 'button');
      cell.setAttribute('aria-label', `${cell.textContent} · ${iso(cell.dateObj)}`);
      if (cell.matches('.selected')) cell.setAttribute('aria-pressed', 'true');
    },
    onChange: ([day]) => {
      field.value = iso(day) + field.value.slice(10);
      field.focus();
      tell(field);
    },
    onClose: (days, text, calendar) => {
      if (calendar.calendarContainer.contains(document.activeElement)) field.focus();
      shown = null;
      setTimeout(() => calendar.destroy());
    },
  });
  shown.calendarContainer.setAttribute('role', 'dialog');
  shown.calendarContainer.setAttribute('aria-label', button.title);
  shown.open();
  (shown.selectedDateElem ?? shown.todayDateElem ?? one('.flatpickr-day:not(.flatpickr-disabled)', shown.daysContainer))?.focus();
}

function place(calendar, field) {
  const box = field.getBoundingClientRect();
  const above = box.bottom + calendar.offsetHeight + 4 > window.innerHeight && box.top > calendar.offsetHeight;
  calendar.style.top = `${above ? box.top - calendar.offsetHeight - 3 : box.bottom + 3}px`;
  calendar.style.left = `${Math.max(4, Math.min(box.left, window.innerWidth - calendar.offsetWidth - 4))}px`;
}

on('click', '[data-calendar]', (event, button) => (shown ? shown.close() : open(one('[data-date]', button.parentElement))));
on('keydown', '[data-date]', (event, field) => {
  if (event.key !== 'ArrowDown' || event.isComposing || shown || !one('[data-calendar]', field.parentElement)) return;
  event.preventDefault();
  open(field);
});
document.addEventListener('scroll', (event) => { if (shown && !shown.calendarContainer.contains(event.target)) shown.close(); }, true);
onContent((root) => all('[data-calendar]', root.parentElement ?? root).forEach((button) => { button.hidden = false; }));

// 2. What is typed in another way is rewritten: 2026/1/5, 20260105, 2026年1月5日, 1-5 (the next one, where the past is no choice); 930 is 09:30.
export function asDate(text, today, min = '') {
  const plain = text.trim().replace(/[年月./．。／－]/g, '-').replace(/日$/, '').replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  const [, year, month, day] = /^(?:(\d{4})-)?(\d{1,2})-(\d{1,2})$/.exec(plain) ?? [];
  if (!day) return text;
  const found = (of) => [of, month.padStart(2, '0'), day.padStart(2, '0')].join('-');
  if (year) return found(year);
  const next = found(today.slice(0, 4));
  return next < min ? found(Number(today.slice(0, 4)) + 1) : next;
}

export function asTime(text) {
  const [, hour, minute] = /^(\d{1,2})[:：.]?(\d\d)$/.exec(text.trim()) ?? [];
  return minute ? `${hour.padStart(2, '0')}:${minute}` : text;
}

function rewrite(field) {
  const written = field.matches('[data-date=date]') ? asDate(field.value, field.dataset.today, field.dataset.min) : field.matches('[data-time]') ? asTime(field.value) : field.value;
  if (written !== field.value) field.value = written;
}

document.addEventListener('change', (event) => rewrite(event.target), true);
document.addEventListener('submit', (event) => all('[data-date], [data-time]', event.target).forEach(rewrite), true);
