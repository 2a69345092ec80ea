/**
 * A stream whose key is in the link. Whoever has the link reads it; what each of them wrote is signed with a key of their own.
 * What is open to other kinds of such streams has no `#`.
 */

import { encryptedFragment } from '../address.js';
import { inFull, several, toMilliseconds } from '../clock.js';
import { random } from '../crypto/bytes.js';
import { KEY_BYTES, NONE, PREFIX, SKIPPED_MOST, newAuthor, open, seal, streamKeys, writeKey } from '../crypto/enc2.js';
import { findings, heads } from '../crypto/transcript.js';
import { unsentNote } from './order.js';

const MOST = 4096; // remembered messages, without their texts
/** What people are told of so many messages that can’t be read. @type {Record<string, (count: number) => string>} */
const FAULTS = {
  sealed: count => `${several(count, 'A message', 'messages')} could not be read: sealed with another key, or changed.`,
  signed: count => `${several(count, 'A message is not shown: it is', 'messages are not shown: they are')} not signed by the author named in ${count === 1 ? 'it' : 'them'}.`,
  copy: count => `${several(count, 'A copy of another message', 'copies of other messages')} arrived here, not shown again.`,
};

const inOrder = entries => [...entries].sort((one, other) => one.created - other.created);
const beginning = message => message.slice(0, 37);

/** What people are told. @type {Record<string, (finding: object, entry: object) => string>} */
const WORDS = {
  missing: ({ count }) => `${several(count, 'A message', 'messages')} of this author before this one did not arrive.`,
  faded: ({ count }) => `${several(count, 'An earlier message', 'earlier messages')} of this author can’t be shown: faded, or held back by the server.`,
  skipped: () => unsentNote('this'),
  late: () => 'Out of order: its author wrote this before a message shown above.',
  changed: () => 'There are two versions of what this author wrote. Don’t rely on either.',
  unseen: ({ count }) => `Its author had read ${several(count, 'a message', 'messages')} that you are not shown.`,
  before: () => 'Out of order: its author had already read a message that stands below.',
  behind: () => 'Its author had not been shown what stands above.',
  moved: ({ was }) => `The server has moved this since you were here before: then it said ${inFull(was)}.`,
  withheld: ({ count }) => `After this one stood ${several(count, 'a message', 'messages')} when you were here before, which the server does not give now: it had no room, or holds something back.`,
  date: (_, { time, created }) => `Its author dates it ${inFull(time)}, the server ${inFull(created)}.`,
};

export class EncryptedChannel {
  kind = 'encrypted';
  #keys;
  #author; // made with the first message that this page writes
  #next = { number: 0, skipped: 0, previous: NONE }; // of this page's messages
  #last = null; // the one before: its id, and what stands in it of these
  #known = new Map(); // id → entry, with the server's first date: whatever was opened here since the page was loaded
  #shown = new Map(); // id → the server's first date on this visit, in nanoseconds
  #since = 0; // the server's date, in milliseconds, from which it holds messages: what is older is not named as seen
  #copies = new Map(); // the beginning of a message, with its IV → the id under which it came first

  /** @param {string} label @param {string} link its fragment @param {import('../crypto/enc2.js').StreamKeys} keys */
  constructor(label, link, keys) {
    this.title = label;
    this.fragment = this.link = link;
    this.stream = keys.stream;
    this.#keys = keys;
  }

  /** @param {string} label @param {Uint8Array} [secret] a new one by default */
  static async from(label, secret = random(KEY_BYTES)) {
    return new EncryptedChannel(label, encryptedFragment(label, await writeKey(secret)), await streamKeys(secret));
  }

  /** Begins another visit: what the server shows now is compared with what it showed before. */
  reopen() {
    this.#shown.clear();
    this.#since = 0;
  }

  /** Whether something was shown here before, and nothing on this visit. */
  get isGone() {
    return this.#known.size > 0 && this.#shown.size === 0;
  }

