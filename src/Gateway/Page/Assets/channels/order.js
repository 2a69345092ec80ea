/** Where a pipe's texts stand: those of each side as it numbered them, and between the two sides as they came. */

import { several } from '../clock.js';

const PLACE = 1024; // between the places of two texts

export class Order {
  /** How many texts of the other side have arrived, up to the first hole. */
  received = 0;
  #places = new Map(); // number → place, of the other side's texts
  #last = 0;

  /** @returns {number} the place after all that came */
  next() {
    return ++this.#last * PLACE;
  }

  /** @param {number} number of a text of the other side @returns {{order: number, notes: string[]}} its place, and what its coming shows */
  take(number) {
    const notes = this.#notesOn(number);
    const later = [...this.#places].filter(([other]) => other > number).map(([, place]) => place);
    const order = later.length > 0 ? Math.min(...later) - 1 : this.next();
    this.#places.set(number, order);
    while (this.#places.has(this.received + 1)) this.received++;
    return { order, notes };
  }

  #notesOn(number) {
    const numbers = [...this.#places.keys()];
    if (numbers.some(other => other > number)) return ['Arrived late, and stands here in its own place.'];
    const missing = number - this.received - 1 - numbers.filter(one => one > this.received && one < number).length;
    return missing > 0 ? [`${several(missing, 'A message', 'messages')} before this one did not arrive.`] : [];
  }
}
