/** A file on its way over a pipe: one that this page sends, or one that it is offered. */

import { same } from '../crypto/bytes.js';
import { FAULT, LONGEST_CONTENT, TYPE, readAccept, readDigest, readPlace, readReason } from './frames.js';
import { acceptFrame, bareFrame, dataFrame, endFrame, placeFrame, stopFrame } from './frames.js';
import { free } from './records.js';
import { Sha256 } from './sha256.js';

const WINDOW = 4 * 2 ** 20; // bytes that the receiver has not written yet
const PIECE = 16 * LONGEST_CONTENT; // bytes that are read of a file at once
const RECEIPT_EVERY = 2 ** 18; // bytes
const FEWEST_RECEIPTS = 2 ** 21; // bytes, where they come faster than that
const BETWEEN_RECEIPTS = 100; // milliseconds

class Transfer {
  /** @type {'offered'|'waiting'|'going'|'done'|'failed'} */
  state = 'offered';
  /** Of FAULT, once it has failed. */
  fault = 0;
  /** Bytes that the receiver has. */
  transferred = 0;
  /** Bytes that it had before. */
  resumed = 0;
  isPaused = false;
  isPausedByOther = false;
  /** Called when something of it has changed. */
  onChange = () => {};

  _queue;
  #waiting = [];

  constructor(number, described, queue) {
    Object.assign(this, { number, ...described });
    this._queue = queue;
  }

  get isOver() {
    return this.state === 'done' || this.state === 'failed';
  }

  /** @param {boolean} isPaused by this side */
  pause(isPaused) {
    if (this.isOver || this.isPaused === isPaused) return;
    this.isPaused = isPaused;
    this._queue.say(bareFrame(isPaused ? TYPE.pause : TYPE.goOn, this.number));
    this._changed();
  }

  /** Ends it, and tells the other side. @param {number} [reason] of FAULT */
  stop(reason = FAULT.stopped) {
    if (this.isOver) return;
    this._queue.say(stopFrame(this.number, reason));
    this.fail(reason);
  }

  /** Ends it without a word. @param {number} fault */
  fail(fault) {
    if (this.isOver) return;
    this.fault = fault;
    this._become('failed');
  }

  _become(state) {
    this.state = state;
    this._changed();
  }

  _changed() {
    for (const go of this.#waiting.splice(0)) go();
    this.onChange();
  }

  /** Waits until something is so, or it is over. */
  async _until(isSo) {
    while (!isSo() && !this.isOver) await new Promise(resolve => this.#waiting.push(resolve));
  }

  _takeCommon({ type, content }) {
    if (type === TYPE.stop) this.fail(readReason(content));
    if (type !== TYPE.pause && type !== TYPE.goOn) return;
    this.isPausedByOther = type === TYPE.pause;
    this._changed();
  }
}

/** A file that this page sends, once the other side wants it. */
export class SentFile extends Transfer {
  isOwn = true;
  #file;
  #turns;
  #sent = 0;
  #isRead = false;

  /**
   * @param {number} number @param {File} file @param {import('./queue.js').FrameQueue} queue
   * @param {{take: () => Promise<void>, give: () => void}} turns one file after another
   */
  constructor(number, file, queue, turns) {
    super(number, { name: file.name, type: file.type, size: file.size }, queue);
    [this.#file, this.#turns] = [file, turns];
  }

  take(frame) {
    const { type, content } = frame;
    if (type === TYPE.accept && this.state === 'offered') this.#run(readAccept(content));
    else if (type === TYPE.have && this.#isNews(readPlace(content))) this.#reached(readPlace(content));
    else if (type === TYPE.done && this.#isRead) {
      this.transferred = this.size;
      this._become('done');
    } else this._takeCommon(frame);
  }

  #isNews(place) {
    return place >= this.transferred && place <= this.#sent;
  }

  #reached(place) {
    this.transferred = place;
    this._changed();
  }

  get #mayGo() {
    return !this.isPaused && !this.isPausedByOther;
  }

  async #run(known) {
    this._become('waiting');
    await this.#turns.take();
    try {
      if (!this.isOver) await this.#send(known);
    } catch {
      this.stop(FAULT.unread);
    } finally {
      this.#turns.give();
    }
  }

