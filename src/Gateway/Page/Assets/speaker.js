/** The speaker: the name chosen in this tab, and the colour of a name. */

import { element } from './elements.js';
import { recall, remember } from './storage.js';
import { NAME_MOST, characters } from './text.js';

const KEY = 'malten.name';

let sealedName = null; // chosen where the server can't see it: it never goes into the browser's storage, nor into a plain stream

/** @param {string} kind of the stream @returns {string} the name chosen in this tab for such streams, or an empty string */
export const ownName = kind => (kind === 'plain' ? null : sealedName) ?? recall(KEY) ?? '';

/** @param {string} name @param {string} kind of the stream in which it was chosen */
export function setOwnName(name, kind) {
  if (kind === 'plain') remember(KEY, name);
  else sealedName = name;
}

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

/** @param {string} name @param {string} [key] @returns {HTMLElement} a disc with the name's first letter, in the colour of the key or else of the name */
export function avatar(name, key = name) {
  const round = element('span', name ? 'avatar' : 'avatar nameless', name && [...name][0].toLocaleUpperCase());
  round.ariaHidden = true;
  if (key) round.style.setProperty('--hue', hueOf(key));
  return round;
}
