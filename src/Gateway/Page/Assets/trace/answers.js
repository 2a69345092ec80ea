/** Answers those who say hello: says that this page's author is here, and hands over what they wrote and the other lacks. */

import { Pace } from './budget.js';
import * as frames from './frames.js';
import { Handing } from './handing.js';

const GATHER = 30; // milliseconds in which hellos are answered together
const EVERY = 3000; // milliseconds between two answers to one listener
const FEW = 4; // answered one by one; more of them hear one answer to all
const ASKING_MOST = 128;
const SAVED = 32; // answers at once, each to a few or to all
const ONE_MORE = 250; // milliseconds for one more: whoever asks meanwhile is answered together
const AGAIN = 30_000; // milliseconds between two times in which a listener is handed what it has taken before

/**
 * @typedef {object} Means
 * @property {() => import('../crypto/enc2.js').Author|undefined} author of this page, once it has written
 * @property {(author: import('../crypto/enc2.js').Author) => Promise<Uint8Array>} here says that the author is here
 * @property {(frame: Uint8Array, to: string) => Promise<number>} attempt milliseconds until it may be tried again; 0 where it was said
 */

export class Answers {
  #history;
  #means;
  #handing;
  #asking = new Map(); // listener → what it has
  #answered = new Map(); // listener → when
  #taken = new Map(); // listener → {number: up to which it has taken everything, again: when it may have that again}
  #timer = 0;
  #at = Infinity;
  #connections = 0;
  #pace = new Pace(SAVED, ONE_MORE);

  /** @param {import('./history.js').History} history @param {Means} means */
  constructor(history, means) {
    [this.#history, this.#means, this.#handing] = [history, means, new Handing(means.attempt)];
  }

  /** The connection is lost. */
  clear() {
    clearTimeout(this.#timer);
    this.#at = Infinity;
    this.#connections++;
    for (const memory of [this.#asking, this.#answered, this.#taken, this.#handing]) memory.clear();
  }

  /** A listener has gone. */
  left(listener) {
    for (const memory of [this.#asking, this.#answered, this.#taken]) memory.delete(listener);
    this.#handing.drop(listener);
  }

  /** A listener says hello. Where too many do, those come first who were never answered. @param {Map<string, number>} has */
  hear(listener, has) {
    if (!this.#asking.has(listener) && this.#asking.size >= ASKING_MOST) {
      if (this.#answered.has(listener)) return;
      const known = [...this.#asking.keys()].find(other => this.#answered.has(other));
      if (known) this.#asking.delete(known);
      else this.#answer();
    }
    this.#asking.set(listener, has);
    this.#soon();
  }

  /** Answers as soon as somebody may be answered, after others had time to ask too: the more time, the more ask. */
  #soon() {
    const due = Math.min(...Array.from(this.#asking.keys(), listener => (this.#answered.get(listener) ?? -Infinity) + EVERY));
    const at = Math.max(due, performance.now() + Math.max(GATHER, this.#pace.wait));
    if (at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => this.#answer(), at - performance.now());
  }

  #answer() {
    const at = performance.now();
    clearTimeout(this.#timer);
    this.#at = Infinity;
    const due = [...this.#asking].filter(([listener]) => !(at - this.#answered.get(listener) < EVERY));
    for (const [listener] of due) {
      this.#asking.delete(listener);
      this.#answered.set(listener, at);
    }
    if (due.length > 0) this.#pace.take();
    this.#soon();
    this.#serve(due).catch(() => {}); // whoever lacks something asks again
  }

  async #serve(due) {
    const [author, connection] = [this.#means.author(), this.#connections];
    if (!author || due.length === 0) return;
    const here = await this.#means.here(author);
    const isToAll = due.length > FEW && await this.#means.attempt(here, '') === 0;
    if (connection !== this.#connections) return;
    for (const [listener, has] of due)
      if (this.#answered.has(listener)) this.#handing.add(listener, isToAll ? null : here, this.#lacking(author.id, listener, has));
  }

  /** What a listener lacks. It is handed what it has taken a second time, since that may be lost on its way, and then seldom. */
  *#lacking(author, listener, has) {
    let after = has.get(frames.tagOf(author)) ?? -1;
    const taken = this.#taken.get(listener) ?? { number: -1, again: 0 };
    if (taken.number > after && performance.now() < taken.again) after = taken.number;
    else if (taken.number > after) taken.again = performance.now() + AGAIN;
    this.#taken.set(listener, taken);
    const lacking = this.#history.of(author, after + 1).filter(({ signed }) => signed);
    let count = 0;
    for (const frame of frames.handOver(lacking)) {
      yield frame;
      count += frame[1];
      taken.number = Math.max(taken.number, lacking[count - 1].number);
    }
  }
}
