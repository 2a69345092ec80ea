/** Derives the name that the server sees, and the message key, from the 256-bit key of an encrypted stream. */

import { toBase64Url } from './bytes.js';
import { aesKey } from './envelope.js';
import { hkdf } from './hkdf.js';

export const KEY_BYTES = 32;

/**
 * @param {Uint8Array} secret the 32 bytes in the link
 * @returns {Promise<{stream: string, key: CryptoKey, about: string}>}
 */
export async function streamKeys(secret) {
  const derive = await hkdf(secret, new Uint8Array(0));
  const stream = toBase64Url(await derive('malten enc1 stream name', 16));
  return { stream, key: await aesKey(await derive('malten enc1 message key', 32)), about: `enc1 ${stream}` };
}
