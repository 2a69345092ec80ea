/** The public streams: a picture of circles, and beside it a list of the same streams. */

import * as api from './api.js';
import { OPEN_STREAM, plainFragment } from './address.js';
import { now, span, toMilliseconds } from './clock.js';
import { byId } from './dialogs.js';
import { element, svg } from './elements.js';
import { pack } from './packing.js';
import { hueOf } from './speaker.js';

const EVERY = 2000; // milliseconds between polls: a listener would count as being there
const DRAWN = 60;
const ALL = 1024; // messages that a stream holds unless it was begun with fewer
const WIDTH = 600;
const HEIGHT = 420;

export class Explore {
  #dialog = byId('explore');
  #sky = byId('sky');
  #timer;
  #circles = new Map(); // name → {group, updated}
  #streams = [];
  #sort = { by: 'lively', down: true };

  constructor() {
    this.#dialog.addEventListener('close', () => clearTimeout(this.#timer));
    for (const button of this.#dialog.querySelectorAll('[data-sort]'))
      button.addEventListener('click', () => this.#sortBy(button.dataset.sort));
  }

  open() {
    this.#look();
  }

  async #look() {
    clearTimeout(this.#timer);
    try {
      const listed = await api.list();
      this.#streams = Object.entries(listed).map(([name, stream]) => describe(name, stream));
      this.#draw();
      this.#list();
    } catch {
      // the next poll will do
    }
    if (this.#dialog.open) this.#timer = setTimeout(() => this.#look(), EVERY);
  }

  #draw() {
    const drawn = this.#streams.toSorted((a, b) => b.lively - a.lively).slice(0, DRAWN);
    const places = pack(drawn.map(({ name, lively }) => ({ name, size: lively })), WIDTH, HEIGHT);
    const names = new Set(drawn.map(({ name }) => name));
    for (const [name, { group }] of this.#circles) {
      if (names.has(name)) continue;
      group.remove();
      this.#circles.delete(name);
    }
    for (const stream of drawn) this.#place(stream, places.get(stream.name));
  }

  #place(stream, { x, y, radius }) {
    let circle = this.#circles.get(stream.name);
    if (!circle) {
      circle = { group: this.#circle(stream), updated: stream.updated };
      this.#circles.set(stream.name, circle);
      this.#sky.append(circle.group);
    }
    const { group } = circle;
    group.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px) scale(${(radius / 50).toFixed(3)})`;
    group.querySelector('.left').style.strokeDashoffset = (1 - stream.left / stream.ttl).toFixed(3);
    group.querySelector('text').classList.toggle('tiny', radius < 20);
    group.querySelector('title').textContent = `${stream.label}: ${stream.kind}, ${stream.messages} messages, ${stream.observers} here`;
    if (circle.updated !== stream.updated) {
      circle.updated = stream.updated;
      const wave = group.querySelector('.wave');
      wave.classList.remove('moving');
      wave.getBoundingClientRect(); // restarts the animation
      wave.classList.add('moving');
    }
  }

  #circle({ name, label }) {
    const group = svg('g', { class: 'stream' });
    group.style.setProperty('--hue', hueOf(name));
    const text = svg('text', { 'text-anchor': 'middle', dy: '.35em' });
    const letters = [...label];
    text.textContent = letters.length > 14 ? `${letters.slice(0, 13).join('')}…` : label;
    text.style.setProperty('--letters', Math.max(5, Math.min(14, letters.length)));
    group.append(svg('title'), svg('circle', { class: 'wave', r: 46 }), svg('circle', { class: 'disc', r: 44 }),
      svg('circle', { class: 'left', r: 47, pathLength: 1 }), text);
    group.addEventListener('click', () => this.#enter(name));
    return group;
  }

  #enter(name) {
    this.#dialog.close();
    location.hash = plainFragment(name);
  }

  #sortBy(by) {
    this.#sort = { by, down: this.#sort.by === by ? !this.#sort.down : by !== 'name' };
    this.#list();
  }

  #list() {
    const { by, down } = this.#sort;
    const sorted = this.#streams.toSorted((a, b) =>
      (typeof a[by] === 'string' ? a[by].localeCompare(b[by]) : a[by] - b[by]) * (down ? -1 : 1) || a.name.localeCompare(b.name));
    for (const button of this.#dialog.querySelectorAll('[data-sort]')) {
      const isThis = button.dataset.sort === by;
      button.closest('th').ariaSort = isThis ? (down ? 'descending' : 'ascending') : 'none';
    }
    const focused = document.activeElement?.dataset.name;
    byId('listing').replaceChildren(...sorted.map(stream => this.#row(stream)));
    byId('listing-empty').hidden = sorted.length > 0;
    if (focused !== undefined)
      [...byId('listing').querySelectorAll('a')].find(link => link.dataset.name === focused)?.focus({ preventScroll: true });
  }

  #row({ name, label, kind, messages, observers, left }) {
    const row = element('tr');
    const link = element('a', '', label);
    link.href = plainFragment(name);
    link.dataset.name = name;
    link.style.setProperty('--hue', hueOf(name));
    link.addEventListener('click', event => {
      event.preventDefault();
      this.#enter(name);
    });
    const head = element('th');
    head.scope = 'row';
    head.append(link, element('span', 'badge kind', kind));
    row.append(head, element('td', 'number', `${messages}`), element('td', 'number', `${observers}`), element('td', 'number', span(left)));
    return row;
  }
}

/** A stream is livelier the more messages and listeners it has and the more of its life is left. */
function describe(name, { Updated: updated, Ttl: ttl, Keep: keep = ALL, Messages: messages, Observers: observers }) {
  const left = Math.max(0, Math.min(ttl, ttl - (now() - toMilliseconds(updated)) / 1000));
  const lively = (1 + Math.sqrt(messages) + 2 * observers) * (0.3 + 0.7 * left / ttl);
  const kind = keep === 0 ? 'keeps none' : keep < ALL ? `keeps ${keep}` : 'open';
  return { name, label: name === OPEN_STREAM ? 'The open stream' : name, kind, updated, ttl, messages, observers, left, lively };
}
