/** A stream that is open in this tab: reads what it holds, listens to it, and posts to it. */

import * as api from './api.js';
import { annotate, bubble, line } from './bubble.js';
import { toMilliseconds } from './clock.js';
import { Commands } from './commands.js';
import { Feed } from './feed.js';
import { forgetTtl, isOwn } from './memory.js';
import { ALL, newest, oldest, readPage, readUntilItWorks } from './reading.js';
import { send } from './sending.js';
import { ownName } from './speaker.js';
import { visible } from './text.js';
import { Unreadable, notMessages } from './unreadable.js';

const PAGE = 25;
const HALF = 512; // between two timestamps, which are 1024 apart
const SETTLES = 200; // milliseconds
const EXPIRED = 'This stream has expired. The server says that its messages are gone; what you see above is on this screen only.';

export class Room {
  #view;
  #feed;
  #gone = new AbortController();
  #queue = Promise.resolve();
  #loading = false;
  #atBeginning = false; // stays true once it is: what arrives is newer, and what the timeline trims is long evicted
  #hasLost = false; // something that the stream held is gone
  #reviewing = 0;
  #lines = 0;
  #place = () => ({ order: Math.floor(this.#view.timeline.newest / 1024) * 1024 + HALF, id: `line-${this.#lines++}` }); // of a line behind all that is shown
  #unreadable = new Unreadable();
  #isTold = false; // that what was shown here before is gone
  #commands = new Commands();

