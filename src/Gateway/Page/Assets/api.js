/** The part of the HTTP API that the page uses. */

import { exactly } from './clock.js';
import { atNode } from './node.js';
import { asMessage } from './received.js';

/** The server refused a request, or could not be reached (status 0). The message is written for people. */
export class Refused extends Error {
  /** @param {number} status @param {string} message @param {number} [retryAfter] seconds */
  constructor(status, message, retryAfter) {
    super(message);
    [this.status, this.retryAfter] = [status, retryAfter];
  }
}

/**
 * @typedef {object} Message
 * @property {string} Id @property {string} Text @property {number} Created @property {string} Stream
 * @property {string} [User] @property {string} [ReplyTo]
 */

/**
 * @param {{stream: string, seat?: string}} where @param {{message: string, user?: string, id: string}} what @param {AbortSignal} [signal]
 * @returns {Promise<Message|null>} null when the answer is not a message
 */
export const post = async (where, what, signal) => asMessage(await send('messages', { ...address(where), ...what }, signal));

/**
 * @param {{stream: string, seat?: string}} where
 * @param {{last?: number, direction?: 1|-1, limit?: number}} [page]
 * @returns {Promise<(Message|null)[]>} null stands for what is not a message
 */
export async function read(where, { last, ...page } = {}, signal) {
  const held = await receive('messages', { ...address(where), ...page, ...(last ? { last: exactly(last) } : {}) }, signal);
  if (!Array.isArray(held)) throw new Refused(0, 'The server’s answer can’t be read.');
  return held.map(asMessage);
}

/** @param {{stream?: string, private: boolean, ttl: number, keep?: number}} settings @returns {Promise<{stream: string, ttl: number, keep?: number}>} */
export const begin = settings => send('streams', settings);

/** @param {string} [prefix] @returns {Promise<Record<string, {Created: number, Updated: number, Ttl: number, Messages: number, Observers: number}>>} */
export const list = (prefix, signal) => receive('streams', prefix ? { prefix } : {}, signal);

/** @param {number} ttl @returns {Promise<{stream: string, seats: [string, string], ttl: number}>} */
export const beginPipe = ttl => send('pipes', { ttl });

/** @param {{stream: string, seat: string}} where a pipe @returns {Promise<{iceServers: RTCIceServer[]}>} with credentials that last an hour */
export const iceServers = (where, signal) => receive('ice', address(where), signal);

/** @param {string} session @param {'online'|'away'|'typing'} status */
export const setStatus = (session, status) => send('presence', { session, status });

/** Says something to those who listen, or to one of them. @param {{session: string, stream: string, message: string, to?: string}} what */
export const signal = what => send('signals', what);

/** Reads who is here; where listening is refused, the error says why. @param {{stream: string, seat?: string}} where */
export const presence = where => receive('presence', address(where));

/** @param {Map<string, number>} cursors of the streams @param {{seat?: string, user?: string}} how @returns {URL} */
export const eventsUrl = (cursors, { seat, user }) => url('events', [
  ...Array.from(cursors.keys(), stream => ['stream', stream]), ['last', Array.from(cursors.values(), exactly).join()],
  ...(seat ? [['seat', seat]] : []), ...(user ? [['user', user]] : []),
]);

const address = ({ stream, seat }) => (seat ? { stream, seat } : { stream });

function url(path, parameters) {
  const whole = atNode(path);
  const pairs = Array.isArray(parameters) ? parameters : Object.entries(parameters);
  whole.search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return whole;
}

const send = (path, body, signal) => request(url(path, {}), {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal,
});

const receive = (path, parameters, signal) => request(url(path, parameters), { cache: 'no-store', signal });

/**
 * Posts a message when the page closes: nobody waits for the answer. A form needs no permission from another origin first.
 * @param {{stream: string, seat?: string}} where @param {{message: string, id: string}} what
 */
export const postLast = (where, what) => fetch(url('messages', {}), {
  method: 'POST', keepalive: true, body: new URLSearchParams({ ...address(where), ...what }),
}).catch(() => {});

async function request(where, options) {
  let response;
  try {
    response = await fetch(where, { referrerPolicy: 'no-referrer', ...options });
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new Refused(0, 'The server can’t be reached. Check your connection.');
  }
  if (response.status === 204 || response.status === 202) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  throw new Refused(response.status, answer?.detail ?? `The server answered with an error (${response.status}).`, retryAfter);
}
