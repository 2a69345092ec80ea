/**
 * What the pages of a stream that leaves no trace say to each other in signals: byte by byte in docs/encryption.md. Each
 * frame is sealed with the stream's key, as said by one listener to another or to all.
 */

import { Fields, concat, fromBase64Url, random, toBase64Url, uint, utf8 } from '../crypto/bytes.js';
import { PREFIX, isSigned, sign } from '../crypto/enc2.js';
import { aesKey, decrypt, encrypt, hkdf, pad } from '../crypto/keys.js';

export const KIND = { hello: 1, here: 2, messages: 3, farewell: 4 };
const STEPS = [256, 1024, 2304, 4576];
const IV_BYTES = 12;
const TAG_BYTES = 8; // of a public key, enough to tell authors apart
const HEAD_BYTES = 26; // of a message in a frame
const MOST_BYTES = STEPS.at(-1);
const MOST_KNOWN = 380; // authors in a hello
const MOST_MESSAGES = 255; // in a frame

/** @typedef {{stream: string, key: CryptoKey}} SignalKeys */
/** @typedef {{id: string, created: number, signed: Uint8Array}} Handed a message as its author hands it over: `created` in nanoseconds */

/** @param {string} stream @param {Uint8Array} secret @returns {Promise<SignalKeys>} */
export const signalKeys = async (stream, secret) =>
  ({ stream, key: await aesKey(await hkdf(secret, new Uint8Array(0), 'malten trace signal key', 32)) });

const context = ({ stream }, from, to) => utf8(`malten trace signal\n${stream}\n${from}\n${to}\n`);

/** @param {SignalKeys} keys @param {string} from a listener @param {string} to a listener; empty: all @param {Uint8Array} frame @returns {Promise<string>} */
export async function sealFrame(keys, from, to, frame) {
  const iv = random(IV_BYTES);
  return PREFIX + toBase64Url(concat(iv, await encrypt(keys.key, iv, context(keys, from, to), pad(frame, STEPS))));
}

/** @param {SignalKeys} keys @returns {Promise<object|null>} what it says, by `kind`; null when it was not sealed so, or is not well formed */
export async function openFrame(keys, from, to, text) {
  try {
    const bytes = fromBase64Url(text.slice(PREFIX.length));
    const plain = await decrypt(keys.key, bytes.slice(0, IV_BYTES), context(keys, from, to), bytes.slice(IV_BYTES));
    const fields = new Fields(plain);
    const said = READ[fields.uint(1)](fields, plain);
    fields.end();
    return said;
  } catch {
    return null;
  }
}

/** @param {string} author @returns {string} its first bytes */
export const tagOf = author => toBase64Url(fromBase64Url(author, 64).slice(0, TAG_BYTES));

/** @param {Map<string, number>} has tag of an author → the number up to which nothing is missing @returns {Uint8Array} */
export function hello(has) {
  const known = [...has].slice(0, MOST_KNOWN);
  return concat(uint(KIND.hello, 1), uint(known.length, 2), ...known.flatMap(([tag, number]) => [fromBase64Url(tag, TAG_BYTES), uint(number, 4)]));
}

/**
 * @param {SignalKeys} keys @param {import('../crypto/enc2.js').Author} author @param {string} listener the author's own
 * @param {{first: number, count: number}} held the number of the author's oldest message, and how many there are
 * @returns {Promise<Uint8Array>}
 */
export const here = (keys, author, listener, { first, count }) =>
  signedBy(keys, author, listener, concat(uint(KIND.here, 1), fromBase64Url(author.id, 64), uint(first, 4), uint(count, 2)));

/** @returns {Promise<string>} the text of a message, since a page that is being closed has no connection any more by which to signal */
export const sealFarewell = async (keys, author) =>
  sealFrame(keys, '', '', await signedBy(keys, author, '', concat(uint(KIND.farewell, 1), fromBase64Url(author.id, 64))));

/** @param {SignalKeys} keys @param {string} text of a message @returns {Promise<string|null>} the author who says farewell with it */
export async function openFarewell(keys, text) {
  const said = await openFrame(keys, '', '', text);
  return said?.kind === KIND.farewell && await isOfAuthor(keys, '', said) ? said.author : null;
}

/** @param {Handed[]} messages @returns {Generator<Uint8Array>} frames, as few as will do */
export function* handOver(messages) {
  let [parts, size] = [[], 2];
  for (const message of messages) {
    const more = HEAD_BYTES + message.signed.length;
    if (size + more > MOST_BYTES || parts.length === MOST_MESSAGES) {
      yield concat(uint(KIND.messages, 1), uint(parts.length, 1), ...parts);
      [parts, size] = [[], 2];
    }
    parts.push(concat(idBytes(message.id), uint(message.created, 8), uint(message.signed.length, 2), message.signed));
    size += more;
  }
  if (parts.length > 0) yield concat(uint(KIND.messages, 1), uint(parts.length, 1), ...parts);
}

/** @returns {Promise<boolean>} whether the author whom a frame names has signed it as what this listener says */
export const isOfAuthor = ({ stream }, listener, { author, body, signature }) =>
  isSigned(author, signature, concat(statement(stream, listener), body)).catch(() => false);

const statement = (stream, listener) => utf8(`malten trace author\n${stream}\n${listener}\n`);

const signedBy = async ({ stream }, author, listener, body) => concat(body, await sign(author, concat(statement(stream, listener), body)));

const idBytes = id => Uint8Array.from(id.replaceAll('-', '').match(/../g), two => parseInt(two, 16));

const idOf = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const authorOf = fields => toBase64Url(fields.take(64));

const READ = {
  [KIND.hello](fields) {
    const has = new Map();
    for (let left = fields.uint(2); left > 0; left--) has.set(toBase64Url(fields.take(TAG_BYTES)), fields.uint(4));
    return { kind: KIND.hello, has };
  },
  [KIND.here](fields, plain) {
    const said = { kind: KIND.here, author: authorOf(fields), first: fields.uint(4), count: fields.uint(2) };
    return { ...said, body: plain.slice(0, fields.taken), signature: fields.take(64) };
  },
  [KIND.messages](fields) {
    const one = () => ({ id: idOf(fields.take(16)), created: fields.uint(8), signed: fields.take(fields.uint(2)) });
    return { kind: KIND.messages, messages: Array.from({ length: fields.uint(1) }, one) };
  },
  [KIND.farewell](fields, plain) {
    return { kind: KIND.farewell, author: authorOf(fields), body: plain.slice(0, fields.taken), signature: fields.take(64) };
  },
};
