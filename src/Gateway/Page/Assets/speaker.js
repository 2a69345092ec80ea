/** The speaker: the name chosen in this tab, and the colour of a name. */

import { recall, remember } from './storage.js';
import { NAME_MOST, characters } from './text.js';

const KEY = 'malten.name';

/** @returns {string} the name chosen in this tab, or an empty string */
export const ownName = () => recall(KEY) ?? '';

/** @param {string} name */
export const setOwnName = name => remember(KEY, name);

/** @param {string} name @returns {string} what is wrong with the name; empty when nothing is */
export function faultOf(name) {
  if (characters(name) > NAME_MOST) return 'A name can have 32 characters at most.';
  return /\p{Cc}|\p{Cs}/u.test(name) ? 'A name can’t contain control characters.' : '';
}

/** @param {string} name @returns {number} the same hue for the same name, in degrees (FNV-1a) */
export function hueOf(name) {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
  return Math.abs(hash ^ (hash >>> 15)) % 360;
}

/** @param {string} name @returns {HTMLElement} a disc with the name's first letter, in the name's colour */
export function avatar(name) {
  const round = document.createElement('span');
  round.className = 'avatar';
  round.setAttribute('aria-hidden', 'true');
  if (name) round.style.setProperty('--hue', hueOf(name));
  else round.classList.add('nameless');
  round.textContent = name ? [...name][0].toLocaleUpperCase() : '';
  return round;
}
