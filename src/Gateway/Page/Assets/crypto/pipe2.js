/**
 * The handshake of a secure pipe, and what its messages hold. Both sides commit to their keys before they see the other's,
 * all keys come from a hash of all that was said, and the link's secret is needed for every step. docs/encryption.md is the
 * specification; `channels/pipe.js` runs it.
 */

import { utf8, concat, fromBase64Url, random, same, sha256, toBase64Url, uint, Fields } from './bytes.js';
import { PREFIX } from './enc2.js';
import { aesKey, hkdf, hmac, isHmac, pad } from './keys.js';
import { PUBLIC_BYTES, agree, newPair } from './ratchet.js';

/** What the first byte of a frame says. */
export const FRAME = { commit: 1, hello: 2, reveal: 3, accept: 4, message: 5, bye: 6 };
const TYPES = Object.values(FRAME);
/** What a message is for. */
export const KIND = { note: 0, text: 1, bye: 2, bytes: 3, call: 4 };
/** How many texts a message can name as missing. */
export const MISSING_MOST = 16;
const SECRET_BYTES = 16;
const NONCE_BYTES = 32;
const MAC_BYTES = 32;
const KEM = { name: 'ML-KEM-768' };
const KEM_KEY_BYTES = 1184;
const KEM_CIPHERTEXT_BYTES = 1088;
const STEPS = [128, 256, 512, 1024, 2048, 4320];
const NOTHING = new Uint8Array(0);

/** @returns {Promise<CryptoKeyPair|null>} null where the browser has no ML-KEM (FIPS 203) */
async function newKemPair() {
  try {
    return await crypto.subtle.generateKey(KEM, false, ['encapsulateBits', 'decapsulateBits']);
  } catch {
    return null;
  }
}

/** A hash that is different for every use. */
const hash = (use, ...parts) => sha256(utf8(`malten pipe2 ${use}\n`), ...parts);

/** @typedef {{stream: string, seat: string, secret: Uint8Array, commitment: Uint8Array}} Invitation what the link holds */

/** @param {Invitation} invitation @returns {string} the part of the link after the stream and the seat */
export const writeToken = ({ secret, commitment }) => toBase64Url(concat(secret, commitment));

/** @param {string} text @returns {{secret: Uint8Array, commitment: Uint8Array}|null} */
export function readToken(text) {
  const bytes = fromBase64Url(text, SECRET_BYTES + 32);
  return bytes && { secret: bytes.slice(0, SECRET_BYTES), commitment: bytes.slice(SECRET_BYTES) };
}

/**
 * What the inviter commits to in the link.
 * @returns {Promise<{pair: object, kem: CryptoKeyPair|null, nonce: Uint8Array, hello: Uint8Array, secret: Uint8Array, commitment: Uint8Array}>}
 */
export async function prepareInvitation() {
  const [pair, kem, nonce] = [await newPair(), await newKemPair(), random(NONCE_BYTES)];
  const kemKey = kem ? new Uint8Array(await crypto.subtle.exportKey('raw-public', kem.publicKey)) : NOTHING;
  const hello = concat(Uint8Array.of(kem ? 1 : 0), pair.publicBytes, await hash('nonce', nonce), kemKey);
  return { pair, kem, nonce, hello, secret: random(SECRET_BYTES), commitment: await hash('inviter', hello) };
}

/** One side's way through the handshake: each frame is added to the transcript, and authenticated with the link's secret. */
class Transcript {
  /** The hash of all so far. */
  hash;
  #key;

  async begin({ stream, secret, commitment }) {
    this.#key = await hkdf(secret, utf8(stream), 'malten pipe2 link', 32);
    this.hash = await hash('transcript', utf8(stream), commitment);
    return this;
  }

