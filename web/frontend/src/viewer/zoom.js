// Fitting, zooming, and finding the present position again.
const READABLE = 0.55;
const CLOSE_UP = 0.9;

// The whole diagram, unless that would be too small to read: then the present position at a readable size.
export function showAll(viewer, current) {
  const canvas = viewer.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
  if (canvas.zoom() < READABLE && current.length) showCurrent(viewer, current);
}

export function showCurrent(viewer, current) {
  const canvas = viewer.get('canvas');
  const elements = current.map((id) => viewer.get('elementRegistry').get(id)).filter(Boolean);
  const element = elements.find((each) => canvas.findRoot(each) === canvas.getRootElement()) ?? elements[0];
  if (!element) return;
  canvas.setRootElement(canvas.findRoot(element));
  const { width, height } = canvas.viewbox().outer;
  const { x, y } = middle(element);
  canvas.viewbox({
    x: x - width / CLOSE_UP / 2,
    y: y - height / CLOSE_UP / 2,
    width: width / CLOSE_UP,
    height: height / CLOSE_UP,
  });
}

// Arrows have no box of their own, only the points they run through.
function middle(element) {
  if (!element.waypoints) return { x: element.x + element.width / 2, y: element.y + element.height / 2 };
  const halfway = (axis) => {
    const along = element.waypoints.map((point) => point[axis]);
    return (Math.min(...along) + Math.max(...along)) / 2;
  };
  return { x: halfway('x'), y: halfway('y') };
}

export function addControls(viewer, box, current) {
  const canvas = viewer.get('canvas');
  const acts = {
    in: () => canvas.zoom(Math.min(canvas.zoom() * 1.25, 4)),
    out: () => canvas.zoom(Math.max(canvas.zoom() / 1.25, 0.15)),
    all: () => canvas.zoom('fit-viewport', 'auto'),
    current: () => showCurrent(viewer, current),
  };
  box.querySelectorAll('[data-zoom]').forEach((button) => {
    button.hidden = button.dataset.zoom === 'current' && !current.length;
    button.addEventListener('click', acts[button.dataset.zoom]);
  });
}
