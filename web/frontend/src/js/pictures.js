// An image in a dialog: larger, smaller, turned. Sizes and turns are classes, since styles come from files only.
import { on, one } from './dom.js';

const LARGEST = 4;

on('click', '[data-view]', (event, button) => {
  const image = one('img', button.closest('[data-viewer]'));
  const state = { zoom: Number(image.dataset.zoom || 0), turn: Number(image.dataset.turn || 0) };
  if (button.dataset.view === 'in') state.zoom = Math.min(LARGEST, state.zoom + 1);
  if (button.dataset.view === 'out') state.zoom = Math.max(0, state.zoom - 1);
  if (button.dataset.view === 'turn') state.turn = (state.turn + 1) % 4;
  image.dataset.zoom = state.zoom;
  image.dataset.turn = state.turn;
});
