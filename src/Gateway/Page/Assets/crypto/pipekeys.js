/**
 * Key agreement of a secure pipe: ephemeral ECDH on P-256, bound to the link's secret, to both public keys and to the
 * stream. docs/encryption.md is the specification.
 */

import { utf8, concat, toBase64Url } from './bytes.js';
import { aesKey } from './envelope.js';
import { hkdf } from './hkdf.js';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' };
export const SECRET_BYTES = 16;
export const COMMITMENT_BYTES = 32;
export const PUBLIC_BYTES = 65;

/** @returns {Promise<{privateKey: CryptoKey, publicBytes: Uint8Array}>} a pair that lives only in this page */
export async function newPair() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ['deriveBits']);
  return { privateKey: pair.privateKey, publicBytes: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

/** @param {Uint8Array} publicBytes the inviter's key @returns {Promise<string>} the commitment to it in the link */
export async function commit(publicBytes) {
  const digest = await crypto.subtle.digest('SHA-256', concat(utf8('malten pipe1 commitment'), publicBytes));
  return toBase64Url(new Uint8Array(digest));
}

/**
 * @typedef {object} PipeKeys
 * @property {CryptoKey} toJoiner the inviter seals with it
 * @property {CryptoKey} toInviter the joiner seals with it
 * @property {string} code the safety code, eight digits
 * @property {string} about the additional authenticated data of every message
 * @property {(word: string) => Promise<string>} prove makes a proof of having these keys
 * @property {(word: string, proof: Uint8Array) => Promise<boolean>} proves checks the other side's proof
 */

/**
 * @param {CryptoKey} privateKey this side's own
 * @param {Uint8Array} theirs the other side's public key
 * @param {{stream: string, secret: Uint8Array, inviter: Uint8Array, joiner: Uint8Array}} terms
 * @returns {Promise<PipeKeys>} @throws when their key is not a point on the curve
 */
export async function agree(privateKey, theirs, { stream, secret, inviter, joiner }) {
  const other = await crypto.subtle.importKey('raw', theirs, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, privateKey, 256);
  const derive = await hkdf(new Uint8Array(shared), secret);
  const [toJoiner, toInviter, confirm, code] = await Promise.all([
    ['to joiner', 32], ['to inviter', 32], ['confirm', 32], ['safety code', 8],
  ].map(([purpose, length]) => derive(`malten pipe1 ${purpose}`, length, inviter, joiner, utf8(stream))));
  const mac = await crypto.subtle.importKey('raw', confirm, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  return {
    toJoiner: await aesKey(toJoiner),
    toInviter: await aesKey(toInviter),
    code: digits(code),
    about: `pipe1 ${stream}`,
    prove: async word => toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', mac, utf8(word)))),
    proves: (word, proof) => crypto.subtle.verify('HMAC', mac, proof, utf8(word)),
  };
}

/** The last eight decimal digits of the bytes, read as a big-endian number. */
function digits(bytes) {
  const number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) % 100_000_000n;
  return number.toString().padStart(8, '0');
}
