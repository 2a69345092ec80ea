/**
 * Parses and writes the fragment of the page's address. Browsers never send the fragment, so it may hold keys.
 *
 *   (nothing)                       the stream `_`
 *   #name                           a stream
 *   #/e/LABEL/KEY                   an encrypted stream; the label is for people
 *   #/t/LABEL/KEY                   one that leaves no trace
 *   #/p/STREAM.SEAT.TOKEN           an invitation to a secure pipe
 *   #/o/STREAM                      a pipe that this page has (or had) open
 *
 * No name of a stream holds a slash, and what stands last has a fixed length: a link that was cut anywhere is damaged, and
 * opens nothing. So no part of a key is ever sent to the server as a name.
 */

import { readToken, writeToken } from './crypto/pipe2.js';
import { atNode } from './node.js';
import { characters } from './text.js';

export const OPEN_STREAM = '_';
export const DAMAGED = 'This link is incomplete or damaged. Ask for it again, and copy all of it.';
const NAME_MOST = 128;

/**
 * @typedef {{kind: 'plain', name: string}
 *   | {kind: 'encrypted'|'trace', label: string, key: string}
 *   | {kind: 'invitation', stream: string, seat: string, secret: Uint8Array, commitment: Uint8Array}
 *   | {kind: 'pipe', stream: string}
 *   | {kind: 'damaged', why: string}} Address
 */

/** @param {string} hash as `location.hash` gives it @returns {Address} */
export function parse(hash) {
  let fragment = hash.replace(/^#/, '');
  // Some programs escape a link once more when they pass it on.
  for (let last; !fragment.startsWith('/') && fragment !== last;) [last, fragment] = [fragment, decode(fragment)];
  if (fragment.startsWith('/')) return parseMarked(fragment);
  const name = decode(hash.replace(/^#/, '')).normalize('NFC').trim() || OPEN_STREAM;
  const fault = faultOf(name);
  if (fragment.includes('/')) return { kind: 'damaged', why: DAMAGED };
  return fault ? { kind: 'damaged', why: fault } : { kind: 'plain', name };
}

/** @param {string} name @returns {string} what is wrong with the name; empty when nothing is */
export function faultOf(name) {
  if (characters(name) > NAME_MOST) return 'A name can have 128 characters at most.';
  if (/[/?#]/.test(name)) return 'A name can’t contain / ? or #.';
  if (/\p{Cc}/u.test(name)) return 'A name can’t contain control characters.';
  if (/\p{Cs}/u.test(name)) return 'This name is not valid text.';
  return '';
}

/** @param {string} name @returns {string} */
export const plainFragment = name => `#${encodeURIComponent(name)}`;

/** @param {string} label @param {string} key @returns {string} */
export const encryptedFragment = (label, key) => `#/e/${encodeURIComponent(label)}/${key}`;

/** @param {string} label @param {string} key @returns {string} */
export const traceFragment = (label, key) => `#/t/${encodeURIComponent(label)}/${key}`;

/** @param {import('./crypto/pipe2.js').Invitation} invitation @returns {string} */
export const invitationFragment = ({ stream, seat, ...secrets }) => `#/p/${stream}.${seat}.${writeToken(secrets)}`;

/** @param {string} stream @returns {string} */
export const pipeFragment = stream => `#/o/${stream}`;

/** @param {string} fragment @returns {string} the whole link */
export const linkTo = fragment => atNode(fragment).href;

function parseMarked(fragment) {
  const [, kind, rest] = fragment.match(/^\/([etpo])\/(.*)$/s) ?? [];
  const slash = rest?.lastIndexOf('/');
  if ((kind === 'e' || kind === 't') && slash >= 0) {
    const key = rest.slice(slash + 1);
    if (/^[\w-]{48}$/.test(key)) return { kind: kind === 'e' ? 'encrypted' : 'trace', label: decode(rest.slice(0, slash)) || 'secret', key };
  } else if (kind === 'p') {
    const [, stream, seat, token] = rest.match(/^([\w-]+)\.([\w-]+)\.([\w-]+)$/) ?? [];
    const secrets = token && readToken(token);
    if (secrets) return { kind: 'invitation', stream, seat, ...secrets };
  } else if (kind === 'o' && /^[\w-]{1,128}$/.test(rest)) return { kind: 'pipe', stream: rest };
  return { kind: 'damaged', why: DAMAGED };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
