/**
 * The Double Ratchet (Signal's specification, revision 4, without header encryption): each message has a key of its own, and
 * each turn of the conversation brings a fresh ECDH secret. A key that is stolen opens neither the past nor, after a turn,
 * the future. P-256, HKDF and HMAC with SHA-256, AES-256-GCM.
 */

import { concat, same, toBase64Url, uint, Fields } from './bytes.js';
import { aesKey, decrypt, encrypt, hkdf, hmac } from './keys.js';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' };
const SKIP_MOST = 256; // messages that one message can show as missing: each costs two HMACs, also where that one is forged
const KEPT_MOST = 1024; // message keys kept for messages that have not come yet
export const PUBLIC_BYTES = 65;
export const HEADER_BYTES = PUBLIC_BYTES + 8;

/** @typedef {{privateKey: CryptoKey, publicBytes: Uint8Array}} Pair */

/** @returns {Promise<Pair>} a pair that lives only in this page */
export async function newPair() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ['deriveBits']);
  return { privateKey: pair.privateKey, publicBytes: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

/** @param {Pair} own @param {Uint8Array} theirs @returns {Promise<Uint8Array>} @throws when theirs is not a point on the curve */
export async function agree(own, theirs) {
  const other = await crypto.subtle.importKey('raw', theirs, CURVE, false, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own.privateKey, 256));
}

/** The root key and a chain key, from the root key and a fresh ECDH secret. */
async function turnRoot(root, secret) {
  const keys = await hkdf(secret, root, 'malten pipe2 ratchet', 64);
  return [keys.slice(0, 32), keys.slice(32)];
}

/** What a chain key gives: 1 the key of its message, 2 the next chain key, 3 the key of a last message, sealed ahead. */
const step = (chain, which) => hmac(chain, Uint8Array.of(which));

/** The key and the IV of one message. A message key is used once, so the IV may be derived too. */
async function cipher(messageKey) {
  const bytes = await hkdf(messageKey, new Uint8Array(0), 'malten pipe2 message', 44);
  return [await aesKey(bytes.slice(0, 32)), bytes.slice(32)];
}

export class Ratchet {
  #newPair;
  #work = Promise.resolve(); // one thing at a time: each reads the state and writes it back
  #state; // own, theirs, root, sending, receiving, sent, received, before, skipped: as in the specification

  /** @param {object} state @param {() => Promise<Pair>} [makePair] */
  constructor(state, makePair = newPair) {
    this.#state = { sending: null, receiving: null, theirs: null, sent: 0, received: 0, before: 0, skipped: new Map(), ...state };
    this.#newPair = makePair;
  }

  /** The side that writes first. @param {Uint8Array} root @param {Uint8Array} theirs @returns {Promise<Ratchet>} */
  static async first(root, theirs, makePair = newPair) {
    const own = await makePair();
    const [next, sending] = await turnRoot(root, await agree(own, theirs));
    return new Ratchet({ own, theirs, root: next, sending }, makePair);
  }

  /** The side that can write once it has read. @param {Uint8Array} root @param {Pair} own the pair that the other side knows */
  static second(root, own, makePair = newPair) {
    return new Ratchet({ own, root }, makePair);
  }

  get canWrite() {
    return this.#state.sending !== null;
  }

  /** @param {Uint8Array} plain @param {Uint8Array} about @returns {Promise<Uint8Array>} header and ciphertext */
  seal(plain, about) {
    return this.#alone(async state => {
      const [header, key] = [this.#header(), await step(state.sending, 1)];
      state.sending = await step(state.sending, 2);
      state.sent++;
      return this.#seal(header, key, plain, about);
    });
  }

  /** Seals a message that will be the last if it is sent: the ratchet stays where it is, and another may be made instead. */
  sealLast(plain, about) {
    return this.#alone(async state => this.#seal(this.#header(), await step(state.sending, 3), plain, about));
  }

  #alone(work) {
    return this.#work = this.#work.catch(() => {}).then(() => work(this.#state));
  }

  async #seal(header, messageKey, plain, about) {
    const [key, iv] = await cipher(messageKey);
    return concat(header, await encrypt(key, iv, concat(about, header), plain));
  }

  #header() {
    const { own, before, sent } = this.#state;
    return concat(own.publicBytes, uint(before, 4), uint(sent, 4));
  }

  /**
   * @param {Uint8Array} sealed @param {Uint8Array} about @param {boolean} [isLast]
   * @returns {Promise<Uint8Array|null>} null when it does not decrypt, or did before; nothing has changed then
   */
  open(sealed, about, isLast = false) {
    return this.#alone(state => this.#open({ ...state, skipped: new Map(state.skipped) }, sealed, about, isLast));
  }

  async #open(next, sealed, about, isLast) {
    try {
      const fields = new Fields(sealed);
      const [theirs, before, number] = [fields.take(PUBLIC_BYTES), fields.uint(4), fields.uint(4)];
      const messageKey = await this.#messageKey(next, theirs, before, number, isLast);
      const [key, iv] = await cipher(messageKey);
      const plain = await decrypt(key, iv, concat(about, sealed.slice(0, HEADER_BYTES)), sealed.slice(HEADER_BYTES));
      this.#state = next;
      return plain;
    } catch {
      return null;
    }
  }

  async #messageKey(state, theirs, before, number, isLast) {
    const name = `${toBase64Url(theirs)} ${number}`;
    const skipped = state.skipped.get(name);
    if (skipped && !isLast) {
      state.skipped.delete(name);
      return skipped;
    }
    if (!state.theirs || !same(theirs, state.theirs)) {
      await skip(state, before);
      await this.#turn(state, theirs);
    }
    await skip(state, number);
    if (number < state.received) throw new RangeError('this key was used');
    if (isLast) return step(state.receiving, 3);
    const key = await step(state.receiving, 1);
    state.receiving = await step(state.receiving, 2);
    state.received++;
    return key;
  }

  async #turn(state, theirs) {
    [state.before, state.sent, state.received, state.theirs] = [state.sent, 0, 0, theirs];
    [state.root, state.receiving] = await turnRoot(state.root, await agree(state.own, theirs));
    state.own = await this.#newPair();
    [state.root, state.sending] = await turnRoot(state.root, await agree(state.own, theirs));
  }
}

/** Keeps the keys of the messages up to one that came early. */
async function skip(state, until) {
  if (!state.receiving) return;
  if (until - state.received > SKIP_MOST) throw new RangeError('too many are missing');
  while (state.received < until) {
    state.skipped.set(`${toBase64Url(state.theirs)} ${state.received}`, await step(state.receiving, 1));
    state.receiving = await step(state.receiving, 2);
    state.received++;
  }
  while (state.skipped.size > KEPT_MOST) state.skipped.delete(state.skipped.keys().next().value);
}
