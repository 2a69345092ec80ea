/**
 * An open connection, which hears one stream or several, and goes on after a lost one where that was. When it is refused (any
 * answer but 200) or the loss is not noticed (the machine slept), the feed opens a new one.
 */

import * as api from './api.js';
import { setClock } from './clock.js';
import { EventStream } from './eventstream.js';
import { asEvent, isTimestamp } from './received.js';

const BACKOFF = { first: 1000, most: 30_000 };
const SLEPT = 75_000; // browsers call the timers of hidden tabs once a minute
const TICK = 5000;
const REFUSALS = [400, 403, 404, 410];
const LASTED = 10_000; // what a server refuses sooner than that is as if it had not begun
const FEW = 4; // streams that are asked in a row where all refuse

/**
 * @typedef {object} Listener
 * @property {(message: api.Message|null) => void} message null stands for something that can’t be read
 * @property {(name: string, payload: object) => void} event
 * @property {(state: 'open'|'lost'|'refused', why?: api.Refused) => void} state
 * @property {(stream: string) => void} [refused] one of several streams, which is heard no more
 */

export class Feed {
  #cursors; // stream → the last message heard, or 0
  #at = []; // where the connection is in each stream
  #how;
  #listener;
  #source;
  #retry;
  #failures = 0;
  #opened = Infinity; // when the connection was
  #asked = 0;
  #expired = new Set(); // streams that have, and of which nothing was heard since
  #ticker;
  #ticked = Date.now();
  #away = new AbortController();

  /** The secret of the open connection, or null. */
  session = null;

  /**
   * @param {Map<string, number>} cursors where to resume in each stream; 0 is the very beginning
   * @param {{seat?: string, user?: string, backOffMost?: number}} how `backOffMost`: milliseconds between two attempts, of which there is then no end
   * @param {Listener} listener
   */
  constructor(cursors, how, listener) {
    [this.#cursors, this.#how, this.#listener] = [new Map(cursors), how, listener];
    const { signal } = this.#away;
    addEventListener('online', () => this.#reopen(), { signal });
    addEventListener('pageshow', event => event.persisted && this.#reopen(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this.#checkSleep(), { signal });
    this.#ticker = setInterval(() => this.#checkSleep(), TICK);
    this.#open();
  }

  /** Listens under another name, from the same place. @param {string} [user] */
  rename(user) {
    this.#how = { ...this.#how, user };
    this.#reopen();
  }

  /** Where each stream is to be resumed. @returns {Map<string, number>} */
  get cursors() {
    return new Map(this.#cursors);
  }

  close() {
    this.#away.abort();
    clearInterval(this.#ticker);
    this.#shut();
  }

  #open() {
    this.#shut();
    this.#expired.clear();
    const source = this.#source = new EventStream(() => {
      this.#at = [...this.#cursors.values()];
      return api.eventsUrl(this.#cursors, this.#how);
    }, this.#how.backOffMost);
    source.onData = (data, id) => this.#hear(asEvent(data), id);
    source.onLost = () => {
      if (Date.now() - this.#opened >= (source.isClosed ? LASTED : 0)) this.#failures = 0;
      this.#opened = Infinity;
      this.session = null;
      this.#listener.state('lost');
      if (source.isClosed) this.#backOff();
    };
  }

  #hear(event, id) {
    this.#follow(id, !event);
    if (!event) return this.#listener.message(null);
    const { Type: type, Created: created, Payload: payload } = event;
    const [only] = this.#cursors.keys();
    const stream = this.#cursors.size === 1 ? only : payload.Stream;
    if (type === 'message') {
      if (!this.#cursors.has(stream)) return;
      this.#cursors.set(stream, Math.max(this.#cursors.get(stream), payload.Created));
      this.#expired.delete(stream);
      this.#listener.message(payload);
    } else if (type === 'event') {
      if (payload.Name === 'open') {
        this.#opened = Date.now();
        this.session = payload.Session;
        setClock(created);
        this.#listener.state('open');
      } else if (payload.Name === 'expired') {
        if (this.#cursors.has(stream)) this.#cursors.set(stream, 0);
        this.#expired.add(stream);
      } else if (payload.Name === 'gap') {
        if (this.#expired.has(stream)) return this.#open(); // it is of the former life: nothing new is missing
        if (this.#cursors.has(stream)) this.#cursors.set(stream, 0); // what follows may be older than what was heard before
      }
      this.#listener.event(payload.Name, payload);
    } else if (type === 'command') this.#listener.event(type, { ...payload, Id: event.Id });
    else if (type === 'signal') this.#listener.event(type, payload);
  }

  /** What can't be read comes no second time either. @param {string} id of an event, or '': a timestamp for each stream @param {boolean} isLost its event */
  #follow(id, isLost) {
    if (!id) return;
    const [before, at] = [this.#at, this.#at = id.split(',').map(Number)];
    if (!isLost) return;
    for (const [i, stream] of [...this.#cursors.keys()].entries()) // those of other streams may be from before a gap
      if (isTimestamp(at[i]) && at[i] !== before[i]) this.#cursors.set(stream, Math.max(this.#cursors.get(stream), at[i]));
  }

  /** Asks again, in a way that tells which stream was refused. */
  async #backOff() {
    const [source, wait] = [this.#source, Math.min(BACKOFF.most, this.#how.backOffMost ?? BACKOFF.most, BACKOFF.first * 2 ** this.#failures++)];
    const refusal = await this.#findRefusal(source);
    if (source !== this.#source || this.#away.signal.aborted) return;
    if (refusal) return this.#listener.state('refused', refusal);
    this.#retry = setTimeout(() => this.#open(), wait * (0.75 + Math.random() / 2));
  }

  /**
   * Asks for one stream after another. Of several, one that refuses is heard no more, and costs the others nothing; but where none
   * is accepted, it is something else that refuses, such as a proxy without a server. @returns {Promise<api.Refused|null>} for good
   */
  async #findRefusal(source) {
    const [streams, refusing] = [[...this.#cursors.keys()], []];
    let asked = 0;
    for (; asked < streams.length && (asked < FEW || refusing.length < asked); asked++) {
      const stream = streams[(this.#asked + asked) % streams.length];
      try {
        await api.presence({ stream, ...this.#how });
      } catch (why) {
        if (!REFUSALS.includes(why.status)) return null; // nothing is known of any
        if (streams.length === 1) return why.status < 404 && !this.#how.backOffMost ? why : null;
        refusing.push(stream);
      }
      if (source !== this.#source) return null; // there is another connection
    }
    this.#asked += asked;
    if (refusing.length === asked) return null;
    for (const stream of refusing) {
      // Asked twice: a proxy may have had no server until one of the others was asked.
      const refuses = await api.presence({ stream, ...this.#how }).catch(why => REFUSALS.includes(why.status)) === true;
      if (source !== this.#source) return null;
      if (!refuses) continue;
      this.#listener.refused?.(stream);
      this.#cursors.delete(stream);
    }
    return null;
  }

  /** A timer that fires much too late means that the machine slept: the connection may be dead without an error. */
  #checkSleep() {
    const late = Date.now() - this.#ticked > SLEPT;
    this.#ticked = Date.now();
    if (late) this.#reopen();
  }

  #reopen() {
    this.#listener.state('lost');
    this.#open();
  }

  #shut() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
    if (Date.now() - this.#opened >= LASTED) this.#failures = 0;
    this.#opened = Infinity;
    this.session = null;
  }
}