  /** @param {string} text @param {string} name @param {string} id of the message, which it is sealed for */
  async seal(text, name, id) {
    await this.prepareAuthor();
    const seen = heads(inOrder(this.#known.values()).filter(({ created }) => created >= this.#since), this.#author.id);
    const { message, hash, signed } = await seal(this.#keys, this.#author, id, { ...this.#next, time: Date.now(), seen, name, text });
    this.#last = { key: this.keyOf(id, this.#author.id), ...this.#next };
    this.#next = { number: this.#next.number + 1, skipped: 0, previous: hash };
    this.signed(this.#last.key, signed);
    return { message };
  }

  /** @returns {string|undefined} this page's public key, once there is one */
  get author() {
    return this.#author?.id;
  }

  /** @returns {number} of this page's next message */
  get number() {
    return this.#next.number;
  }

  /** @returns {Promise<import('../crypto/enc2.js').Author>} */
  async prepareAuthor() {
    return this.#author ??= await newAuthor();
  }

  /** Lets go of this page's key: what it writes next has another author. */
  dropAuthor() {
    [this.#author, this.#last, this.#next] = [undefined, null, { number: 0, skipped: 0, previous: NONE }];
  }

  /** Called with what was signed for a message, and the key of that message, before it is posted. */
  signed() {}

  /** @returns {string} by which a message is known here: the server sees to it that no two have one id */
  keyOf(id) {
    return id;
  }

  /** @returns {boolean} whether messages of this author may be shown */
  admits() {
    return true;
  }

  /** @returns {boolean} whether people are told of a finding */
  tells() {
    return true;
  }

  /** Settles the message that was sealed last, and will not be sent again: the next one says so. */
  giveUp() {
    const { key, skipped, previous } = this.#last;
    if (this.#known.has(key)) return; // it came back from the server: it was sent after all
    Object.assign(this.#next, { skipped: Math.min(skipped + 1, SKIPPED_MOST), previous });
  }

  /** What the server held before may have faded. @param {number} oldest the server's date of the oldest that it holds; Infinity where it holds none */
  fade(oldest) {
    const since = oldest < Infinity ? [toMilliseconds(oldest)] : Array.from(this.#known.values(), ({ created }) => created + 1);
    this.#since = Math.max(this.#since, ...since);
  }

  /** @param {import('../api.js').Message} message @param {boolean} [isNews] whether it has just come, so that it can't have faded */
  async open({ Id: id, Text: text, User: user = '', Created: created }, isNews = false) {
    if (!text.startsWith(PREFIX)) return { state: 'clear', name: user, text };
    const opened = await open(this.#keys, id, text);
    const fault = opened.fault && (this.#copies.get(beginning(text)) ?? id) !== id ? 'copy' : opened.fault;
    if (fault) return { state: 'broken', fault: FAULTS[fault] };
    if (!this.admits(opened.author)) return { state: 'hidden' };
    if (isNews) this.#since = Math.min(this.#since, toMilliseconds(created));
    return this.take(id, beginning(text), created, opened);
  }

  /**
   * Takes in a message that was opened and checked.
   * @param {string} copy by which copies of it are known @param {number} created nanoseconds @returns {object} how to show it
   */
  take(id, copy, created, opened) {
    const { author, name, text, time } = opened;
    const known = this.keyOf(id, author);
    this.#remember(known, copy, created, opened);
    return { state: 'sealed', id: known, own: author === this.author, key: author, name, text, time, order: this.#shown.get(known) };
  }

  /** Forgets a message, as if it had never been shown. @param {string} id */
  forget(id) {
    this.#copies.delete(this.#known.get(id)?.copy);
    for (const memory of [this.#known, this.#shown]) memory.delete(id);
  }

  /**
   * @param {boolean} isWhole whether the page has all that the stream ever held
   * @returns {Map<string, {notes: string[], badge: string}>} what people should know about messages, by id
   */
  review(isWhole) {
    const shown = inOrder([...this.#shown].map(([id, created]) => ({ ...this.#known.get(id), created: toMilliseconds(created) })));
    const entries = new Map(shown.map(entry => [entry.id, entry]));
    return new Map([...findings(shown, isWhole, [...this.#known.values()], this.#since)].map(([id, all]) => {
      const namesake = all.find(({ kind }) => kind === 'namesake');
      const notes = all.filter(({ kind }) => kind !== 'namesake' && this.tells(kind)).map(one => WORDS[one.kind](one, entries.get(id)));
      return [id, { notes, badge: namesake ? `key ${namesake.place} of ${namesake.count} with such a name` : '' }];
    }));
  }

  /** Keeps what later messages, and later visits, are compared with. */
  #remember(id, copy, nanoseconds, { text: _, ...entry }) {
    if (!this.#shown.has(id)) this.#shown.set(id, nanoseconds);
    if (this.#known.has(id)) return;
    this.#copies.set(copy, id);
    this.#known.set(id, { ...entry, id, copy, created: toMilliseconds(nanoseconds) });
    if (this.#known.size <= MOST) return;
    const [oldest] = this.#known.values();
    for (const memory of [this.#known, this.#shown]) memory.delete(oldest.id);
    this.#copies.delete(oldest.copy);
  }
}
