/**
 * How history comes to whoever lacks it. A page that connects says hello to all, and what it has; each author then says that
 * they are here, and hands over what they wrote and the other lacks. Whatever others send costs this page a bounded amount.
 */

import { signal } from '../api.js';
import { CLOCKS, now, toMilliseconds } from '../clock.js';
import { verify } from '../crypto/enc2.js';
import { Budget, Pace } from './budget.js';
import * as frames from './frames.js';
import { Handing } from './handing.js';

const { KIND } = frames;
const GATHER = 30; // milliseconds in which hellos are answered together
const EVERY = 3000; // milliseconds between two answers to one listener
const FEW = 4; // answered one by one; more of them hear one answer to all
const ASKING_MOST = 128;
const PATIENCE = 10; // attempts of one signal
const ROUND = 1000; // milliseconds after which what has not come is asked for again
const ROUNDS = 5; // together longer than it may take until a listener is answered again
const AGAIN = 5000; // milliseconds between two hellos to those for whom nobody speaks
const HELLOS_MOST = 10; // to all, at once
const HELLO_EVERY = 10_000; // milliseconds for one more, whoever writes
const RUBBISH = 64; // what is refused costs as much as so many frames

const pause = seconds => new Promise(resolve => setTimeout(resolve, 1000 * seconds));
const isDate = created => created > 0 && created % 1024 === 0 && toMilliseconds(created) < now() + CLOCKS;

/**
 * @typedef {object} Hooks
 * @property {() => import('../crypto/enc2.js').Author|undefined} author of this page, once it has written
 * @property {(id: string, author: string) => string} keyOf a message, in the history
 * @property {(entry: Omit<import('./history.js').Entry, 'key'>) => void} accept takes what an author has handed over
 * @property {(people: number) => void} progress of how many authors something is still to come
 * @property {() => void} gaveUp an author has not handed over what they said they have
 */

export class Exchange {
  #keys;
  #history;
  #members;
  #hooks;
  #session = null;
  #listener = '';
  #announced = new Map(); // author → {first, count}, and how often it was asked for
  #asking = new Map(); // listener → what it has
  #answered = new Map(); // listener → when
  #budget = new Budget();
  #hellos = new Pace(HELLOS_MOST, HELLO_EVERY);
  #handing = new Handing((frame, to) => this.#say(frame, to));
  #answering = 0;
  #answersAt = Infinity;
  #greeting = 0;
  #fetching = 0; // of how many authors people are told
  #round = 0;
  #greeted = -Infinity;

