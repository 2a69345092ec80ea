/** Asks a page that was opened from a file which node it is to speak to. */

import { byId, show } from './dialogs.js';
import { node, setNode } from './node.js';

/** @param {() => void} follow opens what the address names, once there is a node */
export function connect(follow) {
  if (node()) return follow();
  byId('node').addEventListener('cancel', event => event.preventDefault());
  byId('node-form').addEventListener('submit', async event => {
    event.preventDefault();
    const fragment = await setNode(byId('node-input').value.trim());
    byId('node-problem').textContent = fragment === null ? 'No node answers at this address.' : '';
    if (fragment === null) return;
    byId('node').close();
    if (fragment && fragment !== location.hash) location.hash = fragment;
    else follow();
  });
  show('node');
}
