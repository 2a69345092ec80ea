/**
 * A stream of bytes in each direction between the two sides of a pipe, over `/bytes`: what is lost with a connection is sent again, and what comes is
 * genuine and in order. docs/encryption.md, "Bytes of a pipe", says what the two ends tell each other.
 */

import { KIND } from '../crypto/pipe2.js';
import { atNode } from '../node.js';
import { LONGEST_RECORD, Records, free, seal } from './records.js';

const CHANNEL = 1; // where both sides speak of files
const KEPT_MOST = 256; // records, until the other side has them
const BODY_MOST = 16; // records: an answer comes only after all of them
const GRACE = 2000; // milliseconds for a body that nobody takes any more
const PATIENCE = 5000; // for a receiver that has noticed by itself
const RECEIPT_EVERY = 64; // records
const BETWEEN_RECEIPTS = 100; // milliseconds: nodes take 20 messages a second
const FIRST_WAIT = 100;
const LONGEST_WAIT = 8000;

const rest = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const say = (pipe, what, number) => pipe.say(KIND.bytes, `${what} ${CHANNEL} ${number}`);

/** @param {string} text @returns {{what: string, number: number}|null} null when it is about nothing here */
export function readWord(text) {
  const [, what, number] = new RegExp(`^(from|have|again) ${CHANNEL} (\\d{1,15})$`).exec(text) ?? [];
  return what ? { what, number: Number(number) } : null;
}

function address({ stream, seat }, more) {
  const where = atNode('bytes');
  where.search = new URLSearchParams({ stream, seat, channel: String(CHANNEL), ...more }).toString();
  return where;
}

const HOW = { credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' };

/** Sends what a queue has. */
export class ByteSender {
  #pipe;
  #keys;
  #queue;
  #kept = new Map(); // number → record
  #body = new Uint8Array(BODY_MOST * (LONGEST_RECORD + 28)); // always the same: each POST takes a copy
  #sealed = 0; // records
  #acknowledged = 0;
  #place = null; // where the receiver wants to go on
  #changes = 0;
  #resolve = () => {};

  /** @param {object} pipe @param {{key: CryptoKey, start: Uint8Array}} keys @param {{take: () => Uint8Array|null, onMore: () => void}} queue */
  constructor(pipe, keys, queue) {
    [this.#pipe, this.#keys, this.#queue] = [pipe, keys, queue];
    queue.onMore = () => this.#wake();
  }

  /** Hears what the receiver says. */
  hear({ what, number }) {
    if (number < this.#acknowledged || number > this.#sealed) return;
    for (; this.#acknowledged < number; this.#acknowledged++) {
      if (this.#kept.has(this.#acknowledged)) free(this.#kept.get(this.#acknowledged));
      this.#kept.delete(this.#acknowledged);
    }
    if (what === 'from') this.#place = number;
    this.#wake();
  }

  /** Sends until the pipe is over. @param {AbortSignal} signal */
  async run(signal) {
    signal.addEventListener('abort', () => this.#wake());
    let place = await this.#asked(signal);
    while (!signal.aborted) {
      place = this.#takePlace() ?? place;
      const seen = this.#changes;
      const { count, length } = await this.#gather(place);
      if (count === 0) await this.#change(seen);
      else if (await this.#post(this.#body.subarray(0, length), signal)) place += count;
      else place = await this.#agreeAnew(signal);
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
      this.#resolve = resolve;
      if (milliseconds) setTimeout(resolve, milliseconds);
      return undefined;
    });
  }

  /** The place from which the receiver wants to go on, once it has said so. */
  async #asked(signal) {
    while (this.#place === null && !signal.aborted) await this.#change();
    return this.#takePlace();
  }

  async #agreeAnew(signal) {
    while (this.#place === null && !signal.aborted) {
      await this.#change(this.#changes, PATIENCE);
      if (this.#place === null && !signal.aborted) await say(this.#pipe, 'again', 0);
    }
    return this.#takePlace();
  }

  async #gather(place) {
    let [count, length] = [0, 0];
    for (let number = place; count < BODY_MOST; number++, count++) {
      if (number >= this.#sealed) {
        const plain = this.#kept.size < KEPT_MOST ? this.#queue.take() : null;
        if (!plain) break;
        const record = await seal(this.#keys, this.#sealed, plain);
        free(plain);
        this.#kept.set(this.#sealed++, record);
      }
      const record = this.#kept.get(number);
      if (!record) break; // acknowledged meanwhile: the receiver will say from where
      this.#body.set(record, length);
      length += record.length;
    }
    return { count, length };
  }

  async #post(body, signal) {
    const stuck = new AbortController();
    const end = () => stuck.abort();
    signal.addEventListener('abort', end);
    let isOver = false;
    const posting = fetch(address(this.#pipe, { more: 'true' }), {
      ...HOW, method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body, signal: stuck.signal,
    }).then(answer => answer.ok, () => false).finally(() => {
      isOver = true;
      signal.removeEventListener('abort', end);
      this.#wake();
    });
    while (!isOver && this.#place === null) await this.#change();
    if (!isOver) await Promise.race([posting, rest(GRACE)]);
    if (!isOver) stuck.abort();
    return posting;
  }
}

/** Receives what the other side sends. */
export class ByteReceiver {
  #pipe;
  #records;
  #take;
  #next = 0; // record
  #told = 0;
  #isTelling = false;
  #anew = () => {};

  /** @param {object} pipe @param {{key: CryptoKey, start: Uint8Array}} keys @param {(plain: Uint8Array) => Promise<void>} take */
  constructor(pipe, keys, take) {
    [this.#pipe, this.#records, this.#take] = [pipe, new Records(keys), take];
  }

  /** The sender could not send: receives anew. */
  hear() {
    this.#anew();
  }

  /** Receives until the sender ends, or the pipe is over. @param {AbortSignal} signal @throws when what has come is not genuine, or can't be taken */
  async run(signal) {
    for (let wait = FIRST_WAIT; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      const before = this.#next;
      if (await this.#receive(signal)) break;
      if (this.#next > before) wait = FIRST_WAIT;
      await rest(wait);
    }
    if (!signal.aborted) await say(this.#pipe, 'have', this.#next);
  }

  async #receive(signal) {
    const asked = new AbortController();
    const stop = () => asked.abort();
    this.#anew = stop;
    signal.addEventListener('abort', stop);
    try {
      await say(this.#pipe, 'from', this.#next);
      const body = await this.#open(asked.signal);
      return body ? await this.#read(body, signal) : false;
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  async #open(signal) {
    const answer = await fetch(address(this.#pipe), { ...HOW, signal }).catch(() => null);
    return answer?.ok ? answer.body.getReader() : null;
  }

  async #read(body, signal) {
    this.#records.clear();
    for (;;) {
      const { done, value } = await body.read().catch(() => ({ done: true }));
      if (done || signal.aborted) return false;
      for await (const record of this.#records.add(value, this.#next)) {
        if (!record) return false; // of a body from before the sender knew where to go on
        await this.#take(record.plain);
        free(record.plain);
        this.#next++;
        if (record.isLast) return true;
        this.#tell(signal);
      }
      free(value);
    }
  }

  /** Says what has come, when it is enough, unless that is being said already. */
  async #tell(signal) {
    if (this.#isTelling) return;
    this.#isTelling = true;
    while (!signal.aborted && this.#next - this.#told >= RECEIPT_EVERY) {
      const next = this.#next;
      try {
        await say(this.#pipe, 'have', next);
        this.#told = next;
      } catch {
        break; // the pipe is over
      }
      await rest(BETWEEN_RECEIPTS);
    }
    this.#isTelling = false;
  }
}
