/** A call on the screen: whoever is heard and seen, and what can be done. */

import { span } from '../clock.js';
import { byId } from '../dialogs.js';
import { button, element } from '../elements.js';
import { Choices } from './choices.js';
import { icon } from './icons.js';
import { Network } from './network.js';
import { Meter, inWords } from './quality.js';
import { dress } from './style.js';

const TITLES = {
  asking: 'Your browser asks for the microphone…', ringing: 'Ringing…', rung: 'The other person is calling',
  connecting: 'Connecting…', open: 'In a call', lost: 'Connection lost. Looking for another way…',
};
const MEASURING = 2000; // milliseconds
const MEDIA = { 'other-video': 'The other person', 'other-screen': 'The other person’s screen', 'own-video': 'You' };

export class Panel {
  #call;
  #whole = element('section', 'call');
  #title = element('h2');
  #time = element('span', 'time');
  #bars = element('span', 'bars');
  #words = element('span');
  #said = element('p', 'hidden');
  #problem = element('div', 'problem');
  #gives = element('p', 'gives');
  #network;
  #controls = element('div', 'controls');
  #way = element('a', 'way', 'Go to the pipe');
  #videos = new Map();
  #voices = new Map();
  #buttons = {};
  #choices;
  #meter = new Meter();
  #timers = [];
  #closed = new AbortController();
  #before = document.activeElement;

