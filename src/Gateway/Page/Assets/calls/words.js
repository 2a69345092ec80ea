/**
 * What the two pages say to each other about calls. Each word is sealed in the pipe, as messages that nobody is shown: so it is
 * known to come from the other side and unchanged, and it comes in order, also after a connection was lost. While the pages are
 * connected directly, each word goes that way too: then the call can be steered though no server is there. docs/calls.md has the format.
 */

import { concat, fromBase64Url, toBase64Url, utf8 } from '../crypto/bytes.js';
import { KIND } from '../crypto/pipe2.js';
import { TEXT_MOST } from './allowance.js';

const PART = 960; // characters, of the 1024 that a sealed text may have
const AHEAD_MOST = 256; // words that may come before an earlier one
const PATIENCE = 4000; // milliseconds for which later words wait for one that is missing
const FORM = /^(\d{1,9})\.(\d{1,2})\.(\d{1,2})\.([\w-]{1,960})$/;

/** @param {Uint8Array} bytes @param {CompressionStream|DecompressionStream} stream @returns {Promise<Uint8Array>} */
async function through(bytes, stream) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const pieces = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return concat(...pieces);
    pieces.push(value);
    size += value.length;
    if (size > TEXT_MOST) throw new Error('A word is too long.');
  }
}

export class Words {
  #channel;
  #onWord;
  #sent = 0;
  #sending = Promise.resolve();
  #hearing = Promise.resolve();
  #next = 0; // the number of the word that is due
  #waiting = new Map(); // number → a word that came early
  #parts = new Map(); // number → the parts of a word that have come
  #impatient = 0;

  /** Sends a text to the other page directly, if there is a way; a copy of what goes through the pipe. */
  direct = () => {};

  /** @param {object} channel a pipe @param {(word: object, created: number) => void} onWord `created`: when the server got it, in milliseconds */
  constructor(channel, onWord) {
    [this.#channel, this.#onWord] = [channel, onWord];
  }

  /**
   * @param {{is: string}} word @param {AbortSignal} [signal] aborted when it must not be said any more: what waits until then is not posted
   * @returns {Promise<void>} when the server has it, or never will
   */
  send(word, signal) {
    const number = this.#sent++;
    const text = JSON.stringify({ ...word, number });
    this.direct(text);
    return this.#sending = this.#sending.then(() => this.#post(number, text, signal)).catch(() => {}); // the pipe has ended
  }

  /** Hears a sealed text. @param {string} text @param {number} created milliseconds */
  hear(text, created) {
    this.#hearing = this.#hearing.then(() => this.#gather(text, created)).catch(() => {}); // not a word: there is nothing to make of it
  }

  /** Hears what came directly. @param {string} text */
  hearDirectly(text) {
    try {
      const word = JSON.parse(text);
      this.#take(word.number, word, Date.now());
    } catch {
      // not a word
    }
  }

  async #post(number, text, signal) {
    const packed = toBase64Url(await through(utf8(text), new CompressionStream('deflate-raw')));
    const count = Math.ceil(packed.length / PART);
    for (let part = 0; part < count && !signal?.aborted; part++)
      await this.#channel.say(KIND.call, `${number}.${part}.${count}.${packed.slice(part * PART, (part + 1) * PART)}`, signal);
    if (signal?.aborted) await this.#post(number, JSON.stringify({ is: 'nothing', number })); // later words would wait for it
  }

  async #gather(text, created) {
    const [, number, part, count, data] = FORM.exec(text) ?? [];
    if (!data || Number(part) >= Number(count) || Number(number) < this.#next) return;
    const parts = this.#parts.get(number) ?? new Map();
    if (this.#parts.size >= AHEAD_MOST && parts.size === 0) return;
    this.#parts.set(number, parts.set(Number(part), data));
    if (parts.size < Number(count)) return;
    this.#parts.delete(number);
    const packed = fromBase64Url(Array.from({ length: Number(count) }, (_, index) => parts.get(index)).join(''));
    const word = JSON.parse(new TextDecoder().decode(await through(packed, new DecompressionStream('deflate-raw'))));
    this.#take(Number(number), word, created);
  }

  /** Passes words on in their order, each once. */
  #take(number, word, created) {
    if (!Number.isInteger(number) || number < this.#next || typeof word?.is !== 'string' || this.#waiting.size >= AHEAD_MOST) return;
    this.#waiting.set(number, { word, created });
    this.#pass();
  }

  #pass() {
    clearTimeout(this.#impatient);
    while (this.#waiting.has(this.#next)) {
      const { word, created } = this.#waiting.get(this.#next);
      this.#parts.delete(String(this.#next)); // what came of it by the other way
      this.#waiting.delete(this.#next++);
      this.#onWord(word, created);
    }
    if (this.#waiting.size > 0) this.#impatient = setTimeout(() => {
      this.#next = Math.min(...this.#waiting.keys());
      this.#pass();
    }, PATIENCE);
  }
}
