// Searchable selects: <select data-search-select>, one or many.
import TomSelect from 'tom-select/dist/esm/tom-select.js';
import removeButton from 'tom-select/dist/esm/plugins/remove_button/plugin.js';
import { all, onContent, text } from './dom.js';

TomSelect.define('remove_button', removeButton);

onContent((root) => all('select[data-search-select]', root).forEach((select) => {
  if (select.tomselect) return;
  new TomSelect(select, {
    plugins: select.multiple ? { remove_button: { title: text('remove') } } : {},
    placeholder: select.dataset.placeholder || '',
    hidePlaceholder: true,
    maxOptions: 200,
    hideSelected: select.multiple,
    allowEmptyOption: !select.multiple,
    render: { no_results: () => `<div class="no-results">${text('nothing_matches')}</div>` },
  });
  select.hidden = true; // still sent with its form; screen readers meet the combobox that replaces it
}));
