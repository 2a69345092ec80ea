/** Which servers help two pages to reach each other, and what each choice gives away. */

import { iceServers } from '../api.js';
import { recall, remember } from '../storage.js';

const HIDE = 'malten.hide-address';
const PATIENCE = 4000; // milliseconds; a node that is silent must not keep a call from looking for another way
const choices = new EventTarget(); // of people, whichever box they tick
const hostOf = url => url.replace(/^\w+:/, '').replace(/\?.*$/, '').replace(/:\d+$/, '');

export class Network {
  /** What the node's operator configured. @type {RTCIceServer[]} */
  servers = [];

  /** Whether only relays are used, so that the other person does not learn this address. */
  get hides() {
    return recall(HIDE) === 'yes';
  }

  set hides(isSo) {
    remember(HIDE, isSo ? 'yes' : '');
    choices.dispatchEvent(new Event('change'));
  }

  /** Calls whenever people choose whether to hide their address: one choice for calls and files. @param {() => void} act @param {AbortSignal} signal */
  static onChoice(act, signal) {
    choices.addEventListener('change', act, { signal });
  }

  get relays() {
    return this.#hosts(/^turns?:/);
  }

  /** What the other person and servers learn, as it stands. @returns {string} */
  get gives() {
    const [relays, helpers] = [this.relays, this.#hosts(/^stuns?:/)];
    if (this.hides && relays.length === 0) return 'This node offers no relay, so with a hidden address no call can be connected.';
    if (this.hides) return `All goes through the relay of this node’s operator (${relays.join(', ')}). The other person learns the relay’s address and not yours. The relay learns your address, and when and how much you talk; it can’t listen.`;
    const asked = [...new Set([...helpers, ...relays])];
    return `The other person learns your network address, and you learn theirs, unless they hide it. ${asked.length > 0
      ? `${asked.join(', ')} ${asked.length === 1 ? 'is' : 'are'} asked how to get through, and ${asked.length === 1 ? 'learns' : 'learn'} your address too.${relays.length > 0 ? ' Where there is no direct way, all goes through the relay, which can’t listen.' : ''}`
      : 'No server is asked: this works where both of you are in one network.'} This node learns that you call, and how long.`;
  }

  /**
   * @param {{stream: string, seat: string}} pipe @param {boolean} hides whether only relays are to be used
   * @returns {Promise<RTCConfiguration>} with credentials that have just been made, where they can be had
   */
  async configure({ stream, seat }, hides = this.hides) {
    try {
      this.servers = (await iceServers({ stream, seat }, AbortSignal.timeout(PATIENCE))).iceServers;
    } catch {
      // the node does not answer, or the pipe has ended: what was known before may still do
    }
    return { iceServers: this.servers, iceTransportPolicy: hides ? 'relay' : 'all' };
  }

  #hosts(scheme) {
    return [...new Set(this.servers.flatMap(({ urls }) => [urls].flat()).filter(url => scheme.test(url)).map(hostOf))];
  }
}
