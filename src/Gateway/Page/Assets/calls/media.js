/** What this side sends: a microphone, a camera, a screen; and which of the devices. */

const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const WHY = {
  NotAllowedError: 'is not allowed here: you can change that in your browser’s settings',
  NotFoundError: 'was not found',
  NotReadableError: 'is in use by another program',
};

/** @param {string} what @param {Error} failure @returns {string} for people */
export const whyNot = (what, failure) => `${what} ${WHY[failure.name] ?? 'can’t be used'}.`;

/** @returns {Promise<?MediaStream>} null where nobody chose one, which is no failure @throws {Error} when it can’t be captured */
async function pickScreen() {
  try {
    return await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
  } catch (failure) {
    if (failure.name === 'NotAllowedError') return null;
    throw new Error('', { cause: failure }); // its name says something else of screens than of devices
  }
}

export class Media {
  /** The tracks that are sent. @type {{audio: ?MediaStreamTrack, video: ?MediaStreamTrack, screen: MediaStreamTrack[]}} */
  audio = null;
  video = null;
  screen = [];
  isMuted = false;
  #wishes = { audio: 0, video: 0 }; // how often each was turned on or off: what comes for an earlier wish is not wanted any more
  #isPicking = false;
  #chosen = { audio: '', video: '', output: '' };
  #onChange;
  #away = new AbortController();

  /** @param {(kind: 'audio'|'video'|'screen'|'devices', problem?: string) => void} onChange of what is sent, or of what could be */
  constructor(onChange) {
    this.#onChange = onChange;
    navigator.mediaDevices.addEventListener('devicechange', () => onChange('devices'), { signal: this.#away.signal });
  }

  /** Which device is used. @param {'audio'|'video'|'output'} kind @returns {string} its id; empty for the browser's choice */
  chosen(kind) {
    return this[kind]?.getSettings().deviceId ?? this.#chosen[kind];
  }

  /** @returns {Promise<Record<'audio'|'video'|'output', {id: string, label: string}[]>>} */
  async devices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    const of = (kind, name) => all.filter(one => one.kind === kind && one.deviceId)
      .map(({ deviceId: id, label }, index) => ({ id, label: label || `${name} ${index + 1}` }));
    return { audio: of('audioinput', 'Microphone'), video: of('videoinput', 'Camera'), output: of('audiooutput', 'Speaker') };
  }

  /** Turns the microphone or the camera on, or changes to another one. @param {'audio'|'video'} kind @param {string} [id] of a device */
  async start(kind, id = this.#chosen[kind]) {
    if (this.#away.signal.aborted) return; // outside a call, nothing is opened
    this.#chosen[kind] = id;
    const wish = ++this.#wishes[kind];
    const isOver = () => this.#away.signal.aborted || wish !== this.#wishes[kind];
    const device = id ? { deviceId: { exact: id } } : {};
    const wanted = kind === 'audio' ? { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...device } : { ...CAMERA, ...device };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ [kind]: wanted });
    } catch (failure) {
      if (isOver()) return;
      if (!id || failure.name === 'NotAllowedError') throw failure;
      return this.start(kind, ''); // it was unplugged
    }
    const [track] = stream.getTracks();
    if (isOver()) return track.stop();
    this[kind]?.stop();
    this[kind] = track;
    track.enabled = kind === 'video' || !this.isMuted;
    track.onended = () => this[kind] === track && this.#lose(kind);
    this.#onChange(kind);
  }

  /** Turns the camera off, and its light. @param {'audio'|'video'} kind @param {string} [problem] */
  stop(kind, problem) {
    this.#wishes[kind]++;
    this[kind]?.stop();
    this[kind] = null;
    this.#onChange(kind, problem);
  }

  mute(isSo) {
    this.isMuted = isSo;
    if (this.audio) this.audio.enabled = !isSo;
    this.#onChange('audio');
  }

  /** Shows a screen, a window or a tab, which the browser has people choose. */
  async share() {
    if (this.#isPicking || this.#away.signal.aborted) return;
    this.#isPicking = true;
    const stream = await pickScreen().finally(() => (this.#isPicking = false));
    if (!stream) return;
    if (this.#away.signal.aborted) return stream.getTracks().forEach(track => track.stop());
    this.screen = stream.getTracks();
    for (const track of this.screen) {
      if (track.kind === 'video') track.contentHint = 'detail';
      track.onended = () => this.screen.includes(track) && track.kind === 'video' && this.unshare();
    }
    this.#onChange('screen');
  }

  unshare() {
    for (const track of this.screen) track.stop();
    this.screen = [];
    this.#onChange('screen');
  }

  /** @param {string} id of the speaker */
  choose(kind, id) {
    this.#chosen[kind] = id;
  }

  /** Lets go of all devices. */
  close() {
    this.#away.abort();
    for (const track of [this.audio, this.video, ...this.screen]) track?.stop();
    [this.audio, this.video, this.screen] = [null, null, []];
  }

  /** A device has gone while it was used. Another microphone takes its place; another camera could show what nobody is to see. */
  async #lose(kind) {
    if (kind === 'video') return this.stop(kind, 'Your camera has gone. Turn it on again to use another one.');
    try {
      await this.start(kind, '');
      this.#onChange('devices', 'Your microphone has gone. Another one took its place.');
    } catch {
      this.stop(kind, 'Your microphone has gone.');
    }
  }
}
