/** Files in a pipe. What they need is loaded when the first pipe opens. */

import { KIND } from './crypto/pipe2.js';

const desks = new WeakMap(); // pipe → a desk, once it is loaded
const early = new WeakMap(); // pipe → what was said before

/** Hears what the other side says about bytes, and passes all else on. @param {object} pipe */
export function prepareFiles(pipe) {
  const others = pipe.onWord;
  pipe.onWord = (said, created) => {
    if (said.kind !== KIND.bytes) return others(said, created);
    if (desks.has(pipe)) return desks.get(pipe).hear(said.text);
    return early.set(pipe, [...early.get(pipe) ?? [], said.text].slice(-16));
  };
}

let latest = null;
let hide = () => {};

/** Shows the files of the channel that is on the screen. @param {object|null} channel @param {(problem: string) => void} say */
export async function showFiles(channel, say) {
  latest = channel;
  if (!desks.has(channel) && channel?.phase !== 'open') return hide();
  const { Desk } = await import('./files/desk.js').catch(() => ({}));
  if (!Desk) return say('The part of this page for files could not be loaded. Check your connection, then reload the page.');
  hide = () => Desk.show(null);
  if (!desks.has(channel) && channel.phase === 'open') {
    desks.set(channel, new Desk(channel, say));
    channel.gone.signal.addEventListener('abort', () => desks.get(channel).end());
  }
  const desk = desks.get(channel);
  if (latest === channel && desk) Desk.show(desk);
  for (const text of early.get(channel) ?? []) desk?.hear(text);
  return early.delete(channel);
}
