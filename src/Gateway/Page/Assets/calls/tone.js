/** The tone of a call that rings, made by the browser: nothing is loaded. */

const EVERY = { rung: 2500, ringing: 4000 }; // milliseconds
const TONES = { rung: [660, 880], ringing: [440] }; // hertz
const SECONDS = 0.35;
const VOLUME = 0.1;

export class Tone {
  #audio = null;
  #timer = 0;
  #playing = '';

  /** Plays what belongs to a phase of a call; nothing for most. @param {import('./call.js').CallPhase} phase */
  play(phase) {
    const next = TONES[phase] ? phase : '';
    if (next === this.#playing) return;
    this.#playing = next;
    clearInterval(this.#timer);
    if (!next) {
      this.#audio?.close();
      this.#audio = null;
      return;
    }
    this.#audio ??= new AudioContext();
    this.#sound();
    this.#timer = setInterval(() => this.#sound(), EVERY[next]);
  }

  #sound() {
    TONES[this.#playing].forEach((hertz, index) => this.#beep(hertz, this.#audio.currentTime + index * SECONDS));
  }

  #beep(hertz, at) {
    const [tone, volume] = [this.#audio.createOscillator(), this.#audio.createGain()];
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(VOLUME, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + SECONDS);
    tone.connect(volume).connect(this.#audio.destination);
    tone.start(at);
    tone.stop(at + SECONDS);
  }
}
