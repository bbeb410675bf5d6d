// Contacts: copying what was shown in full, and a contact that was added or changed in the forms that choose one.
import { all, on } from './dom.js';

on('click', '[data-copy]', async (event, button) => {
  try { await navigator.clipboard.writeText(button.dataset.copy); } catch { return select(button.parentElement); }
  button.classList.add('df-copied');
  setTimeout(() => button.classList.remove('df-copied'), 1500);
});

// Browsers copy for pages only over TLS or on their own machine: elsewhere the number is marked, ready for Ctrl+C.
function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  window.getSelection().removeAllRanges();
  window.getSelection().addRange(range);
}

document.addEventListener('contacts-changed', ({ detail }) => {
  if (!detail?.id) return;
  all('select[name=contact_id]').forEach((chooser) => {
    const known = [...chooser.options].find((each) => each.value === String(detail.id));
    if (known) known.text = detail.words;
    else chooser.add(new Option(detail.words, detail.id));
    chooser.tomselect?.sync();
  });
});
