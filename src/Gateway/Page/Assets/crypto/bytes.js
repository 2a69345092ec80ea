/** Bytes and their encodings as text. */

const encoder = new TextEncoder();

/** @param {string} text @returns {Uint8Array} its UTF-8 bytes */
export const utf8 = text => encoder.encode(text);

/** @param {...Uint8Array} parts @returns {Uint8Array} the parts, one after the other */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes @returns {string} base64url without padding (RFC 4648, section 5) */
export function toBase64Url(bytes) {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * @param {string} text base64url without padding
 * @param {number} [length] how many bytes the text must encode
 * @returns {Uint8Array|null} null when it is not the canonical encoding of that many bytes
 */
export function fromBase64Url(text, length) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, character => character.charCodeAt(0));
  return (length === undefined || bytes.length === length) && toBase64Url(bytes) === text ? bytes : null;
}

/** @param {number} length @returns {Uint8Array} */
export const random = length => crypto.getRandomValues(new Uint8Array(length));
