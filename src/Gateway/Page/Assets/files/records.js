/** The records of a stream of bytes between the two sides of a pipe, sealed one by one: docs/encryption.md, "Bytes of a pipe". */

import { concat } from '../crypto/bytes.js';
import { decrypt, encrypt } from '../crypto/keys.js';

/** Bytes that a record can hold. */
export const LONGEST_RECORD = 65_536;
const HEADER_BYTES = 12;
const TAG_BYTES = 16;
const WINDOW = 2 ** 20; // bytes that are put together before they are cut into records

const { port1: nowhere, port2: end } = new MessageChannel();
end.close();

const WAKE_EVERY = 2 ** 26; // bytes

let given = 0; // bytes since the collector was woken

/**
 * Gives memory back at once: what is collected some day adds up to hundreds of megabytes. Sending it away does that also for what the browser made, such as
 * the results of its cryptography, of which it keeps hold where a buffer is only emptied by `transfer(0)`.
 * @param {Uint8Array} bytes that nobody needs any more
 */
export function free(bytes) {
  given += bytes.buffer.byteLength;
  nowhere.postMessage(null, [bytes.buffer]);
  if (given < WAKE_EVERY) return;
  given = 0;
  wakeCollector();
}

/**
 * What was given back doesn't count as garbage, so Chromium would let the small things that went with it (events, promises, requests) lie for gigabytes.
 * A large buffer counts, and takes no memory there while nothing is written to it. Of other browsers we don't know that: they collect as they see fit.
 */
function wakeCollector() {
  if (!navigator.userAgentData) return; // only Chromium has it
  try {
    new ArrayBuffer(WAKE_EVERY);
  } catch {
    // there is no room for it: then browsers collect by themselves
  }
}

/** Where the records of one direction get their IVs. */
function ivOf(start, number) {
  const iv = start.slice();
  const last = new DataView(iv.buffer, iv.length - 8);
  last.setBigUint64(0, last.getBigUint64(0) ^ BigInt(number));
  return iv;
}

/**
 * @param {{key: CryptoKey, start: Uint8Array}} keys @param {number} number never used twice @param {Uint8Array} plain
 * @returns {Promise<Uint8Array>} with its header
 */
export async function seal({ key, start }, number, plain) {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, plain.length * 256);
  view.setBigUint64(4, BigInt(number));
  const body = await encrypt(key, ivOf(start, number), header, plain);
  const record = concat(header, body);
  free(body);
  return record;
}

/** Cuts what comes of a body into records, and opens them. */
export class Records {
  #keys;
  #held = new Uint8Array(WINDOW);
  #length = 0;

  /** @param {{key: CryptoKey, start: Uint8Array}} keys */
  constructor(keys) {
    this.#keys = keys;
  }

  /** Forgets what has come of a record: another body begins. */
  clear() {
    this.#length = 0;
  }

  /**
   * @param {Uint8Array} bytes the next of the body
   * @param {number} next the number of the record that is to come
   * @returns {AsyncGenerator<{plain: Uint8Array, isLast: boolean}|null>} null: another record came, of a body from before
   * @throws {Changed} when a record was not sealed by the other side as this one
   */
  async* add(bytes, next) {
    let [number, offset] = [next, 0];
    while (offset < bytes.length) {
      const some = bytes.subarray(offset, offset + WINDOW - this.#length);
      this.#held.set(some, this.#length);
      [this.#length, offset] = [this.#length + some.length, offset + some.length];
      let at = 0;
      while (this.#length - at >= HEADER_BYTES) {
        const view = new DataView(this.#held.buffer, at);
        const [length, type] = [view.getUint32(0) >>> 8, view.getUint8(3)];
        if (length > LONGEST_RECORD || type > 1) throw new Changed();
        if (Number(view.getBigUint64(4)) !== number) return yield null;
        const end = at + HEADER_BYTES + length + TAG_BYTES;
        if (end > this.#length) break;
        yield { plain: await this.#open(number, at, end), isLast: type === 1 };
        [at, number] = [end, number + 1];
      }
      this.#held.copyWithin(0, at, this.#length);
      this.#length -= at;
    }
    return null;
  }

  async #open(number, at, end) {
    try {
      const [header, body] = [this.#held.subarray(at, at + HEADER_BYTES), this.#held.subarray(at + HEADER_BYTES, end)];
      return await decrypt(this.#keys.key, ivOf(this.#keys.start, number), header, body);
    } catch {
      throw new Changed();
    }
  }
}

/** What has come was not sealed by the other side: nothing after it can be trusted. */
export class Changed extends Error {
  constructor() {
    super('The bytes were changed on their way. Nothing after this point can be trusted.');
  }
}
