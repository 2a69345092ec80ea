/** Where files are chosen, offered and accepted in a pipe. */

import { Network } from '../calls/network.js';
import { KIND } from '../crypto/pipe2.js';
import { byId } from '../dialogs.js';
import { button, element, svg } from '../elements.js';
import { readOfWay, readWord, say } from './bytes.js';
import { Card } from './card.js';
import { Direct } from './direct.js';
import { Hiding } from './hiding.js';
import { ByteReceiver } from './receiver.js';
import { ByteSender } from './sender.js';
import { dress } from './style.js';
import { FileTransfers } from './transfers.js';

const BETWEEN_NOTES = 60_000; // milliseconds: a pipe that is quiet would expire, and the other side give up, while somebody thinks about a file
const SILENCE = 5; // such times in a row; a machine that slept has counted none
const FAILED_MOST = 32; // files of the other side that failed and are still shown: it may offer others without end
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
  #direct;
  #hiding;
  #list = element('ul', 'files');
  #cards = new Set();
  #gone = new AbortController();
  #sender = null;
  #receiver = null;
  #notes = 0;
  #heard = 0;
  #silence = 0;

  /** @param {object} pipe an open one @param {(problem: string) => void} say */
  constructor(pipe, say) {
    controls ??= prepare();
    [this.#pipe, this.say] = [pipe, say];
    this.#transfers = new FileTransfers(pipe.isInviter);
    this.#transfers.onOffer = file => this.#add(file);
    this.#list.ariaLabel = 'Files';
    const network = new Network();
    this.#direct = new Direct(pipe, network, isOffered => this.#transfers.isWanted(isOffered));
    this.#direct.onOpen = channel => this.#use(channel);
    this.#direct.onOver = (channel, isForged) => this.#lose(channel, isForged);
    this.#hiding = new Hiding(pipe, network, () => this.#direct.change());
  }

  get isOpen() {
    return this.#pipe.phase === 'open' && !this.#gone.signal.aborted;
  }

  /** Shows what there is of this pipe. @param {Desk|null} desk null: of none */
  static show(desk) {
    if (!desk && !controls) return;
    shown = desk;
    controls.attach.hidden = !desk?.isOpen;
    controls.panel.replaceChildren(...desk ? [desk.#list, desk.#hiding.element] : []);
  }

  /** Hears what the other side says about bytes. @param {string} text */
  hear(text) {
    if (!this.isOpen) return;
    const [word, ofWay] = [readWord(text), readOfWay(text)];
    if (ofWay !== null) return this.#direct.hear(ofWay);
    if (!word) return;
    if (word.what === 'stop') return this.#fail('The other side can’t go on.', false);
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
    this.#direct.end();
    this.#transfers.end();
    this.#hiding.show(false);
  }

  /** Opens the way for bytes when it is needed first: it costs a connection. */
  #begin() {
    if (this.#sender) return;
    const [pipe, { signal }] = [this.#pipe, this.#gone];
    const { inviter, joiner } = pipe.fileKeys;
    pipe.fileKeys = null;
    const [own, theirs] = pipe.isInviter ? [inviter, joiner] : [joiner, inviter];
    this.#sender = new ByteSender(pipe, own, this.#transfers.queue);
    this.#receiver = new ByteReceiver(pipe, theirs, bytes => this.#transfers.take(bytes));
    for (const end of [this.#sender, this.#receiver]) end.run(signal).catch(failure => this.#fail(failure.message));
    this.#notes = setInterval(() => this.#note(), BETWEEN_NOTES);
  }

  /** Keeps a quiet pipe open, and gives up where the other side is not there any more. */
  #note() {
    const heard = Math.max(this.#pipe.heard, this.#direct.channel?.heard ?? 0);
    this.#silence = heard > this.#heard ? 0 : this.#silence + 1;
    this.#heard = heard;
    if (this.#silence < SILENCE) this.#pipe.say(KIND.note, '').catch(() => {}); // it is over
    else if (this.#transfers.isWanted(false)) this.#fail('The other side has not been heard for 5 minutes.');
  }

  #use(channel) {
    if (!this.#sender) return channel.close();
    channel.onText = text => {
      const word = readWord(text);
      if (word?.what === 'from' || word?.what === 'have') this.#sender.hear(word, channel);
    };
    return this.#receiver.use(channel);
  }

  #lose(channel, isForged) {
    this.#sender?.lose(channel);
    if (isForged && this.isOpen)
      this.say('Files go through the node: somebody on the way answered with another certificate than was agreed on, and was refused.');
  }

  #fail(why, isOwn = true) {
    if (this.isOpen) this.say(`Files can’t be transferred in this pipe any more. ${why}`);
    if (this.isOpen && isOwn) say(this.#pipe, 'stop', 0).catch(() => {}); // else the other side would wait for this one
    this.end();
    if (shown === this) Desk.show(this);
  }

  #add(file) {
    const way = () => ((file.isOwn ? this.#sender : this.#receiver).isDirect ? 'direct' : 'through the node');
    const card = new Card(file, way, text => (controls.said.textContent = text), () => this.#remove(card));
    file.onChange = () => {
      card.show();
      this.#direct.look();
    };
    this.#cards.add(card);
    this.#list.append(card.element);
    card.element.scrollIntoView({ block: 'nearest' });
    this.#hiding.show(true);
    const failed = [...this.#cards].filter(one => one.hasNotCome);
    for (const old of failed.slice(0, -FAILED_MOST)) this.#remove(old);
  }

  #remove(card) {
    card.element.remove();
    this.#cards.delete(card);
    if (this.#cards.size === 0) this.#hiding.show(false);
  }
}
