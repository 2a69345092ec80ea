/** Where the calls of a pipe come in and go out: one at a time in the whole page. */

import { now, span } from '../clock.js';
import { KIND } from '../crypto/pipe2.js';
import { Allowance } from './allowance.js';
import { Call, ENDINGS } from './call.js';
import { Network } from './network.js';
import { Panel } from './panel.js';
import { Tone } from './tone.js';
import { Words } from './words.js';

const STALE = 45_000; // milliseconds after which nobody waits for an answer any more
const RINGS_MOST = 6; // a minute
const OFTEN = 'The other person rings again and again. For the rest of this minute, no more of it is shown.';
const desks = new WeakMap();
const network = new Network();
let busy = null; // the call that is on

/** @param {object} pipe @returns {Desk} */
export function deskOf(pipe) {
  if (!desks.has(pipe)) desks.set(pipe, new Desk(pipe));
  return desks.get(pipe);
}

class Desk {
  #pipe;
  #words;
  #call = null;
  #panel = null;
  #rings = new Allowance(RINGS_MOST);
  #isTold = false;
  #tone = new Tone();

  constructor(pipe) {
    this.#pipe = pipe;
    this.#words = new Words(pipe, (word, created) => this.#take(word, created));
    pipe.gone.signal.addEventListener('abort', () => this.#hearEnd());
    addEventListener('pagehide', () => this.#call?.end());
  }

  /** Rings the other side; where there is a call already, shows it. */
  async ring() {
    if (busy) return busy.panel.focus();
    if (this.#pipe.phase !== 'open') return;
    const call = this.#begin();
    this.#panel.focus();
    await call.ring();
  }

  hear({ kind, text }, created) {
    if (kind === KIND.call) this.#words.hear(text, created);
  }

  /** A call ends with its pipe, unless it was the node that has lost it: that is no word of the two who talk. */
  #hearEnd() {
    if (this.#pipe.endedBy === 'refused' && this.#call?.since) this.#call.hearPipeLost();
    else this.#call?.end('pipe', 'pipe');
  }

  #take(word, created) {
    if (word.is === 'ring') this.#hearRing(word, created);
    else this.#call?.hear(word);
  }

  #hearRing(word, created) {
    if (!/^[\da-f]{16}$/.test(word.call) || !this.#mayRing()) return;
    if (now() - created > STALE) return this.#say('missed', 0);
    if (this.#call?.phase === 'asking' || this.#call?.phase === 'ringing') return this.#call.meet(word);
    if (busy && busy.call !== this.#call) return this.#refuse(word);
    this.#call?.finish('ended'); // whoever rings has no other call
    this.#begin().hearRing(word);
  }

  /** There is a call already, with somebody else. */
  #refuse({ call }) {
    this.#words.send({ is: 'end', call, why: 'busy' });
    this.#say('rang', 0);
  }

  #mayRing() {
    const may = this.#rings.take();
    if (!may && !this.#isTold) this.#pipe.onLine(OFTEN, 'gap');
    this.#isTold = !may;
    return may;
  }

  #begin() {
    const call = this.#call = new Call(this.#pipe, this.#words, network, what => this.#show(call, what));
    const panel = this.#panel = new Panel(call, network, this.#pipe);
    busy = { call, panel };
    network.configure(this.#pipe).then(() => panel.show('network'));
    return call;
  }

  #show(call, what) {
    if (call !== this.#call) return;
    this.#tone.play(call.phase);
    if (call.phase !== 'over') return this.#panel.show(what);
    this.#panel.close();
    this.#say(call.ending, call.since, call.isEndedHere);
    this.#words.direct = () => {};
    [this.#call, this.#panel, busy] = [null, null, null];
  }

  #say(ending, since, isOwn = false) {
    const length = since ? ` It took ${span((Date.now() - since) / 1000)}.` : '';
    this.#pipe.onLine(ENDINGS[ending] + length, ending === 'forged' ? 'danger' : 'gap', isOwn);
  }
}
