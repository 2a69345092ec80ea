/** The streams that were opened in this tab: the list of them, and what comes to those that are not on the screen. */

import { byId } from './dialogs.js';
import { element, useIcon } from './elements.js';

export const ICONS = { encrypted: 'i-lock', trace: 'i-trace', pipe: 'i-pipe' };

export class Tab {
  #channels = new Map(); // fragment → channel; keys stay in memory, never in the browser's storage
  #here = null;
  #elsewhere = null; // loaded when a second stream is opened, or a pipe
  #alerts = null; // loaded when somebody wants them

  /** @returns {object[]} */
  get all() {
    return [...this.#channels.values()];
  }

  /** @param {string} fragment @returns {object|undefined} */
  get(fragment) {
    return this.#channels.get(fragment);
  }

  add(channel) {
    this.#channels.set(channel.fragment, channel);
  }

  /** @param {object} [channel] that is on the screen from now on */
  look(channel) {
    this.#here = channel;
    if (channel) channel.unread = 0;
    this.#hearElsewhere();
    this.show();
  }

  show() {
    byId('visited').replaceChildren(...this.all.map(channel => this.#item(channel)));
    byId('menu').classList.toggle('news', this.all.some(({ unread }) => unread));
  }

  /** A message has come to a stream. */
  tell(channel) {
    this.#alerts?.tell(channel);
  }

  /** Turns the tone and the notifications on or off. */
  async toggleAlerts() {
    this.#alerts ??= new (await import('./alerts.js')).Alerts();
    await this.#alerts.toggle();
    byId('alerts').ariaPressed = this.#alerts.isOn;
  }

  /** Hears all streams but the one on the screen. Whoever is in a pipe may need what hears it at a time when it can't be loaded. */
  async #hearElsewhere() {
    const others = () => this.all.filter(channel => channel !== this.#here);
    if (this.#elsewhere === null && (others().length > 0 || this.#here?.kind === 'pipe')) {
      this.#elsewhere = undefined; // on its way
      const { Elsewhere } = await import('./elsewhere.js').catch(() => ({})); // without it, nothing is counted
      this.#elsewhere = Elsewhere ? new Elsewhere(channel => {
        this.show();
        this.tell(channel);
      }) : null;
    }
    this.#elsewhere?.hear(others());
  }

  #item(channel) {
    const link = element('a', channel.kind);
    link.href = channel.fragment;
    const icon = ICONS[channel.kind];
    link.append(icon ? useIcon(icon) : element('span', 'hash', '#'), element('span', 'title', channel.title));
    if (channel.unread) link.append(element('span', 'badge', `${channel.unread} new`));
    if (channel === this.#here) link.setAttribute('aria-current', 'page');
    const item = element('li');
    item.append(link);
    return item;
  }
}
