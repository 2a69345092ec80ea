/**
 * A stream that leaves no trace: encrypted and signed as any encrypted stream, and held by no server. What was said lives in
 * the pages of those who said it, and goes with them.
 */

import { begin, presence } from '../api.js';
import { traceFragment } from '../address.js';
import { EncryptedChannel } from '../channels/encrypted.js';
import { now, several, toMilliseconds } from '../clock.js';
import { random } from '../crypto/bytes.js';
import { KEY_BYTES, readKey, streamKeys, writeKey } from '../crypto/enc2.js';
import { newId } from '../memory.js';
import { visible } from '../text.js';
import { Exchange } from './exchange.js';
import { FACTS } from './facts.js';
import { openFarewell, sealFarewell, signalKeys } from './frames.js';
import { History } from './history.js';
import { GRACE, Members } from './members.js';

const USE = 'trace';
const DEFAULT_TTL = 1024; // seconds
const MARGIN = 5000; // milliseconds before its end in which the stream counts as ended
const CLOSING = 1000; // milliseconds between the two events of a page that is being closed
const SETTLES = 100; // milliseconds in which what comes is shown together
const NOT_COMPARED = ['unseen', 'withheld', 'faded']; // what has gone with its author says nothing about the server
const HELD = 'The server holds what is said under this name, so nothing was sent. Start a new stream, on this or another node.';

export class TraceChannel extends EncryptedChannel {
  kind = 'trace';
  settles = 1000; // milliseconds between two comparisons of all messages, of which a thousand may come at once
  backOffMost = GRACE * 0.4; // milliseconds between two attempts to connect, of which one has to come in time
  facts = FACTS;
  expired = 'Nobody has written for so long that this stream has ended. All that was said is gone, also from the pages of those who said it.';

  /** Set by whoever shows the stream. */
  onShow = () => {};
  onGone = () => {};
  onLine = () => {};
  onProgress = () => {};

  #members = new Members(author => this.#part(author));
  #history = new History(author => author === this.author, author => this.#members.hasSpoken(author));
  #exchange;
  #secrets;
  #writer; // this page's author, once it has written
  #farewell = null; // sealed ahead: a page that is being closed has no time to
  #signed = new Map(); // key → what was signed for a message that has not come back
  #session = null; // of the open connection
  #ends = 0; // when the stream ends unless somebody writes, by the server's clock; 0 while no stream is in use
  #holdsNothing = 0; // until when the server is sure to hold nothing: only while connected, for a node may end and come back
  #closing = 0; // what that was when the page began to close
  #coming = []; // messages to be shown
  #going = []; // who has left, and how many messages with them
  #settling = 0;

