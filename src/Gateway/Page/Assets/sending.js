/** Sends what was written. What could not be sent is kept with its channel: a retry must repeat it exactly. */

import * as api from './api.js';
import { newId, rememberOwn } from './memory.js';
import { ownName } from './speaker.js';

function check({ isLeft }) {
  if (isLeft) throw new Error('You have left it.');
}

/** @param {boolean} inClear unencrypted, even in an encrypted stream @returns {Promise<api.Message>} as the server has it */
export async function send(channel, where, text, inClear) {
  check(channel);
  const { failed } = channel;
  const isRepeat = failed?.text === text && failed.inClear === inClear;
  if (failed && !failed.inClear && !isRepeat) channel.giveUp?.(failed.id);
  const draft = isRepeat ? failed : { text, inClear, ...await seal(channel, text, inClear) };
  check(channel);
  channel.failed = draft;
  await channel.ready?.();
  check(channel);
  const stored = await api.post(where, { ...draft.what, id: draft.id });
  if (stored?.Id !== draft.id) throw new Error('The server answered with something else than this message.');
  channel.failed = null;
  return stored;
}

async function seal(channel, text, inClear) {
  const id = newId();
  const what = inClear ? { message: text } : await channel.seal(text, ownName(channel.kind), id);
  if (inClear || channel.kind === 'plain') rememberOwn(id, text);
  return { id, what };
}