  /**
   * @param {frames.SignalKeys} keys @param {import('./history.js').History} history
   * @param {import('./members.js').Members} members @param {Hooks} hooks
   */
  constructor(keys, history, members, hooks) {
    [this.#keys, this.#history, this.#members, this.#hooks] = [keys, history, members, hooks];
  }

  /** A connection is open. @param {string} session @param {string} listener */
  async open(session, listener) {
    this.close();
    [this.#session, this.#listener] = [session, listener];
    this.#members.doubt();
    await this.introduce();
    await this.greet();
    this.#look();
  }

  /** The connection is lost. */
  close() {
    for (const timer of [this.#answering, this.#round, this.#greeting]) clearTimeout(timer);
    [this.#session, this.#listener, this.#answersAt, this.#round, this.#greeting, this.#greeted, this.#fetching] = [null, '', Infinity, 0, 0, -Infinity, 0];
    this.#members.hold();
    for (const memory of [this.#announced, this.#asking, this.#answered, this.#budget, this.#handing]) memory.clear();
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
    await this.greet();
  }

  /** Says hello to all, as soon as it may again. Whoever has what this page lacks will hand it over, and say that they are here. */
  async greet() {
    if (!this.#session) return;
    const wait = Math.max(this.#greeted + EVERY - Date.now(), this.#hellos.wait);
    if (wait > 0) return this.#greetIn(wait, true);
    this.#greeted = Date.now();
    this.#hellos.take();
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
    for (const memory of [this.#asking, this.#answered]) memory.delete(listener);
    this.#handing.drop(listener);
    this.#greetAgain();
  }

  /** An author has gone, and nothing more is to come of them. */
  drop(author) {
    if (this.#announced.delete(author)) this.#look();
  }

  /** Hears a signal. */
  async hear({ From: from, To: to = '', Text: text }) {
    if (from === this.#listener || (to && to !== this.#listener) || !this.#budget.pays(from, 1)) return;
    const said = await frames.openFrame(this.#keys, from, to, text);
    if (!said) this.#budget.pays(from, RUBBISH);
    else if (said.kind === KIND.hello) this.#hearHello(from, said.has);
    else if (said.kind === KIND.messages) await this.#hearMessages(from, said.messages);
    else if (said.kind === KIND.here && await frames.isOfAuthor(this.#keys, from, said)) this.#hearHere(from, said);
    else this.#budget.pays(from, RUBBISH);
  }

  #hearHello(from, has) {
    if (this.#asking.size >= ASKING_MOST) return;
    this.#asking.set(from, has);
    this.#answerSoon();
  }

  /** Says hello again while nobody speaks for somebody: a word that was lost must not look like a farewell. */
  #greetAgain() {
    if (this.#members.areAwaited && !this.#greeting) this.#greetIn(AGAIN, false);
  }

  #greetIn(wait, isWanted) {
    clearTimeout(this.#greeting);
    this.#greeting = setTimeout(() => {
      this.#greeting = 0;
      if (this.#members.areAwaited || isWanted) this.greet().catch(() => {}); // the next one may get through
    }, wait);
  }

  #hearHere(from, { author, first, count }) {
    if (this.#members.bind(from, author)) this.#expect(author, first, count);
  }

  async #hearMessages(from, all) {
    const author = this.#members.authorOf(from);
    const fresh = author ? all.filter(({ id }) => !this.#history.get(this.#hooks.keyOf(id, author))) : [];
    if (!this.#budget.pays(from, fresh.length)) return;
    const opened = await Promise.all(fresh.map(({ id, signed }) => verify(this.#keys.stream, id, signed)));
    fresh.forEach(({ id, created }, at) => {
      if (opened[at].author !== author || !isDate(created)) this.#budget.pays(from, RUBBISH);
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
    this.#announced.set(author, { first, count, tries: this.#announced.get(author)?.tries ?? 0, had: 0 });
    this.#look();
  }

  get #lacking() {
    const speakers = this.#members.authors;
    return [...this.#announced].filter(([author, expected]) =>
      speakers.has(author) && expected.tries <= ROUNDS && !this.#isComplete(author, expected));
  }

  #isComplete(author, { first, count }) {
    const from = Math.max(first, this.#history.floor(author) + 1);
    return this.#history.of(author, from).length >= count - (from - first);
  }

  #look() {
    for (const [author, expected] of this.#announced) if (this.#isComplete(author, expected)) expected.tries = 0;
    const { length } = this.#lacking;
    if (length !== this.#fetching) this.#hooks.progress(this.#fetching = length);
    if (length > 0) this.#round ||= setTimeout(() => this.#lookAgain(), ROUND);
  }

  /** Asks those who have handed over nothing for a while. */
  #lookAgain() {
    this.#round = 0;
    for (const [author, expected] of this.#lacking) {
      const has = this.#history.of(author).length;
      if (has > expected.had) expected.had = has;
      else if (++expected.tries <= ROUNDS) this.#say(frames.hello(this.#has()), this.#members.authors.get(author)).catch(() => {});
      else this.#hooks.gaveUp();
    }
    this.#look();
  }

  // What others lack

  /** Answers as soon as somebody may be answered, after others had time to ask too. */
  #answerSoon() {
    const due = Math.min(...Array.from(this.#asking.keys(), listener => (this.#answered.get(listener) ?? -Infinity) + EVERY));
    const at = Math.max(due, Date.now() + GATHER);
    if (at >= this.#answersAt) return;
    clearTimeout(this.#answering);
    this.#answersAt = at;
    this.#answering = setTimeout(() => this.#answer(), at - Date.now());
  }

  async #answer() {
    const [at, author] = [Date.now(), this.#hooks.author()];
    this.#answersAt = Infinity;
    const due = [...this.#asking].filter(([listener]) => !(at - this.#answered.get(listener) < EVERY));
    for (const [listener] of due) {
      this.#asking.delete(listener);
      this.#answered.set(listener, at);
    }
    this.#answerSoon();
    if (!author || due.length === 0) return;
    const [here, isToAll] = [await this.#here(author), due.length > FEW];
    if (isToAll) await this.#say(here).catch(() => {});
    for (const [listener, has] of due) this.#hand(author, listener, has, isToAll ? null : here);
  }

  async #hand({ id }, listener, has, here) {
    const after = has.get(frames.tagOf(id)) ?? -1;
    const lacking = this.#history.of(id, after + 1).filter(({ signed }) => signed);
    if (here && !await this.#say(here, listener).catch(() => false)) return; // whoever lacks something asks again
    this.#handing.add(listener, frames.handOver(lacking));
  }

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
    if (!session) return false;
    const message = await frames.sealFrame(this.#keys, this.#listener, to, frame);
    for (let left = PATIENCE; session === this.#session; left--) {
      try {
        await signal({ session, stream: this.#keys.stream, message, ...(to ? { to } : {}) });
        return true;
      } catch (failure) {
        if (session !== this.#session || failure.status === 403) return false; // another connection will say it again
        if (left === 0 || ![0, 429, 503].includes(failure.status)) throw failure;
        await pause(failure.retryAfter ?? 1);
      }
    }
    return false;
  }
}
