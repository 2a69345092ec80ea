/**
 * The sealed form of one message, `enc1.`: AES-256-GCM over the text and its speaker's name, padded so that its size
 * reveals little. docs/encryption.md is the specification; docs/encryption-vectors.json has examples.
 */

import { utf8, concat, toBase64Url, fromBase64Url } from './bytes.js';

export const PREFIX = 'enc1.';
const STEPS = [128, 256, 512, 1024, 2048, 4096];
const MOST = 4096;
const IV = 12;
const END = 0xff; // never occurs in UTF-8

/**
 * The layout is text, 0xFF, name, 0xFF, then zeros up to the next step. A text that leaves no room for the name is packed
 * without it; a text of exactly 4096 bytes is packed alone.
 * @param {string} text @param {string} [name] @returns {Uint8Array}
 */
export function pack(text, name = '') {
  const [words, speaker, end] = [utf8(text), utf8(name), Uint8Array.of(END)];
  const layouts = [concat(words, end, speaker), concat(words, end), words];
  const content = layouts.find(layout => layout.length <= MOST);
  if (!content) throw new RangeError('The text is too long to be encrypted.');
  const packed = new Uint8Array(STEPS.find(step => step >= content.length));
  packed.set(content);
  if (packed.length > content.length) packed[content.length] = END;
  return packed;
}

/** @param {Uint8Array} packed @returns {{text: string, name: string}} @throws {TypeError} when it is not UTF-8 */
export function unpack(packed) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const until = from => {
    const end = packed.indexOf(END, from);
    return end < 0 ? packed.length : end;
  };
  const textEnd = until(0);
  return {
    text: decoder.decode(packed.subarray(0, textEnd)),
    name: decoder.decode(packed.subarray(textEnd + 1, until(textEnd + 1))),
  };
}

/** @param {Uint8Array} bytes 32 of them @returns {Promise<CryptoKey>} */
export const aesKey = bytes => crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);

/**
 * @param {CryptoKey} key
 * @param {Uint8Array} iv 12 bytes, never used twice with one key
 * @param {string} about the additional authenticated data: format version and stream name
 * @param {string} text @param {string} [name]
 * @returns {Promise<string>}
 */
export async function seal(key, iv, about, text, name) {
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: utf8(about) }, key, pack(text, name));
  return PREFIX + toBase64Url(concat(iv, new Uint8Array(sealed)));
}

/**
 * @param {CryptoKey} key @param {string} about @param {string} message
 * @returns {Promise<{text: string, name: string, iv: Uint8Array}|null>} null when it was not sealed with this key and `about`
 */
export async function unseal(key, about, message) {
  const bytes = message.startsWith(PREFIX) ? fromBase64Url(message.slice(PREFIX.length)) : null;
  if (!bytes || bytes.length < IV) return null;
  const iv = bytes.subarray(0, IV);
  try {
    const packed = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData: utf8(about) }, key, bytes.subarray(IV));
    return { ...unpack(new Uint8Array(packed)), iv };
  } catch {
    return null;
  }
}
