/** What was opened: a message and what it held, by id, since no key opens it a second time. */
export class Opened {
  #entries = new Map();
  #order;

  /** @param {import('./order.js').Order} order gives a place to each that is shown and has none */
  constructor(order) {
    this.#order = order;
  }

  /** @param {string} id */
  has(id) {
    return this.#entries.has(id);
  }

  /** @param {object} message @param {() => Promise<{state: string}>} open is called the first time */
  async once(message, open) {
    const known = this.#entries.get(message.Id);
    if (known) return known.opened;
    const entry = { message, opened: this.#place(open()) };
    this.#entries.set(message.Id, entry); // at once: two visits may ask
    if ((await entry.opened).state === 'hidden') entry.message = null; // only its id need be known again
    return entry.opened;
  }

  async #place(opening) {
    const opened = await opening;
    if (opened.state !== 'hidden') opened.order ??= this.#order.next();
    return opened;
  }

  /** The messages that are shown. */
  get shown() {
    return Array.from(this.#entries.values(), ({ message }) => message).filter(Boolean);
  }

  clear() {
    this.#entries.clear();
  }
}
