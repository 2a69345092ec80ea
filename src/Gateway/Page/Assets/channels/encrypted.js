/** A stream whose key is in the link. */

import { encryptedFragment } from '../address.js';
import { random } from '../crypto/bytes.js';
import { PREFIX, seal, unseal } from '../crypto/envelope.js';
import { KEY_BYTES, streamKeys } from '../crypto/streamkeys.js';

export class EncryptedChannel {
  kind = 'encrypted';
  #keys;
  #openedAs = new Map(); // iv → the id of the message that had it first

  constructor(label, secret, keys) {
    this.title = label;
    this.fragment = this.link = encryptedFragment(label, secret);
    this.stream = keys.stream;
    this.#keys = keys;
  }

  /** @param {string} label @param {Uint8Array} [secret] a new one by default */
  static async from(label, secret = random(KEY_BYTES)) {
    return new EncryptedChannel(label, secret, await streamKeys(secret));
  }

  async seal(text, name) {
    return { message: await seal(this.#keys.key, random(12), this.#keys.about, text, name) };
  }

  async open({ Id: id, Text: text, User: user = '' }) {
    if (!text.startsWith(PREFIX))
      return { state: 'clear', name: user, text, note: user === 'malten' ? '' : 'Anybody who knows the stream’s name on the server could have written this.' };
    const opened = await unseal(this.#keys.key, this.#keys.about, text);
    if (!opened)
      return { state: 'broken', name: '', text: 'This message does not decrypt: it was sealed with another key, or changed on its way.' };
    const iv = opened.iv.join();
    if (!this.#openedAs.has(iv)) this.#openedAs.set(iv, id);
    if (this.#openedAs.get(iv) !== id)
      return { state: 'broken', name: '', text: 'A copy of an earlier message arrived here. It is not shown again.' };
    return { state: 'sealed', name: opened.name, text: opened.text };
  }
}
