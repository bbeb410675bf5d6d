// Labels per language: an element's property name_zh or name_en, where it has one, becomes its name before drawing.
const SPIFF = 'http://spiffworkflow.org/bpmn/schema/1.0/core';

export function inLanguage(xml, language) {
  const parsed = new DOMParser().parseFromString(xml, 'application/xml');
  if (parsed.querySelector('parsererror')) return xml;
  for (const property of parsed.getElementsByTagNameNS(SPIFF, 'property')) {
    if (property.getAttribute('name') !== `name_${language}`) continue;
    const owner = property.closest('extensionElements')?.parentElement;
    if (owner && property.getAttribute('value')) owner.setAttribute('name', property.getAttribute('value'));
  }
  return new XMLSerializer().serializeToString(parsed);
}
