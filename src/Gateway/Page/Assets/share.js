/** Handing a stream's link to others, and saying what that gives away. */

import { linkTo } from './address.js';
import { byId, show } from './dialogs.js';

const NOTES = {
  plain: 'Whoever has this link can read what is still held, write, and pass it on. The stream’s name is in it.',
  encrypted: 'This link holds the key. Whoever has it can read everything that is still held, write, and pass it on; there is no way to take it back. Send it by a way that you trust, and not through a place that shows previews of links.',
  pipe: 'This link opens once, for one person. If somebody else opens it first, your friend will be told that it is used up: then begin a new one.',
};

let link = '';

export function prepareSharing() {
  byId('share-copy').addEventListener('click', async () => {
    byId('share-said').textContent = await copy(byId('share-link')) ? 'Copied.' : 'Copy it by hand: it is selected.';
  });
  const native = byId('share-native');
  native.hidden = !navigator.share;
  byId('share-copy').classList.toggle('primary', native.hidden);
  native.addEventListener('click', async () => {
    try {
      await navigator.share({ title: 'Malten', url: link });
      byId('share').close();
    } catch (failure) {
      if (failure.name !== 'AbortError') byId('share-said').textContent = 'Sharing did not work here; copy the link.';
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

/** The clipboard exists only where there is https; elsewhere the browser's older way does it. */
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
