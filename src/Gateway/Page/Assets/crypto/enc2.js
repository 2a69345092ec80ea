/**
 * A message of an encrypted stream, `enc2.`: encrypted with the link's key, and signed by its author. Inside stand the
 * author's key, the message's number, the author's time, the hash of the author's message before, the hashes of the newest
 * messages of others that the author had seen, the name and the text. docs/encryption.md is the specification.
 */

import { utf8, concat, toBase64Url, fromBase64Url, random, sha256, uint, Fields } from './bytes.js';
import { aesKey, decrypt, encrypt, hkdf, pad } from './keys.js';

export const PREFIX = 'enc2.';
export const KEY_BYTES = 32;
export const SEEN_MOST = 4;
/** How many numbers in a row one message can give up. */
export const SKIPPED_MOST = 16;
/** The hash "before" an author's first message. */
export const NONE = toBase64Url(new Uint8Array(32));
const CHECK_BYTES = 4;
const IV_BYTES = 12;
const STEPS = [512, 1024, 2048, 4576];
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };
const IMPORTED_MOST = 256;
const LATEST = 8.64e15; // the last moment that a Date can hold

/** @typedef {{stream: string, key: CryptoKey}} StreamKeys */
/** @typedef {{privateKey: CryptoKey, id: string}} Author `id` is the public key, x and y, in base64url */

/**
 * @typedef {object} Content what a message says about itself
 * @property {string} author the author's public key @property {number} number from 0
 * @property {number} skipped how many numbers right before this one the author could not send and has given up
 * @property {number} time Unix milliseconds by the author's clock
 * @property {string} previous the hash of the author's message before those, or NONE
 * @property {string[]} seen hashes of messages of others @property {string} name @property {string} text
 */

/** @typedef {'enc2'|'trace'} Use what a secret is for: one held by the server, or one that leaves no trace */

/**
 * @param {Uint8Array} secret the key in the link @param {Use} [use]
 * @returns {Promise<StreamKeys>} the stream's name on the server, and the message key
 */
export async function streamKeys(secret, use = 'enc2') {
  const derive = (purpose, length) => hkdf(secret, new Uint8Array(0), `malten ${use} ${purpose}`, length);
  return { stream: toBase64Url(await derive('stream name', 16)), key: await aesKey(await derive('message key', 32)) };
}

/** @param {Uint8Array} secret @param {Use} [use] @returns {Promise<string>} the secret with a check, as it stands in the link */
export const writeKey = async (secret, use = 'enc2') => toBase64Url(concat(secret, await check(secret, use)));

/** @param {string} text @param {Use} [use] @returns {Promise<Uint8Array|null>} the secret; null when a character of the text is missing or wrong */
export async function readKey(text, use = 'enc2') {
  const secret = fromBase64Url(text, KEY_BYTES + CHECK_BYTES)?.slice(0, KEY_BYTES);
  return secret && await writeKey(secret, use) === text ? secret : null;
}

const check = async (secret, use) => (await sha256(utf8(`malten ${use} link`), secret)).slice(0, CHECK_BYTES);

/** @returns {Promise<Author>} a key that can't be taken out of the browser and is gone with this page */
export async function newAuthor() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(CURVE, false, ['sign']);
  return { privateKey, id: toBase64Url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)).slice(1)) };
}

/** @param {Author} author @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export const sign = async (author, bytes) => new Uint8Array(await crypto.subtle.sign(SIGNATURE, author.privateKey, bytes));

/** @param {string} author @param {Uint8Array} signature @param {Uint8Array} bytes @returns {Promise<boolean>} @throws when the key is none */
export async function isSigned(author, signature, bytes) {
  return crypto.subtle.verify(SIGNATURE, await publicKey(author), signature, bytes);
}

const imported = new Map(); // author → the key, of those seen lately: one author's messages come together

