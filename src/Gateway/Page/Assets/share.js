/** Shares a stream's link, and says what the link gives away. */

import { linkTo } from './address.js';
import { byId, show } from './dialogs.js';

const NOTES = {
  plain: 'Whoever has this link can read what is still held, write, and pass it on. The link contains the stream’s name.',
  encrypted: 'This link holds the key. Whoever has it can read everything that is still held, write, and pass it on; there is no way to take it back. Send it by a way that you trust.',
  trace: 'This link holds the key. Whoever has it can read what is said while they are here, write, and copy what they see. Send it by a way that you trust.',
  pipe: 'This link opens once, for one person. If somebody else opens it first, your friend will be told that it is used up: then start a new pipe.',
};

let link = '';

function prepare() {
  byId('share-copy').addEventListener('click', async () => {
    byId('share-said').textContent = await copy(byId('share-link')) ? 'Copied.' : 'The link is selected: copy it by hand.';
  });
  byId('share').addEventListener('close', () => (link = byId('share-link').value = '')); // it may hold a secret
  const native = byId('share-native');
  native.hidden = !navigator.share;
  byId('share-copy').classList.toggle('primary', native.hidden);
  native.addEventListener('click', async () => {
    try {
      await navigator.share({ title: 'Malten', url: link });
      byId('share').close();
    } catch (failure) {
      if (failure.name !== 'AbortError') byId('share-said').textContent = 'Sharing did not work; copy the link instead.';
    }
  });
}

/** @param {{kind: string, link: string}} channel */
export function share(channel) {
  link = linkTo(channel.link);
  byId('share-link').value = link;
  byId('share-note').textContent = NOTES[channel.kind];
  byId('share-said').textContent = '';
  show('share');
  byId('share-copy').focus();
}

/** The clipboard API exists only over https; elsewhere the browser's older command copies the link. */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand('copy');
  }
}

prepare();
