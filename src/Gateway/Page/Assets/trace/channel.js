/**
 * A stream that leaves no trace: encrypted and signed as any encrypted stream, and held by no server. What was said lives in
 * the pages of those who said it, and goes with them.
 */

import { begin, presence, read } from '../api.js';
import { traceFragment } from '../address.js';
import { several } from '../clock.js';
import { random } from '../crypto/bytes.js';
import { KEY_BYTES, readKey, streamKeys, writeKey } from '../crypto/enc2.js';
import { newId } from '../memory.js';
import { visible } from '../text.js';
import { Exchange } from './exchange.js';
import { openFarewell, sealFarewell, signalKeys } from './frames.js';
import { Gathering } from './gathering.js';
import { History } from './history.js';
import { TraceLife, lifeOf } from './life.js';
import { Members, Recent } from './members.js';
import { ShownChannel, handed } from './shown.js';

const USE = 'trace';
const AFTERWARDS = 'Its author handed this over later. It did not come at the time that it is dated, when this page was there.';
const HELD_AFTER_ALL = 'The server holds what you have just written, encrypted: it had ended and come back at that moment. '
  + 'Until it fades, whoever has the link can fetch it, also when you have left. Start a new stream.';
const HELD = 'The server holds what is said under this name, so nothing was sent. Start a new stream, on this or another node.';

export class TraceChannel extends ShownChannel {
  #members = new Members(author => this.#part(author));
  #history = new History(author => author === this.author, author => this.#members.hasSpoken(author));
  #exchange;
  #secrets;
  #writer; // this page's author, once it has written
  #farewell = null; // sealed ahead: a page that is being closed has no time to
  #signed = new Map(); // key → what was signed for a message that has not come back
  #heard = new Recent(); // keys of messages that came when they were said
  #life = new TraceLife();
  #session = null; // of the open connection
  #gathering = new Gathering(messages => this.onShow(messages.filter(({ Id: id }) => this.#history.get(id))), line => this.say(line, 'gap'));

  /** @param {import('./frames.js').SignalKeys} secrets the others as in any encrypted stream */
  constructor(label, link, keys, secrets) {
    super(label, link, keys);
    this.#secrets = secrets;
    this.#exchange = new Exchange(secrets, this.#history, this.#members, {
      author: () => this.#writer,
      keyOf: (id, author) => this.keyOf(id, author),
      accept: entry => this.#accept(entry),
      progress: people => this.onProgress(people > 0 ? `Fetching history from ${several(people, 'one person', 'people')}…` : ''),
      settled: () => this.onShow([]),
      gaveUp: () => this.say('Some of what was said here has not come: somebody did not hand it over.', 'gap'),
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
    return this.#history.all.map(handed);
  }

  /** Whether those who are here may still hand over something. */
  get isFetching() {
    return this.#exchange.isFetching;
  }

  /** Seconds. */
  get ttl() {
    return this.#life.ttl;
  }

  set ttl(seconds) {
    this.#life.ttl = seconds;
  }

  get since() {
    return this.#life.since;
  }

  /** Whether something would be lost by closing the page. */
  get isAtStake() {
    return this.#history.of(this.author).length > 0;
  }

  admits(author) {
    return !this.#members.hasParted(author);
  }

  // Writing

