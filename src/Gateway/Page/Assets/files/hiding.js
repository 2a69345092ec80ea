/** Whether this page may find a direct way for files, and what that gives away. The choice is that of calls, and of the tab. */

import { Network } from '../calls/network.js';
import { element } from '../elements.js';

const hostOf = url => /^\w+:(\[[^\]]*\]|[^:?]*)/.exec(url)?.[1];
const hostsOf = servers => [...new Set(servers.flatMap(({ urls }) => [urls].flat()).map(hostOf))];

export class Hiding {
  /** What is on the screen. */
  element = element('div', 'files-way');
  #pipe;
  #network;
  #box = element('input');
  #gives = element('span');
  #isAsked = false;

  /** @param {object} pipe @param {import('../calls/network.js').Network} network @param {() => void} onChange */
  constructor(pipe, network, onChange) {
    [this.#pipe, this.#network] = [pipe, network];
    const row = element('label');
    this.#box.type = 'checkbox';
    this.#box.addEventListener('change', () => (network.hides = this.#box.checked));
    Network.onChoice(() => {
      this.#say();
      onChange();
    }, pipe.gone.signal);
    row.append(this.#box, element('span', '', 'Hide my address'));
    this.element.append(row, this.#gives);
    this.element.hidden = true;
  }

  /** @param {boolean} isSo whether there are files about which it counts */
  async show(isSo) {
    this.element.hidden = !isSo;
    if (!isSo) return;
    this.#say();
    if (this.#isAsked) return;
    this.#isAsked = true;
    await this.#network.configure(this.#pipe);
    this.#say();
  }

  #say() {
    const { hides, servers, relays } = this.#network;
    this.#box.checked = hides;
    const asked = hostsOf(servers).join(', ');
    const relay = relays.length > 0 ? `the relay (${relays.join(', ')}) or ` : '';
    const helper = asked ? ` So does ${asked}, which helps to get through.` : '';
    this.#gives.textContent = hides ? `Files go through ${relay}this node. The other person does not learn your address.`
      : `Files go directly where they can. The other person learns your network address, unless you hide it.${helper}`;
  }
}
