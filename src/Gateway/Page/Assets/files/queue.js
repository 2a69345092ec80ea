/** Frames on their way out. What is said about files goes ahead of what they hold, so that nobody waits for an answer behind data. */

const DATA_MOST = 16; // frames

export class FrameQueue {
  #words = [];
  #data = [];
  #waiting = [];
  /** Called when there is more to take. */
  onMore = () => {};

  /** @param {Uint8Array} frame about a file */
  say(frame) {
    this.#words.push(frame);
    this.onMore();
  }

  /** @param {Uint8Array} frame of what a file holds, in order @returns {Promise<void>} once there is room for it */
  async send(frame) {
    while (this.#data.length >= DATA_MOST) await new Promise(resolve => this.#waiting.push(resolve));
    this.#data.push(frame);
    this.onMore();
  }

  /** @returns {Uint8Array|null} the next frame */
  take() {
    const word = this.#words.shift();
    if (word) return word;
    const data = this.#data.shift();
    this.#waiting.shift()?.();
    return data ?? null;
  }
}
