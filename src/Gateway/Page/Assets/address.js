/**
 * Parses and writes the fragment of the page's address. Browsers never send the fragment, so it may hold keys.
 *
 *   (nothing)                                     the stream `_`
 *   #name                                         a stream
 *   #label,KEY                                    an encrypted stream; the label is for people
 *   #pipe,STREAM.SEAT.SECRET.COMMITMENT           an invitation to a secure pipe
 *   #pipe,STREAM                                  a pipe that this page has (or had) open
 *
 * A comma always means a key: a fragment with a comma is never opened as a plain stream, because that would send a
 * truncated or mistyped key to the server as a name.
 */

import { fromBase64Url, toBase64Url } from './crypto/bytes.js';
import { KEY_BYTES } from './crypto/streamkeys.js';
import { COMMITMENT_BYTES, SECRET_BYTES } from './crypto/pipekeys.js';
import { characters } from './text.js';

export const OPEN_STREAM = '_';
const NAME_MOST = 128;

/**
 * @typedef {{kind: 'plain', name: string}
 *   | {kind: 'encrypted', label: string, secret: Uint8Array}
 *   | {kind: 'invitation', stream: string, seat: string, secret: Uint8Array, commitment: string}
 *   | {kind: 'pipe', stream: string}
 *   | {kind: 'damaged', why: string}} Address
 */

/** @param {string} hash as `location.hash` gives it @returns {Address} */
export function parse(hash) {
  const fragment = decode(hash.replace(/^#/, ''));
  const comma = fragment.lastIndexOf(',');
  if (comma >= 0) return parseKeyed(fragment.slice(0, comma), fragment.slice(comma + 1));
  const name = fragment.normalize('NFC').trim() || OPEN_STREAM;
  const fault = faultOf(name);
  return fault ? { kind: 'damaged', why: fault } : { kind: 'plain', name };
}

/** @param {string} name @returns {string} what is wrong with the name; empty when nothing is */
export function faultOf(name) {
  if (characters(name) > NAME_MOST) return 'A name can have 128 characters at most.';
  if (/[/?#,]/.test(name)) return 'A name can’t contain / ? # or a comma.';
  if (/\p{Cc}/u.test(name)) return 'A name can’t contain control characters.';
  if (/\p{Cs}/u.test(name)) return 'This name is not valid text.';
  return '';
}

/** @param {string} name @returns {string} */
export const plainFragment = name => `#${encodeURIComponent(name)}`;

/** @param {string} label @param {Uint8Array} secret @returns {string} */
export const encryptedFragment = (label, secret) => `#${encodeURIComponent(label)},${toBase64Url(secret)}`;

/** @param {{stream: string, seat: string, secret: Uint8Array, commitment: string}} invitation @returns {string} */
export const invitationFragment = ({ stream, seat, secret, commitment }) =>
  `#pipe,${stream}.${seat}.${toBase64Url(secret)}.${commitment}`;

/** @param {string} stream @returns {string} */
export const pipeFragment = stream => `#pipe,${stream}`;

/** @param {string} fragment @returns {string} the whole link */
export const linkTo = fragment => new URL(fragment, document.baseURI).href;

function parseKeyed(label, key) {
  const parts = key.split('.');
  if (parts.length === 1) {
    const secret = fromBase64Url(key, KEY_BYTES);
    if (secret) return { kind: 'encrypted', label: label || 'secret', secret };
    if (label === 'pipe' && /^[\w-]{1,128}$/.test(key) && key.length !== 43) return { kind: 'pipe', stream: key };
  }
  if (parts.length === 4) {
    const [stream, seat, secret, commitment] = parts;
    const bytes = fromBase64Url(secret, SECRET_BYTES);
    if (stream && seat && bytes && fromBase64Url(commitment, COMMITMENT_BYTES))
      return { kind: 'invitation', stream, seat, secret: bytes, commitment };
  }
  return { kind: 'damaged', why: 'The key in this link is incomplete or damaged. Ask for the link again, and copy all of it.' };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
