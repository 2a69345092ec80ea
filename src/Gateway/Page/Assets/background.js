/** Hears the pipes of this tab that are not on the screen: calls ring, files go on, handshakes are answered, and news is counted. */

import * as api from './api.js';
import { Feed } from './feed.js';
import { isOwn } from './memory.js';
import { newsOf } from './pipes.js';
import { ALL, newest, readUntilItWorks } from './reading.js';
import { keepLine } from './untold.js';

// A pipe's seat needs a connection of its own. With HTTP/1.1, a browser has six to one server for what all its tabs hear: three in each of two.
const LIVE = /^h[23]/.test(performance.getEntriesByType('navigation')[0]?.nextHopProtocol) ? 16 : 1;
const ASK_EVERY = 2000; // milliseconds, for the others

const rest = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

export class Background {
  #ears = new Map(); // pipe → Ear, those that left the screen last at the end
  #onNews;

  /** @param {(pipe: object) => void} onNews something has come, which is counted in the pipe's `unread` */
  constructor(onNews) {
    this.#onNews = onNews;
  }

  /** @param {object[]} pipes to be heard from now on */
  hear(pipes) {
    const open = pipes.filter(pipe => !pipe.isOver);
    for (const [pipe, ear] of this.#ears) {
      if (open.includes(pipe)) continue;
      ear.close();
      this.#ears.delete(pipe);
    }
    for (const pipe of open) if (!this.#ears.has(pipe)) this.#ears.set(pipe, new Ear(pipe, () => this.#onNews(pipe)));
    [...this.#ears.values()].reverse().forEach((ear, index) => ear.listen(index < LIVE));
  }
}

class Ear {
  #pipe;
  #where;
  #onNews;
  #isLive = null;
  #ready; // once all that the server held has been opened
  #last = 0;
  #feed = null;
  #asking = 0;
  #queue = Promise.resolve();
  #gone = new AbortController();

  constructor(pipe, onNews) {
    [this.#pipe, this.#where, this.#onNews] = [pipe, { stream: pipe.stream, seat: pipe.seat }, onNews];
    pipe.onArrival = () => {};
    pipe.onLine = (text, tone, isOwn) => this.#keep(text, tone, isOwn);
    pipe.onPhase = () => {
      const news = newsOf(pipe);
      if (news) this.#keep(news.text, news.tone);
      if (pipe.isOver) this.close();
    };
    this.#ready = this.#catchUp().then(() => this.#gone.signal.aborted || pipe.settle());
  }

  /** @param {boolean} isLive whether over a connection of its own; otherwise the server is asked again and again */
  async listen(isLive) {
    if (this.#isLive === isLive) return;
    this.#isLive = isLive;
    await this.#ready;
    if (this.#gone.signal.aborted || this.#isLive !== isLive) return;
    this.#last = this.#feed?.cursors.get(this.#pipe.stream) ?? this.#last;
    this.#feed?.close();
    this.#feed = isLive ? this.#open() : null;
    if (!isLive) this.#ask(++this.#asking);
  }

  close() {
    this.#gone.abort();
    this.#feed?.close();
  }

  #open() {
    const { stream, seat } = this.#where;
    return new Feed(new Map([[stream, this.#last]]), { seat }, {
      message: message => this.#enqueue(() => this.#take(message)),
      event: name => this.#enqueue(() => this.#hear(name)),
      state: (state, why) => state === 'refused' && this.#refuse(why),
    });
  }

  async #ask(turn) {
    for (;;) {
      await rest(ASK_EVERY);
      if (this.#gone.signal.aborted || this.#isLive || turn !== this.#asking) return;
      try {
        const come = await api.read(this.#where, { last: this.#last, limit: ALL }, this.#gone.signal);
        await this.#enqueue(() => this.#takeAll(come));
      } catch (failure) {
        this.#refuse(failure);
      }
    }
  }

  async #catchUp() {
    const held = await readUntilItWorks(this.#where, ALL, this.#gone.signal, failure => failure && this.#refuse(failure));
    if (held) await this.#takeAll(held);
  }

  async #takeAll(messages) {
    for (const message of messages) await this.#take(message);
    this.#last = Math.max(this.#last, newest(messages));
  }

  async #take(message) {
    if (!message || this.#gone.signal.aborted || this.#pipe.opened.has(message.Id)) return;
    const { state, own = isOwn(message) } = await this.#pipe.open(message);
    if (!own && state !== 'hidden' && !this.#gone.signal.aborted) this.#count();
  }

  async #hear(name) {
    if (name === 'gap') await this.#catchUp();
    if (name === 'expired') this.#pipe.end();
  }

  #refuse({ status }) {
    if (status === 403) this.#pipe.end('refused');
  }

  #enqueue(work) {
    return this.#queue = this.#queue.then(work).catch(() => {}); // what could not be opened is read when the pipe is on the screen
  }

  /** @param {boolean} [isOwn] about what was done here, and is no news */
  #keep(text, tone, isOwn = false) {
    keepLine(this.#pipe, text, tone);
    if (!isOwn) this.#count();
  }

  #count() {
    this.#pipe.unread = (this.#pipe.unread ?? 0) + 1;
    this.#onNews();
  }
}
