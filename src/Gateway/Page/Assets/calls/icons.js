/** The icons of calls, drawn as those of the page are. */

import { svg } from '../elements.js';

const PATHS = {
  phone: 'M8.2 4.5 10 9 7.8 10.6a12 12 0 0 0 5.6 5.6L15 14l4.5 1.8v2.7a1.5 1.5 0 0 1-1.6 1.5A15.4 15.4 0 0 1 4 6.1 1.5 1.5 0 0 1 5.5 4.5Z',
  hangup: 'M3.5 14.5c5-4.7 12-4.7 17 0l-1.6 2.4-3.7-1.3v-2.3a11 11 0 0 0-6.4 0v2.3l-3.7 1.3Z',
  mic: 'M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v2.5',
  camera: 'M4.5 7h9A1.5 1.5 0 0 1 15 8.5v7A1.5 1.5 0 0 1 13.5 17h-9A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7ZM15 11l5.5-3v8L15 13',
  screen: 'M4 5h16v11H4ZM9 20h6M12 16v4M12 13V8m0 0-2.2 2.2M12 8l2.2 2.2',
  pip: 'M4 5h16v14H4ZM12 12h6v5h-6Z',
  large: 'M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0 2 2 0 1 0-4 0M7 17a2 2 0 1 0 4 0 2 2 0 1 0-4 0',
  off: 'M4 4l16 16',
};

/** @param {...string} names drawn over each other @returns {SVGElement} */
export function icon(...names) {
  const whole = svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' });
  whole.append(...names.map(name => svg('path', { d: PATHS[name], class: `p-${name}` })));
  return whole;
}
