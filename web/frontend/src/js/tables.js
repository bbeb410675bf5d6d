// Tables: ticking rows, what is ticked as count and sum, "all that match", and the columns one wants to see.
import { all, on, one, onContent } from './dom.js';

const ticks = (list) => all('input[data-row]', list);

on('change', '[data-list] input[data-page]', (event, box) => {
  ticks(box.closest('[data-list]')).forEach((tick) => { tick.checked = box.checked; });
});
on('change', '[data-list] input[data-row], [data-list] input[data-page]', (event, box) => show(box.closest('[data-list]')));
on('click', '[data-list] [data-clear]', (event, button) => clear(button.closest('[data-list]')));
on('click', '[data-list] [data-all-matching]', (event, button) => {
  const list = button.closest('[data-list]');
  one('input[name=all_matching]', list).value = '1';
  show(list);
});

// Shift-click ticks a range, as in every mail program.
let last = null;
on('click', '[data-list] input[data-row]', (event, box) => {
  const boxes = ticks(box.closest('[data-list]'));
  if (event.shiftKey && last && boxes.includes(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach((tick) => { tick.checked = box.checked; });
    show(box.closest('[data-list]'));
  }
  last = box;
});

export function show(list) {
  const boxes = ticks(list);
  const ticked = boxes.filter((box) => box.checked);
  const matching = one('input[name=all_matching]', list);
  if (matching && ticked.length < boxes.length) matching.value = '';
  const everything = matching?.value === '1';
  const bar = one('[data-selection]', list);
  boxes.forEach((box) => box.closest('tr').classList.toggle('df-ticked', box.checked));
  const page = one('input[data-page]', list);
  if (page) {
    page.checked = ticked.length > 0 && ticked.length === boxes.length;
    page.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
  }
  if (!bar) return;
  bar.hidden = !ticked.length;
  const offer = one('[data-all-matching]', bar);
  if (offer) offer.hidden = everything || ticked.length < boxes.length;
  one('[data-count]', bar).textContent = everything ? bar.dataset.matching : ticked.length;
  const sum = one('[data-sum]', bar);
  if (sum) sum.textContent = everything ? bar.dataset.matchingSum : amount(ticked);
  all('[data-needs-selection]', list).forEach((button) => { button.disabled = !ticked.length; });
}

function clear(list) {
  ticks(list).forEach((box) => { box.checked = false; });
  show(list);
}

// Whole cents in integers: sums of amounts must not drift.
function amount(boxes) {
  const cents = boxes.reduce((sum, box) => sum + Math.round(Number(box.dataset.amount || 0) * 100), 0);
  return (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

document.addEventListener('scroll', ({ target }) => {
  if (target.matches?.('.df-scroll')) target.classList.toggle('df-scrolled', target.scrollLeft > 0);
}, true);

onContent((root) => all('[data-list]', root.parentElement ?? root).forEach(show));
