/** The numbers of a pipe's texts: where each stands, those of each side as it numbered them, and which have arrived. */

import { CLOCKS, inFull, several } from '../clock.js';
import { MISSING_MOST } from '../crypto/pipe2.js';

const PLACE = 1024; // between the places of two texts
const SKIPPED_MOST = 255; // that one message can tell

/** @param {string} what @returns {string} what people are told of a message that its author has given up */
export const unsentNote = what => `Its author says that ${what} could not be sent, and may not know that it is here.`;

export class Order {
  #places = new Map(); // number → place, of the other side's texts
  #skipped = new Set(); // numbers of texts that the other side could not send
  #newest = 0; // the highest number that the other side has told
  #last = 0;

  /** @returns {number} the place after all that came */
  next() {
    return ++this.#last * PLACE;
  }

  /**
   * @param {number} number of a text of the other side @param {number} skipped how many right before it could not be sent
   * @returns {{order: number, notes: string[]}} its place, and what its coming shows
   */
  take(number, skipped) {
    const isLate = number <= this.#newest;
    const missing = this.missed(number - 1, skipped);
    const unsent = [...this.#places.keys()].filter(one => one < number && one >= number - skipped).length;
    const later = [...this.#places].filter(([other]) => other > number).map(([, place]) => place);
    const order = later.length > 0 ? Math.min(...later) - 1 : this.next();
    this.#places.set(number, order);
    this.#newest = Math.max(this.#newest, number);
    const notes = [];
    if (missing > 0) notes.push(`${several(missing, 'A message', 'messages')} before this one did not arrive.`);
    if (this.#skipped.has(number)) notes.push(unsentNote('this'));
    else if (isLate) notes.push('Arrived late, and stands here in its own place.');
    if (unsent > 0) notes.push(unsentNote(several(unsent, 'the message before this one', 'messages before this one')));
    return { order, notes };
  }

  /**
   * @param {number} number up to which the other side has written @param {number} skipped how many of the last could not be sent
   * @returns {number} how many did not arrive; each is counted once
   */
  missed(number, skipped) {
    for (let last = number; last > number - skipped; last--) this.#skipped.add(last);
    const told = new Set([...this.#places.keys(), ...this.#skipped]);
    const missing = number - this.#newest - [...told].filter(one => one > this.#newest && one <= number).length;
    this.#newest = Math.max(this.#newest, number);
    return missing;
  }

  /** Which texts have arrived: all up to `newest` but for those in `missing`. What can't be listed is not claimed. */
  get received() {
    const missing = [];
    for (let number = 1; number <= this.#newest; number++) {
      if (this.#places.has(number) || this.#skipped.has(number)) continue;
      if (missing.length === MISSING_MOST) return { newest: number - 1, missing };
      missing.push(number);
    }
    return { newest: this.#newest, missing };
  }
}

/** This side's texts: how many there are, and which of them have arrived. */
export class Written {
  number = 0;
  /** How many of the last were given up, and the other side was not told yet. */
  skipped = 0;
  #received = { newest: 0, missing: [] }; // by the other side's word

  get count() {
    return { number: this.number, skipped: this.skipped };
  }

  /** @returns {{number: number, skipped: number}} what stands in one more text */
  next() {
    this.number++;
    const { count } = this;
    this.skipped = 0;
    return count;
  }

  /** The last text will not be sent. @param {number} skipped as it stands in that text */
  giveUp(skipped) {
    this.skipped = Math.min(skipped + 1, SKIPPED_MOST);
  }

  /** @returns {boolean} whether the other side's word says more than was known */
  acknowledge({ newest, missing }) {
    const { newest: before, missing: left } = this.#received;
    const isMore = newest <= this.number && (newest > before || (newest === before && missing.length < left.length));
    if (isMore) this.#received = { newest, missing };
    return isMore;
  }

  hasArrived(number) {
    return number <= this.#received.newest && !this.#received.missing.includes(number);
  }

  /** @returns {number} how many had not arrived when the other side wrote that */
  missingIn({ newest, missing }) {
    return this.number - this.skipped - newest + missing.length;
  }
}

/** @param {number} crossed how many of one's own had not arrived @returns {string[]} what people should know about a text of the other side */
export function notesOn(crossed, time, created) {
  const notes = [];
  if (crossed > 0) notes.push(`Written before ${several(crossed, 'your last message', 'of your messages')} had arrived.`);
  if (Math.abs(time - created) > CLOCKS) notes.push(`The other person’s browser dates it ${inFull(time)}, the server ${inFull(created)}.`);
  return notes;
}
