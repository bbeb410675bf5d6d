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

async function show(box) {
  try {
    await (await load(box)).show(box);
  } catch (failure) {
    one('[data-diagram-failed]', box).hidden = false;
    console.warn(failure);
  }
}

// A diagram behind a tab or a fold has no size to be fitted to: it is drawn when it comes into view.
const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => {
  seen.unobserve(target);
  show(target);
}));

onContent((root) => all('[data-diagram]:not([data-watched])', root.parentElement ?? root).forEach((box) => {
  box.dataset.watched = '';
  seen.observe(box);
}));
