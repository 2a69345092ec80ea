/** Asks a page that was opened from a file which node it is to speak to. */

import { byId, onSubmit, show } from './dialogs.js';
import { node, setNode } from './node.js';

/** @param {() => void} follow opens what the address names, once there is a node */
export function connect(follow) {
  if (node()) return follow();
  byId('node').addEventListener('cancel', event => event.preventDefault());
  onSubmit('node', async () => {
    const fragment = await setNode(byId('node-input').value.trim());
    if (fragment === null) throw new Error('No node answers at this address.');
    byId('node').close();
    if (fragment && fragment !== location.hash) location.hash = fragment;
    else follow();
  });
  show('node');
}
