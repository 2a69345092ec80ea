/** Sends a stream of bytes to the other side of a pipe, through a node or directly: what is lost with a connection is sent again. */

import { ask, rest, say } from './bytes.js';
import { free, seal } from './records.js';

const KEPT_MOST = 256; // records, until the other side has them
const BODY_MOST = 32; // records: an answer comes only after all of them
const BODY_FIRST = 8;
const BODY_LEAST = 2;
const QUICK = 1000; // milliseconds for a body: a longer one may follow
const SLOW = 2000; // what is said meanwhile waits for the next one
const GRACE = 2000; // milliseconds for a body that nobody takes any more
const PATIENCE = 5000; // for a receiver that has noticed by itself

/** Sends what a queue has. */
export class ByteSender {
  #pipe;
  #keys;
  #queue;
  #kept = new Map(); // number → record
  #sealed = 0; // records
  #acknowledged = 0;
  #place = null; // where the receiver wants to go on
  #later = null; // where it wants to go on through a node, though the direct way still seems to be there
  #channel = null; // the direct way by which it asked
  #isLost = false; // that way; nobody takes anything before the receiver has asked anew
  #changes = 0;
  #bodyMost = BODY_FIRST;
  #resolve = () => {};

  /** @param {object} pipe @param {{key: CryptoKey, start: Uint8Array}} keys @param {{take: () => Uint8Array|null, onMore: () => void}} queue */
  constructor(pipe, keys, queue) {
    [this.#pipe, this.#keys, this.#queue] = [pipe, keys, queue];
    queue.onMore = () => this.#wake();
  }

  /** Whether records go directly. */
  get isDirect() {
    return Boolean(this.#channel?.isOpen);
  }

  /**
   * Hears what the receiver says. A `from` is answered the way that it came.
   * @param {{what: string, number: number}} word @param {import('./channel.js').Channel|null} channel null: in the pipe
   */
  hear({ what, number }, channel = null) {
    if (number < this.#acknowledged || number > this.#sealed) return;
    for (; this.#acknowledged < number; this.#acknowledged++) {
      if (this.#kept.has(this.#acknowledged)) free(this.#kept.get(this.#acknowledged));
      this.#kept.delete(this.#acknowledged);
    }
    if (what === 'from' && !channel && this.isDirect) this.#later = number; // said before there was a direct way, or after it broke over there
    else if (what === 'from') [this.#place, this.#channel, this.#later, this.#isLost] = [number, channel, null, false];
    this.#wake();
  }

  /** A direct way is there no more. @param {import('./channel.js').Channel} channel */
  lose(channel) {
    if (channel !== this.#channel) return;
    const later = this.#later;
    [this.#place, this.#channel, this.#later, this.#isLost] = [null, null, null, true];
    if (later === null) this.#wake();
    else this.hear({ what: 'from', number: later });
  }

  /** Sends until the pipe is over. @param {AbortSignal} signal */
  async run(signal) {
    signal.addEventListener('abort', () => this.#wake());
    let place = await this.#asked(signal);
    while (!signal.aborted) {
      place = this.#takePlace() ?? place;
      const seen = this.#changes;
      const sent = this.#isLost ? null : this.#channel ? await this.#sendDirectly(place, this.#channel) : await this.#sendThroughNode(place, signal);
      if (sent === null) place = await this.#agreeAnew(signal);
      else if (sent === 0) await this.#change(seen);
      else place += sent;
    }
  }

  #takePlace() {
    const place = this.#place;
    this.#place = null;
    return place;
  }

  #wake() {
    this.#changes++;
    this.#resolve();
  }

  /** Waits for a change after those that were seen. */
  #change(seen = this.#changes, milliseconds = 0) {
    return new Promise(resolve => {
      if (this.#changes !== seen) return resolve();
      const timer = milliseconds && setTimeout(resolve, milliseconds);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
      return undefined;
    });
  }

  /** The place from which the receiver wants to go on, once it has said so. */
  async #asked(signal) {
    while (this.#place === null && !signal.aborted) await this.#change();
    return this.#takePlace();
  }

  /** As above; where the receiver has not noticed by itself that it has to, it is told, every now and then. */
  async #agreeAnew(signal) {
    for (let due = performance.now() + PATIENCE; this.#place === null && !signal.aborted;) {
      await this.#change(this.#changes, Math.max(1, due - performance.now()));
      if (this.#place !== null || signal.aborted || performance.now() < due) continue;
      due = performance.now() + PATIENCE;
      say(this.#pipe, 'again', 0).catch(() => {}); // the pipe is over
    }
    return this.#takePlace();
  }

  /** @returns {Promise<Uint8Array|null>} a record; null when there is none */
  async #record(number) {
    if (number >= this.#sealed) {
      const plain = this.#kept.size < KEPT_MOST ? this.#queue.take() : null;
      if (!plain) return null;
      const record = await seal(this.#keys, this.#sealed, plain);
      free(plain);
      this.#kept.set(this.#sealed++, record);
    }
    return this.#kept.get(number) ?? null; // acknowledged meanwhile: the receiver will say from where
  }

  /** @returns {Promise<number|null>} how many records were sent; null when the way is lost */
  async #sendDirectly(place, channel) {
    const record = await this.#record(place);
    if (!record) return channel.isOpen ? 0 : null;
    return await channel.send(record) ? 1 : null;
  }

  /** @returns {Promise<number|null>} how many records were sent; null when they may not have arrived */
  async #sendThroughNode(place, signal) {
    const records = [];
    while (records.length < this.#bodyMost) {
      const record = await this.#record(place + records.length);
      if (!record) break;
      records.push(record);
    }
    if (records.length === 0) return 0;
    // Of bytes that are posted, browsers leave copies in the page; of a blob they don't, and it goes several times as fast.
    // What was acknowledged while others were sealed is empty now: the receiver will say from where.
    const begun = performance.now();
    const isSent = await this.#post(new Blob(records.filter(one => one.length > 0)), signal);
    if (isSent) this.#pace(records.length, performance.now() - begun);
    else this.#bodyMost = Math.min(this.#bodyMost, BODY_FIRST); // another way may be slower
    return isSent ? records.length : null;
  }

  /** How long the next body may be: what is said about files goes ahead of data, but not of what is being posted. */
  #pace(count, milliseconds) {
    if (milliseconds > SLOW) this.#bodyMost = Math.max(this.#bodyMost / 2, BODY_LEAST);
    else if (milliseconds < QUICK && count === this.#bodyMost) this.#bodyMost = Math.min(2 * this.#bodyMost, BODY_MOST);
  }

  async #post(body, signal) {
    const stuck = new AbortController();
    const end = () => stuck.abort();
    signal.addEventListener('abort', end);
    let isOver = false;
    const posting = ask(this.#pipe, { more: 'true' }, {
      method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body, signal: stuck.signal,
    }).then(answer => answer.ok, () => false).finally(() => {
      isOver = true;
      signal.removeEventListener('abort', end);
      this.#wake();
    });
    while (!isOver && this.#place === null) await this.#change();
    if (!isOver && !this.#channel) await Promise.race([posting, rest(GRACE)]);
    if (!isOver) stuck.abort();
    return posting;
  }
}
