/** Where files are chosen, offered and accepted in a pipe. */

import { KIND } from '../crypto/pipe2.js';
import { byId } from '../dialogs.js';
import { button, element, svg } from '../elements.js';
import { ByteReceiver, ByteSender, readWord } from './bytes.js';
import { Card } from './card.js';
import { dress } from './style.js';
import { FileTransfers } from './transfers.js';

const BETWEEN_NOTES = 60_000; // milliseconds: a pipe that is quiet would expire, and the other side give up, while somebody thinks about a file
const SILENCE = 300_000;
const CLIP = 'm19 11-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-8 8a1.5 1.5 0 0 1-2.2-2.2l7.2-7.2';

let shown = null; // the desk whose pipe is on the screen
let controls = null;

/** What is there once for all pipes: the panel, the button, and where files can be dropped. */
function prepare() {
  dress();
  const panel = element('div', 'files-place');
  const said = element('p', 'hidden');
  said.setAttribute('role', 'status');
  const input = Object.assign(element('input'), { type: 'file', multiple: true, hidden: true, id: 'file-input' });
  const attach = button('icon', '', () => input.click());
  Object.assign(attach, { id: 'attach', title: 'Send a file' });
  attach.ariaLabel = 'Send a file';
  const icon = svg('svg', { viewBox: '0 0 24 24' });
  icon.append(svg('path', { d: CLIP }));
  attach.append(icon);
  input.addEventListener('change', () => {
    shown?.offer([...input.files]);
    input.value = '';
  });
  const field = byId('box').closest('.field');
  field.before(panel, said);
  byId('mic').before(attach, input);
  acceptDrops(document.querySelector('.talk'));
  return { panel, attach, said };
}

function acceptDrops(talk) {
  const areFiles = event => shown?.isOpen && event.dataTransfer.types.includes('Files');
  addEventListener('dragover', event => {
    if (!areFiles(event)) return;
    event.preventDefault();
    talk.classList.add('dropping');
  });
  addEventListener('dragleave', event => event.relatedTarget === null && talk.classList.remove('dropping'));
  addEventListener('drop', event => {
    talk.classList.remove('dropping');
    if (!areFiles(event)) return;
    event.preventDefault();
    shown.offer([...event.dataTransfer.files]);
  });
}

/** The files of one pipe. */
export class Desk {
  #pipe;
  #transfers;
  #list = element('ul', 'files');
  #gone = new AbortController();
  #sender = null;
  #receiver = null;
  #notes = 0;

  /** @param {object} pipe an open one @param {(problem: string) => void} say */
  constructor(pipe, say) {
    [this.#pipe, this.say] = [pipe, say];
    this.#transfers = new FileTransfers(pipe.isInviter);
    this.#transfers.onOffer = file => this.#add(file);
    this.#list.ariaLabel = 'Files';
  }

  get isOpen() {
    return this.#pipe.phase === 'open' && !this.#gone.signal.aborted;
  }

  /** Shows what there is of this pipe. @param {Desk|null} desk null: of none */
  static show(desk) {
    if (!desk && !controls) return;
    controls ??= prepare();
    shown = desk;
    controls.attach.hidden = !desk?.isOpen;
    controls.panel.replaceChildren(...desk ? [desk.#list] : []);
  }

  /** Hears what the other side says about bytes. @param {string} text */
  hear(text) {
    const word = readWord(text);
    if (!word || !this.isOpen) return;
    this.#begin();
    if (word.what === 'again') this.#receiver.hear();
    else this.#sender.hear(word);
  }

  /** @param {File[]} files */
  offer(files) {
    if (!this.isOpen || files.length === 0) return;
    this.#begin();
    try {
      for (const file of this.#transfers.offer(files)) this.#add(file);
    } catch (failure) {
      this.say(failure.message);
    }
  }

  /** The pipe is over. */
  end() {
    this.#gone.abort();
    clearInterval(this.#notes);
    this.#transfers.end();
  }

  /** Opens the way for bytes when it is needed first: it costs a connection. */
  #begin() {
    if (this.#sender) return;
    const [pipe, { signal }] = [this.#pipe, this.#gone];
    const { inviter, joiner } = pipe.takeFileKeys();
    const [own, theirs] = pipe.isInviter ? [inviter, joiner] : [joiner, inviter];
    this.#sender = new ByteSender(pipe, own, this.#transfers.queue);
    this.#receiver = new ByteReceiver(pipe, theirs, bytes => this.#transfers.take(bytes));
    this.#sender.run(signal).catch(failure => this.#fail(failure));
    this.#receiver.run(signal).catch(failure => this.#fail(failure));
    this.#notes = setInterval(() => Date.now() - pipe.heard < SILENCE && pipe.say(KIND.note, '').catch(() => {}), BETWEEN_NOTES);
  }

  #fail(failure) {
    if (this.isOpen) this.say(`Files can’t be transferred in this pipe any more. ${failure.message}`);
    this.end();
    if (shown === this) Desk.show(this);
  }

  #add(file) {
    const card = new Card(file, text => (controls.said.textContent = text), () => card.element.remove());
    this.#list.append(card.element);
    card.element.scrollIntoView({ block: 'nearest' });
  }
}
