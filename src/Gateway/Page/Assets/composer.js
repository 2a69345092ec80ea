/** The message box. A message that could not be sent comes back into it, with the reason. */

import { byId } from './dialogs.js';
import { TEXT_MOST, characters } from './text.js';

const SHOWN_FROM = 824; // the counter appears when 200 are left

/** Whether there is no way back to a channel. */
const isGone = ({ isOver, isLeft }) => isOver || isLeft;

/** Keeps with a channel what was not sent to it. `back`: those texts that came back, each with its line end. */
const keep = (channel, unsent) => (channel.unsent = isGone(channel) ? null : { ...channel.unsent, ...unsent });

export class Composer {
  #elements = Object.fromEntries(['composer', 'box', 'send', 'counter', 'problem', 'hint'].map(id => [id, byId(id)]));
  #onTyping;
  #target = {}; // where what is in the box goes
  #sending = Promise.resolve();
  #waiting = 0;
  #closed = '';
  #note = '';
  #late = ''; // a problem with the stream that is being left, for whoever is in the next one by then

  /** @param {() => void} onTyping */
  constructor(onTyping) {
    this.#onTyping = onTyping;
    const { composer, box } = this.#elements;
    composer.addEventListener('submit', event => {
      event.preventDefault();
      this.#submit();
    });
    box.addEventListener('keydown', event => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    box.addEventListener('input', () => {
      this.#explain('');
      this.refresh();
      if (box.value.trim()) this.#onTyping();
    });
    this.refresh();
  }

  get text() {
    return this.#elements.box.value;
  }

  set text(text) {
    this.#elements.box.value = text;
    this.refresh();
  }

  /** Disables the box. @param {string} why shown in the empty box; an empty string enables it again */
  close(why) {
    this.#closed = why;
    this.#elements.composer.classList.toggle('closed', Boolean(why));
    this.#elements.box.disabled = Boolean(why);
    this.#elements.box.placeholder = why || 'Write a message';
    this.refresh();
  }

  /** @param {string} text shown under the box until another replaces it */
  note(text) {
    this.#note = text;
    this.refresh();
  }

  focus() {
    this.#elements.box.focus();
  }

  /**
   * Belongs to another stream from now on. What was written for the one before still goes there, or is kept for it.
   * @param {{title: string, unsent?: {text: string, back?: string}, waiting?: number, isOver?: boolean, isLeft?: boolean}} [channel] `waiting`:
   *   how many messages are being sent to it
   * @param {(text: string) => Promise<boolean>} [send] sends a text to it; false when the user cancelled
   */
  open(channel = { title: '' }, send = null) {
    if (this.#target.channel) keep(this.#target.channel, { text: this.text });
    this.#target = { channel, send };
    this.text = channel.unsent?.text ?? '';
    this.#explain(this.#late);
    this.#late = '';
  }

  refresh() {
    const { box, counter, send, hint } = this.#elements;
    const left = TEXT_MOST - characters(box.value);
    counter.textContent = left <= TEXT_MOST - SHOWN_FROM ? (left >= 0 ? `${left} left` : `${-left} too many`) : '';
    counter.classList.toggle('over', left < 0);
    send.disabled = Boolean(this.#closed) || !box.value.trim() || left < 0;
    hint.textContent = this.#target.channel?.kind !== 'trace' && box.value.startsWith('/') && '/malten '.startsWith(box.value.slice(0, 8))
      ? '/malten and a question asks ChatGPT, if this server offers it' : this.#note;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }

  /** Sends messages one at a time, so that they arrive in the order in which they were written. */
  #submit() {
    const { box, send } = this.#elements;
    if (send.disabled) return;
    const text = box.value.trim();
    this.text = '';
    this.#explain('');
    this.#waiting++;
    const target = this.#target;
    const { channel } = target;
    channel.waiting = (channel.waiting ?? 0) + 1;
    this.#sending = this.#sending.then(() => this.#send(text, target)).finally(() => {
      this.#waiting--;
      channel.waiting--;
    });
    box.focus();
  }

  async #send(text, { channel, send }) {
    const { composer } = this.#elements;
    const slow = setTimeout(() => composer.classList.add('sending'), 300);
    try {
      if (!await send(text)) this.#giveBack(text, channel);
    } catch (failure) {
      this.#giveBack(text, channel, failure.message);
    } finally {
      clearTimeout(slow);
      if (this.#waiting === 1) composer.classList.remove('sending');
    }
  }

  /** Puts a text back, after those that came back before it and before whatever has been written since; or keeps it until its stream is open again. */
  #giveBack(text, channel, why = '') {
    const isOpen = channel === this.#target.channel;
    const isHere = isOpen && !channel.isLeft;
    const { back = '', text: kept = '' } = channel.unsent ?? {};
    const written = isHere ? this.text : kept;
    const before = `${written}\n`.startsWith(back) ? back : '';
    const returned = `${before}${text}\n`;
    const whole = (returned + written.slice(before.length)).trimEnd();
    keep(channel, { back: returned, text: whole });
    if (isHere) this.text = whole;
    const place = isGone(channel) ? '' : 'It is in the box there. ';
    const problem = isHere ? why && `Not sent. ${why}` : `A message for “${channel.title}” was not sent. ${place}${why}`;
    if (problem) this.#explain(problem);
    if (isOpen && !isHere) this.#late = problem;
  }

  #explain(problem) {
    this.#elements.problem.textContent = problem;
  }
}
