/** The commands that were given where messages are sealed. What the server says of any other, it may have made up. */

import { COMMAND } from './text.js';

export class Commands {
  #prompts = new Set(); // shown unencrypted: only that can be a command
  #ids = new Set();

  /** A message is shown. @param {{state: string, text: string}} opened */
  show({ state, text }) {
    if (state === 'clear' && text.startsWith(COMMAND)) this.#prompts.add(text.slice(COMMAND.length).trim());
  }

  /** The server says that a command was given. @param {{Prompt: string, Id: string}} command */
  hear({ Prompt: prompt, Id: id }) {
    if (this.#prompts.has(prompt)) this.#ids.add(id);
  }

  has(id) {
    return this.#ids.has(id);
  }
}
