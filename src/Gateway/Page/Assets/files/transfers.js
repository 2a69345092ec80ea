/** The files of a pipe, in both directions, over any carrier that keeps the order of frames. */

import { FAULT, FrameReader, Malformed, TYPE, offerFrame, readOffer } from './frames.js';
import { FrameQueue } from './queue.js';
import { OfferedFile, SentFile } from './transfer.js';

const OPEN_MOST = 1024; // files of one side that are neither transferred nor given up, or are offered together
const NAME_MOST = 255;
const TYPE_MOST = 127;

/** One after another. */
class Turns {
  #isTaken = false;
  #waiting = [];

  async take() {
    if (this.#isTaken) await new Promise(resolve => this.#waiting.push(resolve));
    this.#isTaken = true;
  }

  give() {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isTaken = false;
  }
}

export class FileTransfers {
  /** What goes out. */
  queue = new FrameQueue();
  /** Called with each file that the other side offers. */
  onOffer = () => {};

  #reader = new FrameReader();
  #files = new Map(); // number → file
  #turns = new Turns();
  #next;
  #others;
  #last = -1;
  #together = 0; // of the other side's, since the last one that was its offer's last
  #isOver = false;

  /** @param {boolean} isInviter whose files have even numbers */
  constructor(isInviter) {
    [this.#next, this.#others] = isInviter ? [0, 1] : [1, 0];
  }

  /** Offers files together. @param {File[]} files @returns {SentFile[]} */
  offer(files) {
    this.#forget();
    if (this.#open(true).length + files.length > OPEN_MOST) throw new Error('These are too many files at once.');
    return files.map((file, index) => {
      const sent = new SentFile(this.#next, file, this.queue, this.#turns);
      this.#next += 2;
      this.#files.set(sent.number, sent);
      const described = { name: [...sent.name].slice(-NAME_MOST).join(''), type: sent.type.length > TYPE_MOST ? '' : sent.type, size: sent.size };
      this.queue.say(offerFrame(sent.number, described, index === files.length - 1));
      if (this.#isOver) sent.fail(FAULT.lost);
      return sent;
    });
  }

  /** Takes what came. @param {Uint8Array} bytes @throws {Malformed} */
  async take(bytes) {
    for (const frame of this.#reader.add(bytes)) {
      if (frame.type === TYPE.offer) this.#takeOffer(frame);
      else await this.#files.get(frame.file)?.take(frame);
    }
  }

  /** Whether there are files that both sides want; or, `isOffered`, that this side at least offers. @param {boolean} isOffered */
  isWanted(isOffered) {
    return [...this.#files.values()].some(({ state, isOwn }) => state === 'waiting' || state === 'going' || (isOffered && isOwn && state === 'offered'));
  }

  /** Nothing more comes or goes. */
  end() {
    this.#isOver = true;
    for (const file of this.#files.values()) file.fail(FAULT.lost);
    this.#files.clear();
  }

  #forget() {
    for (const [number, file] of this.#files) if (file.isOver) this.#files.delete(number);
  }

  #open(isOwn) {
    return [...this.#files.values()].filter(file => file.isOwn === isOwn);
  }

  #takeOffer({ file, content }) {
    const { described, isLast } = readOffer(content);
    this.#forget();
    this.#together = isLast ? 0 : this.#together + 1; // given up or not
    if ((file & 1) !== this.#others || file <= this.#last) throw new Malformed('The other side counts its files wrong.');
    if (this.#together >= OPEN_MOST || this.#open(false).length >= OPEN_MOST) throw new Malformed('The other side offers too many files.');
    this.#last = file;
    const offer = new OfferedFile(file, described, this.queue);
    this.#files.set(file, offer);
    this.onOffer(offer);
  }
}
