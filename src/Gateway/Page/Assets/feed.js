/**
 * The one open connection of this tab. EventSource resumes by itself after a lost connection. When it gives up for good
 * (any answer but 200) or does not notice the loss (the machine slept), the feed opens a new one from the same cursor.
 */

import * as api from './api.js';
import { setClock } from './clock.js';
import { asEvent } from './received.js';

const BACKOFF = { first: 1000, most: 30_000 };
const SLEPT = 45_000;
const TICK = 5000;

/**
 * @typedef {object} Listener
 * @property {(message: api.Message|null) => void} message null stands for something that can’t be read
 * @property {(name: string, payload: object) => void} event
 * @property {(state: 'open'|'lost'|'refused', why?: api.Refused) => void} state
 */

export class Feed {
  #where;
  #user;
  #cursor;
  #listener;
  #source;
  #retry;
  #failures = 0;
  #hasExpired = false; // the stream has, and nothing was heard since
  #ticker;
  #ticked = Date.now();
  #away = new AbortController();

  /** The secret of the open connection, or null. */
  session = null;

  /**
   * @param {{stream: string, seat?: string}} where
   * @param {{last: number, user?: string}} how where to resume; 0 is the very beginning
   * @param {Listener} listener
   */
  constructor(where, { last, user }, listener) {
    [this.#where, this.#cursor, this.#user, this.#listener] = [where, last, user, listener];
    const { signal } = this.#away;
    addEventListener('online', () => this.#reopen(), { signal });
    addEventListener('pageshow', event => event.persisted && this.#reopen(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this.#checkSleep(), { signal });
    this.#ticker = setInterval(() => this.#checkSleep(), TICK);
    this.#open();
  }

  /** Listens under another name, from the same place. @param {string} [user] */
  rename(user) {
    this.#user = user;
    this.#reopen();
  }

  close() {
    this.#away.abort();
    clearInterval(this.#ticker);
    this.#shut();
  }

  #open() {
    this.#shut();
    this.#hasExpired = false;
    const source = new EventSource(api.eventsUrl(this.#where, { last: this.#cursor, user: this.#user }));
    this.#source = source;
    source.onmessage = ({ data }) => this.#hear(asEvent(data));
    source.onerror = () => {
      if (source !== this.#source) return;
      this.session = null;
      this.#listener.state('lost');
      if (source.readyState === EventSource.CLOSED) this.#backOff();
    };
  }

  #hear(event) {
    if (!event) return this.#listener.message(null);
    const { Type: type, Created: created, Payload: payload } = event;
    if (type === 'message') {
      this.#cursor = Math.max(this.#cursor, payload.Created);
      this.#hasExpired = false;
      this.#listener.message(payload);
    } else if (type === 'event') {
      if (payload.Name === 'open') {
        this.#failures = 0;
        this.session = payload.Session;
        setClock(created);
        this.#listener.state('open');
      } else if (payload.Name === 'expired') [this.#cursor, this.#hasExpired] = [0, true];
      else if (payload.Name === 'gap') {
        if (this.#hasExpired) return this.#open(); // EventSource resumed from the former life: nothing new is missing
        this.#cursor = 0; // what follows may be older than what was heard before
      }
      this.#listener.event(payload.Name, payload);
    } else if (type === 'command') this.#listener.event(type, { ...payload, Id: event.Id });
  }

  /** EventSource does not tell which answer made it give up, so this asks again in a way that does. */
  async #backOff() {
    const [source, wait] = [this.#source, Math.min(BACKOFF.most, BACKOFF.first * 2 ** this.#failures++)];
    let refusal;
    try {
      await api.presence(this.#where);
    } catch (failure) {
      refusal = failure;
    }
    if (source !== this.#source || this.#away.signal.aborted) return;
    if (refusal?.status === 400 || refusal?.status === 403) {
      this.#listener.state('refused', refusal);
      return;
    }
    this.#retry = setTimeout(() => this.#open(), wait * (0.75 + Math.random() / 2));
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
    this.session = null;
  }
}
