/**
 * A secure pipe: two browsers, keys that live in their two pages, and a server that carries what it can't read or change.
 *
 *   inviter → pipe1.invite.PUBLIC             the link holds a commitment to PUBLIC
 *   joiner  → pipe1.join.PUBLIC.PROOF         the proof needs the link's secret, which the server never sees
 *   inviter → pipe1.accept.PUBLIC.PROOF       for the first valid join; later joiners learn that the link is taken
 *
 * Then both send `enc1.` messages, each direction with its own key and counter.
 */

import { beginPipe } from '../api.js';
import { invitationFragment, pipeFragment } from '../address.js';
import { fromBase64Url, random, toBase64Url } from '../crypto/bytes.js';
import { countOf, ivOf } from '../crypto/counter.js';
import { PREFIX, seal, unseal } from '../crypto/envelope.js';
import { PUBLIC_BYTES, SECRET_BYTES, agree, commit, newPair } from '../crypto/pipekeys.js';

const HIDDEN = { state: 'hidden' };
const UNREADABLE = { state: 'broken', name: '', text: 'This message does not decrypt: it was not sealed by the other person’s browser, or it was changed on its way.' };

/** @typedef {'waiting'|'open'|'taken'|'tampered'|'over'} Phase */

export class PipeChannel {
  kind = 'pipe';
  title = 'One to one';
  stranger = 'the other person';
  /** @type {Phase} */
  phase = 'waiting';
  /** The safety code, once both have keys. */
  code = '';
  /** Called at every change of phase, and with each line that people should see. */
  onPhase = () => {};
  onLine = () => {};

  #terms;
  #pair;
  #keys;
  #sendingKey;
  #receivingKey;
  #sent = 0n;
  #expected = 0n;
  #outgoing = new Map(); // what this page sealed → how to show it
  #opened = new Map(); // id → the opened message; a counter can't be checked twice
  #post;
  #joined = '';

  /**
   * @param {{stream: string, seat: string, ttl?: number}} where
   * @param {{isInviter: boolean, pair: object, secret: Uint8Array, commitment: string, link?: string}} own
   * @param {(text: string) => Promise<unknown>} post sends a line of the handshake
   */
  constructor({ stream, seat, ttl }, { isInviter, pair, secret, commitment, link }, post) {
    Object.assign(this, { stream, seat, ttl, isInviter, link, fragment: pipeFragment(stream) });
    this.#pair = pair;
    this.#terms = { stream, secret, commitment };
    this.#post = post;
  }

  /** @param {number} ttl @param {(where: object, text: string) => Promise<unknown>} post */
  static async invite(ttl, post) {
    const [pair, secret] = [await newPair(), random(SECRET_BYTES)];
    const commitment = await commit(pair.publicBytes);
    const { stream, seats: [seat, other], ttl: granted } = await beginPipe(ttl);
    const link = invitationFragment({ stream, seat: other, secret, commitment });
    const where = { stream, seat, ttl: granted };
    const pipe = new PipeChannel(where, { isInviter: true, pair, secret, commitment, link }, text => post(where, text));
    await pipe.#post(`pipe1.invite.${toBase64Url(pair.publicBytes)}`);
    return pipe;
  }

  /** @param {object} invitation as the address gave it @param {(where: object, text: string) => Promise<unknown>} post */
  static async join({ stream, seat, secret, commitment }, post) {
    const where = { stream, seat };
    return new PipeChannel(where, { isInviter: false, pair: await newPair(), secret, commitment }, text => post(where, text));
  }

