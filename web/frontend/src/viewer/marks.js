// Marks on a drawn diagram: positions, the path taken, and counts.
const PLANE = '_plane';
const SMALL = 60; // narrower than this: an event or a gateway, whose label stands below

export function markCurrent(viewer, ids, label) {
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  known(viewer, ids).forEach((id) => {
    canvas.addMarker(id, 'df-current');
    const flag = document.createElement('div');
    flag.className = 'df-here';
    flag.textContent = label;
    if (label) overlays.add(id, { position: { top: -18, left: 0 }, html: flag });
  });
}

// An element counts as passed when it was completed; a flow when its two ends came one after the other. Of the flows that
// lead to where the case stands, the one from the last element on the path counts. Passed flows are drawn above others.
export function markPath(viewer, path, current) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const passed = new Set(known(viewer, path));
  passed.forEach((id) => canvas.addMarker(id, 'df-passed'));
  const steps = new Set();
  path.forEach((id, at) => { if (at) steps.add(`${path[at - 1]}>${id}`); });
  current.forEach((id) => steps.add(`${path.at(-1)}>${id}`));
  registry.filter((element) => element.waypoints && element.source && element.target).forEach((flow) => {
    if (!steps.has(`${flow.source.id}>${flow.target.id}`) || !passed.has(flow.source.id)) return;
    canvas.addMarker(flow.id, 'df-passed');
    const drawn = registry.getGraphics(flow).parentNode;
    drawn.parentNode.append(drawn);
  });
}

export function markCounts(viewer, counts) {
  const overlays = viewer.get('overlays');
  known(viewer, Object.keys(counts)).forEach((id) => {
    const badge = document.createElement('div');
    badge.className = 'df-count';
    badge.textContent = counts[id].toLocaleString('en-US');
    const small = viewer.get('elementRegistry').get(id).width < SMALL;
    overlays.add(id, { position: small ? { top: -12, left: -18 } : { bottom: 8, left: -8 }, scale: { min: 0.75 }, html: badge });
  });
}

// {id: kind} -> a colour; what hides a marked element in a plane of its own is marked as changed.
export function markKinds(viewer, marks) {
  const canvas = viewer.get('canvas');
  const ids = known(viewer, Object.keys(marks));
  ids.forEach((id) => canvas.addMarker(id, `df-mark-${marks[id]}`));
  withHiding(viewer, ids).filter((id) => !marks[id]).forEach((id) => canvas.addMarker(id, 'df-mark-changed'));
}

const known = (viewer, ids) => ids.filter((id) => viewer.get('elementRegistry').get(id));

// The ids, and those of the collapsed subprocesses that hide them: these have a drawing plane of their own.
export function withHiding(viewer, ids) {
  const registry = viewer.get('elementRegistry');
  const all = new Set();
  const add = (id) => {
    const element = registry.get(id);
    if (!element || all.has(id)) return;
    all.add(id);
    const plane = viewer.get('canvas').findRoot(element)?.id ?? '';
    if (plane.endsWith(PLANE)) add(plane.slice(0, -PLANE.length));
  };
  ids.forEach(add);
  return [...all];
}
