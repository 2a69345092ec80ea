/** One call: who rings, who answers, what is sent, and how it ends. */

import { ENDINGS_SAID, Said } from './allowance.js';
import { Connection } from './connection.js';
import { Media, whyNot } from './media.js';

const RINGING = 45_000; // milliseconds
const CONNECTING = 45_000;
const LOST_MOST = 120_000; // without a connection, after which it is over
const EXPLAINED = 4000; // in which whoever has closed the connection says why
const ALIVE_MOST = 60_000; // between two words that keep the pipe alive
const EARLY_MOST = 256;

const newCallId = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16).padStart(2, '0')).join('');

/** What people are told when a call is over. */
export const ENDINGS = {
  ended: 'The call has ended.',
  declined: 'The other person declined the call.',
  busy: 'The other person is in another call.',
  cancelled: 'The other person stopped ringing.',
  unanswered: 'Nobody answered the call.',
  missed: 'You missed a call.',
  rang: 'The other person rang while you were in another call.',
  unreached: 'The call could not be connected: no way from one browser to the other was found. In different networks it often takes a relay.',
  unrelayed: 'The call could not be connected: the relay, without which your address can’t be hidden, was not reached.',
  lost: 'The call has ended: the connection was lost and did not come back.',
  forged: 'Stop: somebody on the way answered with another certificate than the one that was agreed under the pipe’s keys. The call was refused, and nothing was sent to them.',
  pipe: 'The call has ended, because the pipe has.',
  flooded: 'The call was ended: the other person’s page sent more than a call can need.',
  overdone: 'The other person’s page has ended the call: it was sent more than a call can need.',
};

/** @typedef {'asking'|'ringing'|'rung'|'connecting'|'open'|'lost'|'over'} CallPhase */

export class Call {
  /** @type {CallPhase} */
  phase = 'asking';
  /** Since when it is connected, in milliseconds; 0 before. */
  since = 0;
  /** Why it is over: a key of ENDINGS. */
  ending = '';
  /** Whether people here have ended it, who need no telling. */
  isEndedHere = false;
  /** What people should know about their devices. */
  problem = '';
  /** What the other side sends, by what it says; and its tracks: audio, video, screen-video, screen-audio. */
  other = { microphone: true, camera: false, screen: false };
  tracks = new Map();

  #id = '';
  #isMet = false; // the other side rang while the browser was asking for the microphone
  #pipe;
  #words;
  #network;
  #onChange;
  #connection = null;
  #isReady = false;
  #early = []; // what came before this side could take it
  #said = new Said();
  #isGone = false; // the other page
  #over = new AbortController(); // from then on, nobody need learn how this page could be reached
  #limit = 0;
  #ticking = 0;

