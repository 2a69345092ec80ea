/**
 * How history comes to whoever lacks it. A page that connects says hello to all, and what it has; each author then says that
 * they are here, and hands over what they wrote and the other lacks. Whatever others send costs this page a bounded amount.
 */

import { signal } from '../api.js';
import { CLOCKS, now, toMilliseconds } from '../clock.js';
import { verify } from '../crypto/enc2.js';
import { Answers } from './answers.js';
import { Budget, Pace } from './budget.js';
import * as frames from './frames.js';

const { KIND } = frames;
const ANSWERING = 2000; // milliseconds after a hello in which others say what they have
const EVERY = 3000; // milliseconds between two hellos to all
const PATIENCE = 10; // attempts of one signal
const ROUND = 1000; // milliseconds after which what has not come is asked for again
const ROUNDS = 5; // together longer than it may take until a listener is answered again
const PARDON = 60_000; // milliseconds after which an author who has not handed over something is asked for it anew
const AGAIN = 5000; // milliseconds between two hellos to those for whom nobody speaks
const HELLOS_MOST = 10; // to all, at once, of those that others provoke
const HELLO_EVERY = 10_000; // milliseconds for one more, whoever writes
const RUBBISH = 64; // what is refused costs as much as so many frames

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const isDate = created => created > 0 && created % 1024 === 0 && toMilliseconds(created) < now() + CLOCKS;

/**
 * @typedef {object} Hooks
 * @property {() => import('../crypto/enc2.js').Author|undefined} author of this page, once it has written
 * @property {(id: string, author: string) => string} keyOf a message, in the history
 * @property {(entry: Omit<import('./history.js').Entry, 'key'>) => void} accept takes what an author has handed over
 * @property {(people: number) => void} progress of how many authors something is still to come
 * @property {() => void} settled nothing more is expected, for now
 * @property {() => void} gaveUp an author has not handed over what they said they have
 */

export class Exchange {
  #keys;
  #history;
  #members;
  #hooks;
  #session = null;
  #listener = '';
  #announced = new Map(); // author → {first, count}, how often it was asked for in vain, when that was given up, and the least that was lacking
  #budget = new Budget();
  #hellos = new Pace(HELLOS_MOST, HELLO_EVERY);
  #answers;
  #greeting = 0;
  #greetsAt = Infinity;
  #greetsFor = { isWanted: false, isOwn: false };
  #fetching = 0; // of how many authors people are told
  #round = 0;
  #answering = 0; // until others have had time to answer
  #hasAsked = false;
  #greeted = -Infinity;

