/** Keys from secrets: HKDF and HMAC with SHA-256 (RFC 5869, RFC 2104), and AES-256-GCM (NIST SP 800-38D). */

import { utf8, concat } from './bytes.js';

/**
 * @param {Uint8Array} secret the input keying material
 * @param {Uint8Array} salt
 * @param {string} purpose the `info`
 * @param {number} length in bytes
 * @returns {Promise<Uint8Array>}
 */
export async function hkdf(secret, salt, purpose, length) {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: utf8(purpose) }, key, length * 8));
}

const macKey = bytes => crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);

/** @param {Uint8Array} key @param {...Uint8Array} parts @returns {Promise<Uint8Array>} the HMAC of the parts, one after the other */
export const hmac = async (key, ...parts) => new Uint8Array(await crypto.subtle.sign('HMAC', await macKey(key), concat(...parts)));

/** @param {Uint8Array} key @param {Uint8Array} mac @param {...Uint8Array} parts @returns {Promise<boolean>} in constant time */
export const isHmac = async (key, mac, ...parts) => crypto.subtle.verify('HMAC', await macKey(key), mac, concat(...parts));

/** @param {Uint8Array} bytes 32 of them @returns {Promise<CryptoKey>} */
export const aesKey = bytes => crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** @param {CryptoKey} key @param {Uint8Array} iv never used twice with one key @param {Uint8Array} about authenticated, not encrypted */
export const encrypt = async (key, iv, about, plain) =>
  new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: about }, key, plain));

/** @throws {DOMException} when it was not encrypted with this key, IV and `about` */
export const decrypt = async (key, iv, about, sealed) =>
  new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: about }, key, sealed));

/** @param {Uint8Array} content @param {number[]} steps ascending @returns {Uint8Array} with zeros up to the next step, so that the size says little */
export function pad(content, steps) {
  const step = steps.find(size => size >= content.length);
  if (!step) throw new RangeError('The text is too long to be encrypted.');
  return concat(content, new Uint8Array(step - content.length));
}
