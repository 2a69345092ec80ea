/**
 * Looks for a direct way between the two pages of a pipe while files are on their way, and again when it is lost. The inviter offers one, as soon as a file
 * was accepted; the joiner answers when there is a file between the two: so nobody learns an address before both want something.
 */

import { toBase64Url, random } from '../crypto/bytes.js';
import { Allowance, Said } from '../calls/allowance.js';
import { Words } from '../calls/words.js';
import { sayOfWay } from './bytes.js';
import { Channel } from './channel.js';

const FIRST_WAIT = 2000; // milliseconds
const LONGEST_WAIT = 300_000;
const FACTOR = 4; // by which each attempt that fails makes the next wait
const ASKED_MOST = 10; // a minute, by the other side, to look at once, or soon
const DESCRIPTIONS_MOST = 10; // a minute, as candidates: each attempt takes one
const CANDIDATES_MOST = 100;
const DECLINED_MOST = 60; // offers: one that is declined at once comes again after FIRST_WAIT, with another file

export class Direct {
  /** Called with a channel when it is open, and when it is over: whether somebody else answered than who was agreed on. */
  onOpen = () => {};
  onOver = () => {};

  #pipe;
  #network;
  #isWanted;
  #words;
  #channel = null;
  #way = ''; // names the attempt
  #hearing = Promise.resolve();
  #wait = FIRST_WAIT;
  #waiting = 0;
  #hasChosen = false; // anew, who may learn its address, and the inviter was not told
  #asked = new Allowance(ASKED_MOST);
  #said = new Said(DESCRIPTIONS_MOST, CANDIDATES_MOST);
  #declined = new Allowance(DECLINED_MOST);
  #isForged = false; // an attempt: there are no others
  #isOver = false;

  /**
   * @param {object} pipe @param {import('../calls/network.js').Network} network
   * @param {(isOffered: boolean) => boolean} isWanted whether files are on their way; or, `isOffered`, offered by this side
   */
  constructor(pipe, network, isWanted) {
    [this.#pipe, this.#network, this.#isWanted] = [pipe, network, isWanted];
    this.#words = new Words({ say: (_, text, signal) => sayOfWay(pipe, text, signal) }, word => {
      this.#hearing = this.#hearing.then(() => this.#take(word)).catch(() => this.close()); // what can't be agreed on
    });
    addEventListener('online', this.#retry);
  }

  /** The direct way, where there is one. @returns {Channel|null} */
  get channel() {
    return this.#channel?.isOpen ? this.#channel : null;
  }

  /** Hears what the other side says about a direct way. @param {string} text */
  hear(text) {
    this.#words.hear(text, Date.now());
  }

  /** Something has changed with the files: looks for a way if it is needed. */
  look() {
    if (this.#pipe.isInviter && !this.#way && !this.#waiting && !this.#isForged && !this.#isOver && this.#isWanted(false)) this.#offer();
    if (!this.#hasChosen || this.#isOver || !this.#isWanted(true)) return;
    this.#hasChosen = false;
    this.#words.send({ is: 'again', way: '' });
  }

  /** Closes the way; another one may be found later. */
  close() {
    if (this.#channel) this.#channel.close();
    else this.#lose(this.#way, false);
  }

  /** Looks for another way at once: this side has chosen anew who may learn its address. Pipes without files are not told of it. */
  change() {
    this.close();
    this.#hasChosen = !this.#pipe.isInviter;
    if (this.#hasChosen) this.look();
    else this.#begin();
  }

  /** The pipe is over. */
  end() {
    this.#isOver = true;
    clearTimeout(this.#waiting);
    removeEventListener('online', this.#retry);
    this.close();
  }

  #retry = () => {
    clearTimeout(this.#waiting);
    this.#waiting = 0;
    if (!this.#isWanted(false)) this.#wait = FIRST_WAIT;
    this.look();
  };

  #begin() {
    this.#wait = FIRST_WAIT;
    this.#retry();
  }

  async #offer() {
    const way = this.#way = toBase64Url(random(8));
    const channel = await this.#make(way);
    await channel?.offer().catch(() => channel.close());
  }

  /** @returns {Promise<Channel|null>} null when there can be none */
  async #make(way) {
    const configuration = await this.#network.configure(this.#pipe);
    if (this.#isOver || way !== this.#way) return null;
    const channel = this.#channel = this.#open(configuration);
    if (!channel) {
      this.#lose(way, false);
      return null;
    }
    const over = new AbortController(); // from then on, nobody need learn how this page could be reached
    channel.onSignal = word => this.#words.send({ ...word, way }, over.signal);
    channel.onOpen = () => {
      this.#wait = FIRST_WAIT;
      this.onOpen(channel);
    };
    channel.onOver = isForged => {
      over.abort();
      if (channel === this.#channel) this.#lose(way, isForged);
      this.onOver(channel, isForged);
    };
    return channel;
  }

  #open(configuration) {
    const canReach = globalThis.RTCPeerConnection && (configuration.iceTransportPolicy !== 'relay' || this.#network.relays.length > 0);
    try {
      return canReach ? new Channel(configuration) : null;
    } catch {
      return null; // with what this browser has, or with these servers, there is none
    }
  }

  /** An attempt, or a way, is over: says so, and looks for another one later. */
  #lose(way, isForged) {
    [this.#channel, this.#way] = [null, ''];
    if (this.#isOver) return;
    if (way) this.#words.send({ is: 'end', way });
    this.#isForged ||= isForged;
    if (!this.#pipe.isInviter) return;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(this.#retry, this.#wait);
    this.#wait = Math.min(FACTOR * this.#wait, LONGEST_WAIT);
  }

  async #take(word) {
    if (this.#isOver || typeof word.way !== 'string') return;
    const isOffer = word.is === 'description' && word.type === 'offer' && !this.#pipe.isInviter;
    if (isOffer && (this.#isForged || !this.#isWanted(true))) return this.#decline(word); // which costs nothing, and so does not count
    if (!isOffer && word.is !== 'again' && word.way !== this.#way) return; // nor does what follows it
    if (!this.#said.allows({ ...word, offer: 0 })) return; // calls number their offers
    if (word.is === 'again' && this.#pipe.isInviter && this.#asked.take()) this.#begin();
    if (isOffer) await this.#answer(word);
    else if (word.is === 'end') this.#hearEnd(word);
    else if (word.is === 'candidates' || (word.is === 'description' && word.type === 'answer')) await this.#channel?.hear(word);
  }

  #hearEnd({ why }) {
    // The files are over already: nothing has failed. Here they may seem to go on, but not always.
    const hasFailed = why !== 'unwanted' || (this.#isWanted(false) && !this.#asked.take());
    if (!hasFailed) this.#wait = FIRST_WAIT; // for the next attempt
    this.close();
    if (!hasFailed) this.#wait = FIRST_WAIT; // and for the one after it
  }

  #decline({ way }) {
    if (this.#declined.take()) this.#words.send({ is: 'end', way, why: this.#isForged ? 'forged' : 'unwanted' });
  }

  async #answer(word) {
    const old = this.#channel;
    [this.#way, this.#channel] = [word.way, null];
    old?.close();
    const channel = await this.#make(word.way);
    return channel?.hear(word);
  }
}