function publicKey(author) {
  if (imported.size >= IMPORTED_MOST) imported.clear();
  if (!imported.has(author)) {
    const point = concat(Uint8Array.of(4), fromBase64Url(author));
    imported.set(author, crypto.subtle.importKey('raw', point, CURVE, false, ['verify']));
  }
  return imported.get(author);
}

/** What the message belongs to. It is authenticated with the ciphertext, signed, and part of the hash. */
const context = (stream, id) => utf8(`malten enc2 message\n${stream}\n${id}\n`);

/** @param {Content} content @returns {Uint8Array} all but the signature */
export function encode({ author, number, skipped, time, previous, seen, name, text }) {
  const [nameBytes, textBytes] = [utf8(name), utf8(text)];
  return concat(fromBase64Url(author, 64), uint(number, 4), uint(skipped, 1), uint(time, 8), fromBase64Url(previous, 32),
    uint(seen.length, 1), ...seen.map(hash => fromBase64Url(hash, 32)),
    uint(nameBytes.length, 1), nameBytes, uint(textBytes.length, 2), textBytes);
}

/** @returns {Promise<string>} by which other messages refer to this one: the SHA-256 of what its author signed */
export const hashOf = async (stream, id, body) => toBase64Url(await sha256(context(stream, id), body));

/**
 * @param {StreamKeys} keys @param {Author} author @param {string} id the message's id, in lower case
 * @param {Omit<Content, 'author'>} content
 * @returns {Promise<{message: string, hash: string, signed: Uint8Array}>} `signed`: all of it but the padding, before it is encrypted
 */
export async function seal({ stream, key }, author, id, content) {
  const [about, body] = [context(stream, id), encode({ ...content, author: author.id })];
  const signed = concat(body, await sign(author, concat(about, body)));
  const iv = random(IV_BYTES);
  const sealed = await encrypt(key, iv, about, pad(signed, STEPS));
  return { message: PREFIX + toBase64Url(concat(iv, sealed)), hash: await hashOf(stream, id, body), signed };
}

/**
 * @param {StreamKeys} keys @param {string} id @param {string} message
 * @returns {Promise<(Content & {hash: string})|{fault: 'sealed'|'signed'}>} the fault: it was not sealed with this key as the
 *   message with this id, or not signed by the author whom it names
 */
export async function open({ stream, key }, id, message) {
  let plain;
  try {
    const bytes = fromBase64Url(message.slice(PREFIX.length));
    plain = await decrypt(key, bytes.slice(0, IV_BYTES), context(stream, id), bytes.slice(IV_BYTES));
  } catch {
    return { fault: 'sealed' };
  }
  return verify(stream, id, plain);
}

/**
 * @param {string} stream @param {string} id @param {Uint8Array} plain what its author signed, as it stands inside a sealed message
 * @returns {Promise<(Content & {hash: string})|{fault: 'signed'}>} the fault: it is not signed by the author whom it names
 */
export async function verify(stream, id, plain) {
  try {
    const { content, body, signature } = decode(plain);
    if (!await isSigned(content.author, signature, concat(context(stream, id), body))) return { fault: 'signed' };
    return { ...content, hash: await hashOf(stream, id, body) };
  } catch {
    return { fault: 'signed' };
  }
}

function decode(plain) {
  const fields = new Fields(plain);
  const hash = () => toBase64Url(fields.take(32));
  const author = toBase64Url(fields.take(64));
  const [number, skipped, time, previous, count] = [fields.uint(4), fields.uint(1), fields.uint(8), hash(), fields.uint(1)];
  if (skipped > Math.min(number, SKIPPED_MOST) || time > LATEST || count > SEEN_MOST) throw new RangeError('out of range');
  const seen = Array.from({ length: count }, hash);
  const [name, text] = [fields.text(1), fields.text(2)];
  if ([...name].length > 32 || [...text].length > 1024) throw new RangeError('too long');
  const body = plain.slice(0, fields.taken);
  const signature = fields.take(64);
  fields.end();
  return { content: { author, number, skipped, time, previous, seen, name, text }, body, signature };
}
