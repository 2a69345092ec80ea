/**
 * The direct connection of two pages: WebRTC, negotiated by the pattern of the W3C ("perfect negotiation", section 10.7 of its
 * specification), so that both may change anything at any time. What they say to agree is sealed in the pipe, and with it the
 * fingerprints of the certificates: whoever stands on the way and shows another certificate is refused.
 */

const FIRST_RESTART = 1500; // milliseconds without a connection
const NEXT_RESTART = 8000;
const ANSWERED_WITHIN = 8000; // milliseconds, after which an offer is told again
const SLEPT = 15_000; // milliseconds between two ticks, after which the machine must have slept
const TICK = 5000;
const GATHERING = 60; // milliseconds in which candidates are gathered into one word
const MICROPHONE = 0; // the places of the first two media; what comes later is a screen
const CAMERA = 1;

/** @param {string} sdp @returns {string[]} the different fingerprints of certificates in it */
export const fingerprintsOf = sdp =>
  [...new Set(Array.from(String(sdp).matchAll(/^a=fingerprint:(\S+ \S+)\s*$/gm), ([, one]) => one.toUpperCase()))];

export class Connection {
  #pc = null;
  #direct = null;
  #how;
  #on;
  #hasBegun = false;
  #isOffering = false;
  #taking = Promise.resolve();
  #offered = 0; // the number of this side's last offer
  #answer = null; // this side's last
  #unanswered = 0;
  #fingerprint = '';
  #tracks = { audio: null, video: null };
  #screen = { audio: null, video: null };
  #candidates = [];
  #gathering = 0;
  #restarting = 0;
  #ticked = Date.now();
  #ticker = 0;
  #away = new AbortController();

