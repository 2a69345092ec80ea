/** What people choose in a call: devices, and whether their address is hidden; with what each choice gives away. */

import { element } from '../elements.js';

const LABELS = { audio: 'Microphone', video: 'Camera', output: 'Speaker' };
const LATER = ' What you change here counts from the next call.';

export class Choices {
  /** What is on the screen. */
  element = element('div', 'choice');
  #call;
  #network;
  #selects = {};
  #hide = element('input');
  #gives = element('p', 'gives');
  #measured = element('p', 'gives');

  /** @param {import('./call.js').Call} call @param {import('./network.js').Network} network @param {(id: string) => void} onSpeaker */
  constructor(call, network, onSpeaker) {
    [this.#call, this.#network] = [call, network];
    this.element.id = 'call-choices';
    this.element.hidden = true;
    const devices = element('div', 'choices-of');
    for (const kind of Object.keys(LABELS)) devices.append(this.#device(kind, onSpeaker));
    this.element.append(this.#hiding(), this.#gives, devices, this.#measured);
  }

  async show() {
    this.#hide.checked = this.#network.hides;
    this.#gives.textContent = this.#network.gives + (this.#call.isSettled ? LATER : '');
    if (this.element.hidden) return;
    const all = await this.#call.media.devices();
    for (const [kind, select] of Object.entries(this.#selects)) {
      select.replaceChildren(...all[kind].map(({ id, label }) => Object.assign(element('option', '', label), { value: id })));
      select.value = this.#call.media.chosen(kind) || all[kind][0]?.id || '';
      select.parentElement.hidden = all[kind].length === 0 || (kind === 'output' && !('setSinkId' in HTMLMediaElement.prototype));
    }
  }

  /** @param {string} words about the quality */
  measure(words) {
    this.#measured.textContent = words;
  }

  #device(kind, onSpeaker) {
    const row = element('label', 'row');
    const select = this.#selects[kind] = element('select');
    select.addEventListener('change', () => {
      if (kind !== 'output') return this.#call.use(kind, select.value);
      this.#call.media.choose(kind, select.value);
      onSpeaker(select.value);
    });
    row.append(element('span', '', LABELS[kind]), select);
    return row;
  }

  #hiding() {
    const row = element('label', 'hide');
    Object.assign(this.#hide, { type: 'checkbox', id: 'call-hide' });
    this.#hide.addEventListener('change', () => (this.#network.hides = this.#hide.checked));
    row.append(this.#hide, element('span', '', 'Hide my address: relay only'));
    return row;
  }
}
