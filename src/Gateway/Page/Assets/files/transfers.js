/** The files of a pipe, in both directions, over any carrier that keeps the order of frames. */

import { FAULT, FrameReader, Malformed, TYPE, offerFrame, readOffer } from './frames.js';
import { FrameQueue } from './queue.js';
import { OfferedFile, SentFile } from './transfer.js';

const OPEN_MOST = 1024; // files of one side that are neither transferred nor given up
const NAME_MOST = 255;

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
  #isOver = false;

  /** @param {boolean} isInviter whose files have even numbers */
  constructor(isInviter) {
    [this.#next, this.#others] = isInviter ? [0, 1] : [1, 0];
  }

  /** Offers files together. @param {File[]} files @returns {SentFile[]} */
  offer(files) {
    this.#forget();
    if (this.#files.size + files.length > OPEN_MOST) throw new Error('These are too many files at once.');
    return files.map((file, index) => {
      const sent = new SentFile(this.#next, file, this.queue, this.#turns);
      this.#next += 2;
      this.#files.set(sent.number, sent);
      const described = { name: [...sent.name].slice(-NAME_MOST).join(''), type: sent.type, size: sent.size };
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

  /** Nothing more comes or goes. */
  end() {
    this.#isOver = true;
    for (const file of this.#files.values()) file.fail(FAULT.lost);
    this.#files.clear();
  }

  #forget() {
    for (const [number, file] of this.#files) if (file.isOver) this.#files.delete(number);
  }

  #takeOffer({ file, content }) {
    const { described, isLast } = readOffer(content);
    this.#forget();
    if ((file & 1) !== this.#others || file <= this.#last || this.#files.size >= OPEN_MOST) throw new Malformed('no file that can be offered');
    this.#last = file;
    const offer = new OfferedFile(file, described, this.queue);
    this.#files.set(file, offer);
    this.onOffer(offer, isLast);
  }
}
