/** HKDF with SHA-256 (RFC 5869). */

import { utf8, concat } from './bytes.js';

/**
 * @param {Uint8Array} secret the input keying material
 * @param {Uint8Array} salt
 * @returns {Promise<(purpose: string, length: number, ...context: Uint8Array[]) => Promise<Uint8Array>>} derives `length`
 *   bytes for a purpose; `info` is the purpose in UTF-8 followed by the context
 */
export async function hkdf(secret, salt) {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  return async (purpose, length, ...context) => new Uint8Array(await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt, info: concat(utf8(purpose), ...context) }, key, length * 8));
}
