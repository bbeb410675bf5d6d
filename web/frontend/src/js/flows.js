// Releases: an element named beside a drawing is shown in it, a chosen one is explained beside it; rows and fields likewise.
import { all, on, one } from './dom.js';

function explain(id) {
  const cards = all('[data-element-card]');
  if (!cards.length) return;
  cards.forEach((card) => { card.hidden = card.dataset.elementCard !== id; });
  const none = one('[data-card-none]');
  if (none) none.hidden = cards.some((card) => !card.hidden);
}

document.addEventListener('df-element', ({ detail }) => explain(detail));

on('click', '[data-shows-element]', (event, button) => {
  const id = button.dataset.showsElement;
  all('[data-diagram]').forEach((box) => {
    box.dataset.focus = id; // for a drawing that is yet to come into view
    window.DunflowViewer?.choose(box, id);
  });
  all('.df-shown').forEach((each) => each.classList.remove('df-shown'));
  const part = one(`[data-part="${CSS.escape(id)}"]`) ?? one(`.df-preview [name="${CSS.escape(id)}"]`)?.closest('.df-field, fieldset');
  part?.classList.add('df-shown');
  part?.scrollIntoView({ block: 'nearest' });
});
