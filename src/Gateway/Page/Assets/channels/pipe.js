/**
 * A secure pipe: two browsers, keys that live in their two pages, and a server that carries what it can't read or change.
 *
 *   joiner  → commit        to the keys of the joiner
 *   inviter → hello         the keys that the link commits to
 *   joiner  → reveal        the joiner's keys
 *   inviter → accept        a nonce that the link commits to: only now do both know the safety code
 *
 * Then both send messages of the Double Ratchet; the joiner's first proves that it has the same keys.
 */

import { beginPipe } from '../api.js';
import { invitationFragment, pipeFragment } from '../address.js';
import { several, toMilliseconds } from '../clock.js';
import { concat, fromBase64Url, same, toBase64Url, utf8 } from '../crypto/bytes.js';
import { PREFIX } from '../crypto/enc2.js';
import { FRAME, Inviter, Joiner, KIND, Repeated, begin, decode, encode, isCommit, isFrame, prepareInvitation } from '../crypto/pipe2.js';
import { Ratchet } from '../crypto/ratchet.js';
import { newId } from '../memory.js';
import { Opened } from './opened.js';
import { Order, Written, notesOn } from './order.js';

const HIDDEN = { state: 'hidden' };
const UNREADABLE = 'This message does not decrypt: others sealed or changed it, or it came twice.';
const RECEIPT_AFTER = 1000; // milliseconds, unless a message goes out before

/** @typedef {'waiting'|'open'|'taken'|'busy'|'tampered'|'repeated'|'left'|'over'} Phase */

export class PipeChannel {
  kind = 'pipe';
  title = 'One to one';
  stranger = 'the other person';
  /** @type {Phase} */
  phase = 'waiting';
  /** The safety code, once both have keys; and whether ML-KEM-768 was used as well as P-256. */
  code = '';
  isHybrid = false;
  /** When something last came that only the other side can have written, in milliseconds. */
  heard = 0;
  /** This side's texts; and the keys of what the two sides send about files, which whoever uses them takes away: no IV is used twice. */
  written = new Written();
  fileKeys = null;
  /** Called at every change of phase, with each line that people should see, when more texts have arrived, and with what is no text. */
  onPhase = () => {};
  onLine = () => {};
  onArrival = () => {};
  onWord = () => {};

