/** Counts what can’t be read, in one line for each reason: noise that strangers post takes no place from what can. */

import { line } from './bubble.js';

const REMEMBERED = 4096;

/** @param {number} count @returns {string} what people are told of what is no message at all */
export const notMessages = count =>
  `The server sent ${count === 1 ? 'something' : 'things'} that can’t be read. ${count === 1 ? 'It is' : 'They are'} not shown.`; // some may have come twice

export class Unreadable {
  #ids = new Set(); // of messages that were counted
  #all = new Map(); // what to say of so many → {count, tone, element, due}

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
    this.count(words, 1, 'gap', { id, order });
  }

  /** Counts what has no id. @param {{id: string, order: number}} place of the line, where none is shown */
  count(words, more, tone, place) {
    const one = this.#all.get(words) ?? { count: 0, tone };
    one.count += more;
    if (!one.element?.isConnected) one.due ??= place;
    this.#all.set(words, one);
  }

  /** Brings the lines that are shown up to date. @returns {{order: number, id: string, element: HTMLElement}[]} those that are to be shown */
  lines() {
    const lines = [];
    for (const [words, one] of this.#all) {
      if (one.due) lines.push({ ...one.due, element: one.element = line('', `${one.tone} unreadable`) });
      const [span, text] = [one.element.firstChild, words(one.count)];
      if (span.textContent !== text) {
        if (!one.due) one.element.ariaLive = 'off'; // it was announced when it came: noise would keep a screen reader talking
        span.textContent = text;
      }
      delete one.due;
    }
    return lines;
  }
}
