/** What the server, others and whoever takes the device can see and do in a stream that leaves no trace. */

import { PAGE, SEALED, TAMPER } from '../server.js';

export const FACTS = {
  lead: 'This stream is encrypted in your browser, and the server holds nothing of it. What each of you wrote lives in your own pages, and goes with you: when you close or reload the page, or are not connected for 20 seconds, it vanishes from every screen.',
  lists: [
    ['The server sees', 'sees', [...SEALED, 'When somebody comes and is handed what was said before, and about how much that is.']],
    ['The server does not see', 'not', ['What is said, and the names of those who say it.', 'What you call the stream. The server sees a name that looks random.', 'The key.']],
    ['The server can’t do unnoticed', 'not', [TAMPER, 'Leave out a message that a later one of the same author follows.', 'Show you anything again of a person whose farewell has reached you.']],
    ['The server can', 'but', ['Hold back messages, also those that you would be handed when you come, and whoever is here.', 'Pretend that somebody has left, or is still here: then what they wrote vanishes too early from your screen, or stays.', 'Record what it carries, and show it to those who come later as if its authors were still here. Without the link it can’t read it.', PAGE]],
    ['Others with the link', 'but', ['Can read all that is said while they are here, and copy what they see: nothing can take that back.', 'Can write under your name, but not with your key: then both show which key it is.', 'Can add words of their own to the past: what you are handed when you come has the date that its author gives it.']],
    ['Whoever takes this device later', 'but', ['Finds the link, with its key, in the browser’s history. It opens what is said from then on, and what those who are there still hand over; nothing of you, once this page is closed.']],
  ],
};
