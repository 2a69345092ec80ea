/** Leaves one of the streams of this tab. What is lost by it is said first. */

import { postLast } from './api.js';
import { ask } from './dialogs.js';

const COSTS = {
  encrypted: 'Only its link leads back to it. Copy it first if you want to return.',
  trace: 'What you wrote there vanishes from everyone’s screen, and what others wrote from yours. Only its link leads back.',
  pipe: 'It ends for both of you, with all that was said in it. Nothing leads back.',
};

/** @param {object} channel @param {import('./tab.js').Tab} tab @param {import('./room.js').Room|null} room that is on the screen */
export async function leave(channel, tab, room) {
  const costs = channel.isOver ? '' : COSTS[channel.kind];
  if (costs && !await ask(`Leave “${channel.title}”?`, costs, 'Leave')) return;
  const last = channel.leave?.();
  if (last) postLast(channel, { message: last.text, id: last.id });
  channel.end?.(); // a pipe that nobody has come to
  tab.remove(channel);
  if (room?.channel === channel) location.replace(tab.all.at(-1)?.fragment ?? '#_'); // its link is not where “back” would lead
}
