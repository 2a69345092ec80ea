/** What the server can see, in plain words, for the kind of stream that is open. */

import { element } from './bubble.js';
import { byId, show } from './dialogs.js';

const ALWAYS = [
  'Your network address and the time, as with any web server. It records neither.',
  'That your browser is connected, and to which stream.',
];

const FACTS = {
  plain: {
    lead: 'This stream is not encrypted: use it for what anybody may read.',
    sees: ['Every message and the name you chose.', ...ALWAYS, 'Whether you are typing or away, if you chose a name.'],
    not: ['Messages that are gone. They are held in memory only, never on a disk, and vanish when nobody has written for a while.'],
  },
  encrypted: {
    lead: 'This stream is encrypted in your browser. The key is in the link, in the part that browsers never send.',
    sees: [...ALWAYS, 'When messages are sent, how many, and their size rounded up to a step.'],
    not: ['What is said, and the names of those who say it.', 'What you call the stream. The server sees a name that looks random.', 'The key.'],
    but: ['Whoever has the link can read everything. The link also stays in your browser’s history.', 'The page itself comes from this server. You trust it to serve an honest page; the code is open and short enough to read.'],
  },
  pipe: {
    lead: 'This is a secure pipe: the two pages made the keys, which never leave them.',
    sees: [...ALWAYS, 'When messages are sent, how many, and their size rounded up to a step.'],
    not: ['What is said, and who you are.', 'The keys. Even a recording of everything can’t be read later: the keys are gone when a page is closed.', 'It can’t step in between: a swapped key, a repeated or a reordered message is noticed.'],
    but: ['The page itself comes from this server. You trust it to serve an honest page; the code is open and short enough to read.', 'Both of you see the same safety code. To be more certain, compare it by voice.'],
  },
};

/** @param {string} kind */
export function showServer(kind) {
  const { lead, sees, not, but } = FACTS[kind];
  const body = byId('server-body');
  body.replaceChildren(element('p', 'lead', lead), ...list('It sees', sees, 'sees'), ...list('It does not see', not, 'not'));
  if (but) body.append(...list('Good to know', but, 'but'));
  body.append(element('p', 'quiet', 'If this server offers ChatGPT (/malten …), it sends a question and the stream’s recent messages to OpenAI in clear. The microphone button uses your browser’s own speech recognition; some browsers send the sound to their maker.'));
  show('server');
}

function list(title, facts, className) {
  const whole = element('ul', className);
  whole.append(...facts.map(fact => element('li', '', fact)));
  return [element('h3', '', title), whole];
}
