/** What people are told about a pipe, and how its handshake is posted. */

import * as api from './api.js';
import { newId } from './memory.js';

const PATIENCE = 8000;

/**
 * @param {{phase: string, code: string}} pipe
 * @returns {{text: string, tone: string, closed: string}|null} `closed` says why nothing can be written; empty while writing is possible
 */
export function newsOf({ phase, code }) {
  switch (phase) {
    case 'open':
      return { text: `You are connected, and nobody else is. Safety code: ${code}`, tone: 'good', closed: '' };
    case 'taken':
      return { text: 'This link has been used already. It opens once, for one person: ask for a new one. If it was sent to you alone, somebody else has opened it.', tone: 'danger', closed: 'This link is used up' };
    case 'tampered':
      return { text: 'Stop: somebody between you swapped a key. Nothing was sent. Start a new pipe, over another network if you can.', tone: 'danger', closed: 'This pipe is closed' };
    case 'over':
      return { text: 'This pipe is over. Its messages are gone from the server, and its keys from this page.', tone: 'gap', closed: 'This pipe is over' };
    default:
      return null;
  }
}

/**
 * Posts a line of the handshake, and retries, because the pipe can't open without it. The same id makes a repeat harmless.
 * @param {{stream: string, seat: string}} where @param {string} text
 */
export async function postSurely(where, text) {
  const id = newId();
  for (let wait = 500; ; wait *= 2) {
    try {
      return await api.post(where, { message: text, id });
    } catch (failure) {
      if (wait > PATIENCE || ![0, 429, 503].includes(failure.status)) throw failure;
      await new Promise(resolve => setTimeout(resolve, wait));
    }
  }
}
