/** The streams that were opened in this tab: the list of them, and what comes to those that are not on the screen. */

import { byId } from './dialogs.js';
import { button, element, useIcon } from './elements.js';
import { part } from './parts.js';

export const ICONS = { encrypted: 'i-lock', trace: 'i-trace', pipe: 'i-pipe' };

export class Tab {
  #channels = new Map(); // fragment → channel; keys stay in memory, never in the browser's storage
  #links = new Map(); // fragment → {link, badge}, which stay, so that they keep the focus
  #here = null;
  #elsewhere = null; // loaded when a second stream is opened, or a pipe
  #alerts = null; // the module, loaded when somebody wants them
  #leave;

  /** @param {(channel: object) => void} leave somebody wants to leave a stream */
  constructor(leave) {
    this.#leave = leave;
  }

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

  /** A channel was left. The focus goes on to the next one. */
  remove(channel) {
    const { link } = this.#links.get(channel.fragment);
    const item = link.parentNode;
    const next = (item.nextElementSibling ?? item.previousElementSibling)?.firstChild;
    item.remove();
    for (const memory of [this.#channels, this.#links]) memory.delete(channel.fragment);
    this.#hearElsewhere();
    this.show();
    if (next?.checkVisibility()) next.focus();
    else byId('menu').focus();
  }

  /** @param {object} [channel] that is on the screen from now on */
  look(channel) {
    this.#here = channel;
    if (channel) channel.unread = 0;
    this.#hearElsewhere();
    this.show();
  }

  show() {
    let news = 0;
    for (const channel of this.all) {
      const { link, badge } = this.#links.get(channel.fragment) ?? this.#add(channel);
      const { unread = 0 } = channel;
      news += unread;
      badge.textContent = `${unread} new`;
      if (!unread) badge.remove();
      else if (!badge.isConnected) link.append(badge);
      link.ariaCurrent = channel === this.#here ? 'page' : null;
    }
    const menu = byId('menu');
    menu.ariaLabel = `Menu: streams${news ? `, ${news} new` : ''}`;
    menu.classList.toggle('news', news);
  }

  /** A message has come to a stream. */
  tell(channel) {
    this.#alerts?.tell(channel);
  }

  /** Turns the tone and the notifications on or off. */
  async toggleAlerts() {
    this.#alerts = await part(import('./alerts.js'));
    this.#alerts.toggle(byId('alerts'));
  }

  /** Hears all streams but the one on the screen. Whoever is in a pipe may need what hears it at a time when it can't be loaded. */
  async #hearElsewhere() {
    const others = () => this.all.filter(channel => channel !== this.#here);
    if (this.#elsewhere === null && (others().length > 0 || this.#here?.kind === 'pipe')) {
      this.#elsewhere = undefined; // on its way
      const { Elsewhere } = await import('./elsewhere.js').catch(() => ({})); // without it, nothing is counted
      this.#elsewhere = Elsewhere ? new Elsewhere(channel => {
        this.show();
        if (channel) this.tell(channel);
      }) : null;
    }
    this.#elsewhere?.hear(others());
  }

  #add({ kind, fragment, title }) {
    const [item, link, icon, badge] = [element('li'), element('a', kind), ICONS[kind], element('span', 'badge')];
    link.href = fragment;
    link.append(icon ? useIcon(icon) : element('span', 'hash', '#'), element('span', 'title', title));
    const leave = button('icon leave', '', () => this.#leave(this.get(fragment)));
    leave.title = leave.ariaLabel = `Leave ${title}`;
    leave.append(useIcon('i-close'));
    item.append(link, leave);
    byId('visited').append(item);
    this.#links.set(fragment, { link, badge });
    return { link, badge };
  }
}
