/** Renders messages, and the lines between them. */

import { ago, inFull, toMilliseconds } from './clock.js';
import { element } from './elements.js';
import { avatar, hueOf } from './speaker.js';
import { linked, visible } from './text.js';

/**
 * @typedef {object} Opened a message as its channel opened it
 * @property {string} text @property {string} name
 * @property {'plain'|'sealed'|'clear'|'broken'} state clear: unencrypted in an encrypted stream
 * @property {string} [key] its author's key @property {number} [time] the author's date, in milliseconds
 * @property {number} [number] of this side's texts in a pipe @property {string[]} [notes] what people should know about it
 */

const CLEAR = 'The server can read this, and anybody who knows this stream’s name there could have written it.';

/**
 * @param {import('./api.js').Message} message @param {Opened} opened @param {boolean} own
 * @param {string} [stranger] what to call a speaker without a name
 * @returns {HTMLElement}
 */
export function bubble(message, opened, own, stranger = 'someone') {
  const { text, state, key, notes = [] } = opened;
  const name = visible(opened.name);
  const milliseconds = toMilliseconds(message.Created);
  const isAnswer = Boolean(message.ReplyTo) && (state === 'plain' || state === 'clear'); // in a sealed one, the author would have to say so
  const article = element('article', 'message');
  article.dataset.id = message.Id;
  article.dataset.at = Math.floor(milliseconds);
  if (state === 'plain' || state === 'sealed') article.dataset.speaker = `${own ? 'own' : 'other'} ${isAnswer} ${key} ${name}`;
  if (!own && state !== 'broken') article.dataset.from = isAnswer ? 'ChatGPT answer' : key ?? name;
  article.classList.toggle('own', own);
  article.classList.toggle('answer', isAnswer);
  article.classList.add(state);
  if (key ?? name) article.style.setProperty('--hue', hueOf(key ?? name));

  const by = element('p', 'by');
  if (name || !own) by.append(element('span', name ? 'name' : 'name nameless', name || stranger));
  if (own) by.append(element('span', 'badge you', 'you'));
  if (isAnswer) by.append(element('span', 'badge', 'ChatGPT answer'));
  by.append(opened.time === undefined ? time(milliseconds) : time(opened.time, 'author'));

  const body = element('div', 'body');
  const words = element('p', 'text');
  words.dir = 'auto';
  if (state === 'broken' || isAnswer) words.textContent = text; // what a model was led to write is nobody's advice to follow
  else words.append(linked(text));
  if (state === 'clear') body.append(element('p', 'badge warn', 'not encrypted'));
  body.append(words, ...(state === 'clear' ? [CLEAR] : notes).map(note => element('p', 'note', note)));
  if (opened.number) {
    const receipt = element('p', 'receipt');
    receipt.dataset.number = opened.number;
    body.append(receipt);
  }
  article.append(avatar(name, key), by, body);
  return article;
}

/**
 * Says what the messages that came before and after have shown about this one.
 * @param {HTMLElement} article @param {{notes: string[], badge: string}} [found]
 */
export function annotate(article, { notes, badge } = { notes: [], badge: '' }) {
  const words = [badge, ...notes].join('\n');
  if ((article.dataset.found ?? '') === words.trim()) return;
  article.dataset.found = words.trim();
  for (const old of article.querySelectorAll('.found')) old.remove();
  if (badge) article.querySelector('time').before(element('span', 'badge warn found', badge));
  article.querySelector('.body').append(...notes.map(note => element('p', 'note found', note)));
}

/** Says which of this side's messages have arrived. @param {ParentNode} root @param {(number: number) => boolean} hasArrived */
export function showReceipts(root, hasArrived) {
  for (const receipt of root.querySelectorAll('.receipt')) {
    const has = hasArrived(Number(receipt.dataset.number));
    receipt.textContent = has ? 'received' : 'not received yet';
    receipt.classList.toggle('yes', has);
  }
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
    const words = age(one.dataset);
    if (one.textContent !== words) one.textContent = words;
  }
}

/** @param {number} at milliseconds @param {'server'|'author'} [by] whose clock says so */
function time(at, by = 'server') {
  const when = element('time');
  Object.assign(when.dataset, { at, by });
  when.textContent = age(when.dataset);
  when.dateTime = new Date(at).toISOString();
  when.title = inFull(at);
  return when;
}

/** How long ago. The server has no say in when an author wrote: this machine's clock tells. */
const age = ({ at, by }) => ago(Number(at), by === 'author' ? Date.now() : undefined);
