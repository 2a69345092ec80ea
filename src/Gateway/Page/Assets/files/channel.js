/**
 * A direct way between two pages for the records of a pipe: a data channel of WebRTC (RFC 8831), reliable and in order. What the two say to agree on it
 * is sealed in the pipe, and with it the fingerprints of their certificates; the records are sealed as they are for a node.
 */

const FULL = 2 ** 20; // bytes that are still to be sent
const LOW = 2 ** 18;
const HELD_MOST = 24 * 2 ** 20; // bytes that have come and were not taken: whoever keeps to what was acknowledged sends fewer
const OPENING = 10_000; // milliseconds
const SHAKEN = 3000; // without a connection
const GATHERING = 60; // in which candidates are gathered into one word
const MESSAGE = 65_536; // bytes, where the other page does not say how long a message may be
const MESSAGE_LEAST = 16_384; // what every browser takes (RFC 8831, section 6.6); less would make many of one record

/** @param {string} sdp @returns {boolean} whether it describes one association for data and nothing else, with messages that are worth it */
function isForData(sdp) {
  const media = sdp.match(/^m=.*/gm) ?? [];
  const [, most] = /^a=max-message-size:(\d+)/m.exec(sdp) ?? []; // 0: any
  return media.length === 1 && media[0].startsWith('m=application ') && !(most > 0 && most < MESSAGE_LEAST);
}

export class Channel {
  /** Called when it is open; with each text; when it is over, with whether somebody else answered than who was agreed on. */
  onOpen = () => {};
  onText = () => {};
  onOver = () => {};
  /** Called with what the other page has to know. */
  onSignal = () => {};
  /** When something last came, in milliseconds; 0 before it was open. */
  heard = 0;

  #pc;
  #data;
  #held = [];
  #heldBytes = 0;
  #taking = null;
  #room = [];
  #candidates = [];
  #gathering = 0;
  #timer;
  #isOver = false;
  #end = () => {};
  #ended = new Promise(resolve => (this.#end = resolve));

  /** @param {RTCConfiguration} configuration */
  constructor(configuration) {
    const pc = this.#pc = new RTCPeerConnection(configuration);
    pc.onicecandidate = ({ candidate }) => candidate && this.#tellCandidate(candidate);
    pc.onconnectionstatechange = () => this.#look();
    const data = this.#data = pc.createDataChannel('bytes', { negotiated: true, id: 0 });
    Object.assign(data, { binaryType: 'arraybuffer', bufferedAmountLowThreshold: LOW });
    data.onopen = () => this.#open();
    data.onmessage = ({ data: message }) => this.#hear(message);
    data.onbufferedamountlow = () => this.#goOn();
    data.onclose = data.onerror = () => this.close();
    this.#timer = setTimeout(() => this.close(), OPENING);
  }

  get isOpen() {
    return !this.#isOver && this.#data.readyState === 'open';
  }

  /** Says what this page offers, or what it answers. */
  async offer() {
    await this.#orEnd(this.#pc.setLocalDescription());
    this.#tellDescription();
  }

  /** Takes what the other page says to agree. @param {{is: string}} word */
  async hear(word) {
    if (this.#isOver) return;
    if (word.is === 'candidates') return void [word.list].flat().forEach(one => this.#pc.addIceCandidate(one).catch(() => {})); // none that can be used
    if (!isForData(word.sdp)) return void this.close();
    await this.#orEnd(this.#pc.setRemoteDescription({ type: word.type, sdp: word.sdp }));
    if (word.type === 'offer' && !this.#isOver) await this.offer();
  }

  /** @param {string} text */
  say(text) {
    if (this.isOpen) this.#data.send(text);
  }

  /** @param {Uint8Array} bytes @returns {Promise<boolean>} once there is room for more; whether they could be sent */
  async send(bytes) {
    const most = this.#pc.sctp?.maxMessageSize || MESSAGE;
    for (let at = 0; at < bytes.length && this.isOpen; at += most) this.#data.send(bytes.subarray(at, at + most));
    while (this.isOpen && this.#data.bufferedAmount > FULL) await new Promise(resolve => this.#room.push(resolve));
    return this.isOpen;
  }

  /** @returns {Promise<Uint8Array|null>} the next bytes that came; null when none will */
  async take() {
    while (this.#held.length === 0 && !this.#isOver) await new Promise(resolve => (this.#taking = resolve));
    const bytes = this.#held.shift() ?? null;
    this.#heldBytes -= bytes?.length ?? 0;
    return bytes;
  }

  /** Ends it; what has come and was not taken is let go of: it will be sent again. */
  close(isForged = false) {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#gathering);
    this.#pc.close();
    [this.#held, this.#heldBytes] = [[], 0];
    this.#goOn();
    this.#taking?.();
    this.#end();
    this.onOver(isForged);
  }

  /** What a connection is asked for is never settled once it is closed. */
  #orEnd(step) {
    return Promise.race([step, this.#ended]);
  }

  #open() {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    const most = this.#pc.sctp?.maxMessageSize; // as the browser reads it, wherever and however often it is said
    if (most > 0 && most < MESSAGE_LEAST) return void this.close();
    this.heard = Date.now();
    this.onOpen();
  }

  #hear(message) {
    this.heard = Date.now();
    if (typeof message === 'string') return this.onText(message);
    this.#heldBytes += message.byteLength;
    if (this.#heldBytes > HELD_MOST) return this.close();
    this.#held.push(new Uint8Array(message));
    return this.#taking?.();
  }

  #goOn() {
    for (const go of this.#room.splice(0)) go();
  }

  #look() {
    const { connectionState: state, iceConnectionState: ice } = this.#pc;
    // There is a way to somebody, who does not have the certificate that was promised.
    if (state === 'failed') return this.close(ice === 'connected' || ice === 'completed');
    if (state === 'closed') return this.close();
    if (this.heard === 0) return undefined; // it is still opening
    clearTimeout(this.#timer);
    if (state === 'disconnected') this.#timer = setTimeout(() => this.close(), SHAKEN);
    return undefined;
  }

  #tellDescription() {
    if (this.#isOver) return;
    const { type, sdp } = this.#pc.localDescription;
    this.onSignal({ is: 'description', type, sdp });
  }

  #tellCandidate(candidate) {
    this.#candidates.push(candidate.toJSON());
    this.#gathering ||= setTimeout(() => {
      this.#gathering = 0;
      this.onSignal({ is: 'candidates', list: this.#candidates.splice(0) });
    }, GATHERING);
  }
}
