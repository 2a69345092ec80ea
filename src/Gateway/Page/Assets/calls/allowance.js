/** What the other side may say about calls: more than anybody needs, and less than would cost this page anything. */

const MINUTE = 60_000; // milliseconds
const WORDS_MOST = 1200; // a minute, each way
const DESCRIPTIONS_MOST = 60;
const CANDIDATES_MOST = 600;
const CANDIDATE_MOST = 1024; // characters
const MEDIA_MOST = 16; // in one description: sound, camera, and the screens of both
export const TEXT_MOST = 65_536; // characters of one word
/** How a call may have ended by the other page's word; all else a page knows by itself. */
export const ENDINGS_SAID = ['ended', 'declined', 'busy', 'cancelled', 'unreached', 'unrelayed', 'lost', 'pipe', 'forged', 'overdone'];

const isShort = (text, most) => typeof text === 'string' && text.length <= most;
const mediaIn = sdp => sdp.split('\nm=').length - 1;

/** So much in a minute. */
export class Allowance {
  #most;
  #used = 0;
  #since = 0;

  /** @param {number} most */
  constructor(most) {
    this.#most = most;
  }

  /** @returns {boolean} whether there was so much left */
  take(count = 1) {
    if (Math.abs(Date.now() - this.#since) > MINUTE) [this.#since, this.#used] = [Date.now(), 0];
    this.#used += count;
    return this.#used <= this.#most;
  }
}

/** What has been said in one call, or about a direct way for files. */
export class Said {
  #texts = new Allowance(WORDS_MOST);
  #words = new Allowance(WORDS_MOST);
  #descriptions;
  #candidates;

  /** @param {number} [descriptions] a minute @param {number} [candidates] a minute */
  constructor(descriptions = DESCRIPTIONS_MOST, candidates = CANDIDATES_MOST) {
    [this.#descriptions, this.#candidates] = [new Allowance(descriptions), new Allowance(candidates)];
  }

  /** @param {string} text that came directly @returns {boolean} whether a call can need it */
  allowsText(text) {
    return isShort(text, TEXT_MOST) && this.#texts.take();
  }

  /** @param {{is: string}} word @returns {boolean} whether it can be needed */
  allows({ is, sdp, offer, list }) {
    if (!this.#words.take()) return false;
    if (is === 'description') return this.#descriptions.take() && Number.isInteger(offer) && isShort(sdp, TEXT_MOST) && mediaIn(sdp) <= MEDIA_MOST;
    if (is === 'candidates') return Array.isArray(list) && this.#candidates.take(list.length) && list.every(one => isShort(one?.candidate, CANDIDATE_MOST));
    return true;
  }
}
