/** The lines above the message box: who is typing, an answer that is being written, that the other side of a pipe is absent. */

import { ago } from './clock.js';
import { byId } from './dialogs.js';

export class Activity {
  #channel = {};
  #typing = [];
  #isAbsent = false;
  #answering = new Map(); // command → what has been written

  /** Begins anew. @param {{phase?: string, heard?: number}} [channel] */
  watch(channel = {}) {
    [this.#channel, this.#isAbsent] = [channel, false];
    this.#answering.clear();
    this.show();
  }

  /** @param {string[]} names */
  typing(names) {
    this.#typing = names;
    this.show();
  }

  absent(isSo) {
    this.#isAbsent = isSo;
    this.show();
  }

  /** @param {?string} command that is being answered, or no longer; null: none is @param {string} [text] what has been written */
  answering(command, isSo, text = '') {
    if (isSo) this.#answering.set(command, text);
    else if (command) this.#answering.delete(command);
    else this.#answering.clear();
    this.show();
  }

  show() {
    const [{ phase, heard }, [one, two], count] = [this.#channel, this.#typing, this.#typing.length];
    const parts = [];
    if (this.#isAbsent && phase === 'open') parts.push(`The server says that the other person is not connected. Last sign of them: ${ago(heard, Date.now())}.`);
    if (this.#answering.size > 0) parts.push('ChatGPT is writing an answer…');
    if (count > 0) parts.push(count === 1 ? `${one} is typing…` : count === 2 ? `${one} and ${two} are typing…` : `${count} people are typing…`);
    byId('activity').textContent = parts.join(' ');
    byId('growing').textContent = [...this.#answering.values()].join('\n\n').trim();
  }
}
