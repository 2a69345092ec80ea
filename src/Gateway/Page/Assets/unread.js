/** How many messages came while nobody looked: in the window's title, and on the button that leads to the newest. */

import { byId } from './dialogs.js';

export class Unread {
  #timeline;
  #count = 0;
  #title = 'Malten';

  /** @param {import('./timeline.js').Timeline} timeline */
  constructor(timeline) {
    this.#timeline = timeline;
  }

  /** Begins anew. @param {string} title of the window */
  watch(title) {
    [this.#title, this.#count] = [title, 0];
    this.show();
  }

  add() {
    if (!document.hidden && this.#timeline.following) return;
    this.#count++;
    this.show();
  }

  seen() {
    if (!document.hidden) this.#count = 0;
    this.show();
  }

  show() {
    document.title = this.#count > 0 ? `(${this.#count}) ${this.#title}` : this.#title;
    byId('newer').hidden = this.#timeline.following || this.#timeline.size === 0;
    byId('newer-text').textContent = this.#count > 0 ? `${this.#count} new` : 'Newest';
  }
}
