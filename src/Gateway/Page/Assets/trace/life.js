/**
 * Whether the server is sure to hold nothing of what is said now, and when the stream ends unless somebody writes. Known only
 * while this page is connected, for a node may end and come back.
 */

import { eventsUrl } from '../api.js';
import { CLOCKS, now, toMilliseconds } from '../clock.js';
import { EventStream } from '../eventstream.js';
import { asEvent } from '../received.js';

const PATIENCE = 10_000; // milliseconds until a server that says nothing of it is not waited for
const DEFAULT_TTL = 1024; // seconds
const MARGIN = 5000; // milliseconds before its end in which the stream counts as ended
const CLOSING = 1000; // milliseconds between the two events of a page that is being closed

/** @returns {Promise<object|undefined>} what a connection that is opened for it is told of the stream's life */
export const lifeOf = stream => new Promise((tell, fail) => {
  const source = new EventStream(() => eventsUrl(new Map([[stream, 0]]), {}));
  const giveUp = () => {
    source.close();
    fail(new Error('The server can’t be reached.'));
  };
  source.onData = data => {
    const { Type: type, Payload: payload } = asEvent(data) ?? {};
    if (type !== 'event' || payload.Name !== 'open') return;
    source.close();
    tell(payload.Lives?.find(({ Stream: one }) => one === stream));
  };
  source.onLost = giveUp;
  AbortSignal.timeout(PATIENCE).addEventListener('abort', giveUp);
});

export class TraceLife {
  ttl = DEFAULT_TTL;
  #ends = 0; // when the stream ends unless somebody writes, by the server's clock; 0 while no stream is in use
  #holdsNothing = 0; // until when the server is sure to hold nothing
  #closing = 0; // what that was when the page began to close
  #hears = Infinity; // since when, without having missed anything

  /** Since when nobody has written, by the server's clock; 0 where that is not known. */
  get since() {
    return this.#ends && this.#ends - this.ttl * 1000;
  }

  /** Whether a message may be posted at once. */
  get isSafe() {
    return now() < this.#holdsNothing - MARGIN;
  }

  /** Whether a farewell may be posted: it must not begin a stream that the server holds. */
  get mayLeave() {
    return now() < Math.max(this.#closing, this.#holdsNothing) - MARGIN;
  }

  /** Whether, by all that is known, it has ended. */
  get hasEnded() {
    return this.#ends > 0 && this.#ends <= now();
  }

  /** A connection is open. @param {{Ttl: number, Keep: number, Ends: number}} [life] of the stream, if it is in use */
  open(life) {
    [this.#hears, this.#holdsNothing] = [now(), 0];
    this.learn(life, true);
  }

  /** The server has said what lives. @param {boolean} isSure whether it has on the connection that is open now */
  learn(life, isSure) {
    if (life?.Keep !== 0) return;
    [this.#ends, this.ttl] = [toMilliseconds(life.Ends), life.Ttl];
    if (isSure) this.#holdsNothing = this.#ends;
  }

  /** It was begun, or lives. @param {boolean} isSure whether that is known on the connection that is open now */
  begin(isSure) {
    const ends = now() + this.ttl * 1000;
    if (isSure) this.#holdsNothing = ends;
    this.#ends = Math.max(this.#ends, ends);
  }

  /** A message has come: the stream lives on as what it is. @param {number} created nanoseconds */
  live(created) {
    const ends = toMilliseconds(created) + this.ttl * 1000;
    this.#ends = Math.max(this.#ends, ends);
    if (this.#holdsNothing) this.#holdsNothing = Math.max(this.#holdsNothing, ends);
  }

  /** Something was missed, maybe the stream's end. @returns {() => void} for when it is known to live */
  doubt() {
    const until = this.#holdsNothing;
    [this.#holdsNothing, this.#hears] = [0, Math.max(this.#hears, now())];
    return () => (this.#holdsNothing = Math.max(this.#holdsNothing, until));
  }

  /** The connection is lost. */
  hangUp() {
    [this.#holdsNothing, this.#hears] = [0, Infinity];
  }

  /** The page may be about to close, and loses its connection before it is told so. */
  prepareToLeave() {
    this.#closing = this.#holdsNothing;
    setTimeout(() => (this.#closing = 0), CLOSING);
  }

  /** The stream has ended, or is not known any more. */
  end() {
    [this.#ends, this.#holdsNothing] = [0, 0];
  }

  /** @param {number} created nanoseconds @returns {boolean} whether what was said then was heard here */
  wasHeard(created) {
    const at = toMilliseconds(created);
    return at > this.#hears + CLOCKS && at < now() - CLOCKS; // two nodes may have dated them
  }
}