  /**
   * @param {frames.SignalKeys} keys @param {import('./history.js').History} history
   * @param {import('./members.js').Members} members @param {Hooks} hooks
   */
  constructor(keys, history, members, hooks) {
    [this.#keys, this.#history, this.#members, this.#hooks] = [keys, history, members, hooks];
    this.#answers = new Answers(history, {
      author: hooks.author, here: author => this.#here(author), attempt: (frame, to) => this.#attempt(frame, to).then(({ wait }) => wait),
    });
  }

  /** A connection is open. @param {string} session @param {string} listener */
  async open(session, listener) {
    this.close();
    [this.#session, this.#listener] = [session, listener];
    this.#members.doubt();
    await this.introduce();
    await this.greet(true);
    this.#look();
    if (session !== this.#session) return;
    this.#answering = setTimeout(() => {
      this.#hasAsked = true;
      if (!this.isFetching) this.#hooks.settled();
    }, ANSWERING);
  }

  /** Whether those who are here may still hand over something, as far as is known. */
  get isFetching() {
    return !this.#hasAsked || this.#fetching > 0;
  }

  /** The connection is lost. */
  close() {
    for (const timer of [this.#round, this.#greeting, this.#answering]) clearTimeout(timer);
    this.#hasAsked = false;
    [this.#session, this.#listener, this.#round, this.#greeting, this.#greeted, this.#fetching] = [null, '', 0, 0, -Infinity, 0];
    this.#members.hold();
    for (const memory of [this.#announced, this.#budget, this.#answers]) memory.clear();
  }

  /** Says that this page's author is here. */
  async introduce() {
    const author = this.#hooks.author();
    if (!author || !this.#session) return;
    this.#members.bind(this.#listener, author.id);
    await this.#say(await this.#here(author));
  }

  /** Something was missed: maybe also who left, or that they are here. */
  async recover() {
    this.#members.doubt();
    const author = this.#hooks.author();
    if (author) this.#members.bind(this.#listener, author.id);
    await this.greet(true);
  }

  /**
   * Says hello to all, as soon as it may again. Whoever has what this page lacks will hand it over, and say that they are here.
   * @param {boolean} [isOwn] whether it is for a reason of this page's own, and not because of what somebody has said
   */
  async greet(isOwn = false) {
    if (!this.#session) return;
    const at = performance.now();
    const wait = Math.max(this.#greeted + EVERY - at, isOwn ? 0 : this.#hellos.wait);
    if (wait > 0) return this.#greetIn(wait, { isWanted: true, isOwn });
    this.#greeted = at;
    if (!isOwn) this.#hellos.take();
    clearTimeout(this.#greeting);
    this.#greeting = 0;
    this.#greetAgain();
    await this.#say(frames.hello(this.#has()));
  }

  /** A message of an author has come, and one before it has not. */
  miss(author) {
    const { first = this.#history.of(author)[0]?.number ?? 0 } = this.#announced.get(author) ?? {};
    const from = Math.max(first, this.#history.floor(author) + 1);
    this.#expect(author, from, this.#history.of(author, from).length + 1);
  }

  /** A listener has gone. */
  left(listener) {
    this.#answers.left(listener);
    this.#greetAgain();
  }

  /** An author has gone, and nothing more is to come of them. */
  drop(author) {
    if (this.#announced.delete(author)) this.#look();
  }

  /** Hears a signal. */
  async hear({ From: from, To: to = '', Text: text }) {
    if (from === this.#listener || (to && to !== this.#listener) || !this.#budget.admits(from)) return;
    const said = await frames.openFrame(this.#keys, from, to, text);
    if (said?.kind === KIND.hello) {
      this.#budget.waste(from, 1);
      this.#answers.hear(from, said.has);
    } else if (said?.kind === KIND.messages) await this.#hearMessages(from, said.messages);
    else if (said?.kind === KIND.here && await frames.isOfAuthor(this.#keys, from, said)) this.#hearHere(from, said);
    else this.#budget.waste(from, RUBBISH);
  }

  /** Says hello again while nobody speaks for somebody: a word that was lost must not look like a farewell. */
  #greetAgain() {
    if (this.#members.areAwaited) this.#greetIn(AGAIN, { isWanted: false, isOwn: false });
  }

  /** Says hello later, for the best of all reasons that there are until then, and as soon as one of them allows. */
  #greetIn(wait, { isWanted, isOwn }) {
    const at = performance.now() + wait;
    const reasons = this.#greeting ? this.#greetsFor : { isWanted: false, isOwn: false };
    this.#greetsFor = { isWanted: isWanted || reasons.isWanted, isOwn: isOwn || reasons.isOwn };
    if (this.#greeting && this.#greetsAt <= at) return;
    clearTimeout(this.#greeting);
    this.#greetsAt = at;
    this.#greeting = setTimeout(() => {
      this.#greeting = 0;
      if (this.#members.areAwaited || this.#greetsFor.isWanted) this.greet(this.#greetsFor.isOwn).catch(() => {}); // the next one may get through
    }, Math.ceil(wait)); // a timer that is a fraction early would find that it has to wait for that fraction, and again
  }

  #hearHere(from, { author, first, count }) {
    this.#budget.spend(from, 1);
    if (this.#members.bind(from, author)) this.#expect(author, first, count);
  }

  async #hearMessages(from, all) {
    const author = this.#members.authorOf(from);
    const fresh = author ? all.filter(({ id }) => !this.#history.get(this.#hooks.keyOf(id, author))) : [];
    if (fresh.length === 0) return this.#budget.waste(from, 1);
    this.#budget.spend(from, 1 + fresh.length);
    const opened = await Promise.all(fresh.map(({ id, signed }) => verify(this.#keys.stream, id, signed)));
    fresh.forEach(({ id, created }, at) => {
      if (opened[at].author !== author || !isDate(created)) this.#budget.waste(from, RUBBISH);
      else if (this.#members.authorOf(from) === author) this.#hooks.accept({ ...opened[at], id, created });
    });
    this.#look();
  }

  // What this page lacks

  /** By author: up to which number nothing is missing. */
  #has() {
    const authors = new Set(this.#history.all.map(({ author }) => author));
    const all = Array.from(authors, author => [frames.tagOf(author), this.#history.complete(author, this.#announced.get(author)?.first)]);
    return new Map(all.filter(([, number]) => number !== null));
  }

  #expect(author, first, count) {
    const { tries = 0, gaveUp = 0, least = Infinity } = this.#announced.get(author) ?? {};
    const isPardoned = tries > ROUNDS && performance.now() - gaveUp > PARDON;
    const lack = this.#lackOf(author, { first, count });
    this.#announced.set(author, { first, count, tries: isPardoned ? 0 : tries, gaveUp, least: Math.min(least, lack) });
    this.#look();
  }

  get #lacking() {
    const speakers = this.#members.authors;
    return [...this.#announced].filter(([author, expected]) =>
      speakers.has(author) && expected.tries <= ROUNDS && this.#lackOf(author, expected) > 0);
  }

  #lackOf(author, { first, count }) {
    const from = Math.max(first, this.#history.floor(author) + 1);
    return count - (from - first) - this.#history.of(author, from).length;
  }

  #look() {
    for (const [author, expected] of this.#announced) if (this.#lackOf(author, expected) <= 0) Object.assign(expected, { tries: 0, least: Infinity });
    const [all, speakers] = [this.#lacking, this.#members.authors];
    const { length } = all.filter(([author]) => this.#budget.admits(speakers.get(author)));
    if (length !== this.#fetching) {
      this.#hooks.progress(this.#fetching = length);
      if (!this.isFetching) this.#hooks.settled();
    }
    if (all.length > 0) this.#round ||= setTimeout(() => this.#lookAgain(), ROUND);
  }

  /** Asks those who have handed over nothing for a while. Whoever is not heard for now is asked when they are, and not accused. */
  #lookAgain() {
    this.#round = 0;
    const speakers = this.#members.authors;
    for (const [author, expected] of this.#lacking) {
      const [lack, speaker] = [this.#lackOf(author, expected), speakers.get(author)];
      if (lack < expected.least) [expected.least, expected.tries] = [lack, 0];
      else if (!this.#budget.admits(speaker)) continue;
      else if (++expected.tries <= ROUNDS) this.#say(frames.hello(this.#has()), speaker).catch(() => {});
      else {
        expected.gaveUp = performance.now();
        this.#hooks.gaveUp();
      }
    }
    this.#look();
  }

  // Saying

  #here(author) {
    const own = this.#history.of(author.id);
    return frames.here(this.#keys, author, this.#listener, { first: own[0]?.number ?? 0, count: own.length });
  }

  /**
   * Says something, again where the server has no room for it yet, as long as this connection is open.
   * @returns {Promise<boolean>} whether it was said
   */
  async #say(frame, to = '') {
    const session = this.#session;
    for (let left = PATIENCE; session && session === this.#session; left--) {
      const { wait, failure } = await this.#attempt(frame, to);
      if (wait === 0) return true;
      if (session !== this.#session || failure.status === 403) return false; // another connection will say it again
      if (left === 0 || failure.status === 400) throw failure; // any other answer may be a proxy's, for a moment
      await pause(wait);
    }
    return false;
  }

  /** Tries once to say something. @returns {Promise<{wait: number, failure?: Error}>} milliseconds until it may be tried again; 0 where it was said */
  async #attempt(frame, to) {
    const session = this.#session;
    if (!session) return { wait: Infinity };
    const message = await frames.sealFrame(this.#keys, this.#listener, to, frame);
    try {
      await signal({ session, stream: this.#keys.stream, message, ...(to ? { to } : {}) });
      return { wait: 0 };
    } catch (failure) {
      return { wait: 1000 * (failure.retryAfter ?? 1), failure };
    }
  }
}
