/**
 * Checks what the server sends before anything relies on its form: a date that is no date would spoil every comparison with
 * it, and an id that is none could take the place of something else on the screen.
 */

import { PREFIX } from './crypto/enc2.js';
import { NAME_MOST, TEXT_MOST, characters } from './text.js';

const SEALED_MOST = 6144;
const HANDLE_MOST = 128;
const REASON_MOST = 200;
const ANSWER_MOST = 16 * TEXT_MOST;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const isText = (text, most) => typeof text === 'string' && characters(text) <= most;
const isId = id => isText(id, 36) && UUID.test(id);
/** @param {unknown} value @returns {boolean} */
export const isTimestamp = value => Number.isInteger(value) && value > 0 && value < 2 ** 63 && value % 1024 === 0;

/** @param {unknown} message @returns {import('./api.js').Message|null} null when it is not one, as docs/api.md describes them */
export function asMessage(message) {
  const { Id: id, Created: created, Text: text, User: user = '', ReplyTo: command } = message ?? {};
  return isId(id) && isTimestamp(created) && isText(text, text?.startsWith?.(PREFIX) ? SEALED_MOST : TEXT_MOST)
    && isText(user, NAME_MOST) && (command === undefined || isId(command)) ? message : null;
}

/** @param {string} data of an event @returns {{Type: string, Created: number, Payload: object}|null} null when it is none */
export function asEvent(data) {
  try {
    const event = JSON.parse(data);
    const { Id: id, Type: type, Created: created, Payload: payload } = event;
    const isSo = type === 'message' ? asMessage(payload) : type === 'event' ? isTimestamp(created) && isNotice(payload)
      : type === 'command' ? isId(id) && isText(payload.Prompt, TEXT_MOST) : type === 'signal' ? isSignal(payload) : typeof type === 'string';
    return isSo ? event : null;
  } catch {
    return null;
  }
}

const isSignal = ({ Stream: stream, From: from, To: to = '', Text: text }) =>
  isHandle(from) && isText(to, HANDLE_MOST) && typeof stream === 'string' && isText(text, SEALED_MOST);

const isHandle = handle => isText(handle, HANDLE_MOST) && handle !== '' && !/\p{Cc}/u.test(handle);

const isLife = life => isTimestamp(life.Ends) && Number.isInteger(life.Keep) && life.Ttl > 0;

function isNotice({ Name: name, Observers: observers, Users: users, Command: command, Reason: reason = '', Text: text = '', Lives: lives = [] }) {
  if (name === 'answering' || name === 'failed') return isId(command) && isText(reason, REASON_MOST) && isText(text, ANSWER_MOST);
  return typeof name === 'string' && lives.every(isLife) && (name !== 'presence'
    || (Number.isInteger(observers) && users.every(({ User: user, Status: status }) => isText(user, NAME_MOST) && isText(status, NAME_MOST))));
}
