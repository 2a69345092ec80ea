/** What the server, others and whoever takes the device can see and do, for the kind of stream that is open. docs/encryption.md gives the reasons. */

import { element } from './elements.js';
import { byId, show } from './dialogs.js';

const ALWAYS = [
  'Your network address and the time, as any web server does. Malten records neither; whether this node runs Malten unchanged, you can’t check from here.',
  'That your browser is connected, and to which stream.',
];
export const SEALED = [...ALWAYS, 'When messages are sent, how many, and their size rounded up to a step.'];
export const TAMPER = 'Change, forge or repeat messages, or re-date them by more than two minutes.';
export const PAGE = 'This page comes from the server, and a changed page could send your keys anywhere. Save /malten.html, compare its SHA-256 with that in the release notes, and open it from your disk.';

const FACTS = {
  plain: {
    lead: 'This stream is not encrypted: use it for what anybody may read.',
    lists: [
      ['The server sees', 'sees', ['Every message and the name you chose.', ...ALWAYS, 'Whether you are typing or away, if you chose a name.']],
      ['The server can', 'but', ['Change, invent, reorder and leave out messages, under any name. You would not notice.']],
      ['Others who know the stream’s name', 'but', ['Can read and write, under your name too.']],
      ['Whoever takes this device later', 'but', ['Finds the stream’s name in the browser’s history, and can read what the server still holds: messages are gone when nobody has written for a while.']],
    ],
  },
  encrypted: {
    lead: 'This stream is encrypted in your browser. The key is in the link, in the part that browsers never send. Each author’s page signs what it writes.',
    lists: [
      ['The server sees', 'sees', SEALED],
      ['The server does not see', 'not', ['What is said, and the names of those who say it.', 'What you call the stream. The server sees a name that looks random.', 'The key.']],
      ['The server can’t do unnoticed', 'not', [TAMPER, 'Reorder what one author wrote, or put an answer above what its author had read.', 'Leave out messages that a later one of the same author follows, that a message you get names (each names the newest of up to four other authors), or that this page showed you before and that can’t have faded (but it may just have had no room for them).']],
      ['The server can', 'but', ['Hold back the newest messages, or everything. Until something comes that refers to them, you would not notice.', PAGE]],
      ['Others with the link', 'but', ['Can read all that is held, now and later, and pass it on. A link can’t be taken back.', 'Can write under your name, but not with your key: then both show which key it is. Each reload makes a new key.']],
      ['Whoever takes this device later', 'but', ['Finds the link, with its key, in the browser’s history, and can read what the server still holds. The key that signs is gone with the page.']],
    ],
  },
  pipe: {
    lead: 'This is a secure pipe: two pages, which made their keys together and change them with every message.',
    lists: [
      ['The server sees', 'sees', [...SEALED, 'The public keys of both pages, and whose turn it is.', 'When files go, and how many bytes each way.']],
      ['The server does not see', 'not', ['What is said, and who you are.', 'Files, nor their names and types.', 'The keys, nor the secret in the link.']],
      ['The server can’t do unnoticed', 'not', ['Step in between: every step of the beginning needs the secret in the link.', TAMPER, 'Reorder what one of you wrote.', 'Leave out messages: yours then stay “not received yet”, theirs are missing before the next one or at the farewell.']],
      ['The server can', 'but', ['Hold messages back, and cut the connection.', PAGE]],
      ['Others with the link', 'but', ['Whoever opens it first has the pipe. Whoever took it on its way to you can stand between: then your safety codes differ, but for one chance in 100 million. Compare them by voice.']],
      ['Whoever takes this device later', 'but', ['Finds at most a link that was used and opens nothing more. Keys stolen from the open page open no earlier message, and no later one once both have written again.', 'Sees what is on the screen. A page can’t wipe its memory, only let go of it: traces may last until the browser uses it again.']],
    ],
  },
};

/** @param {{kind: string, facts?: object}} [channel] `facts`: where its kind brings its own */
export function showServer({ kind, facts = FACTS[kind] } = { kind: 'plain' }) {
  const { lead, lists } = facts;
  byId('server-body').replaceChildren(
    element('p', 'lead', lead),
    ...lists.flatMap(([title, className, facts]) => list(title, facts, className)),
    element('p', 'quiet', 'If this server offers ChatGPT (/malten …), it sends a question and the stream’s recent messages to OpenAI in clear. The microphone button uses your browser’s own speech recognition; some browsers send the sound to their maker.'));
  show('server');
}

function list(title, facts, className) {
  const whole = element('ul', className);
  whole.append(...facts.map(fact => element('li', '', fact)));
  return [element('h3', '', title), whole];
}
