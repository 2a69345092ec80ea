/**
 * What was said in a stream that leaves no trace, as far as it is in this page: 1024 messages of this page's own authors, and
 * 1024 of all others together.
 */

const MOST = 1024;
const NOTED_MOST = 4096; // authors of whom something had to go

/**
 * @typedef {import('../crypto/enc2.js').Content & {key: string, id: string, created: number, hash: string, signed?: Uint8Array}} Entry
 *   `key`: the author and the id, since whoever hands a message over chooses its id; `created` in nanoseconds; `signed` only of
 *   this page's own
 */

const sum = all => all.reduce((count, [, { size }]) => count + size, 0);

export class History {
  #entries = new Map(); // key → entry
  #written = new Map(); // author → these, by key
  #displaced = new Map(); // author → the highest number that had to go
  #isOwn;
  #hasSpoken;

  /**
   * @param {(author: string) => boolean} isOwn whether it is this page that writes as this author
   * @param {(author: string) => boolean} hasSpoken whether a listener has ever spoken for this author
   */
  constructor(isOwn, hasSpoken) {
    [this.#isOwn, this.#hasSpoken] = [isOwn, hasSpoken];
  }

  /** All, in the order in which they came here. @returns {Entry[]} */
  get all() {
    return [...this.#entries.values()];
  }

  /** @param {string} key @returns {Entry|undefined} */
  get(key) {
    return this.#entries.get(key);
  }

  /** @param {string} author @param {number} [first] @returns {Entry[]} what the author wrote, from that number on, in order */
  of(author, first = 0) {
    const all = [...this.#written.get(author)?.values() ?? []];
    return all.filter(({ number }) => number >= first).sort((one, other) => one.number - other.number);
  }

  /**
   * Adds a message. Where others have too many, an author for whom nobody has ever spoken loses the oldest, or else whoever has
   * most: so it takes a listener for each author to displace what others said, and nobody displaces what this page wrote.
   * @param {Entry} entry @returns {string|null} the key of the message that had to go
   */
  add(entry) {
    this.#entries.set(entry.key, entry);
    if (!this.#written.has(entry.author)) this.#written.set(entry.author, new Map());
    this.#written.get(entry.author).set(entry.key, entry);
    const rivals = this.#rivals(this.#isOwn(entry.author));
    if (sum(rivals) <= MOST) return null;
    const oldest = this.#oldest(rivals);
    this.#remove(oldest);
    this.#note(oldest);
    return oldest.key;
  }

  /**
   * @param {string} author @returns {number} the highest number that there is no room for; -1 where there is room. What is up to
   *   it is not missing
   */
  floor(author) {
    const displaced = this.#displaced.get(author) ?? -1;
    return displaced < 0 || sum(this.#rivals(this.#isOwn(author))) < MOST ? -1 : displaced;
  }

  /** @param {string} [author] all by default @returns {Entry[]} what was dropped */
  drop(author) {
    const dropped = author === undefined ? this.all : this.of(author);
    for (const entry of dropped) this.#remove(entry);
    if (author === undefined) this.#displaced.clear();
    else this.#displaced.delete(author);
    return dropped;
  }

  /**
   * @param {string} author @param {number} [first] the number of the oldest message that the author still has
   * @returns {number|null} up to which number nothing of the author is missing; null where even the oldest is
   */
  complete(author, first = Infinity) {
    const floor = this.floor(author);
    let last = floor >= Math.max(first - 1, 0) ? floor : null;
    for (const { number, skipped } of this.of(author, floor + 1)) {
      if (last === null ? number > first : number - skipped - 1 > last) break;
      last = number;
    }
    return last;
  }

  /** Whose messages share their room. */
  #rivals(own) {
    return [...this.#written].filter(([author]) => this.#isOwn(author) === own);
  }

  #oldest(rivals) {
    const unknown = rivals.filter(([author]) => !this.#isOwn(author) && !this.#hasSpoken(author));
    const among = unknown.length > 0 ? unknown : rivals;
    const most = Math.max(...among.map(([, { size }]) => size));
    const theirs = among.filter(([, { size }]) => size === most).flatMap(([, written]) => [...written.values()]);
    return theirs.reduce((one, other) => (other.created < one.created ? other : one));
  }

  #note({ author, number }) {
    if (this.#displaced.size >= NOTED_MOST) this.#displaced.clear();
    this.#displaced.set(author, Math.max(number, this.#displaced.get(author) ?? -1));
  }

  #remove({ key, author }) {
    this.#entries.delete(key);
    const written = this.#written.get(author);
    written.delete(key);
    if (written.size === 0) this.#written.delete(author);
  }
}
