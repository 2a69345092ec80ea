/** What this tab remembers until it is closed: which messages it wrote, and the lifetimes of the streams it created. */

import { recall, remember } from './storage.js';

const OWN = 'malten.own';
const TTL = 'malten.ttl';
const MOST = 1024;

const load = (key, empty) => JSON.parse(recall(key) || empty);
const own = new Set(load(OWN, '[]'));
const ttls = load(TTL, '{}');

/** @param {string} id */
export function rememberOwn(id) {
  own.add(id);
  if (own.size > MOST) own.delete(own.values().next().value);
  remember(OWN, JSON.stringify([...own]));
}

/** @param {string} id @returns {boolean} whether this tab wrote the message */
export const isOwn = id => own.has(id);

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
