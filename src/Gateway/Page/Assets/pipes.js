/** What people are told about a pipe, and how its handshake is posted. */

import * as api from './api.js';

const GONE = 'The keys are gone from this page; what you see above is on this screen only.';
const PATIENCE = 8000; // milliseconds between two attempts, at most
const ANSWER = 16; // how many times as long an attempt has: 8 s at first, so that one that a proxy swallows is given up, and more where all is slow

/**
 * @param {{phase: string, code: string, isHybrid: boolean}} pipe
 * @returns {{text: string, tone: string, closed: string}|null} `closed` says why nothing can be written; empty while writing is possible
 */
export function newsOf({ phase, code, isHybrid }) {
  switch (phase) {
    case 'open':
      return { text: `You are connected. Safety code: ${code}. If both of you see the same, nobody stands between you: compare it by voice. Keys: ${isHybrid
        ? 'P-256 and ML-KEM-768 together' : 'P-256 alone, because one of the two browsers has no ML-KEM-768'}.`, tone: 'good', closed: '' };
    case 'taken':
      return { text: 'This link has been used already. It opens once, for one person: ask for a new one. If it was sent to you alone, and you did not open it before, somebody else has.', tone: 'danger', closed: 'This link is used up' };
    case 'busy':
      return { text: 'There are messages in this pipe from before you came, so this link was not used. Either it has been used already, or the server made them up: this page can’t tell. Ask for a new one.', tone: 'danger', closed: 'This pipe was not empty' };
    case 'tampered':
      return stop('did not send the keys that were promised');
    case 'repeated':
      return stop('began to agree on keys a second time, as one does who tries until the safety codes match');
    case 'left':
      return { text: `The other person has left, and said so under the pipe’s keys. ${GONE}`, tone: 'gap', closed: 'The other person has left' };
    case 'over':
      return { text: `This pipe is over. ${GONE}`, tone: 'gap', closed: 'This pipe is over' };
    default:
      return null;
  }
}

const stop = what => ({
  text: `Stop: whoever holds this link ${what}. Somebody may stand between you. Nothing that you wrote was sent. Start a new pipe, and send its link another way.`, tone: 'danger', closed: 'This pipe is closed',
});

/**
 * Posts a frame of the handshake, until the server has it or refuses it: without it, the pipe can't open. The same id makes a repeat harmless.
 * @param {{stream: string, seat: string}} where @param {{message: string, id: string}} what @param {AbortSignal} signal ends the trying
 */
export async function postSurely(where, what, signal) {
  for (let wait = 500; !signal.aborted; wait = Math.min(2 * wait, PATIENCE)) {
    const attempt = new AbortController();
    const timer = setTimeout(() => attempt.abort(), ANSWER * wait);
    try {
      return await api.post(where, what, attempt.signal);
    } catch (failure) {
      if (failure.status === 400 || failure.status === 403) throw failure;
      await new Promise(resolve => setTimeout(resolve, wait));
    } finally {
      clearTimeout(timer);
    }
  }
}
