/**
 * Hands over frames to all who wait for some: in turns, a frame to each, a few at a time, and no more of them than the pace
 * allows. So whoever takes nothing holds up nobody for long, and a crowd has to wait but costs no more than its turn.
 */

import { Pace } from './budget.js';

const LANES = 4;
const SAVED = 1024; // frames at once
const EVERY = 31; // milliseconds for one more

export class Handing {
  #waiting = []; // {to, frames}
  #under = 0; // how many are being said
  #pace = new Pace(SAVED, EVERY);
  #timer = 0;
  #say;

  /** @param {(frame: Uint8Array, to: string) => Promise<boolean>} say false where nothing more can be said to that listener */
  constructor(say) {
    this.#say = say;
  }

  /** @param {string} to a listener @param {Iterator<Uint8Array>} frames in their order; made as they are needed */
  add(to, frames) {
    if (this.#waiting.some(one => one.to === to)) return; // what it waits for is on its way
    this.#waiting.push({ to, frames });
    this.#next();
  }

  /** A listener has gone. */
  drop(to) {
    this.#waiting = this.#waiting.filter(one => one.to !== to);
  }

  /** The connection is lost. */
  clear() {
    clearTimeout(this.#timer);
    [this.#waiting, this.#timer] = [[], 0];
  }

  #next() {
    while (this.#under < LANES && this.#waiting.length > 0) {
      const { wait } = this.#pace;
      if (wait > 0) {
        this.#timer ||= setTimeout(() => {
          this.#timer = 0;
          this.#next();
        }, wait);
        return;
      }
      const turn = this.#waiting.shift();
      const { value: frame, done } = turn.frames.next();
      if (!done) this.#hand(turn, frame);
    }
  }

  async #hand(turn, frame) {
    this.#pace.take();
    this.#under++;
    const mayGoOn = await this.#say(frame, turn.to).catch(() => false); // whoever lacks something asks again
    this.#under--;
    if (mayGoOn && !this.#waiting.some(({ to }) => to === turn.to)) this.#waiting.push(turn);
    this.#next();
  }
}
