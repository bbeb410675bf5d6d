// The diagram viewer: where a case stands, the way it took, figures per element, labels in the page's language.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './viewer/viewer.css';
import { inLanguage } from './viewer/labels.js';
import { markCounts, markCurrent, markKinds, markPath, withHiding } from './viewer/marks.js';
import { choose, listen } from './viewer/choosing.js';
import { addControls, showAll } from './viewer/zoom.js';

// A box carries data-diagram (address of the XML) and, as JSON, data-current [ids], data-path [ids in order], data-counts {id: n}.
async function show(box) {
  const answer = await fetch(box.dataset.diagram, { headers: { Accept: 'application/xml' } });
  if (!answer.ok) throw new Error(`the diagram came back as ${answer.status}`);
  const source = inLanguage(await answer.text(), document.documentElement.lang.slice(0, 2));
  const viewer = new NavigatedViewer({
    container: box.querySelector('[data-canvas]'),
    textRenderer: { defaultStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 } },
  });
  await viewer.importXML(source);

  const told = (name, otherwise) => JSON.parse(box.dataset[name] || otherwise);
  const current = withHiding(viewer, told('current', '[]'));
  markPath(viewer, told('path', '[]'), current);
  markCurrent(viewer, current, box.dataset.currentLabel || '');
  markCounts(viewer, told('counts', '{}'));
  markKinds(viewer, told('marks', '{}'));
  showAll(viewer, current);
  addControls(viewer, box, current);
  box.classList.add('df-diagram--shown');
  box.dunflowViewer = viewer;
  listen(viewer, box);
  if (box.dataset.focus) choose(box, box.dataset.focus);
}

window.DunflowViewer = { show, choose };