  /**
   * @param {object} pipe @param {import('./words.js').Words} words @param {import('./network.js').Network} network
   * @param {(what: 'phase'|'media'|'tracks'|'devices') => void} onChange
   */
  constructor(pipe, words, network, onChange) {
    [this.#pipe, this.#words, this.#network, this.#onChange] = [pipe, words, network, onChange];
    this.media = new Media((kind, problem) => this.#changed(kind, problem));
  }

  /** Rings the other side, once the browser has given a microphone or refused it. */
  async ring() {
    this.#id = newCallId();
    await this.#listen();
    if (this.phase !== 'asking') return;
    if (this.#isMet) return this.#answer();
    this.#become('ringing', RINGING, 'unanswered');
    this.#tell('ring');
  }

  /** The other side rings. */
  hearRing({ call }) {
    this.#id = call;
    this.#become('rung', RINGING, 'missed');
  }

  /** Both ring at the same time: both want to talk. The inviter's call counts. */
  async meet({ call }) {
    this.#isMet = this.phase === 'asking';
    if (this.#isMet || !this.#pipe.isInviter) this.#id = call;
    if (!this.#isMet) await this.#connect(this.#pipe.isInviter);
  }

  async accept(withCamera) {
    if (this.phase !== 'rung') return;
    this.#become('connecting', CONNECTING, 'unreached');
    await this.#listen();
    if (withCamera) await this.turnCamera(true);
    if (this.phase === 'connecting') await this.#answer();
  }

  /**
   * Ends the call from this side: declines, stops ringing or hangs up.
   * @param {string} [why] what the other side is told @param {string} [ending] what is said here
   */
  end(why = this.phase === 'rung' ? 'declined' : this.phase === 'ringing' ? 'cancelled' : 'ended', ending = 'ended') {
    if (this.phase === 'over') return;
    if (this.#id) this.#tell('end', { why });
    this.isEndedHere = ending === 'ended';
    this.finish(ending);
  }

  /** Ends it without a word. @param {string} ending a key of ENDINGS */
  finish(ending) {
    if (this.phase === 'over') return;
    this.ending = ending;
    this.#over.abort();
    this.#connection?.close();
    this.media.close();
    this.tracks.clear();
    clearInterval(this.#ticking);
    this.#become('over');
  }

  /** Takes a word of the other side about this call. */
  hear(word) {
    if (word.call !== this.#id || this.phase === 'over') return;
    if (word.is === 'accept' && this.phase === 'ringing') this.#connect(true);
    else if (word.is === 'end') this.#hearEnd(word.why);
    else if (!this.#said.allows(word)) this.end('overdone', 'flooded');
    else if (word.is === 'state') this.#hearState(word);
    else if (word.is === 'description' || word.is === 'candidates') this.#hearConnection(word);
  }

  /** The node has lost the pipe, for instance by a restart. What the two agree on goes directly from now on. */
  hearPipeLost() {
    this.problem = 'The server has lost this pipe. The call goes on directly, as long as both of you have a connection; nothing can be written any more.';
    this.#onChange('media');
  }

  /** Whether it is settled what the other side learns of this one's address. */
  get isSettled() {
    return this.#connection !== null;
  }

  get isCameraOn() {
    return this.media.video !== null;
  }

  get isSharing() {
    return this.media.screen.length > 0;
  }

  mute(isSo) {
    this.media.mute(isSo);
  }

  async turnCamera(on) {
    if (on) await this.#try('Your camera', () => this.media.start('video'));
    else this.media.stop('video');
  }

  async share(on) {
    if (on) await this.#try('Your screen', () => this.media.share());
    else this.media.unshare();
  }

  /** Changes to another microphone or camera while talking. */
  async use(kind, id) {
    if (this.phase === 'rung' || (kind === 'video' && !this.isCameraOn)) this.media.choose(kind, id);
    else await this.#try(kind === 'audio' ? 'This microphone' : 'This camera', () => this.media.start(kind, id));
  }

  stats() {
    return this.#connection?.stats() ?? Promise.resolve(null);
  }

  hearDirectly(text) {
    if (this.#said.allowsText(text)) this.#words.hearDirectly(text);
    else this.end('overdone', 'flooded');
  }

  // Getting there

  async #listen() {
    await this.#try('Your microphone', () => this.media.start('audio'));
  }

  async #answer() {
    this.#tell('accept');
    await this.#connect(false);
  }

  /** @param {boolean} leads whether this side makes the first offer: whoever rang, and where both did, the inviter */
  async #connect(leads) {
    if (this.#connection || this.phase === 'over') return;
    const { hides } = this.#network; // what is chosen later counts from the next call: by then, the other side knows the address
    this.#become('connecting', CONNECTING, hides ? 'unrelayed' : 'unreached');
    const connection = this.#connection = new Connection(
      { leads, isPolite: !this.#pipe.isInviter, configure: () => this.#network.configure(this.#pipe, hides) },
      {
        send: word => this.#tell(word.is, word, this.#over.signal),
        direct: text => this.hearDirectly(text),
        track: (kind, track) => this.#hearTrack(kind, track),
        state: state => this.#hearConnectionState(state),
        again: () => this.#sayState(),
      });
    this.#words.direct = text => connection.sendDirectly(text);
    for (const kind of ['audio', 'video']) await connection.send(kind, this.media[kind]);
    await connection.begin();
    if (this.phase === 'over') return; // hung up meanwhile
    this.#sayState();
    this.#keepAlive();
    while (this.#early.length > 0) await connection.hear(this.#early.shift());
    this.#isReady = true;
  }

  #hearConnection(word) {
    if (this.#isReady) this.#connection.hear(word);
    else if (this.#early.length < EARLY_MOST) this.#early.push(word);
  }

  #hearConnectionState(state) {
    if (state === 'forged') return this.end('forged', 'forged');
    this.#isGone ||= state === 'gone';
    if (state === 'gone') this.#become('lost', EXPLAINED, 'ended');
    else if (state === 'open' && !this.#isGone) {
      this.since ||= Date.now();
      if (this.phase !== 'open') this.#become('open');
    } else if (this.phase === 'open') this.#become('lost', LOST_MOST, 'lost');
  }

  #hearEnd(why) {
    if (why === 'cancelled' && this.phase === 'rung') this.finish('missed');
    else this.finish(ENDINGS_SAID.includes(why) ? why : 'ended');
  }

  #hearState({ microphone, camera, screen }) {
    this.other = { microphone: microphone === true, camera: camera === true, screen: screen === true };
    this.#onChange('tracks');
  }

  #hearTrack(kind, track) {
    this.tracks.set(kind, track);
    this.#onChange('tracks');
  }

  // What this side sends

  #changed(kind, problem = '') {
    if (problem || kind !== 'devices') this.problem = problem; // a list that changed is no answer to what went wrong
    if (kind === 'screen') this.#connection?.share(this.media.screen);
    else if (kind !== 'devices') this.#connection?.send(kind, this.media[kind]);
    if (kind !== 'devices') this.#sayState();
    this.#onChange(kind === 'devices' ? kind : 'media');
  }

  #sayState() {
    if (this.#connection) this.#tell('state', {
      microphone: Boolean(this.media.audio) && !this.media.isMuted, camera: this.isCameraOn, screen: this.isSharing,
    });
  }

  async #try(what, act) {
    this.problem = '';
    try {
      await act();
    } catch (failure) {
      this.problem = whyNot(what, failure);
    }
    this.#onChange('media');
  }

  // Time

  /** A call keeps its pipe alive: each of its words is a message to the server. */
  #keepAlive() {
    const every = Math.min(ALIVE_MOST, (this.#pipe.ttl ?? Infinity) * 1000 / 3);
    this.#ticking = setInterval(() => this.#tell('alive'), every);
  }

  #tell(is, more = {}, signal) {
    this.#words.send({ ...more, is, call: this.#id }, signal);
  }

  #become(phase, limit = 0, ending = '') {
    this.phase = phase;
    clearTimeout(this.#limit);
    if (limit) this.#limit = setTimeout(() => {
      if (phase !== 'rung') this.#tell('end', { why: ending === 'unanswered' ? 'cancelled' : ending });
      this.finish(ending);
    }, limit);
    this.#onChange('phase');
  }
}
