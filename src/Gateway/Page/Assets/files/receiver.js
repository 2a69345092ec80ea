/** Receives the stream of bytes that the other side of a pipe sends, through a node or directly: what comes is genuine and in order. */

import { Body } from './body.js';
import { ask, rest, say, writeWord } from './bytes.js';
import { Records, free } from './records.js';

const RECEIPT_EVERY = 64; // records
const BETWEEN_RECEIPTS = 100; // milliseconds: nodes take 20 messages a second
const FIRST_WAIT = 100;
const LONGEST_WAIT = 8000;

/** Receives what the other side sends. */
export class ByteReceiver {
  #pipe;
  #records;
  #take;
  #next = 0; // record
  #told = 0;
  #isTelling = false;
  #channel = null;
  #asked = new AbortController();

  /** @param {object} pipe @param {{key: CryptoKey, start: Uint8Array}} keys @param {(plain: Uint8Array) => Promise<void>} take */
  constructor(pipe, keys, take) {
    [this.#pipe, this.#records, this.#take] = [pipe, new Records(keys), take];
  }

  /** Whether records come directly. */
  get isDirect() {
    return Boolean(this.#channel?.isOpen);
  }

  /** The sender could not send: receives anew. */
  hear() {
    if (!this.isDirect) this.#asked.abort();
  }

  /** Receives directly from now on. @param {import('./channel.js').Channel} channel an open one */
  use(channel) {
    this.#channel = channel;
    this.#asked.abort();
  }

  /** Receives until the sender ends, or the pipe is over. @param {AbortSignal} signal @throws when what has come is not genuine, or can't be taken */
  async run(signal) {
    for (let wait = FIRST_WAIT; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      const before = this.#next;
      const { signal: asked } = this.#asked = new AbortController();
      if (await (this.isDirect ? this.#receiveDirectly(signal) : this.#receive(asked, signal))) break;
      if (this.#next > before || asked.aborted) wait = FIRST_WAIT;
      await Promise.race([rest(wait), over(asked)]);
    }
    if (!signal.aborted) await this.#say('have');
  }

  /** Says a word the way that the records come. */
  async #say(what) {
    if (this.isDirect) this.#channel.say(writeWord(what, this.#next));
    else await say(this.#pipe, what, this.#next);
  }

  async #receiveDirectly(signal) {
    const channel = this.#channel;
    channel.say(writeWord('from', this.#next));
    if (await this.#read({ take: () => channel.take(), give: free }, signal)) return true;
    channel.close(); // if it was not that, it has brought other records than it should
    return false;
  }

  async #receive(asked, signal) {
    const ended = new AbortController();
    const end = () => ended.abort();
    for (const one of [asked, signal]) one.addEventListener('abort', end);
    if (asked.aborted || signal.aborted) end();
    try {
      await Promise.race([say(this.#pipe, 'from', this.#next), over(ended.signal)]);
      const answer = ended.signal.aborted ? null : await ask(this.#pipe, {}, { signal: ended.signal }).catch(() => null);
      return answer?.ok ? await this.#read(new Body(answer.body), signal) : false;
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  /**
   * @param {{take: () => Promise<Uint8Array|null>, give: (bytes: Uint8Array) => void}} source gives the next bytes, or null when there are no more; what it
   * gave is returned to it
   */
  async #read(source, signal) {
    this.#records.clear();
    for (;;) {
      const bytes = await source.take();
      if (!bytes || signal.aborted) return false;
      for await (const record of this.#records.add(bytes, this.#next)) {
        if (!record) return false; // of a body from before the sender knew where to go on
        await this.#take(record.plain);
        free(record.plain);
        this.#next++;
        if (record.isLast) return true;
        this.#tell(signal);
      }
      source.give(bytes);
    }
  }

  /** Says what has come, when it is enough, unless that is being said already. */
  async #tell(signal) {
    if (this.#isTelling) return;
    this.#isTelling = true;
    while (!signal.aborted && this.#next - this.#told >= RECEIPT_EVERY) {
      const next = this.#next;
      try {
        await this.#say('have');
        this.#told = next;
      } catch {
        break; // the pipe is over
      }
      if (!this.isDirect) await rest(BETWEEN_RECEIPTS);
    }
    this.#isTelling = false;
  }
}

/** @param {AbortSignal} signal @returns {Promise<void>} when it is aborted */
const over = signal => new Promise(resolve => (signal.aborted ? resolve() : signal.addEventListener('abort', resolve, { once: true })));
