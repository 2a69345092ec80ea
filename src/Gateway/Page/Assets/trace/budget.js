/** What others may make this page do, however many they are. */

const MINUTE = 60_000;
const EACH = 2048; // what one listener may cost in a minute: a frame, or a signature, is 1
const WORTHLESS = 8192; // what all of them may in what proves worthless
const WORTH = 32_768; // and in all else
const LITTLE = 64; // what a listener may cost in either, however many there are
const REMEMBERED = 4096; // listeners

/** What listeners have cost. When it is too much, those who have had more than their share wait. */
class Ledger {
  #spent = new Map(); // listener → cost
  #all = 0;
  #most;

  constructor(most) {
    this.#most = most;
  }

  get size() {
    return this.#spent.size;
  }

  of(listener) {
    return this.#spent.get(listener) ?? 0;
  }

  add(listener, cost) {
    this.#spent.set(listener, this.of(listener) + cost);
    this.#all += cost;
  }

  admits(listener) {
    return this.#all < this.#most || this.of(listener) <= Math.max(LITTLE, this.#most / this.#spent.size);
  }
}

/** What listeners may cost in a minute. */
export class Budget {
  #worthless;
  #worth;
  #since;

  constructor() {
    this.clear();
  }

  /** @returns {boolean} whether a listener is heard */
  admits(listener) {
    if (performance.now() - this.#since >= MINUTE || this.#worth.size + this.#worthless.size > REMEMBERED) this.clear();
    return this.#worthless.of(listener) + this.#worth.of(listener) < EACH && this.#worthless.admits(listener) && this.#worth.admits(listener);
  }

  /** Charges a listener for what may be of use. */
  spend(listener, cost) {
    this.#worth.add(listener, cost);
  }

  /** Charges a listener for what proved worthless. */
  waste(listener, cost) {
    this.#worthless.add(listener, cost);
  }

  clear() {
    [this.#worthless, this.#worth, this.#since] = [new Ledger(WORTHLESS), new Ledger(WORTH), performance.now()];
  }
}

/** Lets something happen at once as long as some is saved up, and then evenly. */
export class Pace {
  #saved;
  #most;
  #every;
  #looked = performance.now();

  /** @param {number} most how many can be saved up @param {number} every milliseconds in which one more is */
  constructor(most, every) {
    [this.#saved, this.#most, this.#every] = [most, most, every];
  }

  /** @returns {number} milliseconds until it may happen */
  get wait() {
    const at = performance.now();
    this.#saved = Math.min(this.#most, this.#saved + (at - this.#looked) / this.#every);
    this.#looked = at;
    return this.#saved >= 1 ? 0 : (1 - this.#saved) * this.#every;
  }

  /** It happens. */
  take() {
    this.#saved--;
  }
}
