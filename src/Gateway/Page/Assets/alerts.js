/**
 * Tells of news while the tab is hidden, for those who want it: by a short tone and a notification of the browser's own.
 * Neither has a text in it, nor the name of a stream that is encrypted, and nothing comes from outside.
 */

const EVERY = 3000; // milliseconds between two of them
const TONE = { hertz: 660, seconds: 0.18, volume: 0.12 };

export class Alerts {
  #audio = null; // while they are on
  #last = -Infinity;

  get isOn() {
    return this.#audio !== null;
  }

  /** Turns them on or off. The browser asks before it shows notifications; where it must not, there is the tone. */
  async toggle() {
    if (this.#audio) {
      await this.#audio.close();
      this.#audio = null;
      return;
    }
    this.#audio = new AudioContext();
    if (globalThis.Notification?.permission === 'default') await Notification.requestPermission();
  }

  /** A message has come. @param {{kind: string, title: string}} channel */
  tell({ kind, title }) {
    if (!this.#audio || !document.hidden || Date.now() - this.#last < EVERY) return;
    this.#last = Date.now();
    this.#sound(this.#audio);
    if (globalThis.Notification?.permission !== 'granted') return;
    try {
      const shown = new Notification('Malten', { body: kind === 'plain' ? `New message in ${title}` : 'New encrypted message', tag: 'malten' });
      shown.onclick = () => focus();
    } catch {
      // on phones only an installed worker may show them; the tone has been heard
    }
  }

  #sound(audio) {
    const [tone, volume, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime];
    tone.frequency.value = TONE.hertz;
    volume.gain.setValueAtTime(TONE.volume, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + TONE.seconds);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + TONE.seconds);
  }
}
