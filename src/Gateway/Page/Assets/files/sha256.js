/** SHA-256 (FIPS 180-4) of what comes piece by piece: the browser's own wants all of it at once, and so in memory. */

const K = constants(64, 1 / 3);
const START = constants(8, 1 / 2);

/** The first 32 bits of the fractional parts of a root of the first primes. The browser's numbers have 53. */
function constants(count, power) {
  const found = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (!found.some(({ prime }) => candidate % prime === 0)) found.push({ prime: candidate, word: ((candidate ** power) % 1) * 2 ** 32 | 0 });
  }
  return Int32Array.from(found, ({ word }) => word);
}

export class Sha256 {
  #state = START.slice();
  #words = new Int32Array(64);
  #block = new Uint8Array(64);
  #filled = 0;
  #length = 0;

  /** @param {Uint8Array} bytes @returns {Sha256} this */
  add(bytes) {
    this.#length += bytes.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(64 - this.#filled, bytes.length);
      this.#block.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < 64) return this;
      this.#take(this.#block, 0);
      this.#filled = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.#take(bytes, at);
    this.#block.set(bytes.subarray(at), 0);
    this.#filled = bytes.length - at;
    return this;
  }

  /** @returns {Uint8Array} of all so far; more may follow */
  digest() {
    const whole = new Sha256();
    whole.#state.set(this.#state);
    const rest = new Uint8Array(this.#filled < 56 ? 64 : 128);
    rest.set(this.#block.subarray(0, this.#filled));
    rest[this.#filled] = 0x80;
    new DataView(rest.buffer).setBigUint64(rest.length - 8, BigInt(this.#length) * 8n);
    for (let at = 0; at < rest.length; at += 64) whole.#take(rest, at);
    const view = new DataView(new ArrayBuffer(32));
    whole.#state.forEach((word, index) => view.setInt32(4 * index, word));
    return new Uint8Array(view.buffer);
  }

  #take(bytes, at) {
    const w = this.#words;
    for (let i = 0; i < 16; i++, at += 4) w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + small0 + w[i - 7] + small1) | 0;
    }
    const s = this.#state;
    let a = s[0];
    let b = s[1];
    let c = s[2];
    let d = s[3];
    let e = s[4];
    let f = s[5];
    let g = s[6];
    let h = s[7];
    for (let i = 0; i < 64; i++) {
      const large1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + large1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const large0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
  }
}
