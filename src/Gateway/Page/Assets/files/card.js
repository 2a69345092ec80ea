/** One file in the panel: what it is, how far it is, and what can be done with it. */

import { button, element, useIcon } from '../elements.js';
import { FAULT } from './frames.js';
import { openStore } from './store.js';
import { failureOf, safeName, sizeOf, timeOf } from './words.js';

const MEASURED = 5000; // milliseconds over which a speed is measured
const BETWEEN = 250; // milliseconds: drawn for each piece that comes, progress would cost more time and memory than the file

/** How fast something grows. */
class Speed {
  #samples = [];

  /** @param {number} value @param {number} time milliseconds @returns {number} a second */
  measure(value, time) {
    this.#samples.push({ value, time });
    while (this.#samples[0].time < time - MEASURED) this.#samples.shift();
    const [first] = this.#samples;
    return time > first.time ? (value - first.value) * 1000 / (time - first.time) : 0;
  }

  forget() {
    this.#samples = [];
  }
}

export class Card {
  /** What stands in the panel. */
  element = element('li', 'file');

  #file;
  #way;
  #name;
  #tell;
  #isAsking = false;
  #state = element('p', 'file-state');
  #bar = element('progress');
  #buttons = element('div', 'file-buttons');
  #speed = new Speed();
  #shown = '';
  #due = 0;

  /**
   * @param {object} file a transfer @param {() => string} way by which it goes
   * @param {(text: string) => void} tell to those who can't see it @param {() => void} remove takes it out of the panel
   */
  constructor(file, way, tell, remove) {
    [this.#file, this.#way, this.#name, this.#tell] = [file, way, safeName(file.name), tell];
    const title = element('p', 'file-name');
    const name = element('bdi', '', this.#name);
    name.title = this.#name;
    title.append(useIcon(file.isOwn ? 'i-send' : 'i-down'), name);
    const about = element('p', 'file-about', [safeName(file.type || 'unknown type').replaceAll('_', '/'), sizeOf(file.size)].join(' · '));
    Object.assign(this.#bar, { max: Math.max(1, file.size), value: 0, ariaLabel: `Progress of ${this.#name}` });
    const close = button('icon file-close', '', () => {
      file.stop();
      file.forget?.();
      remove();
    });
    close.append(useIcon('i-close'));
    close.ariaLabel = `Remove ${this.#name}`;
    this.element.append(title, about, this.#bar, this.#state, this.#buttons, close);
    this.#tell(file.isOwn ? `Offered: ${this.#name}` : `You are offered a file: ${this.#name}, ${sizeOf(file.size)}`);
    this.show();
  }

  /** Whether it is about a file of the other side that did not come. */
  get hasNotCome() {
    return !this.#file.isOwn && this.#file.state === 'failed';
  }

  /** Shows how it stands: mere progress a few times a second. */
  show() {
    const shown = `${this.#file.state} ${this.#file.isPaused}`; // by this side: the other one changes nothing that is about to be pressed
    if (shown === this.#shown) this.#due ||= setTimeout(() => this.#draw(), BETWEEN);
    else this.#change(shown);
  }

  #draw() {
    clearTimeout(this.#due);
    this.#due = 0;
    const { state, size, transferred } = this.#file;
    this.#bar.hidden = state !== 'going' && state !== 'waiting';
    this.#bar.value = size > 0 ? transferred : this.#bar.max;
    this.#state.textContent = this.#words();
  }

  #change(shown) {
    this.#draw();
    this.#shown = shown;
    this.element.dataset.state = this.#file.state;
    const focused = this.#buttons.contains(document.activeElement) ? document.activeElement : null;
    this.#buttons.replaceChildren(...this.#actions());
    const actions = [...this.#buttons.children];
    if (focused) (actions.find(one => one.textContent === focused.textContent) ?? actions[0] ?? this.element.querySelector('.file-close')).focus();
    if (this.#file.isOver) this.#tell(`${this.#name}: ${this.#state.textContent}`);
  }

  #words() {
    const { state, isOwn, isPaused, isPausedByOther, size, transferred, resumed } = this.#file;
    if (state === 'failed') return failureOf(this.#file);
    if (state === 'done' && isOwn) return 'Sent, and checked by the other side.';
    if (state === 'done') return this.#file.result ? 'Here, and checked. Nothing opens it but you.' : 'Saved, and checked.';
    if (state === 'offered') return isOwn ? 'Waiting for the other person to accept…' : 'The name and type are what the other person says.';
    if (state === 'waiting') return 'Waiting for its turn…';
    if (isPaused || isPausedByOther) this.#speed.forget();
    if (isPaused) return `Paused at ${sizeOf(transferred)}.`;
    if (isPausedByOther) return `Paused by the other side at ${sizeOf(transferred)}.`;
    const speed = this.#speed.measure(transferred, performance.now());
    const left = speed > 0 ? timeOf((size - transferred) / speed) : '';
    const before = resumed > 0 ? `${sizeOf(resumed)} were there before` : '';
    return [`${sizeOf(transferred)} of ${sizeOf(size)}`, speed > 0 ? `${sizeOf(speed)}/s` : '', left, this.#way(), before].filter(Boolean).join(' · ');
  }

  #actions() {
    const file = this.#file;
    if (file.state === 'offered' && !file.isOwn) return [
      this.#action('primary', 'Save', () => this.#accept()), this.#action('secondary', 'Decline', () => file.stop(FAULT.declined)),
    ];
    if (file.state === 'offered' || file.state === 'waiting') return [this.#action('secondary', 'Cancel', () => file.stop())];
    if (file.state === 'going') return [
      this.#action('secondary', file.isPaused ? 'Resume' : 'Pause', () => file.pause(!file.isPaused)), this.#action('secondary', 'Cancel', () => file.stop()),
    ];
    return file.result ? [this.#download(file.result)] : [];
  }

  #action(className, text, act) {
    const made = button(className, text, act);
    made.ariaLabel = `${text} ${this.#name}`;
    return made;
  }

  async #accept() {
    if (this.#isAsking) return; // where to put it
    this.#isAsking = true;
    const store = await openStore(this.#name);
    this.#isAsking = false;
    if (store) this.#file.accept(store);
  }

  #download({ url, name }) {
    const link = element('a', 'primary', 'Download');
    Object.assign(link, { href: url, download: name, ariaLabel: `Download ${name}` });
    return link;
  }
}
