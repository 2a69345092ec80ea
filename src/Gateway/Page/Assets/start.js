/** What is shown above the first message: whether older ones exist, or what to do with a pipe's link. */

import { OPEN_STREAM } from './address.js';
import { button, element } from './elements.js';

const SHARE = 'Share the link';
const TRACE = 'What is said here lives only in the pages of those who wrote it, and goes when they close or reload them. People can still copy what they see.';
const ALONE = `Nobody who is here has written yet, and whoever left took along what they wrote. ${TRACE}`;

/**
 * Shows it. What is there already stays: a button that is replaced while it is being pressed does nothing.
 * @param {HTMLElement} place
 * @param {'none'|'more'|'begun'|'empty'} state
 * @param {object} [channel]
 */
export function fillStart(place, state, channel) {
  const [before, after] = [[...place.childNodes], startOf(state, channel)];
  if (before.length !== after.length || after.some((node, i) => !node.isEqualNode(before[i]))) place.replaceChildren(...after);
}

function startOf(state, channel) {
  if (channel?.kind === 'pipe') return pipeStart(channel);
  if (channel?.kind === 'trace' && state !== 'empty') return state === 'none' ? [] : [element('p', 'quiet', TRACE)];
  if (channel?.keep === 0 && state !== 'none') return [element('p', 'quiet', 'Nothing is kept here: you see what is said while you listen.')];
  if (state === 'more') return [element('p', 'quiet', 'Scroll up for more')];
  if (state === 'begun') return [element('p', 'quiet', 'This is where it begins. Anything older has faded.')];
  return state === 'empty' ? [emptyCard(channel)] : [];
}

function sharing(tone) {
  const own = button(tone, SHARE, () => {});
  own.dataset.does = 'share';
  return own;
}

function emptyCard(channel) {
  if (channel.kind === 'trace') return card('Nothing is here', ALONE, 'empty', sharing('secondary'));
  const title = channel.kind === 'encrypted' ? 'For people with the link' : 'A quiet place';
  const text = channel.stream === OPEN_STREAM
    ? 'Nobody has written here lately. Say hello: whoever is around will see it.'
    : 'Nothing here yet. The first message starts the stream.';
  return card(title, text, 'empty', sharing('secondary'));
}

function pipeStart(pipe) {
  if (pipe.phase === 'open')
    return [element('p', 'quiet', 'If both of you see the same safety code, only your two browsers can read this. Closing or reloading the page ends the pipe.')];
  if (pipe.phase !== 'waiting') return [];
  return [pipe.isInviter
    ? card('Send this link to one person', 'It opens once. Keep this page open until they come: it holds the keys.', '', sharing('primary'))
    : card('Almost there', 'Waiting for the person who invited you. Their page has to be open.')];
}

/** @returns {HTMLElement} */
export function card(title, text, className = '', ...more) {
  const whole = element('div', `card ${className}`.trim());
  whole.append(element('h2', '', title), element('p', '', text), ...more);
  return whole;
}