  /** @returns {Transcript} another that goes on from here */
  fork() {
    const other = new Transcript();
    [other.#key, other.hash] = [this.#key, this.hash];
    return other;
  }

  /** @returns {Promise<Uint8Array>} the frame with its MAC */
  async write(type, ...parts) {
    const frame = concat(Uint8Array.of(type), ...parts);
    this.hash = await hash('transcript', this.hash, frame);
    return concat(frame, await hmac(this.#key, this.hash));
  }

  /** @param {Uint8Array} frame @returns {Promise<Fields|null>} after its type; null when the MAC is wrong, and nothing has changed */
  async read(frame) {
    const [content, mac] = [frame.slice(0, -MAC_BYTES), frame.slice(-MAC_BYTES)];
    const next = await hash('transcript', this.hash, content);
    if (!await isHmac(this.#key, mac, next)) return null;
    this.hash = next;
    return new Fields(content.slice(1));
  }
}

/** What encrypts one side's bytes on the channel for files. */
async function fileKey(secret, sender) {
  const bytes = await hkdf(secret, NOTHING, `malten pipe2 bytes ${sender} 1`, 44);
  return { key: await aesKey(bytes.slice(0, 32)), start: bytes.slice(32) };
}

/** @returns {Promise<{root: Uint8Array, confirm: Uint8Array, code: string, files: object}>} all that the two sides share */
async function keysFrom(transcript, secret, shared, kemShared) {
  const all = concat(shared, kemShared, secret);
  const [keys, bytes] = [await hkdf(all, transcript, 'malten pipe2 keys', 72), await hkdf(all, transcript, 'malten pipe2 bytes', 32)];
  const files = { inviter: await fileKey(bytes, 'inviter'), joiner: await fileKey(bytes, 'joiner') };
  const number = keys.slice(64).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) % 100_000_000n;
  const digits = number.toString().padStart(8, '0');
  return { root: keys.slice(0, 32), confirm: keys.slice(32, 64), code: `${digits.slice(0, 4)} ${digits.slice(4)}`, files };
}

/**
 * @typedef {object} Agreed
 * @property {Uint8Array} root the ratchet's first root key @property {Uint8Array} transcript the hash of the handshake
 * @property {string} code the safety code @property {boolean} isHybrid whether ML-KEM-768 was used as well as P-256
 * @property {object} files the keys of what each side sends about files
 */

/** The inviter's side. */
export class Inviter {
  #invitation;
  #own;
  #transcript;

  /** @param {Invitation} invitation @param {object} own what `prepareInvitation` made */
  constructor(invitation, own) {
    [this.#invitation, this.#own] = [invitation, own];
  }

  /** @param {Uint8Array} commit a joiner's first frame @returns {Promise<Uint8Array|null>} the answer; null when the frame was not made with the link */
  async hello(commit) {
    const transcript = await begin(this.#invitation);
    const fields = await transcript.read(commit);
    if (!fields) return null;
    [this.#transcript, this.commitment] = [transcript, fields.take(32)];
    return transcript.write(FRAME.hello, this.commitment, this.#own.hello);
  }

  /**
   * @param {Uint8Array} reveal
   * @returns {Promise<{frame: Uint8Array, agreed: Agreed, pair: object}|null>} null when the frame was not made with the link
   * @throws when it was, and does not hold what its sender committed to
   */
  async accept(reveal) {
    const fields = await this.#transcript.read(reveal);
    if (!fields) return null;
    const { pair, kem, nonce } = this.#own;
    const hello = fields.take(1 + PUBLIC_BYTES);
    check(same(await hash('joiner', hello), this.commitment));
    const isHybrid = Boolean(kem && hello[0]);
    const ciphertext = fields.take(isHybrid ? KEM_CIPHERTEXT_BYTES : 0);
    check(fields.isEmpty);
    const kemShared = isHybrid ? new Uint8Array(await crypto.subtle.decapsulateBits(KEM, kem.privateKey, ciphertext)) : NOTHING;
    const shared = await agree(pair, hello.slice(1));
    const frame = concat(Uint8Array.of(FRAME.accept), nonce);
    const transcript = await hash('transcript', this.#transcript.hash, frame);
    const { root, confirm, code, files } = await keysFrom(transcript, this.#invitation.secret, shared, kemShared);
    return { frame: concat(frame, await hmac(confirm, transcript)), agreed: { root, transcript, code, isHybrid, files }, pair };
  }
}

/** Whoever holds the link began the handshake anew, as one does who tries out safety codes. */
export class Repeated extends Error {}

/** The joiner's side. */
export class Joiner {
  #invitation;
  #own;
  #hello;
  #transcript;
  #hasAnswered = false;
  #shared;
  #isHybrid;

  /** @param {Invitation} invitation @param {{pair: object, hasKem: boolean}} [own] made when it is needed */
  constructor(invitation, own) {
    [this.#invitation, this.#own] = [invitation, own];
  }

  /** @returns {Promise<Uint8Array>} the frame that begins the handshake */
  async commit() {
    this.#own ??= { pair: await newPair(), hasKem: await newKemPair() !== null };
    this.#transcript = await begin(this.#invitation);
    this.#hello = concat(Uint8Array.of(this.#own.hasKem ? 1 : 0), this.#own.pair.publicBytes);
    this.commitment = await hash('joiner', this.#hello);
    return this.#transcript.write(FRAME.commit, this.commitment);
  }

  /**
   * Answers once: each answer leads to another safety code, so whoever got several could wait for the code that fits.
   * @param {Uint8Array} hello @returns {Promise<Uint8Array|null>} the answer; null when the frame was not made with the link
   * @throws {Repeated} when it was, and another was answered before
   * @throws when it does not hold the keys that the link commits to
   */
  async reveal(hello) {
    const fields = await this.#transcript.read(hello);
    if (!fields) return null;
    if (this.#hasAnswered) throw new Repeated();
    this.#hasAnswered = true;
    check(same(fields.take(32), this.commitment) && same(await hash('inviter', hello.slice(33, -MAC_BYTES)), this.#invitation.commitment));
    const [hasKem, publicBytes, nonceHash] = [fields.uint(1), fields.take(PUBLIC_BYTES), fields.take(32)];
    this.#isHybrid = Boolean(hasKem && this.#hello[0]);
    let [kemShared, ciphertext] = [NOTHING, NOTHING];
    if (this.#isHybrid) {
      const key = await crypto.subtle.importKey('raw-public', fields.take(KEM_KEY_BYTES), KEM, false, ['encapsulateBits']);
      const made = await crypto.subtle.encapsulateBits(KEM, key);
      [kemShared, ciphertext] = [new Uint8Array(made.sharedKey), new Uint8Array(made.ciphertext)];
    }
    this.#shared = { shared: await agree(this.#own.pair, publicBytes), kemShared, publicBytes, nonceHash };
    return this.#transcript.write(FRAME.reveal, this.#hello, ciphertext);
  }

  /** @param {Uint8Array} hello @returns {Promise<boolean>} whether the inviter has answered another joiner: then the link is used up */
  async isForAnother(hello) {
    const transcript = await begin(this.#invitation);
    await transcript.write(FRAME.commit, hello.slice(1, 33));
    return await transcript.read(hello) !== null;
  }

  /** @param {Uint8Array} accept @returns {Promise<(Agreed & {theirs: Uint8Array})|null>} null when it does not come from the side that has these keys */
  async finish(accept) {
    if (!this.#shared) return null;
    const [frame, mac] = [accept.slice(0, -MAC_BYTES), accept.slice(-MAC_BYTES)];
    const { shared, kemShared, publicBytes, nonceHash } = this.#shared;
    if (frame.length !== 1 + NONCE_BYTES || !same(await hash('nonce', frame.slice(1)), nonceHash)) return null;
    const transcript = await hash('transcript', this.#transcript.hash, frame);
    const { root, confirm, code, files } = await keysFrom(transcript, this.#invitation.secret, shared, kemShared);
    return await isHmac(confirm, mac, transcript)
      ? { root, transcript, code, isHybrid: this.#isHybrid, theirs: publicBytes, files } : null;
  }
}

/** @param {Invitation} invitation @returns {Promise<Transcript>} before the first frame */
export const begin = invitation => new Transcript().begin(invitation);

/** @param {Transcript} beginning of a link's handshakes @param {Uint8Array} frame @returns {Promise<boolean>} whether it is a `commit` made with this link */
export const isCommit = async (beginning, frame) => await beginning.fork().read(frame) !== null;

function check(isSo) {
  if (!isSo) throw new Error('This is not what was committed to.');
}

/**
 * @typedef {object} Said what a message holds
 * @property {number} kind @property {number} number of texts that its side had written, this one included
 * @property {number} skipped how many of the last of them, this one excluded, its side could not send and has given up
 * @property {number} newest of the other side's texts, up to which all but those in `missing` had arrived @property {number[]} missing
 * @property {number} time Unix milliseconds @property {string} name @property {string} text
 */

/** @param {Said} said @returns {Uint8Array} padded */
export function encode({ kind, number, skipped, newest, missing, time, name = '', text = '' }) {
  const [nameBytes, textBytes] = [utf8(name), utf8(text)];
  return pad(concat(Uint8Array.of(kind), uint(number, 4), uint(skipped, 1), uint(newest, 4), uint(missing.length, 1), ...missing.map(one => uint(one, 4)),
    uint(time, 8), uint(nameBytes.length, 1), nameBytes, uint(textBytes.length, 2), textBytes), STEPS);
}

/** @param {Uint8Array} plain @returns {Said|null} */
export function decode(plain) {
  try {
    const fields = new Fields(plain);
    const [kind, number, skipped, newest, count] = [fields.uint(1), fields.uint(4), fields.uint(1), fields.uint(4), fields.uint(1)];
    const missing = Array.from({ length: count }, () => fields.uint(4));
    const [time, name, text] = [fields.uint(8), fields.text(1), fields.text(2)];
    fields.end();
    const isSo = skipped <= number && count <= MISSING_MOST && time <= 8.64e15 && [...name].length <= 32 && [...text].length <= 1024;
    return isSo ? { kind, number, skipped, newest, missing, time, name, text } : null;
  } catch {
    return null;
  }
}

/** @param {string} text that begins with the prefix @returns {boolean} whether its first byte is that of a frame */
export const isFrame = text => TYPES.includes(fromBase64Url(text.slice(PREFIX.length, PREFIX.length + 4))?.[0]);
