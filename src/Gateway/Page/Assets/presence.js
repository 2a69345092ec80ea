/** Shows who is here, and tells others whether this person is typing or away. */

import { setStatus } from './api.js';
import { avatar, ownName } from './speaker.js';
import { byId } from './dialogs.js';
import { element } from './elements.js';
import { visible } from './text.js';

const TYPING_LASTS = 4000;
const WORDS = { online: 'here', away: 'away', typing: 'typing…' };

export class Presence {
  #observers = 0;
  #users = [];
  #named = true;
  #session = () => null;
  #status = 'online';
  #idle;
  #onTyping;

  /** @param {(names: string[]) => void} onTyping */
  constructor(onTyping) {
    this.#onTyping = onTyping;
    document.addEventListener('visibilitychange', () => this.#say(document.hidden ? 'away' : 'online'));
  }

  /** @param {() => string|null} session of the open connection @param {boolean} named whether the server is told names here */
  watch(session, named) {
    [this.#session, this.#named] = [session, named];
    this.show({ Observers: 0, Users: [] });
  }

  /** A connection has opened: it counts as online until told otherwise. */
  opened() {
    this.#status = 'online';
    if (document.hidden) this.#say('away');
  }

  typing() {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#say('online'), TYPING_LASTS);
    this.#say('typing');
  }

  sent() {
    clearTimeout(this.#idle);
    this.#say('online');
  }

  show({ Observers: observers = 0, Users: said = [] }) {
    const users = this.#named ? said.map(user => ({ ...user, User: visible(user.User) })) : []; // where nobody tells it names, the server knows none
    [this.#observers, this.#users] = [observers, users];
    byId('people-count').textContent = observers || '…';
    byId('people-button').ariaLabel = byId('people-button').title = `Who is here: ${observers}`;
    byId('people-list').replaceChildren(...users.toSorted((a, b) => a.User.localeCompare(b.User)).map(user => this.#row(user)));
    byId('people-note').textContent = this.#note();
    this.#onTyping(users.filter(({ User: user, Status: status }) => status === 'typing' && user !== ownName('plain')).map(user => user.User));
  }

  #row({ User: user, Status: status }) {
    const row = element('li', status);
    row.append(avatar(user), element('b', '', user), ...(user === ownName('plain') ? [element('span', 'badge you', 'your name')] : []), element('span', 'state', WORDS[status] ?? status));
    return row;
  }

  #note() {
    const connections = `${this.#observers} open ${this.#observers === 1 ? 'connection' : 'connections'}, yours included.`;
    if (!this.#named) return `${connections} The server is not told who they are.`;
    const nameless = this.#observers - this.#users.length;
    return this.#users.length === 0 ? `${connections} Nobody has chosen a name.`
      : nameless > 0 ? `${connections} ${nameless} without a name.` : connections;
  }

  /** Others see the status only of people who have a name. */
  #say(status) {
    const session = this.#session();
    if (!session || !this.#named || !ownName('plain') || status === this.#status) return;
    this.#status = status;
    setStatus(session, status).catch(() => {}); // the connection was lost; the next one starts as online
  }
}
