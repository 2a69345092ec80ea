/** Hears the streams of this tab that are not on the screen, over one connection but for pipes, and counts what comes. */

import { presence } from './api.js';
import { Background } from './background.js';
import { bubble } from './bubble.js';
import { now } from './clock.js';
import { Feed } from './feed.js';
import { forgetTtl, isOwn } from './memory.js';
import { keepLine } from './untold.js';

const MOST = 32; // streams that one connection may hear
const AGAIN = 60_000; // milliseconds until a stream that refused is asked again
const ENDED = 'While you were elsewhere, this stream expired: the messages that it had then are gone.';
const KEPT_MOST = 1024; // messages that the server does not keep
const SOON = 5000; // where messages vanish from everyone's screen when their author does not listen for a while

/** The server's present as a timestamp. */
const present = () => Math.floor(now() * 1e6 / 1024) * 1024;

export class Elsewhere {
  #channels = new Map(); // stream → channel
  #feed;
  #refused = new Map(); // stream that refuses this page → timer, until it has been on the screen again or accepts
  #wanted = [];
  #queue = Promise.resolve();
  #background;
  #onNews;

  /** @param {(channel?: object) => void} onNews a message has come, whose number is in the channel's `unread`; without one, some have gone */
  constructor(onNews) {
    this.#onNews = onNews;
    this.#background = new Background(onNews);
  }

  /**
   * @param {object[]} channels to be heard from now on. Where there are too many, those that leave no trace come first, since
   *   whoever does not listen there has left, and then those that were opened last. Pipes have seats, and are heard apart
   */
  hear(channels) {
    this.#background.hear(channels.filter(({ kind }) => kind === 'pipe'));
    this.#hear(channels.filter(({ kind }) => kind !== 'pipe'));
  }

  #hear(channels) {
    for (const channel of channels) if (!this.#wanted.includes(channel)) this.#take(channel);
    this.#wanted = channels;
    for (const stream of this.#refused.keys()) if (!channels.some(channel => channel.stream === stream)) this.#accept(stream);
    const heard = channels.filter(({ stream }) => !this.#refused.has(stream))
      .toSorted((one, other) => (one.kind === 'trace') - (other.kind === 'trace')).slice(-MOST);
    const next = new Map(heard.map(channel => [channel.stream, channel]));
    if (next.size === this.#channels.size && [...next.keys()].every(stream => this.#channels.has(stream))) return;
    const cursors = this.#feed?.cursors;
    this.#feed?.close();
    this.#hangUp();
    this.#channels = next;
    const resume = ({ stream, cursor }) => [stream, cursors?.get(stream) || (cursor ?? present())];
    const ifStill = act => (...all) => this.#channels === next && act(...all);
    const backOffMost = Math.min(...heard.map(channel => channel.backOffMost ?? Infinity));
    this.#feed = next.size > 0 ? new Feed(new Map(Array.from(next.values(), resume)), { backOffMost }, {
      message: message => this.#enqueue(ifStill(() => this.#count(message))),
      event: (name, payload) => this.#enqueue(ifStill(() => this.#tell(name, payload))),
      state: state => state === 'open' || this.#hangUp(),
      refused: ifStill(stream => {
        const channel = this.#channels.get(stream);
        channel.cursor = this.#feed.cursors.get(stream) || channel.cursor; // what came until now has been counted
        channel.hangUp?.();
        this.#channels.delete(stream);
        this.#askAgain(channel);
      }),
    }) : null;
  }

  /** A channel has left the screen. What ends or comes by other ways than the stream, it notes itself where nobody sees it. */
  #take(channel) {
    if (channel.kind !== 'trace') return void delete channel.kept;
    Object.assign(channel, { onShow: () => {}, onGone: () => this.#onNews(), onLine: () => true, onProgress: () => {} });
  }

  /** Asks a stream that has refused, alone, until it accepts. */
  #askAgain({ stream, kind }) {
    const timer = setTimeout(async () => {
      const accepts = await presence({ stream }).then(() => true, () => false);
      if (this.#refused.get(stream) !== timer) return; // it has been on the screen
      if (!accepts) return this.#askAgain({ stream, kind });
      this.#accept(stream);
      this.#hear(this.#wanted);
    }, kind === 'trace' ? SOON : AGAIN);
    this.#refused.set(stream, timer);
  }

  #accept(stream) {
    clearTimeout(this.#refused.get(stream));
    this.#refused.delete(stream);
  }

  #hangUp() {
    for (const channel of this.#channels.values()) channel.hangUp?.();
  }

  #enqueue(work) {
    this.#queue = this.#queue.then(work).catch(() => {}); // what could not be counted is read when the stream is opened
  }

  async #count(message) {
    const channel = message && this.#channels.get(message.Stream);
    if (!channel || message.Created <= channel.cursor) return;
    const opened = await channel.open(message, true);
    const own = opened.own ?? isOwn(message);
    if (['hidden', 'broken'].includes(opened.state) || own || !this.#channels.has(message.Stream)) return;
    if (channel.keep === 0) [channel.kept, channel.cursor] = [[...channel.kept ?? [], message].slice(-KEPT_MOST), message.Created];
    if (channel.muted?.has(bubble(message, opened, own).dataset.from)) return;
    if (channel.count) channel.count(opened.id);
    else channel.unread = (channel.unread ?? 0) + 1;
    this.#onNews(channel);
  }

  async #tell(name, payload) {
    if (name === 'open' && payload.Session !== this.#feed.session) return; // that connection is lost by now
    const concerned = name === 'open' ? [...this.#channels.values()] : [this.#channels.get(payload.Stream)];
    for (const channel of concerned) {
      await channel?.hear?.(name, payload);
      if (name === 'open' && channel.kind !== 'trace') channel.keep = payload.Lives?.find(({ Stream: stream }) => stream === channel.stream)?.Keep;
      if (name === 'expired' && channel) this.#expire(channel);
    }
  }

  #expire(channel) {
    forgetTtl(channel.stream);
    delete channel.begunAt;
    delete channel.keep;
    if (channel.kind !== 'trace') delete channel.kept;
    channel.unread = 0;
    const text = channel.expired ?? ENDED;
    if (channel.untold?.at(-1)?.[0] !== text) keepLine(channel, text, 'gap'); // it may begin and end many times
    this.#onNews();
  }
}
