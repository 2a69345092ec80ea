/** Makes elements. */

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {string} [className] @param {string} [text] @returns {HTMLElement} */
export function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** @param {string} className @param {string} text @param {() => void} act @returns {HTMLButtonElement} */
export function button(className, text, act) {
  const made = element('button', className, text);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

/** @param {string} tag @param {Record<string, string|number>} [attributes] @returns {SVGElement} */
export function svg(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** @param {string} id of a symbol of the page @returns {SVGElement} */
export function useIcon(id) {
  const icon = svg('svg');
  icon.append(svg('use', { href: `#${id}` }));
  return icon;
}