  /** @param {import('./frames.js').SignalKeys} secrets the others as in any encrypted stream */
  constructor(label, link, keys, secrets) {
    super(label, link, keys);
    [this.ttl, this.#secrets] = [DEFAULT_TTL, secrets];
    this.#exchange = new Exchange(secrets, this.#history, this.#members, {
      author: () => this.#writer,
      keyOf: (id, author) => this.keyOf(id, author),
      accept: entry => this.#accept(entry),
      progress: people => this.onProgress(people > 0 ? `Fetching history from ${several(people, 'one person', 'people')}…` : ''),
      gaveUp: () => this.onLine('Some of what was said here has not come: somebody did not hand it over.', 'gap'),
    });
  }

  /** @param {string} label @param {Uint8Array} [secret] a new one by default */
  static async from(label, secret = random(KEY_BYTES)) {
    const keys = await streamKeys(secret, USE);
    return new TraceChannel(label, traceFragment(label, await writeKey(secret, USE)), keys, await signalKeys(keys.stream, secret));
  }

  /** @param {{label: string, key: string}} address @returns {Promise<TraceChannel|null>} null when the link is damaged */
  static async open({ label, key }) {
    const secret = await readKey(key, USE);
    return secret && TraceChannel.from(label, secret);
  }

  /** What is shown again when the stream is opened another time. */
  get kept() {
    return this.#history.all.map(({ key, created }) => ({ Id: key, Created: created, Text: '' }));
  }

  /** Since when nobody has written, by the server's clock; 0 where that is not known. */
  get since() {
    return this.#ends && this.#ends - this.ttl * 1000;
  }

  get isGone() {
    return false;
  }

  /** Whether something would be lost by closing the page. */
  get isAtStake() {
    return this.#history.of(this.author).length > 0;
  }

  tells(kind) {
    return !NOT_COMPARED.includes(kind);
  }

  admits(author) {
    return !this.#members.hasParted(author);
  }

  /** Whoever hands over a message chooses its id, so an id alone could take the place of what another wrote. */
  keyOf(id, author) {
    return `${author} ${id}`;
  }

  review() {
    return super.review(false);
  }

  /** Nothing fades here on the server: it holds nothing. */
  fade() {}

  // Writing

  /** Makes sure that the server holds nothing of what is about to be said. */
  async ready() {
    if (now() < this.#holdsNothing - MARGIN) return;
    const [{ ttl }, session] = [this, this.#session];
    try {
      const { keep } = await begin({ stream: this.stream, private: true, ttl, keep: 0 });
      if (keep !== 0) throw new Error('This server can’t carry a stream that it does not hold. Nothing was sent.');
      if (session && session === this.#session) this.#holdsNothing = now() + ttl * 1000;
    } catch (failure) {
      if (failure.status !== 409) throw failure;
      // Only where nothing is held, listeners are named. When that stream ends is not known, so this is asked before each message.
      if (!(await presence(this)).Listeners) throw new Error(HELD);
    }
    this.#ends = Math.max(this.#ends, now() + ttl * 1000);
  }

  async seal(text, name, id) {
    if (!this.#writer) {
      this.#writer = await this.prepareAuthor();
      this.#farewell = { id: newId(), text: await sealFarewell(this.#secrets, this.#writer) };
      await this.#exchange.introduce().catch(() => {}); // others ask who it is
    }
    return super.seal(text, name, id);
  }

  signed(key, bytes) {
    this.#signed.set(key, bytes);
  }

  /** The page may be about to close, and loses its connection before it is told so. */
  prepareToLeave() {
    this.#closing = this.#holdsNothing;
    setTimeout(() => (this.#closing = 0), CLOSING);
  }

  /** Leaves. @returns {{text: string, id: string}|null} what tells the others, ready to be posted */
  leave() {
    const last = now() < Math.max(this.#closing, this.#holdsNothing) - MARGIN ? this.#farewell : null; // it must not begin a stream that the server holds
    this.#exchange.close();
    this.dropAuthor();
    [this.#writer, this.#farewell] = [undefined, null];
    this.#signed.clear();
    this.#forget(this.#history.drop());
    return last;
  }

  // Reading

  async open(message, isNews) {
    const held = this.#history.get(message.Id);
    if (held) return this.take(held.id, held.key, held.created, held);
    const opened = await super.open(message, isNews);
    this.#live(toMilliseconds(message.Created));
    const parted = opened.state === 'broken' && await openFarewell(this.#secrets, message.Text);
    if (!parted) return opened;
    this.#members.part(parted);
    return { state: 'hidden' };
  }

  take(id, copy, created, opened) {
    const shown = super.take(id, copy, created, opened);
    if (!this.#history.get(shown.id)) this.#hold({ ...opened, key: shown.id, id, created });
    return this.#history.get(shown.id) ? shown : { state: 'hidden' }; // there may be no room for it
  }

  /** @param {string} name of an event @returns {Promise<boolean>} whether it needs nothing more */
  async hear(name, payload) {
    if (name === 'open') this.#connect(payload);
    else if (name === 'signal') await this.#exchange.hear(payload);
    else if (name === 'left') {
      this.#members.leave(payload.Listener);
      this.#exchange.left(payload.Listener);
    } else if (name === 'gap') {
      this.#checkLife().catch(() => {}); // it is asked again before the next message
      this.#exchange.recover().catch(() => {}); // while somebody is awaited, it says hello again
    } else if (name === 'expired') {
      this.#end();
      return false;
    } else return false;
    return true;
  }

  /** The connection is lost. */
  hangUp() {
    [this.#session, this.#holdsNothing] = [null, 0];
    this.#exchange.close();
  }

  #connect({ Session: session, Listener: listener, Lives: lives = [] }) {
    const life = lives.find(({ Stream: stream }) => stream === this.stream);
    if (life && life.Keep !== 0) this.onLine(HELD, 'danger');
    this.#session = session;
    this.#holdsNothing = life?.Keep === 0 ? toMilliseconds(life.Ends) : 0;
    if (life?.Keep === 0) [this.#ends, this.ttl] = [this.#holdsNothing, life.Ttl];
    else if (this.#history.all.length === 0) this.#ends = 0;
    else if (this.#ends && this.#ends <= now()) {
      this.#end(); // while this page was not connected
      this.onLine(this.expired, 'gap');
    } else if (!life) this.ready().catch(() => {}); // the node has forgotten it: only of a stream in use is it told who leaves
    this.#exchange.open(session, listener).catch(failure => this.onLine(`What was said before can’t be asked for. ${failure.message}`, 'gap'));
  }

  /** Something was missed, maybe the stream's end: does the server still hold nothing? If so, the end that is known is not too late. */
  async #checkLife() {
    const [until, session] = [this.#holdsNothing, this.#session];
    this.#holdsNothing = 0;
    const { Listeners: listeners } = await presence(this);
    if (listeners && session && session === this.#session) this.#holdsNothing = Math.max(this.#holdsNothing, until);
  }

  /** A message has come: the stream lives on as what it is. */
  #live(created) {
    const ends = created + this.ttl * 1000;
    this.#ends = Math.max(this.#ends, ends);
    if (this.#holdsNothing) this.#holdsNothing = Math.max(this.#holdsNothing, ends);
  }

  #end() {
    [this.#ends, this.#holdsNothing] = [0, 0];
    this.#forget(this.#history.drop());
  }

  #accept(entry) {
    if (!this.admits(entry.author) || entry.number <= this.#history.floor(entry.author)) return;
    const { id: key } = this.take(entry.id, this.keyOf(entry.id, entry.author), entry.created, entry);
    if (!key) return;
    this.#coming.push({ Id: key, Created: entry.created, Text: '' });
    this.#settle();
  }

  #hold(entry) {
    const { author, key, number, skipped } = entry;
    const signed = this.#signed.get(key);
    this.#signed.delete(key);
    const before = this.#history.complete(author);
    const displaced = this.#history.add({ ...entry, ...(signed ? { signed } : {}) });
    if (displaced) {
      this.forget(displaced);
      this.onGone([displaced]);
    }
    if (author === this.author) return;
    if (!this.#members.see(author)) this.#exchange.greet().catch(() => {}); // it asks again while somebody is awaited
    if (before !== null && number - skipped - 1 > before) this.#exchange.miss(author);
  }

  // Leaving

  #part(author) {
    if (author === this.author) return;
    this.#exchange.drop(author);
    const dropped = this.#history.drop(author);
    if (dropped.length === 0) return;
    this.#forget(dropped);
    this.#going.push({ name: visible(dropped.at(-1).name), count: dropped.length });
    this.#settle();
  }

  #forget(entries) {
    for (const { key } of entries) this.forget(key);
    this.onGone(entries.map(({ key }) => key));
  }

  #settle() {
    this.#settling ||= setTimeout(() => {
      this.#settling = 0;
      this.onShow(this.#coming.splice(0).filter(({ Id: id }) => this.#history.get(id)));
      const going = this.#going.splice(0);
      if (going.length > 0) this.onLine(farewellOf(going), 'gap');
    }, SETTLES);
  }
}

/** @param {{name: string, count: number}[]} going */
function farewellOf(going) {
  const [{ name }, count] = [going[0], going.reduce((sum, one) => sum + one.count, 0)];
  const who = going.length > 1 ? `${going.length} people` : name || 'Someone';
  return `${who} left, and ${several(count, 'one message', 'messages')} with them.`;
}
