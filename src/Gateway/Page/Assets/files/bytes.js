/**
 * What the two ends of a stream of bytes between the two sides of a pipe say to each other, and where a node passes the bytes on: docs/encryption.md,
 * "Bytes of a pipe".
 */

import { KIND } from '../crypto/pipe2.js';
import { atNode } from '../node.js';

const CHANNEL = 1; // where both sides speak of files
const FORM = new RegExp(`^(from|have|again|stop) ${CHANNEL} (\\d{1,15})$`);
const WAY = `way ${CHANNEL} `;

/** @param {number} milliseconds @returns {Promise<void>} */
export const rest = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** @param {string} what @param {number} number @returns {string} a word as it is said in the pipe, or directly */
export const writeWord = (what, number) => `${what} ${CHANNEL} ${number}`;

/** @param {string} text @returns {{what: string, number: number}|null} null when it is about nothing here */
export function readWord(text) {
  const [, what, number] = FORM.exec(text) ?? [];
  return what ? { what, number: Number(number) } : null;
}

/** Says a word in the pipe. @param {object} pipe @returns {Promise<unknown>} when a node has it */
export const say = (pipe, what, number) => pipe.say(KIND.bytes, writeWord(what, number));

/** Says in the pipe what is about a direct way. @param {object} pipe @param {string} text @param {AbortSignal} [signal] @returns {Promise<unknown>} */
export const sayOfWay = (pipe, text, signal) => pipe.say(KIND.bytes, WAY + text, signal);

/** @param {string} text @returns {string|null} what is said about a direct way */
export const readOfWay = text => (text.startsWith(WAY) ? text.slice(WAY.length) : null);

const HOW = { referrerPolicy: 'no-referrer', cache: 'no-store' };

/**
 * Asks a node to pass bytes on, or for those that come.
 * @param {{stream: string, seat: string}} pipe @param {object} more parameters @param {RequestInit} how @returns {Promise<Response>}
 */
export function ask({ stream, seat }, more, how) {
  const where = atNode('bytes');
  where.search = new URLSearchParams({ stream, seat, channel: String(CHANNEL), ...more }).toString();
  return fetch(where, { ...HOW, ...how });
}
