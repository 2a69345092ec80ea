/** Speaking instead of typing, by the browser's own recognition. Words appear in the box; only the user sends them. */

const NOTE = 'Listening. Some browsers send the sound to their maker to turn it into words.';
const FAULTS = {
  'not-allowed': 'The microphone or speech recognition is not allowed here. You can change that in your browser’s settings.',
  'audio-capture': 'No microphone was found.',
  network: 'The browser’s speech recognition can’t be reached.',
};

/**
 * @param {HTMLButtonElement} button shown only where the browser recognizes speech
 * @param {HTMLTextAreaElement} box
 * @param {(text: string) => void} say shows people what is happening
 */
export function prepareSpeech(button, box, say) {
  const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
  button.hidden = !Recognition;
  if (!Recognition) return;
  let listening = null;

  const stop = words => {
    const ended = listening;
    listening = null;
    button.setAttribute('aria-pressed', 'false');
    say(words);
    ended?.stop();
  };

  const start = () => {
    const recognition = new Recognition();
    const [before, after] = [box.value.slice(0, box.selectionStart), box.value.slice(box.selectionEnd)];
    Object.assign(recognition, { continuous: true, interimResults: true, lang: navigator.language });
    recognition.onresult = ({ results }) => {
      if (recognition !== listening) return;
      const heard = Array.from(results, result => result[0].transcript.trim()).filter(Boolean).join(' ');
      const start = before && !/\s$/.test(before) ? `${before} ` : before;
      box.value = start + heard + (after && !/^\s/.test(after) ? ` ${after}` : after);
      box.setSelectionRange(start.length + heard.length, start.length + heard.length);
      box.dispatchEvent(new CustomEvent('input', { bubbles: true, detail: 'spoken' }));
    };
    recognition.onerror = ({ error }) => recognition === listening && error !== 'no-speech' && stop(FAULTS[error.replace('service-', '')] ?? '');
    recognition.onend = () => recognition === listening && stop('');
    listening = recognition;
    button.setAttribute('aria-pressed', 'true');
    say(NOTE);
    recognition.start();
  };

  button.addEventListener('click', () => (listening ? stop('') : start()));
  // Typing or sending stops the recognition: further words would overwrite what was typed.
  box.addEventListener('input', event => listening && event.detail !== 'spoken' && stop(''));
  box.form.addEventListener('submit', () => listening && stop(''));
  box.addEventListener('keydown', event => listening && event.key === 'Enter' && !event.shiftKey && stop(''));
}
