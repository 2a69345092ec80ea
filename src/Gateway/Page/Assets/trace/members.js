/**
 * Who takes part in a stream that leaves no trace: which listener speaks for which author, by the author's signature. An
 * author for whom no listener has spoken for a while is gone, until they speak or write again; one who said farewell, for good.
 */

export const GRACE = 20_000; // milliseconds: as long as a reconnect may take
const LATE = 1000; // milliseconds by which a timer may fire late
const HEARING = 3000; // milliseconds in which a page that slept hears what came meanwhile
const MOST = 1024; // listeners that speak for somebody
const REMEMBERED = 4096; // who has gone

/** Remembers what was added last. */
export class Recent {
  #all = new Set();

  add(one) {
    this.#all.delete(one);
    this.#all.add(one);
    if (this.#all.size > REMEMBERED) this.#all.delete(this.#all.values().next().value);
  }

  has(one) {
    return this.#all.has(one);
  }
}

export class Members {
  #speakers = new Map(); // listener → author
  #waiting = new Map(); // author → timer: nobody speaks for them; 0 while this page is not connected
  #left = new Recent(); // listeners
  #spoken = new Recent(); // authors for whom somebody has spoken
  #parted = new Recent(); // authors who said farewell
  #onGone;

  /** @param {(author: string) => void} onGone */
  constructor(onGone) {
    this.#onGone = onGone;
  }

  /** Authors for whom a listener speaks, and that listener. @returns {Map<string, string>} */
  get authors() {
    return new Map([...this.#speakers].map(([listener, author]) => [author, listener]));
  }

  /** @param {string} listener @returns {string|undefined} the author for whom it speaks */
  authorOf(listener) {
    return this.#speakers.get(listener);
  }

  /** Whether there are authors for whom somebody has to speak soon. */
  get areAwaited() {
    return this.#waiting.size > 0;
  }

  /** @param {string} author @returns {boolean} whether nothing of theirs may be shown */
  hasParted(author) {
    return this.#parted.has(author);
  }

  /** @param {string} author @returns {boolean} whether a listener has ever spoken for them */
  hasSpoken(author) {
    return this.#spoken.has(author);
  }

  /** From now on a listener speaks for an author. @returns {boolean} false where it can't: it has left, or speaks for another */
  bind(listener, author) {
    const other = this.#speakers.get(listener);
    if (this.#left.has(listener) || this.#parted.has(author) || (other ?? author) !== author) return false;
    if (!other && this.#speakers.size >= MOST) return false;
    this.#speakers.set(listener, author);
    this.#spoken.add(author);
    this.#stopWaiting(author);
    return true;
  }

  /** A message of an author has come: somebody has to speak for them soon. @returns {boolean} whether somebody does */
  see(author) {
    const isHere = [...this.#speakers.values()].includes(author);
    if (!isHere) this.#wait(author);
    return isHere;
  }

  /** A listener has gone. */
  leave(listener) {
    this.#left.add(listener);
    const author = this.#speakers.get(listener);
    this.#speakers.delete(listener);
    if (author) this.see(author);
  }

  /** This page has connected anew, and may have missed who left. */
  doubt() {
    const authors = new Set([...this.#speakers.values(), ...this.#waiting.keys()]);
    this.#speakers.clear();
    for (const author of authors) this.#wait(author);
  }

  /** This page is not connected: while it can't hear who speaks, nobody's time runs out. */
  hold() {
    for (const [author, timer] of this.#waiting) {
      clearTimeout(timer);
      this.#waiting.set(author, 0);
    }
  }

  /** An author has said farewell. */
  part(author) {
    this.#parted.add(author);
    for (const [listener, other] of this.#speakers) if (other === author) this.#speakers.delete(listener);
    this.#stopWaiting(author);
    this.#onGone(author);
  }

  #wait(author) {
    if (!this.#waiting.get(author)) this.#waitFor(author, GRACE);
  }

  #waitFor(author, time) {
    const due = performance.now() + time;
    this.#waiting.set(author, setTimeout(() => {
      // Their word may be among what was not heard yet. Only once: timers of hidden tabs are always late.
      if (time === GRACE && performance.now() > due + LATE) return this.#waitFor(author, HEARING);
      this.#waiting.delete(author);
      this.#onGone(author);
    }, time));
  }

  #stopWaiting(author) {
    clearTimeout(this.#waiting.get(author));
    this.#waiting.delete(author);
  }
}
