/** Reads what the server holds of a stream. */

import * as api from './api.js';

export const ALL = 1024;
const RETRY = 2000; // milliseconds

/** @param {(api.Message|null)[]} messages @returns {number} the date of the newest, or 0 */
export const newest = messages => messages.reduce((last, message) => Math.max(last, message?.Created ?? 0), 0);

/** @param {(api.Message|null)[]} messages @returns {number} the date of the oldest, or Infinity */
export const oldest = messages => messages.reduce((first, message) => Math.min(first, message?.Created ?? first), Infinity);

/** @typedef {{stream: string, seat?: string}} Where */

/**
 * Reads a page, or all that the server holds there if nothing of the page can be read: what is older must not hide behind that.
 * @param {Where} where @param {{last?: number, direction?: 1|-1, limit: number}} page @param {AbortSignal} signal
 */
export async function readPage(where, page, signal) {
  const held = await api.read(where, page, signal);
  return held.length < page.limit || held.some(Boolean) ? held : api.read(where, { ...page, limit: ALL }, signal);
}

/**
 * @param {Where} where @param {number} limit @param {AbortSignal} signal
 * @param {(failure: ?api.Refused) => void} tell after each attempt; null: it has worked
 * @returns {Promise<?(api.Message|null)[]>} the newest, once the server gives them; null when it won't
 */
export async function readUntilItWorks(where, limit, signal, tell) {
  while (!signal.aborted) {
    try {
      const held = await readPage(where, { limit }, signal);
      tell(null);
      return held;
    } catch (failure) {
      if (signal.aborted) return null;
      tell(failure);
      if (failure.status === 400 || failure.status === 403) return null;
      await new Promise(resolve => setTimeout(resolve, RETRY));
    }
  }
  return null;
}