  /** @param {import('./call.js').Call} call @param {import('./network.js').Network} network @param {object} pipe */
  constructor(call, network, pipe) {
    dress();
    [this.#call, this.#network] = [call, network];
    this.#choices = new Choices(call, network, id => this.#voices.forEach(voice => voice.setSinkId?.(id).catch(() => {})));
    this.#whole.setAttribute('aria-label', `Call in the pipe ${pipe.code}`);
    this.#title.tabIndex = -1;
    this.#said.setAttribute('role', 'alert');
    this.#problem.setAttribute('role', 'alert');
    this.#bars.append(element('i'), element('i'), element('i'));
    this.#bars.setAttribute('role', 'img');
    this.#bars.hidden = true;
    const about = element('div', 'about');
    const measure = element('span', 'measure');
    measure.append(this.#bars, this.#words);
    about.append(this.#title, measure, this.#time, this.#way);
    this.#way.href = pipe.fragment;
    Network.onChoice(() => this.show('network'), this.#closed.signal);
    addEventListener('hashchange', () => this.#showWay(), { signal: this.#closed.signal });
    this.#prepareControls();
    this.#whole.append(about, this.#stage(), this.#problem, this.#gives, this.#controls, this.#choices.element, this.#said);
    document.querySelector('.talk').prepend(this.#whole);
    this.#timers = [setInterval(() => this.#tick(), 1000), setInterval(() => this.#measure(), MEASURING)];
    this.show('phase');
  }

  /** Goes to the first thing that can be done. */
  focus() {
    (this.#controls.querySelector('button:not([hidden])') ?? this.#title).focus();
  }

  /** @param {'phase'|'media'|'tracks'|'devices'|'network'} what has changed */
  show(what) {
    const { phase, problem } = this.#call;
    if (what === 'phase') {
      this.#title.textContent = TITLES[phase];
      this.#said.textContent = phase === 'rung' ? `${TITLES.rung}. Accept or decline.` : TITLES[phase];
      this.#whole.dataset.phase = phase;
    }
    if (what === 'devices' || what === 'network' || what === 'phase' || what === 'media') this.#choices.show();
    this.#problem.textContent = problem;
    this.#gives.textContent = this.#network.gives;
    this.#gives.hidden = phase !== 'rung' || !this.#choices.element.hidden; // what accepting gives away
    this.#showMedia();
    this.#showControls();
    this.#showWay();
  }

  /** Leads back to the pipe where something else is on the screen. */
  #showWay() {
    this.#way.hidden = location.hash === this.#way.hash;
  }

  close() {
    this.#closed.abort();
    for (const timer of this.#timers) clearInterval(timer);
    const hadFocus = this.#whole.contains(document.activeElement);
    if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {});
    for (const media of [...this.#videos.values(), ...this.#voices.values()]) media.srcObject = null;
    this.#whole.remove();
    // Elsewhere, what had the focus before may be hidden, and so may be the button.
    const isFocused = one => one?.focus() || (one && document.activeElement === one);
    if (hadFocus) [this.#before === document.body ? null : this.#before, byId('call-button'), byId('box'), byId('home')].find(isFocused);
  }

  // Media

  #stage() {
    const stage = element('div', 'stage');
    for (const [name, label] of Object.entries(MEDIA)) {
      const video = element('video', name);
      Object.assign(video, { autoplay: true, playsInline: true, muted: true, hidden: true, ariaLabel: label });
      this.#videos.set(name, video);
      stage.append(video);
    }
    for (const name of ['audio', 'screen-audio']) {
      const voice = element('audio');
      voice.autoplay = true;
      this.#voices.set(name, voice);
    }
    return stage;
  }

  #showMedia() {
    const { tracks, other, media, phase } = this.#call;
    const isOpen = phase === 'open' || phase === 'lost';
    this.#play(this.#videos.get('other-video'), isOpen && other.camera && tracks.get('video'));
    this.#play(this.#videos.get('other-screen'), isOpen && other.screen && tracks.get('screen-video'));
    this.#play(this.#videos.get('own-video'), media.video);
    this.#videos.get('own-video').classList.toggle('alone', this.#videos.get('other-video').hidden && this.#videos.get('other-screen').hidden);
    for (const [name, voice] of this.#voices) this.#play(voice, isOpen && tracks.get(name));
  }

  #play(where, track) {
    where.hidden = !track;
    if ((where.srcObject?.getTracks()[0] ?? null) === (track || null)) return;
    where.srcObject = track ? new MediaStream([track]) : null;
    if (track) where.play().catch(() => {}); // it plays with the next click
  }

  // What can be done

  #prepareControls() {
    const call = this.#call;
    const make = (name, icons, act, className = '') => {
      const one = button(className, '', act);
      one.append(icon(...icons), element('span'));
      this.#controls.append(this.#buttons[name] = one);
    };
    make('accept', ['phone'], () => call.accept(false), 'take');
    make('show', ['camera'], () => call.accept(true), 'take');
    make('mute', ['mic', 'off'], () => call.mute(!call.media.isMuted));
    make('camera', ['camera'], () => call.turnCamera(!call.isCameraOn));
    make('screen', ['screen'], () => call.share(!call.isSharing));
    make('pip', ['pip'], () => this.#float());
    make('large', ['large'], () => this.#enlarge());
    make('settings', ['settings'], () => this.#toggleChoices());
    make('end', ['hangup'], () => call.end(), 'hang');
    this.#buttons.settings.setAttribute('aria-controls', this.#choices.element.id);
    this.#whole.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.#whole.classList.contains('large')) this.#enlarge();
    });
  }

  #showControls() {
    const { phase, media, isCameraOn, isSharing } = this.#call;
    const [isRung, isOpen] = [phase === 'rung', phase === 'open' || phase === 'lost'];
    const isSeen = !this.#videos.get('other-video').hidden || !this.#videos.get('other-screen').hidden;
    this.#set('accept', 'Accept', isRung);
    this.#set('show', 'With camera', isRung);
    this.#set('mute', media.isMuted ? 'Muted' : 'Mute', !isRung && Boolean(media.audio), media.isMuted);
    this.#set('camera', 'Camera', !isRung, isCameraOn);
    this.#set('screen', 'Screen', isOpen && 'getDisplayMedia' in navigator.mediaDevices, isSharing);
    this.#set('pip', 'Float', isOpen && isSeen && document.pictureInPictureEnabled === true);
    this.#set('large', 'Enlarge', isOpen, this.#whole.classList.contains('large'));
    this.#set('settings', 'Choices', true);
    this.#buttons.settings.ariaExpanded = String(!this.#choices.element.hidden);
    this.#set('end', isRung ? 'Decline' : phase === 'ringing' || phase === 'asking' ? 'Stop' : 'Hang up', true);
    this.#buttons.show.ariaLabel = 'Accept with camera';
    this.#buttons.pip.ariaLabel = 'Float: picture in picture';
    this.#buttons.screen.ariaLabel = 'Share your screen';
  }

  #set(name, label, isThere, isPressed) {
    const one = this.#buttons[name];
    const hadFocus = one === document.activeElement;
    one.hidden = !isThere;
    one.lastChild.textContent = label;
    if (isPressed !== undefined) one.ariaPressed = String(isPressed);
    if (hadFocus && !isThere) this.#buttons.end.focus();
  }

  #toggleChoices() {
    this.#choices.element.hidden = !this.#choices.element.hidden;
    this.show('devices');
  }

  #enlarge() {
    this.#whole.classList.toggle('large');
    this.show('media');
  }

  async #float() {
    const [first, second] = [this.#videos.get('other-screen'), this.#videos.get('other-video')];
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await (first.hidden ? second : first).requestPictureInPicture().catch(() => {});
  }

  // Time and quality

  #tick() {
    const { since } = this.#call;
    this.#time.textContent = since ? span((Date.now() - since) / 1000 - 1) : '';
  }

  async #measure() {
    if (this.#call.phase !== 'open') return;
    const report = await this.#call.stats();
    if (!report) return;
    const quality = this.#meter.read(report);
    this.#bars.hidden = quality.level === 0;
    this.#bars.dataset.level = quality.level;
    this.#bars.ariaLabel = `${quality.name} connection`;
    this.#words.textContent = quality.way === 'relay' ? `${quality.name} · relay` : quality.name;
    this.#words.parentElement.title = inWords(quality);
    this.#choices.measure(inWords(quality));
  }
}
