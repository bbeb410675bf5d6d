// Loads the charts' own bundle when a page has any, and only then. Without it the table still says everything.
import { all, onContent } from './dom.js';

const nonce = document.currentScript?.nonce;
let loading = null;

function load(box) {
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src: box.dataset.chartScript, nonce });
    script.addEventListener('load', () => resolve(window.DunflowCharts));
    script.addEventListener('error', () => reject(new Error('the charts did not load')));
    document.head.append(script);
  });
  return loading;
}

async function show(box) {
  try {
    (await load(box)).show(box);
  } catch {
    box.hidden = true;
  }
}

onContent((root) => all('[data-chart]:not([data-drawn])', root.parentElement ?? root).forEach((box) => {
  box.dataset.drawn = '';
  show(box);
}));
