/** What others may make this page do, however many they are. */

const MINUTE = 60_000;
const EACH = 2048; // what one listener may cost in a minute: a frame, or a signature, is 1
const ALL = 8192; // what all of them may; beyond it, those are heard who have cost little
const LITTLE = 64;
const REMEMBERED = 4096; // listeners

/** What listeners may cost in a minute. */
export class Budget {
  #spent = new Map(); // listener → cost
  #all = 0;
  #since = Date.now();

  /** Charges a listener. @returns {boolean} whether it can still pay */
  pays(listener, cost) {
    if (Date.now() - this.#since >= MINUTE || this.#spent.size > REMEMBERED) this.clear();
    const spent = (this.#spent.get(listener) ?? 0) + cost;
    this.#spent.set(listener, spent);
    if (spent >= EACH) return false;
    this.#all += cost;
    return this.#all < ALL || spent <= LITTLE;
  }

  clear() {
    this.#spent.clear();
    [this.#all, this.#since] = [0, Date.now()];
  }
}

/** Lets something happen at once as long as some is saved up, and then evenly. */
export class Pace {
  #saved;
  #most;
  #every;
  #looked = Date.now();

  /** @param {number} most how many can be saved up @param {number} every milliseconds in which one more is */
  constructor(most, every) {
    [this.#saved, this.#most, this.#every] = [most, most, every];
  }

  /** @returns {number} milliseconds until it may happen */
  get wait() {
    const at = Date.now();
    this.#saved = Math.min(this.#most, this.#saved + Math.max(0, at - this.#looked) / this.#every);
    this.#looked = at;
    return this.#saved >= 1 ? 0 : (1 - this.#saved) * this.#every;
  }

  /** It happens. */
  take() {
    this.#saved--;
  }
}