  #order = new Order();
  opened = new Opened(this.#order);
  #beginning; // tells who else opens the link, and can open no message
  #side;
  #agreed = null;
  #ratchet = null;
  #post;
  #outgoing = new Map(); // id → what this page sealed, and how to show it
  #receipt = 0;
  #farewell = null; // sealed ahead: a page that closes has no time to
  gone = new AbortController(); // when it is over
  #settling = null;
  #used = ''; // what the traces of others that were found here make of the pipe
  #told = new Set();

  /**
   * @param {import('../crypto/pipe2.js').Invitation & {ttl?: number, link?: string}} invitation `seat` is this side's own
   * @param {Inviter|Joiner} side
   * @param {(where: object, what: object, signal: AbortSignal) => Promise<unknown>} post tries until the server has it or refuses it
   */
  constructor(invitation, side, post) {
    const { stream, seat, ttl, link } = invitation;
    Object.assign(this, { stream, seat, ttl, link, isInviter: side instanceof Inviter, fragment: pipeFragment(stream) });
    [this.#beginning, this.#side] = [begin(invitation), side];
    this.#post = (message, id = newId(), signal = this.gone.signal) => post({ stream, seat }, { message, id }, signal);
  }

  static async invite(ttl, post) {
    const own = await prepareInvitation();
    const { stream, seats: [seat, other], ttl: granted } = await beginPipe(ttl);
    const invitation = { stream, seat, ttl: granted, secret: own.secret, commitment: own.commitment };
    invitation.link = invitationFragment({ ...invitation, seat: other });
    return new PipeChannel(invitation, new Inviter(invitation, own), post);
  }

  /** @param {import('../crypto/pipe2.js').Invitation} invitation as the address gave it */
  static join(invitation, post) {
    return new PipeChannel(invitation, new Joiner(invitation), post);
  }

  /** Begins the handshake, once every message that the server holds has been opened; once, whoever asks. */
  settle = () => (this.#settling ??= this.#settle());

  async #settle() {
    if (this.isInviter || this.phase !== 'waiting') return;
    if (this.#used) this.#become(this.#used);
    else this.#send(await this.#side.commit());
  }

  /** Whether nothing can be sent any more. */
  get isOver() {
    return this.phase !== 'open' && this.phase !== 'waiting';
  }

  /** Closes the pipe: its stream has ended on the server. @param {string} [why] `refused`: the server does not know it any more */
  end(why) {
    this.endedBy ??= why;
    if (!this.isOver) this.#become('over');
  }

  /** Closes the pipe from this side. @returns {{text: string, id: string}|null} what tells the other side, ready to be sent */
  leave() {
    const last = this.#farewell;
    if (this.phase === 'open') this.#become('over');
    return last;
  }

  async seal(text, name, id) {
    if (this.phase !== 'open') throw new Error('This pipe is over.');
    const [place, time] = [this.written.next(), Date.now()];
    const shown = { state: 'sealed', name, text, own: true, time, number: place.number, order: this.#order.next() };
    return { message: await this.#seal({ kind: KIND.text, ...place, time, name, text }, id, shown) };
  }

  /** Sends what no person reads, until `signal` forbids it. @param {number} kind @param {string} text @returns {Promise<unknown>} when the server has it */
  async say(kind, text, signal = this.gone.signal, id = newId()) {
    return this.#post(await this.#seal({ kind, time: Date.now(), text }, id, HIDDEN), id, AbortSignal.any([this.gone.signal, signal]));
  }

  /** Settles the text that was sealed last, and will not be sent again: the next one says so. @param {string} id */
  giveUp(id) {
    const own = this.#outgoing.get(id);
    if (!own) return; // it came back from the server: it was sent after all
    this.written.giveUp(own.skipped);
    Object.assign(own.shown, { number: 0, notes: ['You were told that this could not be sent. The other person may not have it.'] });
  }

  async open(message) {
    const { Id: id, Text: text } = message;
    if (!this.opened.has(id) && text.startsWith(PREFIX) && !isFrame(text)) return HIDDEN;
    return this.opened.once(message, () => this.#openOnce(message));
  }

  /** What was opened before this visit and is shown, whether the server still gives it or not. */
  get kept() {
    return this.opened.shown;
  }

  async #openOnce({ Id: id, Text: text, User: user = '', Created: created }) {
    if (!text.startsWith(PREFIX)) return { state: 'clear', name: user, text };
    const own = this.#outgoing.get(id);
    if (own?.message === text) {
      this.#outgoing.delete(id);
      return own.shown;
    }
    const bytes = fromBase64Url(text.slice(PREFIX.length)) ?? new Uint8Array(1);
    if (bytes[0] === FRAME.message || bytes[0] === FRAME.bye) return this.#receive(bytes, id, toMilliseconds(created));
    if (this.phase === 'waiting') await this.#shakeHands(bytes);
    else if (this.phase === 'open' && bytes[0] === FRAME.commit && this.isInviter && !same(bytes.slice(1, 33), this.#side.commitment) && await isCommit(await this.#beginning, bytes))
      this.#tell('Somebody else opened the link too, and was turned away.', 'quiet');
    return HIDDEN;
  }

  // Handshake

  async #shakeHands(bytes) {
    try {
      if (this.isInviter) await this.#asInviter(bytes);
      else await this.#asJoiner(bytes);
    } catch (failure) {
      this.#become(failure instanceof Repeated ? 'repeated' : 'tampered');
    }
  }

  async #asInviter(bytes) {
    if (bytes[0] === FRAME.commit && !this.#side.commitment) this.#answer(await this.#side.hello(bytes));
    else if (bytes[0] === FRAME.reveal && this.#side.commitment && !this.#agreed) {
      const accepted = await this.#side.accept(bytes);
      if (accepted) this.#start(accepted.agreed, Ratchet.second(accepted.agreed.root, accepted.pair));
      this.#answer(accepted?.frame);
    }
  }

  async #asJoiner(bytes) {
    const { commitment } = this.#side;
    if (!commitment || (bytes[0] === FRAME.commit && !same(bytes.slice(1, 33), commitment))) {
      // A page that has just come finds the traces of another.
      if (!commitment && bytes[0] === FRAME.commit && await isCommit(await this.#beginning, bytes)) this.#used = 'taken';
    } else if (bytes[0] === FRAME.hello && !same(bytes.slice(1, 33), commitment)) {
      if (await this.#side.isForAnother(bytes)) this.#become('taken');
    } else if (bytes[0] === FRAME.hello) this.#answer(await this.#side.reveal(bytes));
    else if (bytes[0] === FRAME.accept) {
      const agreed = await this.#side.finish(bytes);
      if (!agreed) return this.#tellForged();
      this.#start(agreed, await Ratchet.first(agreed.root, agreed.theirs));
      this.#become('open');
      this.#note();
    }
  }

  /** The ratchet has begun: the keys of the handshake would open what is written first, so they are let go of. */
  #start({ transcript, code, isHybrid, files }, ratchet) {
    [this.#ratchet, this.#agreed, this.#side] = [ratchet, { transcript, code, isHybrid }, { commitment: this.#side.commitment }];
    this.fileKeys = files;
  }

  #answer(frame) {
    if (frame) this.#send(frame);
    else this.#tellForged();
  }

  /** Nobody waits for it, so that what comes meanwhile is heard. Where it is refused, the pipe has ended. */
  #send(frame) {
    this.#post(PREFIX + toBase64Url(frame)).catch(() => this.end());
  }

  #tellForged() {
    this.#tell('Something came that was not made with this link, or came twice. It was ignored: the server, or somebody on the way, tried to step in.', 'danger');
  }

  // Messages

  #about(type, id) {
    return concat(this.#agreed.transcript, Uint8Array.of(type), utf8(id));
  }

  #counts = () => ({ ...this.written.count, ...this.#order.received });

  async #seal(said, id, shown) {
    clearTimeout(this.#receipt);
    const sealed = await this.#ratchet.seal(encode({ ...this.#counts(), ...said }), this.#about(FRAME.message, id));
    const message = PREFIX + toBase64Url(concat(Uint8Array.of(FRAME.message), sealed));
    this.#outgoing.set(id, { message, skipped: said.skipped, shown });
    await this.#prepareFarewell();
    return message;
  }

  /** Sends what no person wrote: that texts have arrived. */
  #note() {
    this.say(KIND.note).catch(() => {}); // the next message will say it
  }

  async #prepareFarewell() {
    const [id, ratchet] = [newId(), this.#ratchet];
    if (!ratchet?.canWrite) return;
    const sealed = await ratchet.sealLast(encode({ ...this.#counts(), kind: KIND.bye, time: Date.now() }), this.#about(FRAME.bye, id));
    if (this.phase === 'open') this.#farewell = { id, text: PREFIX + toBase64Url(concat(Uint8Array.of(FRAME.bye), sealed)) };
  }

  async #receive(bytes, id, created) {
    if (!this.#ratchet) {
      this.#used ||= 'busy'; // the conversation of others, or what looks like it
      return HIDDEN;
    }
    const isLast = bytes[0] === FRAME.bye;
    const plain = await this.#ratchet.open(bytes.slice(1), this.#about(bytes[0], id), isLast);
    const said = plain && decode(plain);
    if (!said || isLast !== (said.kind === KIND.bye)) return { state: 'broken', name: '', text: UNREADABLE };
    if (this.phase === 'waiting') this.#become('open');
    this.heard = Date.now();
    if (this.written.acknowledge(said)) this.onArrival();
    if (isLast) return this.#hearFarewell(said);
    if (said.kind > KIND.bye) this.onWord(said, created);
    const shown = said.kind === KIND.text ? this.#show(said, created) : HIDDEN;
    await this.#prepareFarewell();
    return shown;
  }

  #show({ number, skipped, newest, missing, time, name, text }, created) {
    const { order, notes } = this.#order.take(number, skipped);
    notes.push(...notesOn(this.written.missingIn({ newest, missing }), time, created));
    clearTimeout(this.#receipt);
    this.#receipt = setTimeout(() => this.phase === 'open' && this.#note(), RECEIPT_AFTER);
    return { state: 'sealed', own: false, name, text, time, order, notes };
  }

  #hearFarewell({ number, skipped }) {
    const missing = this.#order.missed(number, skipped);
    if (missing > 0) this.#tell(`${several(missing, 'Their last message', 'of their messages')} did not arrive.`, 'danger');
    this.#become('left');
    return HIDDEN;
  }

  #tell(text, tone) {
    if (!this.#told.has(text)) this.onLine(text, tone);
    this.#told.add(text);
  }

  #become(phase) {
    this.phase = phase;
    this.link = ''; // it holds the link's secret, and opens nothing any more
    if (phase === 'open') [this.code, this.isHybrid, this.heard] = [this.#agreed.code, this.#agreed.isHybrid, Date.now()];
    else {
      clearTimeout(this.#receipt);
      this.gone.abort();
      [this.#ratchet, this.#agreed, this.#farewell, this.#beginning, this.#side] = [null, null, null, null, null];
      for (const memory of [this.opened, this.#outgoing]) memory.clear();
      this.failed = this.unsent = this.fileKeys = null;
    }
    this.onPhase(phase);
  }
}
