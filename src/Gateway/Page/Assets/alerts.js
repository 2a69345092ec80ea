/**
 * Tells of news while the tab is hidden, for those who want it: by a short tone and a notification of the browser's own.
 * Neither has a text in it, nor the name of a stream that is encrypted, and nothing comes from outside.
 */

const EVERY = 3000; // milliseconds between two of them
const TONE = { hertz: 660, seconds: 0.18, volume: 0.12 };
const DENIED = 'A short tone while this tab is hidden. This browser was told to show no notifications of this page: its settings can change that';

let audio = null; // while they are on
let last = -Infinity;

/** Turns them on or off. The browser may ask before it shows notifications; until it has been answered, there is the tone. @param {HTMLElement} button */
export function toggle(button) {
  if (audio) audio.close();
  audio = audio ? null : new AudioContext();
  button.ariaPressed = audio !== null;
  if (audio && globalThis.Notification?.permission === 'default') Notification.requestPermission().then(() => explain(button));
  explain(button);
}

/** A message has come. @param {{kind: string, title: string}} channel */
export function tell({ kind, title }) {
  if (!audio || !document.hidden || Date.now() - last < EVERY) return;
  last = Date.now();
  sound();
  if (globalThis.Notification?.permission !== 'granted') return;
  try {
    const shown = new Notification('Malten', { body: kind === 'plain' ? `New message in ${title}` : 'New encrypted message', tag: 'malten' });
    shown.onclick = () => focus();
  } catch {
    // on phones only an installed worker may show them; the tone has been heard
  }
}

/** Says on the button what it does; where notifications were denied, that. */
function explain(button) {
  button.dataset.usual ??= button.title;
  button.title = globalThis.Notification?.permission === 'denied' ? DENIED : button.dataset.usual;
}

function sound() {
  audio.resume().catch(() => {}); // a browser may have paused it meanwhile
  const [tone, volume, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime];
  tone.frequency.value = TONE.hertz;
  volume.gain.setValueAtTime(TONE.volume, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + TONE.seconds);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + TONE.seconds);
}
