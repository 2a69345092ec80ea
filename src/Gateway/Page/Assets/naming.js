/** The dialog in which one chooses a name, for plain streams or for those whose messages the server can't read. */

import { byId, onSubmit, show } from './dialogs.js';
import { faultOf, ownName, setOwnName } from './speaker.js';
import { visible } from './text.js';

const LABEL = 'This is a label, not an account: anybody may use the same one. ';
const NOTES = {
  plain: 'The server sees it. It is kept in this tab only. Leave it empty to write without a name.',
  sealed: 'The server does not see it here. It is not used in plain streams, and is gone when the page is closed or reloaded.',
};

const kind = () => document.documentElement.dataset.kind;

export function showName() {
  const name = ownName(kind());
  byId('name-button').textContent = name ? `You are ${name}` : 'Choose a name';
}

/** @param {() => void} renamed @returns {() => void} opens the dialog */
export function prepareName(renamed) {
  onSubmit('name', async () => {
    const name = visible(byId('name-input').value);
    const fault = faultOf(name);
    if (fault) throw new Error(fault);
    setOwnName(name, kind());
    showName();
    byId('name').close();
    renamed();
  });
  return () => {
    byId('name-input').value = ownName(kind());
    const plain = ownName('plain');
    byId('name-note').textContent = LABEL + (kind() === 'plain' ? NOTES.plain
      : NOTES.sealed + (plain && ` In plain streams you are “${plain}”, which the server sees: choose another name here if it should not know you by it.`));
    show('name');
    byId('name-input').select();
  };
}
