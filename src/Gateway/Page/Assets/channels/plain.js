/** A stream whose messages the server can read. */

import { OPEN_STREAM, plainFragment } from '../address.js';
import { PREFIX } from '../crypto/enc2.js';

export class PlainChannel {
  kind = 'plain';

  /** @param {string} name */
  constructor(name) {
    this.stream = name;
    this.title = name === OPEN_STREAM ? 'The open stream' : name;
    this.fragment = plainFragment(name);
    this.link = name === OPEN_STREAM ? './' : this.fragment;
  }

  seal(text, name) {
    return name ? { message: text, user: name } : { message: text };
  }

  async open({ Text: text, User: name = '' }) {
    return text.startsWith(PREFIX)
      ? { state: 'broken', name, text: 'An encrypted message. It can’t be read without the link that holds its key.' }
      : { state: 'plain', name, text };
  }
}
