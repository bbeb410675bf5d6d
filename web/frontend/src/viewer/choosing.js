// Choosing an element: by a click in the drawing, told to the page as `df-element`, or by the page, which shows it closely.
import { showCurrent } from './zoom.js';

export function listen(viewer, box) {
  viewer.get('eventBus').on('element.click', ({ element }) => {
    const { id } = element.labelTarget ?? element;
    if (viewer.get('canvas').getRootElement() === element) return;
    mark(viewer, id);
    box.dispatchEvent(new CustomEvent('df-element', { bubbles: true, detail: id }));
  });
}

export function choose(box, id) {
  const viewer = box.dunflowViewer;
  const element = viewer?.get('elementRegistry').get(id);
  if (!element) return;
  showCurrent(viewer, [id]);
  mark(viewer, id);
  box.dispatchEvent(new CustomEvent('df-element', { bubbles: true, detail: id }));
}

function mark(viewer, id) {
  const canvas = viewer.get('canvas');
  viewer.get('elementRegistry').filter((each) => canvas.hasMarker(each, 'df-chosen')).forEach((each) => canvas.removeMarker(each, 'df-chosen'));
  canvas.addMarker(id, 'df-chosen');
}