  async #send({ offset, digest }) {
    let hash = new Sha256();
    if (offset > 0 && offset <= this.size) {
      for await (const piece of this.#pieces(0, offset)) hash.add(piece);
      if (same(hash.digest(), digest)) this.#sent = offset;
      else hash = new Sha256();
    }
    [this.transferred, this.resumed] = [this.#sent, this.#sent];
    await this._queue.send(placeFrame(TYPE.begin, this.number, this.#sent));
    this._become('going');
    for await (const piece of this.#pieces(this.#sent, this.size)) {
      for (let at = 0; at < piece.length && !this.isOver; at += LONGEST_CONTENT) {
        const part = piece.subarray(at, at + LONGEST_CONTENT);
        await this.#rest();
        if (this.isOver) return;
        hash.add(part);
        this.#sent += part.length;
        await this._queue.send(dataFrame(this.number, part));
      }
    }
    if (this.isOver) return;
    this.#isRead = true;
    await this._queue.send(endFrame(this.number, hash.digest()));
  }

  /** Waits while it is paused, others in its place, or while much is on its way. */
  async #rest() {
    await this._until(() => !this.#mayGo || this.#sent - this.transferred < WINDOW);
    while (!this.#mayGo && !this.isOver) {
      this.#turns.give();
      await this._until(() => this.#mayGo);
      await this.#turns.take();
    }
    await this._until(() => this.#sent - this.transferred < WINDOW);
  }

  async* #pieces(from, to) {
    for (let at = from; at < to && !this.isOver; at += PIECE) {
      const piece = new Uint8Array(await this.#file.slice(at, Math.min(at + PIECE, to)).arrayBuffer());
      yield piece;
      free(piece);
    }
  }
}

/** A file that the other side offers. */
export class OfferedFile extends Transfer {
  isOwn = false;
  #store = null;
  #hash = new Sha256();
  #hasBegun = false;
  #told = 0;
  #toldAt = -Infinity; // milliseconds
  #telling = 0;

  /** @param {import('./store.js').Store} store where it goes */
  accept(store) {
    if (this.state !== 'offered') return store.discard();
    this.#store = store;
    this._become('waiting');
    this._queue.say(acceptFrame(this.number, 0, this.#hash.digest()));
    return null;
  }

  /** What is downloaded once it is here; null where it is in its place already. */
  get result() {
    return this.state === 'done' ? this.#store.result : null;
  }

  fail(fault) {
    if (this.isOver) return;
    super.fail(fault);
    this.#store?.discard();
  }

  /** Lets go of what was received. */
  forget() {
    this.#store?.discard();
  }

  async take(frame) {
    const { type, content } = frame;
    this._takeCommon(frame);
    if (!this.#store || this.isOver) return;
    try {
      if (type === TYPE.begin && !this.#hasBegun) this.#begin(readPlace(content));
      else if (type === TYPE.data) await this.#write(content);
      else if (type === TYPE.end) await this.#end(readDigest(content));
    } catch {
      this.stop(FAULT.unwritten);
    }
  }

  #begin(offset) {
    if (offset !== 0) return this.stop(FAULT.changed);
    this.#hasBegun = true;
    return this._become('going');
  }

  async #write(content) {
    if (!this.#hasBegun || this.transferred + content.length > this.size) return this.stop(FAULT.changed);
    await this.#store.write(content);
    this.#hash.add(content);
    this.transferred += content.length;
    this.#tell();
    return this._changed();
  }

  /** Says how much is here, when it is enough: each time is a request, where files go through a node. */
  #tell() {
    const [more, wait] = [this.transferred - this.#told, this.#toldAt + BETWEEN_RECEIPTS - performance.now()];
    if (more < RECEIPT_EVERY || this.isOver) return;
    if (more < FEWEST_RECEIPTS && wait > 0) return void (this.#telling ||= setTimeout(() => this.#tellLater(), wait));
    [this.#told, this.#toldAt] = [this.transferred, performance.now()];
    this._queue.say(placeFrame(TYPE.have, this.number, this.#told));
  }

  /** A sender may go on only once it has heard. */
  #tellLater() {
    this.#telling = 0;
    this.#tell();
  }

  async #end(digest) {
    if (!this.#hasBegun || this.transferred !== this.size) return this.stop(FAULT.changed);
    if (!same(this.#hash.digest(), digest)) return this.stop(FAULT.mismatch);
    await this.#store.finish();
    if (this.isOver) return null;
    this._queue.say(bareFrame(TYPE.done, this.number));
    return this._become('done');
  }
}
