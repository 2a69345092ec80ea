/** Renders messages, and the lines between them. */

import { ago, inFull, toMilliseconds } from './clock.js';
import { avatar, hueOf } from './speaker.js';
import { linked } from './text.js';

/**
 * @typedef {object} Opened a message as its channel opened it
 * @property {string} text @property {string} name
 * @property {'plain'|'sealed'|'clear'|'broken'} state clear: unencrypted in an encrypted stream
 * @property {string} [note] what people should know about it
 */

/**
 * @param {import('./api.js').Message} message @param {Opened} opened @param {boolean} own
 * @param {string} [stranger] what to call a speaker without a name
 * @returns {HTMLElement}
 */
export function bubble(message, opened, own, stranger = 'someone') {
  const { text, name, state, note } = opened;
  const milliseconds = toMilliseconds(message.Created);
  const isAnswer = Boolean(message.ReplyTo);
  const article = element('article', 'message');
  article.dataset.id = message.Id;
  article.dataset.at = Math.floor(milliseconds);
  article.dataset.speaker = `${own ? 'own' : 'other'} ${isAnswer} ${name}`;
  article.classList.toggle('own', own);
  article.classList.toggle('answer', isAnswer);
  article.classList.add(state);
  if (name) article.style.setProperty('--hue', hueOf(name));

  const by = element('p', 'by');
  const speaker = element('span', name ? 'name' : 'name nameless', own ? (name ? `${name} (you)` : 'you') : name || stranger);
  by.append(speaker);
  if (isAnswer) by.append(element('span', 'badge', 'ChatGPT answer'));
  if (state === 'clear') by.append(element('span', 'badge warn', 'not encrypted'));
  by.append(time(milliseconds));

  const body = element('div', 'body');
  const words = element('p', 'text');
  words.dir = 'auto';
  if (state === 'broken') words.textContent = text;
  else words.append(linked(text));
  body.append(words);
  if (note) body.append(element('p', 'note', note));
  article.append(avatar(name), by, body);
  return article;
}

/** @param {string} text @param {'quiet'|'gap'|'good'|'danger'} tone @returns {HTMLElement} */
export function line(text, tone = 'quiet') {
  const whole = element('div', `line ${tone}`);
  whole.append(element('span', '', text));
  return whole;
}

/** Updates all the times shown. @param {ParentNode} root */
export function refreshTimes(root) {
  for (const one of root.querySelectorAll('time[data-at]')) {
    const words = ago(Number(one.dataset.at));
    if (one.textContent !== words) one.textContent = words;
  }
}

function time(milliseconds) {
  const when = element('time', '', ago(milliseconds));
  when.dateTime = new Date(milliseconds).toISOString();
  when.title = inFull(milliseconds);
  when.dataset.at = milliseconds;
  return when;
}

export function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
