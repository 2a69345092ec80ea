/** Counts what can’t be read, in one line for each reason: noise that strangers post takes no place from what can. */

import { line } from './bubble.js';
import { several } from './clock.js';

const REMEMBERED = 4096;

/** @param {number} count @returns {string} what people are told of what is no message at all */
export const notMessages = count =>
  `The server sent ${several(count, 'something', 'things')} that can’t be read. ${count === 1 ? 'It is' : 'They are'} not shown.`;

export class Unreadable {
  #ids = new Set(); // of messages that were counted
  #all = new Map(); // what to say of so many → {count, element, due}

  /** How many messages were counted. */
  get size() {
    return this.#ids.size;
  }

  has(id) {
    return this.#ids.has(id);
  }

  /** @param {(count: number) => string} words what to say of so many */
  add({ Id: id, Created: order }, words) {
    this.#ids.add(id);
    if (this.#ids.size > REMEMBERED) this.#ids.delete(this.#ids.values().next().value);
    const one = this.#all.get(words) ?? { count: 0 };
    one.count++;
    if (!one.element?.isConnected) one.due ??= { id, order };
    this.#all.set(words, one);
  }

  /** Brings the lines that are shown up to date. @returns {{order: number, id: string, element: HTMLElement}[]} those that are to be shown */
  lines() {
    const lines = [];
    for (const [words, one] of this.#all) {
      if (one.due) lines.push({ ...one.due, element: one.element = line('', 'gap unreadable') });
      delete one.due;
      const [span, text] = [one.element.firstChild, words(one.count)];
      if (span.textContent !== text) span.textContent = text;
    }
    return lines;
  }
}