  /** Decides how to go on, once every message that the server holds has been opened. */
  async settle() {
    if (this.isInviter || this.phase !== 'waiting' || this.#joined) return;
    if (!this.#terms.inviter) this.#become('taken'); // later messages have evicted the invitation
    else {
      await this.#agree(this.#terms.inviter, { inviter: this.#terms.inviter, joiner: this.#pair.publicBytes });
      this.#joined = toBase64Url(this.#pair.publicBytes);
      await this.#post(`pipe1.join.${this.#joined}.${await this.#keys.prove('join')}`);
    }
  }

  /** Closes the pipe: its stream has ended on the server. */
  end() {
    if (this.phase === 'open' || this.phase === 'waiting') this.#become('over');
  }

  async seal(text, name) {
    const message = await seal(this.#sendingKey, ivOf(this.#sent++), this.#keys.about, text, name);
    this.#outgoing.set(message, { state: 'sealed', name, text, own: true });
    return { message };
  }

  async open({ Id: id, Text: text, User: user = '', ReplyTo: replyTo }) {
    if (!this.#opened.has(id)) this.#opened.set(id, await this.#openOnce(text, user, replyTo));
    return this.#opened.get(id);
  }

  async #openOnce(text, user, replyTo) {
    if (text.startsWith('pipe1.')) {
      await this.#hear(text.split('.'));
      return HIDDEN;
    }
    if (!text.startsWith(PREFIX))
      return { state: 'clear', name: user, text, note: replyTo ? '' : 'This was sent unencrypted: the server can read it, and could have written it.' };
    if (this.#outgoing.has(text)) {
      const said = this.#outgoing.get(text);
      this.#outgoing.delete(text);
      return said;
    }
    return this.phase === 'open' ? this.#receive(text) : HIDDEN;
  }

  async #receive(text) {
    const opened = await unseal(this.#receivingKey, this.#keys.about, text);
    const count = opened && countOf(opened.iv);
    if (!opened || count === null) return UNREADABLE;
    if (count < this.#expected)
      return { state: 'broken', name: '', text: 'A message arrived twice or out of order, and is not shown. Somebody between you may be tampering.' };
    const missing = count - this.#expected;
    this.#expected = count + 1n;
    const note = missing === 0n ? '' : `${missing === 1n ? 'A message' : `${missing} messages`} before this one did not arrive.`;
    return { state: 'sealed', name: opened.name, text: opened.text, note };
  }

  async #hear([, word, key, proof]) {
    const bytes = fromBase64Url(key ?? '', PUBLIC_BYTES);
    const mac = fromBase64Url(proof ?? '', 32);
    if (!bytes) return;
    if (word === 'invite' && !this.isInviter) await this.#hearInvitation(bytes);
    else if (word === 'join' && mac) await this.#hearJoin(bytes, mac, key);
    else if (word === 'accept' && mac && !this.isInviter) await this.#hearAcceptance(mac, key);
  }

  async #hearInvitation(key) {
    if (this.phase !== 'waiting' || this.#terms.inviter) return;
    if (await commit(key) === this.#terms.commitment) this.#terms.inviter = key;
    else this.#become('tampered');
  }

  async #hearJoin(key, proof, spelled) {
    if (!this.isInviter) {
      // Somebody else joined before this page did: the seat is taken.
      if (this.phase === 'waiting' && !this.#joined) this.#become('taken');
      return;
    }
    if (this.phase === 'open') this.onLine('Somebody else opened the link too, and was turned away.', 'quiet');
    if (this.phase !== 'waiting') return;
    try {
      await this.#agree(key, { inviter: this.#pair.publicBytes, joiner: key });
    } catch {
      return this.#become('tampered');
    }
    if (!await this.#keys.proves('join', proof)) return this.#become('tampered');
    this.#become('open');
    await this.#post(`pipe1.accept.${spelled}.${await this.#keys.prove('accept')}`);
  }

  async #hearAcceptance(proof, spelled) {
    if (this.phase !== 'waiting') return;
    if (spelled !== this.#joined) this.#become('taken');
    else this.#become(await this.#keys.proves('accept', proof) ? 'open' : 'tampered');
  }

  async #agree(theirs, keys) {
    this.#keys = await agree(this.#pair.privateKey, theirs, { ...this.#terms, ...keys });
    this.#sendingKey = this.isInviter ? this.#keys.toJoiner : this.#keys.toInviter;
    this.#receivingKey = this.isInviter ? this.#keys.toInviter : this.#keys.toJoiner;
  }

  #become(phase) {
    this.phase = phase;
    if (phase === 'open') this.code = `${this.#keys.code.slice(0, 4)} ${this.#keys.code.slice(4)}`;
    else [this.#keys, this.#sendingKey, this.#receivingKey] = [];
    this.onPhase(phase);
  }
}
