/** The people whom this reader has muted, in each stream of this tab. Nobody is told, and nothing is stored. */

import { ask, byId } from './dialogs.js';
import { button } from './elements.js';

export class Muted {
  #timeline;
  #byStream = new Map(); // fragment → who is muted there → what they are called
  #here = new Map();
  #onChange;

  /** @param {import('./timeline.js').Timeline} timeline @param {() => void} onChange */
  constructor(timeline, onChange) {
    [this.#timeline, this.#onChange] = [timeline, onChange];
    byId('unmute').addEventListener('click', () => {
      this.#here.clear();
      this.#apply();
    });
  }

  /** @param {{fragment?: string}} [channel] the stream that is open */
  watch(channel = {}) {
    const { fragment } = channel;
    if (!this.#byStream.has(fragment)) this.#byStream.set(fragment, new Map());
    channel.muted = this.#here = this.#byStream.get(fragment);
    this.#say();
  }

  /** Makes the name on a message a button that mutes its speaker. @param {HTMLElement} article @returns {boolean} whether it stays unseen */
  offer(article) {
    const name = article.querySelector('.name');
    const mute = button(name.className, name.textContent, () => this.#mute(article.dataset.from, name.textContent));
    mute.title = `Mute ${name.textContent}`;
    name.replaceWith(mute);
    return article.hidden = this.#here.has(article.dataset.from);
  }

  async #mute(from, name) {
    const here = this.#here;
    if (!await ask(`Mute ${name}?`, `You will see nothing more from ${from ? 'them' : 'anybody without a name'} in this stream, until you show it again or close this tab. Nobody is told.`, 'Mute')) return;
    here.set(from, name);
    if (here === this.#here) this.#apply();
  }

  #apply() {
    this.#timeline.keepingView(() => this.#timeline.each((_, element) => (element.hidden = this.#here.has(element.dataset.from))));
    this.#say();
    this.#onChange();
  }

  #say() {
    byId('muted').hidden = this.#here.size === 0;
    byId('muted-names').textContent = `Muted: ${[...this.#here.values()].join(', ')}`;
  }
}
