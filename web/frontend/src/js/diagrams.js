// Loads the diagram viewer's own bundle when a page shows a diagram, and only then.
import { all, one, onContent } from './dom.js';

const nonce = document.currentScript?.nonce;
let loading = null;

function load(box) {
  loading ??= new Promise((resolve, reject) => {
    const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: box.dataset.viewerStyle });
    const script = Object.assign(document.createElement('script'), { src: box.dataset.viewerScript, nonce });
    script.addEventListener('load', () => resolve(window.DunflowViewer));
    script.addEventListener('error', () => reject(new Error('the diagram viewer did not load')));
    document.head.append(style, script);
  });
  return loading;
}

onContent((root) => all('[data-diagram]:not([data-shown])', root.parentElement ?? root).forEach(async (box) => {
  box.dataset.shown = '';
  try {
    await (await load(box)).show(box);
  } catch (failure) {
    one('[data-diagram-failed]', box).hidden = false;
    console.warn(failure);
  }
}));
