/** Leaves one of the streams of this tab. What is lost by it is said first. */

import { postLast } from './api.js';
import { ask, byId } from './dialogs.js';
import { postSurely } from './pipes.js';

const asked = new Set(); // channels, while their question is open
const [PATIENCE, AGAIN] = [600_000, 8000]; // milliseconds in which the other side of a pipe is told, and until it is told once more
const HISTORY = 'The link holds the key, and stays in the history of this browser until you clear that.';
const COSTS = {
  encrypted: `Only its link leads back to it. Copy it first if you want to return. ${HISTORY}`,
  trace: `What you wrote there vanishes from everyone’s screen, and what others wrote from yours. Only its link leads back. ${HISTORY}`,
  pipe: 'It ends for both of you, with all that was said in it. Nothing leads back.',
};
const UNSENT = 'What you have written there and not sent is lost.';
const WAITING = 'Something that you wrote there is still being sent, and may not arrive.';

/** @param {object} channel @param {import('./tab.js').Tab} tab @param {import('./room.js').Room|null} room that is on the screen */
export async function leave(channel, tab, room) {
  const isHere = () => channel && tab.get(channel.fragment) === channel;
  if (!isHere()) return; // it was asked twice
  const costs = costsOf(channel, room);
  if (costs && !await askOnce(channel, costs) || !isHere()) return;
  channel.isLeft = true;
  const last = channel.leave?.();
  if (last) tell(channel, { message: last.text, id: last.id });
  channel.end?.(); // a pipe that nobody has come to
  tab.remove(channel);
  if (room?.channel === channel) location.replace(tab.all.at(-1)?.fragment ?? '#_'); // its link is not where “back” would lead
}

async function askOnce(channel, costs) {
  if (asked.has(channel)) return false;
  asked.add(channel);
  return ask(`Leave “${channel.title}”?`, costs, 'Leave').finally(() => asked.delete(channel));
}

function costsOf(channel, room) {
  if (channel.isOver) return '';
  const unsent = room?.channel === channel ? byId('box').value : channel.unsent?.text;
  return [COSTS[channel.kind], unsent?.trim() && UNSENT, channel.waiting > 0 && WAITING].filter(Boolean).join(' ');
}

/** Tells the others. The other side of a pipe, which would wait for its end, is told until the server has it; a repeat does no harm. */
async function tell(channel, what) {
  const posted = postLast(channel, what); // which also works should the page be closed at once
  if (channel.kind !== 'pipe') return;
  const answer = await Promise.race([posted, new Promise(resolve => setTimeout(resolve, AGAIN))]); // a proxy may hold it for long
  if (!answer?.ok) await postSurely(channel, what, AbortSignal.timeout(PATIENCE)).catch(() => {}); // it has ended
}
