/** What comes and goes within a moment is shown together: a history in one piece, and a crowd that leaves in one line. */

import { several } from '../clock.js';

const SETTLES = 100; // milliseconds

export class Gathering {
  #coming = []; // messages to be shown
  #going = []; // who has left, and how many messages with them
  #timer = 0;
  #show;
  #tell;

  /** @param {(messages: object[]) => void} show @param {(line: string) => void} tell */
  constructor(show, tell) {
    [this.#show, this.#tell] = [show, tell];
  }

  comes(message) {
    this.#coming.push(message);
    this.#soon();
  }

  /** @param {string} name of somebody who has left @param {number} count how many messages have gone with them */
  goes(name, count) {
    this.#going.push({ name, count });
    this.#soon();
  }

  #soon() {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.#show(this.#coming.splice(0));
      const going = this.#going.splice(0);
      if (going.length > 0) this.#tell(farewellOf(going));
    }, SETTLES);
  }
}

function farewellOf(going) {
  const [{ name }, count] = [going[0], going.reduce((sum, one) => sum + one.count, 0)];
  const who = going.length > 1 ? `${going.length} people` : name || 'Someone';
  return `${who} left, and ${several(count, 'one message', 'messages')} with them.`;
}
