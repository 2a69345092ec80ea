/** What this tab remembers: which plain messages it wrote, until it is reloaded, and the lifetimes of the streams it created. */

import { recall, remember } from './storage.js';

const TTL = 'malten.ttl';
const MOST = 1024;

const own = new Map(); // id → text; not in the browser's storage, where whoever takes the device would find it
const ttls = JSON.parse(recall(TTL) || '{}');

/** @param {string} id @param {string} text */
export function rememberOwn(id, text) {
  own.set(id, text);
  if (own.size > MOST) own.delete(own.keys().next().value);
}

/** @param {{Id: string, Text: string}} message @returns {boolean} whether this page wrote it: an id alone could be repeated */
export const isOwn = ({ Id: id, Text: text }) => own.get(id) === text;

/** @param {string} stream @param {number} ttl */
export function rememberTtl(stream, ttl) {
  ttls[stream] = ttl;
  remember(TTL, JSON.stringify(ttls));
}

/** @param {string} stream */
export function forgetTtl(stream) {
  delete ttls[stream];
  remember(TTL, JSON.stringify(ttls));
}

/** @param {string} stream @returns {number|undefined} seconds */
export const remembered = stream => ttls[stream];

/** @returns {string} a random UUID; crypto.randomUUID exists only over https */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