  /**
   * @param {{leads: boolean, isPolite: boolean, configure: () => Promise<RTCConfiguration>}} how `leads`: makes the first offer
   * @param {{send: (word: object) => void, direct: (text: string) => void, track: (kind: string, track: MediaStreamTrack) => void,
   *   state: (state: 'open'|'lost'|'gone'|'forged') => void, again: () => void}} on `gone`: the other page has closed the connection;
   *   `again`: what was said may be lost
   */
  constructor(how, on) {
    [this.#how, this.#on] = [how, on];
  }

  async begin() {
    const configuration = await this.#how.configure();
    if (this.#pc === undefined) return; // closed meanwhile
    const pc = this.#pc = new RTCPeerConnection({ ...configuration, bundlePolicy: 'max-bundle' });
    pc.onnegotiationneeded = () => this.#offer();
    pc.onicecandidate = ({ candidate }) => candidate && this.#tellCandidate(candidate);
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = () => this.#look();
    pc.ontrack = ({ track, transceiver }) => this.#on.track(this.#placeOf(transceiver, track), track);
    this.#direct = pc.createDataChannel('words', { negotiated: true, id: 0 });
    this.#direct.onmessage = ({ data }) => this.#on.direct(data);
    this.#direct.onopen = () => (this.#direct.onclose = () => this.#isReached && this.#on.state('gone'));
    this.#watchNetwork();
    if (!this.#how.leads) return;
    for (const kind of ['audio', 'video']) pc.addTransceiver(this.#tracks[kind] ?? kind, { direction: 'sendrecv' });
    this.#hasBegun = true;
  }

  /** Sends a text to the other page, if that can be done. @param {string} text */
  sendDirectly(text) {
    if (this.#direct?.readyState === 'open') this.#direct.send(text);
  }

  /** Takes what the other page says to agree: one word after another, since each counts from where the ones before have led. */
  hear(word) {
    return this.#taking = this.#taking.then(() => this.#take(word));
  }

  async #take(word) {
    if (!this.#pc) return;
    if (word.is === 'description') await this.#describe(word).catch(() => void this.restart()); // anew, from where both are
    else for (const candidate of word.list) this.#pc?.addIceCandidate(candidate).catch(() => {}); // of an offer that was ignored
  }

  /** Sends another track, or none, in place of the microphone's or the camera's. Nothing has to be agreed anew. */
  async send(kind, track) {
    this.#tracks[kind] = track;
    if (this.#hasBegun) await this.#pc?.getTransceivers()[kind === 'audio' ? MICROPHONE : CAMERA]?.sender.replaceTrack(track);
  }

  /** Shows the tracks of a screen, or of none. Both sides agree on it anew. @param {MediaStreamTrack[]} tracks */
  async share(tracks) {
    if (!this.#hasBegun) return;
    for (const kind of ['video', 'audio']) {
      const track = tracks.find(one => one.kind === kind);
      const place = this.#screen[kind];
      if (track && !place) this.#screen[kind] = this.#pc.addTransceiver(track, { direction: 'sendonly' });
      else if (place) {
        await place.sender.replaceTrack(track ?? null);
        place.direction = track ? 'sendonly' : 'inactive';
      }
    }
  }

  /** Looks for a way again: the network has changed, the machine slept, or the address is to be hidden from now on. */
  async restart() {
    if (!this.#pc || !this.#hasBegun) return;
    const configuration = await this.#how.configure();
    try {
      this.#pc?.setConfiguration({ ...configuration, bundlePolicy: 'max-bundle' });
    } catch {
      // with what it has
    }
    this.#pc?.restartIce();
    this.#tellAgain();
  }

  /** @returns {Promise<RTCStatsReport|null>} */
  stats() {
    return this.#pc?.getStats() ?? Promise.resolve(null);
  }

  close() {
    this.#away.abort();
    clearInterval(this.#ticker);
    clearTimeout(this.#restarting);
    clearTimeout(this.#gathering);
    clearTimeout(this.#unanswered);
    const pc = this.#pc;
    this.#pc = undefined;
    pc?.close();
  }

  // Agreeing

  async #offer() {
    if (!this.#hasBegun || !this.#pc) return; // whoever does not lead waits for the first offer
    try {
      this.#isOffering = true;
      await this.#pc.setLocalDescription();
      if (this.#pc.signalingState !== 'have-local-offer') return;
      this.#offered++;
      this.#tellOffer();
    } catch {
      // closed meanwhile, or the other side's offer came first: then this is called again
    } finally {
      this.#isOffering = false;
    }
  }

  async #describe({ type, sdp, offer }) {
    const pc = this.#pc;
    if (type === 'answer' && (pc.signalingState !== 'have-local-offer' || offer !== this.#offered)) return; // it came twice
    if (type === 'offer' && offer === this.#answer?.offer) return this.#on.send(this.#answer); // which did not arrive
    const isReady = !this.#isOffering && pc.signalingState === 'stable';
    if (type === 'offer' && !isReady && !this.#how.isPolite) return; // ours goes first
    if (!this.#isGenuine(sdp)) return this.#on.state('forged');
    await pc.setRemoteDescription({ type, sdp });
    if (type !== 'offer') return;
    if (!this.#hasBegun) await this.#join();
    await pc.setLocalDescription();
    this.#answer = { is: 'description', type: 'answer', sdp: pc.localDescription.sdp, offer };
    this.#on.send(this.#answer);
  }

  /** A page keeps its certificate for a whole call, so what comes later with another is not its. */
  #isGenuine(sdp) {
    const all = fingerprintsOf(sdp);
    this.#fingerprint ||= all[0];
    return all.length === 1 && all[0] === this.#fingerprint;
  }

  /** Answers the first offer with what this side sends. */
  async #join() {
    this.#hasBegun = true;
    for (const [kind, place] of [['audio', MICROPHONE], ['video', CAMERA]]) {
      const transceiver = this.#pc.getTransceivers()[place];
      if (!transceiver) continue;
      transceiver.direction = 'sendrecv';
      await transceiver.sender.replaceTrack(this.#tracks[kind]);
    }
  }

  #tellOffer() {
    this.#on.send({ is: 'description', type: 'offer', sdp: this.#pc.localDescription.sdp, offer: this.#offered });
    clearTimeout(this.#unanswered);
    this.#unanswered = setTimeout(() => this.#tellAgain(), ANSWERED_WITHIN);
  }

  /** While an offer or its answer is lost on the way, the two can agree on nothing else. */
  #tellAgain() {
    if (this.#pc?.signalingState !== 'have-local-offer' || this.#isOffering) return;
    this.#on.again();
    this.#tellOffer();
  }

  #tellCandidate(candidate) {
    this.#candidates.push(candidate.toJSON());
    this.#gathering ||= setTimeout(() => {
      this.#gathering = 0;
      this.#on.send({ is: 'candidates', list: this.#candidates.splice(0) });
    }, GATHERING);
  }

  #placeOf(transceiver, track) {
    const place = this.#pc.getTransceivers().indexOf(transceiver);
    return place === MICROPHONE ? 'audio' : place === CAMERA ? 'video' : `screen-${track.kind}`;
  }

  // Staying connected

  #watchNetwork() {
    const { signal } = this.#away;
    const network = navigator.connection;
    let kind = network?.type;
    addEventListener('online', () => this.restart(), { signal });
    network?.addEventListener('change', () => kind !== (kind = network.type) && this.restart(), { signal });
    this.#ticker = setInterval(() => {
      if (Date.now() - this.#ticked > SLEPT) this.restart();
      this.#ticked = Date.now();
    }, TICK);
  }

  get #isReached() {
    return ['connected', 'completed'].includes(this.#pc?.iceConnectionState);
  }

  #look() {
    if (!this.#pc) return;
    const [{ connectionState: state, iceConnectionState: ice }, isReached] = [this.#pc, this.#isReached];
    // There is a way to somebody, who does not have the certificate that was promised.
    if (state === 'failed' && isReached) return this.#on.state('forged');
    if (state === 'connected' && isReached) {
      clearTimeout(this.#restarting);
      this.#restarting = 0;
      this.#on.state('open');
    } else if (ice === 'disconnected' || ice === 'failed' || state === 'failed') {
      this.#on.state('lost');
      this.#restarting ||= setTimeout(() => this.#restartAgain(), ice === 'failed' ? 0 : FIRST_RESTART);
    }
  }

  #restartAgain() {
    this.#restarting = setTimeout(() => this.#restartAgain(), NEXT_RESTART);
    this.restart();
  }
}
