// Small words for the DOM, and the texts the page brought along in its language.
export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export const on = (event, selector, act, options) =>
  document.addEventListener(event, (occurred) => {
    const found = occurred.target.closest?.(selector);
    if (found) act(occurred, found);
  }, options);

let known;
export function text(key) {
  known ??= JSON.parse(one('#df-texts')?.textContent || '{}');
  return known[key] ?? key;
}

// Runs for the page at first, then for whatever htmx brings in.
export function onContent(act) {
  const ready = () => act(document.body);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', ready);
  else ready();
  document.addEventListener('htmx:after:process', (event) => act(event.target.isConnected === false ? document.body : event.target));
}