  /** Makes sure that the server holds nothing of what is about to be said. */
  async ready() {
    if (this.#life.isSafe) return;
    const session = this.#session;
    const isSure = () => session !== null && session === this.#session;
    try {
      const { keep } = await begin({ stream: this.stream, private: true, ttl: this.ttl, keep: 0 });
      if (keep !== 0) throw new Error('This server can’t carry a stream that it does not hold. Nothing was sent.');
      this.#life.begin(isSure());
    } catch (failure) {
      if (failure.status !== 409) throw failure;
      const life = await lifeOf(this.stream).catch(() => null);
      // Only where nothing is held, listeners are named. When such a stream ends is not known, so this is asked before each message.
      if (life ? life.Keep !== 0 : !(await presence(this)).Listeners) throw new Error(HELD);
      if (life) this.#life.learn(life, isSure());
      else this.#life.begin(false);
    }
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

  prepareToLeave() {
    this.#life.prepareToLeave();
  }

  /** Leaves. @returns {{text: string, id: string}|null} what tells the others, ready to be posted */
  leave() {
    const last = this.#life.mayLeave ? this.#farewell : null;
    this.#exchange.close();
    this.dropAuthor();
    [this.#writer, this.#farewell] = [undefined, null];
    this.#signed.clear();
    this.vanish(this.#history.drop().map(({ key }) => key));
    return last;
  }

  // Reading

  async open(message, isNews) {
    const held = this.#history.get(message.Id);
    if (held) return this.take(held.id, held.key, held.created, held);
    if (message.Text === null) return { state: 'hidden' }; // it has gone before it could be shown
    const opened = await super.open(message, isNews);
    this.#life.live(message.Created);
    if (opened.key) this.#heard.add(opened.id);
    if (opened.own) this.#checkHeld();
    const parted = opened.state === 'broken' && await openFarewell(this.#secrets, message.Text);
    if (!parted) return opened;
    this.#members.part(parted);
    return { state: 'hidden' };
  }

  take(id, copy, created, opened) {
    const shown = super.take(id, copy, created, opened);
    if (!this.#history.get(shown.id)) this.#hold({ ...opened, key: shown.id, id, created });
    return this.#history.get(shown.id) ? { ...shown, notes: opened.notes } : { state: 'hidden' }; // there may be no room for it
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
    this.#session = null;
    this.#life.hangUp();
    this.#exchange.close();
  }

  #connect({ Session: session, Listener: listener, Lives: lives = [] }) {
    const life = lives.find(({ Stream: stream }) => stream === this.stream);
    if (life && life.Keep !== 0) this.say(HELD, 'danger');
    this.#session = session;
    this.#life.open(life);
    if (life?.Keep !== 0 && this.#history.all.length === 0) this.#life.end();
    else if (life?.Keep !== 0 && this.#life.hasEnded) {
      this.#end(); // while this page was not connected
      this.say(this.expired, 'gap');
    } else if (!life) this.ready().catch(() => {}); // the node has forgotten it: only of a stream in use is it told who leaves
    this.#exchange.open(session, listener).catch(failure => this.say(`What was said before can’t be asked for. ${failure.message}`, 'gap'));
  }

  /** Something was missed: does the server still hold nothing? If so, the end that is known is not too late. */
  async #checkLife() {
    const [restore, session] = [this.#life.doubt(), this.#session];
    const { Listeners: listeners } = await presence(this);
    if (listeners && session && session === this.#session) restore();
  }

  /** A node may end between the question and the post, and begin a stream of its own with it. That can’t be taken back, but told. */
  async #checkHeld() {
    const held = await read(this, { limit: 1 }).catch(() => []);
    if (held.length === 0) return;
    this.#life.doubt();
    this.say(HELD_AFTER_ALL, 'danger');
  }

  #end() {
    this.#life.end();
    this.vanish(this.#history.drop().map(({ key }) => key));
  }

  #accept(entry) {
    if (!this.admits(entry.author) || entry.number <= this.#history.floor(entry.author)) return;
    const known = this.keyOf(entry.id, entry.author);
    const notes = this.#life.wasHeard(entry.created) && !this.#heard.has(known) ? [AFTERWARDS] : [];
    const { id: key } = this.take(entry.id, known, entry.created, { ...entry, notes });
    if (!key) return;
    this.#gathering.comes(handed({ key, created: entry.created }));
  }

  #hold(entry) {
    const { author, key, number, skipped } = entry;
    const signed = this.#signed.get(key);
    this.#signed.delete(key);
    const before = this.#history.complete(author);
    const displaced = this.#history.add({ ...entry, ...(signed ? { signed } : {}) });
    if (displaced) this.vanish([displaced]);
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
    this.vanish(dropped.map(({ key }) => key));
    this.#gathering.goes(visible(dropped.at(-1).name), dropped.length);
  }
}
