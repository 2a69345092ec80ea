/** How much longer the stream lives if nobody writes. */

import { now, span } from './clock.js';
import { byId } from './dialogs.js';
import { element } from './elements.js';
import { remembered } from './memory.js';

export const DEFAULT_TTL = 1024; // seconds

/** Lifetimes to choose from: seconds, and the words for them. */
const SPANS = [[60, '1 minute'], [300, '5 minutes'], [DEFAULT_TTL, '17 minutes'], [3600, '1 hour'], [21_600, '6 hours'], [86_400, '1 day']];

/** @param {HTMLSelectElement} select */
export function fillSpans(select, ...more) {
  for (const [value, words] of [...SPANS, ...more]) select.add(new Option(words, value, value === DEFAULT_TTL, value === DEFAULT_TTL));
}

const IF = ' if nobody writes';

export class Life {
  #state = { is: 'unknown' };

  constructor() {
    setInterval(() => this.#show(), 1000);
  }

  /** @param {{stream: string, ttl?: number}} channel */
  watch({ stream, ttl = remembered(stream) }) {
    this.#state = { is: 'unknown', ttl: ttl ?? DEFAULT_TTL, sure: ttl !== undefined, since: 0 };
    this.#show();
  }

  /** Takes the lifetime that the server reports. @param {number} ttl seconds @param {number} since milliseconds */
  learn(ttl, since) {
    Object.assign(this.#state, { ttl, sure: true });
    this.touch(since);
  }

  /** Restarts the countdown: somebody wrote. @param {number} since milliseconds */
  touch(since) {
    if (this.#state.is === 'expired') Object.assign(this.#state, { ttl: DEFAULT_TTL, sure: false, since: 0 });
    this.#state.is = 'alive';
    this.#state.since = Math.max(this.#state.since, since);
    this.#show();
  }

  nothing() {
    this.#state.is = 'nothing';
    this.#show();
  }

  expire() {
    this.#state.is = 'expired';
    this.#show();
  }

  #show() {
    const [line, { words, share }] = [byId('life'), this.#describe()];
    if (line.textContent !== words) {
      // On a small screen, only screen readers get the condition.
      const [time, condition] = words.split(IF);
      line.replaceChildren(time, element('span', 'more', condition === undefined ? '' : IF));
    }
    byId('lifebar').style.setProperty('--left', share.toFixed(3));
    line.dataset.state = this.#state.is === 'alive' && share < 0.1 ? 'ending' : this.#state.is;
  }

  #describe() {
    const { is, ttl, sure, since } = this.#state;
    if (is === 'unknown') return { words: '', share: 0 };
    if (is === 'nothing') return { words: 'Begins with the first message', share: 0 };
    if (is === 'expired') return { words: 'Expired: its messages are gone', share: 0 };
    const left = Math.min(ttl, ttl - (now() - since) / 1000);
    const share = Math.max(0, left / ttl);
    if (left <= 0) return { words: sure ? 'Ending…' : 'May end at any moment', share };
    const length = sure || left < 60 ? span(left) : `${Math.round(left / 60)} min`;
    return { words: `Gone in ${sure ? '' : 'about '}${length}${IF}`, share };
  }
}
