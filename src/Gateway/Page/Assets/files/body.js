/** Reads a body piece by piece, into one buffer that is filled again and again where the browser can do that: new ones of all lengths leave gaps in memory. */

import { free } from './records.js';

const BUFFER_BYTES = 2 ** 18;

export class Body {
  #reader;
  #buffer = null; // null: the browser makes others

  /** @param {ReadableStream<Uint8Array>} stream */
  constructor(stream) {
    try {
      this.#reader = stream.getReader({ mode: 'byob' });
      this.#buffer = new ArrayBuffer(BUFFER_BYTES);
    } catch {
      this.#reader = stream.getReader();
    }
  }

  /** @returns {Promise<Uint8Array|null>} the next bytes, until they are given back; null when none come any more */
  async take() {
    try {
      const { value, done } = await this.#reader.read(...this.#buffer ? [new Uint8Array(this.#buffer)] : []);
      return done ? null : value;
    } catch {
      return null;
    }
  }

  /** @param {Uint8Array} bytes that are not needed any more */
  give(bytes) {
    if (this.#buffer) this.#buffer = bytes.buffer;
    else free(bytes);
  }
}
