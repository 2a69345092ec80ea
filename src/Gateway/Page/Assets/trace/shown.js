/** What people see of a stream that leaves no trace, and what is kept for them while another stream is on the screen. */

import { EncryptedChannel } from '../channels/encrypted.js';
import { keepLine } from '../untold.js';
import { FACTS } from './facts.js';
import { GRACE } from './members.js';

const NOT_COMPARED = ['unseen', 'withheld', 'faded']; // what has gone with its author says nothing about the server

/** @param {{key: string, created: number}} entry of the history @returns {object} a message that is opened from there, and has no text of its own */
export const handed = ({ key, created }) => ({ Id: key, Created: created, Text: null });

export class ShownChannel extends EncryptedChannel {
  kind = 'trace';
  settles = 1000; // milliseconds between two comparisons of all messages, of which a thousand may come at once
  backOffMost = GRACE * 0.4; // milliseconds between two attempts to connect, of which one has to come in time
  facts = FACTS;
  expired = 'Nobody has written for so long that this stream has ended. All that was said is gone, also from the pages of those who said it.';

  /** Set by whoever shows the stream, who returns true where another is on the screen by now. */
  onShow = () => {};
  onGone = () => {};
  onLine = () => true;
  onProgress = () => {};

  #news = new Set(); // keys of messages that came while another stream was on the screen

  /** How many messages came that nobody has looked at. */
  get unread() {
    return this.#news.size;
  }

  set unread(_) {
    this.#news.clear();
  }

  /** @param {string} key of a message that came while another stream was on the screen */
  count(key) {
    this.#news.add(key);
  }

  /** Shows a line, when the stream is on the screen again if it is not now. */
  say(text, tone) {
    if (this.onLine(text, tone)) keepLine(this, text, tone);
  }

  /** Forgets messages, which vanish. @param {string[]} keys */
  vanish(keys) {
    for (const key of keys) {
      this.forget(key);
      this.#news.delete(key);
    }
    this.onGone(keys);
  }

  get isGone() {
    return false;
  }

  tells(kind) {
    return !NOT_COMPARED.includes(kind);
  }

  /** Whoever hands over a message chooses its id, so an id alone could take the place of what another wrote. */
  keyOf(id, author) {
    return `${author} ${id}`;
  }

  review() {
    return super.review(false);
  }

  /** Nothing fades here on the server: it holds nothing. */
  fade() {}
}
