/**
 * What the two sides of a pipe tell each other about files: docs/encryption.md, "Files". One frame after the other goes through a stream of bytes; each
 * also fits into one message of a data channel.
 */

import { Fields, concat, uint, utf8 } from '../crypto/bytes.js';

/** What a frame says. Others are passed over. */
export const TYPE = { offer: 1, accept: 2, begin: 3, data: 4, end: 5, have: 6, done: 7, stop: 8, pause: 9, goOn: 10 };
/** Why a file was not transferred. */
export const FAULT = { declined: 1, stopped: 2, unread: 3, unwritten: 4, mismatch: 5, changed: 6, lost: 7 };
const HEADER_BYTES = 8;
/** Bytes that belong to one frame, at most: with its header, it fills one record. */
export const LONGEST_CONTENT = 65_536 - HEADER_BYTES;
const NAME_MOST = 255;
const TYPE_MOST = 127;
const DIGEST_BYTES = 32;

/** @typedef {{name: string, type: string, size: number}} Described what a sender says of a file */

const frame = (type, file, ...parts) =>
  concat(uint(type * 2 ** 24 + parts.reduce((length, part) => length + part.length, 0), 4), uint(file, 4), ...parts);

/** @param {number} file @param {Described} described @param {boolean} isLast of those offered together */
export function offerFrame(file, { name, type, size }, isLast) {
  const [nameBytes, typeBytes] = [utf8(name), utf8(type)];
  return frame(TYPE.offer, file, uint(size, 8), uint(isLast ? 1 : 0, 1), uint(nameBytes.length, 2), nameBytes, uint(typeBytes.length, 1), typeBytes);
}
/** @param {number} offset bytes that the receiver has from before @param {Uint8Array} digest of these */
export const acceptFrame = (file, offset, digest) => frame(TYPE.accept, file, uint(offset, 8), digest);
/** @param {number} type `begin` or `have` @param {number} offset */
export const placeFrame = (type, file, offset) => frame(type, file, uint(offset, 8));
/** @param {Uint8Array} bytes at most LONGEST_CONTENT */
export const dataFrame = (file, bytes) => frame(TYPE.data, file, bytes);
/** @param {Uint8Array} digest of the whole file */
export const endFrame = (file, digest) => frame(TYPE.end, file, digest);
/** @param {number} reason of FAULT */
export const stopFrame = (file, reason) => frame(TYPE.stop, file, uint(reason, 1));
/** @param {number} type `done`, `pause` or `goOn` */
export const bareFrame = (type, file) => frame(type, file);

/** The other side does not speak of files as this one does. */
export class Malformed extends Error {
  /** @param {string} [why] for people */
  constructor(why = 'The other side does not speak of files as this one does.') {
    super(why);
  }
}

/** @param {Uint8Array} content @returns {{described: Described, isLast: boolean}} @throws {Malformed} */
export const readOffer = content => reading(content, fields => {
  const [size, isLast, name, type] = [fields.uint(8), fields.uint(1) !== 0, fields.text(2), fields.text(1)];
  if (!Number.isSafeInteger(size) || !name || [...name].length > NAME_MOST || [...type].length > TYPE_MOST) throw new RangeError('no file is like that');
  return { described: { name, type, size }, isLast };
});
/** @param {Uint8Array} content @returns {{offset: number, digest: Uint8Array}} @throws {Malformed} */
export const readAccept = content => reading(content, fields => ({ offset: fields.uint(8), digest: fields.take(DIGEST_BYTES) }));
/** @param {Uint8Array} content @returns {number} @throws {Malformed} */
export const readPlace = content => reading(content, fields => fields.uint(8));
/** @param {Uint8Array} content @returns {Uint8Array} @throws {Malformed} */
export const readDigest = content => reading(content, fields => fields.take(DIGEST_BYTES));
/** @param {Uint8Array} content @returns {number} of FAULT */
export const readReason = ([reason]) => (reason >= FAULT.declined && reason <= FAULT.changed ? reason : FAULT.stopped);

function reading(content, read) {
  try {
    return read(new Fields(content));
  } catch {
    throw new Malformed();
  }
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  #held = new Uint8Array(2 * 65_536);
  #length = 0;

  /**
   * @param {Uint8Array} bytes at most 65,536
   * @returns {Generator<{type: number, file: number, content: Uint8Array}>} each until the next
   * @throws {Malformed}
   */
  * add(bytes) {
    this.#held.set(bytes, this.#length);
    this.#length += bytes.length;
    let at = 0;
    while (this.#length - at >= HEADER_BYTES) {
      const view = new DataView(this.#held.buffer, at);
      const [type, length, file] = [view.getUint8(0), view.getUint32(0) & 0xFFFFFF, view.getUint32(4)];
      if (length > LONGEST_CONTENT) throw new Malformed();
      const end = at + HEADER_BYTES + length;
      if (end > this.#length) break;
      yield { type, file, content: this.#held.subarray(at + HEADER_BYTES, end) };
      at = end;
    }
    this.#held.copyWithin(0, at, this.#length);
    this.#length -= at;
  }
}
