/**
 * Hands over frames to all who wait for some: one at a time to each, a few at a time to all, and no more of them than the pace
 * allows. Whoever has been handed least comes first, and whoever takes nothing is tried again later. So nobody holds up others.
 */

import { Pace } from './budget.js';

const LANES = 4;
const SAVED = 1024; // frames at once
const EVERY = 31; // milliseconds for one more
const ATTEMPTS = 10; // in a row, of one frame

export class Handing {
  #turns = new Map(); // listener → {to, first, frames, frame, after, left, isUnder}
  #handed = new Map(); // listener → how many frames it was sent, taken or not
  #lanes = { under: 0 }; // how many are being said, on this connection
  #pace = new Pace(SAVED, EVERY);
  #timer = 0;
  #attempt;

  /** @param {(frame: Uint8Array, to: string) => Promise<number>} attempt milliseconds until it may be tried again; 0 where it was said */
  constructor(attempt) {
    this.#attempt = attempt;
  }

  /**
   * @param {string} to a listener @param {Uint8Array|null} first what it has to hear before all else, whatever the pace
   * @param {Iterator<Uint8Array>} frames in their order; the next one is made when the one before was taken
   */
  add(to, first, frames) {
    const turn = this.#turns.get(to);
    if (turn) turn.first = first ?? turn.first; // what else it waits for is on its way
    else this.#turns.set(to, { to, first, frames, frame: null, after: 0, left: ATTEMPTS, isUnder: false });
    this.#next();
  }

  /** A listener has gone. */
  drop(to) {
    for (const memory of [this.#turns, this.#handed]) memory.delete(to);
  }

  /** The connection is lost. */
  clear() {
    clearTimeout(this.#timer);
    this.#lanes = { under: 0 }; // what hangs on the one that is lost takes no room
    for (const memory of [this.#turns, this.#handed]) memory.clear();
  }

  #next() {
    clearTimeout(this.#timer);
    while (this.#lanes.under < LANES) {
      const free = [...this.#turns.values()].filter(({ isUnder }) => !isUnder);
      if (free.length === 0) return;
      const [at, pace] = [performance.now(), this.#pace.wait];
      const waitOf = ({ first, after }) => Math.max(after - at, first ? 0 : pace);
      const wait = Math.min(...free.map(waitOf));
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#next(), Math.ceil(wait));
        return;
      }
      this.#hand(free.filter(turn => waitOf(turn) <= 0).reduce((one, other) => (this.#rank(other) < this.#rank(one) ? other : one)));
    }
  }

  #rank({ to, first }) {
    return first ? -1 : this.#handed.get(to) ?? 0;
  }

  async #hand(turn) {
    const { to, first } = turn;
    if (!first && !turn.frame) turn.frame = turn.frames.next().value ?? null;
    if (!first && !turn.frame) return void this.#turns.delete(to);
    if (!first) this.#pace.take();
    this.#handed.set(to, (this.#handed.get(to) ?? 0) + 1);
    turn.isUnder = true;
    const lanes = this.#lanes;
    lanes.under++;
    const wait = await this.#attempt(first ?? turn.frame, to).catch(() => Infinity);
    if (lanes !== this.#lanes) return;
    lanes.under--;
    turn.isUnder = false;
    this.#settle(turn, first, wait);
    this.#next();
  }

  #settle(turn, first, wait) {
    if (wait > 0) {
      turn.after = performance.now() + wait;
      if ((--turn.left === 0 || wait === Infinity) && this.#turns.get(turn.to) === turn) this.#turns.delete(turn.to); // it asks again
      return;
    }
    turn.left = ATTEMPTS;
    if (!first) turn.frame = null;
    else if (turn.first === first) turn.first = null;
  }
}