  /** @param {object} channel @param {import('./main.js').View} view */
  constructor(channel, view) {
    [this.channel, this.#view] = [channel, view];
    this.where = { stream: channel.stream, seat: channel.seat };
  }

  async enter() {
    const { timeline, life, presence } = this.#view;
    timeline.clear();
    this.channel.reopen?.();
    this.#follow();
    this.#view.start('none');
    life.watch(this.channel);
    presence.watch(() => this.#feed?.session ?? null, this.channel.kind === 'plain');
    if (this.channel.kept) await this.#show(this.channel.kept);
    if (this.#gone.signal.aborted) return;
    for (const line of this.channel.untold?.splice(0) ?? []) this.#isTold = this.say(...line) ?? true;
    const limit = this.channel.kind === 'pipe' ? ALL : PAGE;
    const held = await readUntilItWorks(this.where, limit, this.#gone.signal, failure => this.#hearOfReading(failure));
    if (!held) return;
    this.#fade(held);
    await this.#show(held, { quietly: true, reached: held.length !== PAGE || this.channel.kind === 'pipe' });
    if (this.#gone.signal.aborted) return;
    timeline.toEnd();
    await this.channel.settle?.();
    if (this.#gone.signal.aborted) return;
    if (!this.channel.isOver) this.#listen(newest(held) || (this.channel.keep === 0 && this.channel.cursor) || 0);
    await this.#learnLife(held);
    await this.fill();
  }

  /** @returns {number|undefined} where the stream is to be resumed; undefined where it was not heard yet */
  leave() {
    this.#gone.abort();
    this.#feed?.close();
    this.channel.hangUp?.();
    return this.#feed?.cursors.get(this.channel.stream);
  }

  /** Shows what comes to the channel by other ways than the stream. */
  #follow() {
    if (this.channel.kind !== 'trace') return;
    const { timeline, status } = this.#view;
    const ifHere = act => (...all) => this.#gone.signal.aborted || act(...all);
    Object.assign(this.channel, {
      onShow: ifHere(messages => this.#enqueue(() => this.#show(messages, { quietly: true }))),
      onGone: ifHere(ids => {
        timeline.remove(ids);
        this.#showStart();
        this.#review();
      }),
      onLine: ifHere((text, tone) => this.say(text, tone)),
      onProgress: ifHere(status),
    });
  }

  /** Listens no more, but leaves on the screen what is there. */
  hangUp() {
    this.#feed?.close();
  }

  /** Listens under another name. */
  rename() {
    this.#feed?.rename(this.#label);
  }

  /** Sends a text, also after the room was left. @param {string} text @param {boolean} inClear unencrypted, even in an encrypted stream */
  async send(text, inClear = false) {
    const stored = await send(this.channel, this.where, text, inClear);
    if (this.#gone.signal.aborted) return;
    this.#view.presence.sent();
    this.#view.timeline.toEnd();
    await this.#enqueue(() => this.#show([stored]));
  }

  /** Loads older messages when the reader scrolls near the first one shown. */
  async older() {
    const { timeline } = this.#view;
    if (this.#loading || timeline.size === 0 || this.#atBeginning || this.channel.kind === 'pipe') return;
    this.#loading = true;
    try {
      const last = timeline.oldest;
      for (const limit of [PAGE, ALL]) { // what is older must not hide behind a page that can’t be read
        if (timeline.oldest !== last || this.#atBeginning) break;
        const page = await readPage(this.where, { direction: -1, limit, last }, this.#gone.signal);
        await this.#show(page.reverse(), { quietly: true, reached: limit === ALL || page.length !== limit });
      }
    } catch {
      // the next scroll tries again
    } finally {
      this.#loading = false;
    }
  }

  /** Fills a tall window, which may have room for more than one page. */
  async fill() {
    const { timeline } = this.#view;
    while (!timeline.overflows && !this.#atBeginning && !this.#gone.signal.aborted) {
      const before = timeline.oldest;
      await this.older();
      if (timeline.oldest === before) return;
    }
  }

  say(text, tone) {
    this.#view.timeline.add([{ ...this.#place(), element: line(text, tone) }]);
  }

  get #label() {
    return this.channel.kind === 'plain' ? ownName('plain') : '';
  }

  #hearOfReading(failure) {
    if (failure?.status === 403) this.#refuse(failure);
    else this.#view.status(failure?.message ?? '');
  }

  /** Tells the channel from where on the server holds what was written. What is still being answered shows again with its next words. */
  #fade(held) {
    this.#view.answering(null, false);
    this.channel.fade?.(oldest(held));
  }

  #listen(last) {
    const { stream, seat } = this.where;
    this.#feed = new Feed(new Map([[stream, last]]), { seat, user: this.#label, backOffMost: this.channel.backOffMost }, {
      message: message => this.#enqueue(() => this.#show([message], { isNews: true })),
      event: (name, payload) => this.#enqueue(() => this.#hear(name, payload)),
      state: (state, why) => this.#connection(state, why),
    });
  }

  #connection(state, why) {
    if (state === 'refused') this.#refuse(why);
    else this.#view.status(state === 'lost' ? 'Connection lost. Reconnecting…' : '');
    if (state === 'open') this.#view.presence.opened();
    if (state !== 'lost') return;
    this.#view.answering(null, false); // what is still being written shows again with its next words
    this.channel.hangUp?.();
  }

  #refuse(why) {
    this.#feed?.close();
    if (this.channel.end) this.channel.end('refused');
    else this.#view.status(why.message);
  }

  /** Handles events in the order in which they came, though opening a message takes time. */
  #enqueue(work) {
    return this.#queue = this.#queue.then(() => (this.#gone.signal.aborted ? null : work())).catch(failure => this.#view.status(failure.message));
  }

  async #show(messages, { quietly = false, reached = false, isNews = false } = {}) {
    const { timeline, life } = this.#view;
    const readable = messages.filter(Boolean);
    const entries = [];
    for (const message of readable) {
      life.touch(toMilliseconds(message.Created));
      if (timeline.has(message.Id) || this.#unreadable.has(message.Id)) continue;
      const opened = await this.channel.open(message, isNews);
      if (this.#gone.signal.aborted) return;
      const { id = message.Id } = opened;
      if (opened.fault) this.#unreadable.add(message, opened.fault);
      if (opened.fault || opened.state === 'hidden' || timeline.has(id)) continue;
      this.#commands.show(opened);
      const own = opened.own ?? isOwn(message);
      const article = bubble(message, opened, own, this.channel.stranger);
      const isMuted = 'from' in article.dataset && this.channel.kind !== 'pipe' && this.#view.muted.offer(article);
      entries.push({ order: opened.order ?? message.Created, id, element: article });
      if (message.ReplyTo) this.#view.answering(message.ReplyTo, false);
      if (isNews && !own && !isMuted) this.#view.unread();
    }
    timeline.add(entries, { quietly });
    if (readable.length < messages.length) this.#unreadable.count(notMessages, messages.length - readable.length, 'danger', this.#place());
    timeline.add(this.#unreadable.lines(), { quietly });
    if (reached) {
      this.#atBeginning = true;
      if (this.channel.isGone && !this.#isTold) this.say('What you were shown here before is gone: it has faded, or the server holds it back.', 'gap');
    }
    this.#review();
    this.#showStart();
  }

  #showStart() {
    const { timeline } = this.#view;
    const isEmpty = this.channel.kind === 'trace' ? !timeline.oldest && !this.channel.isFetching : timeline.size === 0; // there, a line says who has left
    this.#view.start(isEmpty ? 'empty' : this.#atBeginning ? 'begun' : 'more');
  }

  /** Soon compares all messages with each other again: each may say something about another. Whatever comes meanwhile delays nothing. */
  #review() {
    if (this.channel.kind !== 'plain') this.#reviewing ||= setTimeout(() => this.#compare(), this.channel.settles ?? SETTLES);
  }

  #compare() {
    this.#reviewing = 0;
    if (this.#gone.signal.aborted) return;
    const { timeline } = this.#view;
    const found = this.channel.review?.(this.#atBeginning && !this.#hasLost && timeline.size + this.#unreadable.size < ALL);
    if (found) timeline.each((id, element) => element.classList.contains('sealed') && annotate(element, found.get(id)));
    if (this.channel.kind === 'pipe') this.#view.arrived(this.channel);
  }

  async #hear(name, payload) {
    const { presence, life } = this.#view;
    if (name === 'open' && payload.Session !== this.#feed.session) return; // that connection is lost by now
    if (await this.channel.hear?.(name, payload)) return this.channel.since && life.learn(this.channel.ttl, this.channel.since);
    if (name === 'open') {
      this.channel.keep = payload.Lives?.find(({ Stream: stream }) => stream === this.where.stream)?.Keep;
      if (this.channel.keep === 0) this.#showStart();
    }
    if (name === 'presence') {
      presence.show(payload);
      this.#view.absent(this.channel.kind === 'pipe' && payload.Observers < 2);
    }
    if (name === 'answering' || name === 'failed') this.#hearOfCommand(name, payload);
    else if (name === 'command') this.#commands.hear(payload);
    else if (name === 'expired') {
      this.#hasLost = true;
      this.#fade([]);
      forgetTtl(this.channel.stream);
      delete this.channel.begunAt;
      delete this.channel.keep;
      life.expire();
      this.say(this.channel.expired ?? EXPIRED, 'gap');
      if (this.channel.end) this.#feed.close();
      this.channel.end?.();
    } else if (name === 'gap') await this.#mend();
  }

  /** What the server says of a command that nobody here can have given is ignored: it could say anything. */
  #hearOfCommand(name, { Command: command, Reason: reason, Text: text }) {
    if (this.channel.kind !== 'plain' && !this.#commands.has(command)) return;
    this.#view.answering(command, name === 'answering', text);
    if (name === 'failed') this.say(`No answer came.${reason ? ` The server says: “${visible(reason)}”` : ''}`, 'gap');
  }

  /** Says that messages are missing, and loads those that are still held. */
  async #mend() {
    this.#hasLost = true;
    const last = this.#view.timeline.newest;
    const isTold = this.channel.keep !== 0 || this.#view.timeline.oldest; // of such a stream, nobody is told what was said before they came
    if (isTold) this.say('Some messages are missing here: they were gone before this page could fetch them.', 'gap');
    const held = await api.read(this.where, { limit: ALL }, this.#gone.signal);
    this.#fade(held);
    await this.#show(this.channel.kind === 'pipe' ? held : held.filter(message => !(message?.Created <= last)), { isNews: true });
    await this.#learnLife(held);
  }

  /** Only public streams report their lifetime; of the others, the page knows those that it created. */
  async #learnLife(held) {
    const { life } = this.#view;
    if (held.some(Boolean)) life.touch(toMilliseconds(newest(held)));
    else if (this.channel.begunAt) life.touch(this.channel.begunAt);
    else life.nothing();
    if (this.channel.kind !== 'plain') return;
    try {
      const listed = (await api.list(this.channel.stream, this.#gone.signal))[this.channel.stream];
      if (listed && !this.#gone.signal.aborted) life.learn(listed.Ttl, toMilliseconds(listed.Updated));
    } catch {
      // the countdown stays an estimate
    }
  }
}
