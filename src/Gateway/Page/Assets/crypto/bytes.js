/** Bytes: their encodings as text and numbers, and their hashes. */

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

/** @param {number} value @param {number} length in bytes, at most 8 @returns {Uint8Array} big-endian */
export function uint(value, length) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes.subarray(8 - length);
}

/** @param {Uint8Array} one @param {Uint8Array} other @returns {boolean} not in constant time: for public values only */
export const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** @param {number} length @returns {Uint8Array} */
export const random = length => crypto.getRandomValues(new Uint8Array(length));

/** @param {...Uint8Array} parts @returns {Promise<Uint8Array>} the SHA-256 of the parts, one after the other */
export const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));

/** Takes fields off the front of bytes. Every method throws a RangeError when too few are left. */
export class Fields {
  #bytes;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  /** How many bytes were taken. */
  get taken() {
    return this.#at;
  }

  get isEmpty() {
    return this.#at === this.#bytes.length;
  }

  take(length) {
    if (this.#at + length > this.#bytes.length) throw new RangeError('too short');
    return this.#bytes.slice(this.#at, this.#at += length);
  }

  /** @param {number} length in bytes @returns {number} from big-endian; above 2^53 it is not exact */
  uint(length) {
    return this.take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A text after its length, which has `size` bytes; not UTF-8 throws a TypeError. */
  text(size) {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(this.uint(size)));
  }

  /** Throws unless all the rest is zeros. */
  end() {
    if (this.#bytes.subarray(this.#at).some(byte => byte !== 0)) throw new RangeError('not padded with zeros');
  }
}
