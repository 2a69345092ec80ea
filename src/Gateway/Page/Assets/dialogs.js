/** Dialogs: the browser's own, which keep the focus inside, close on Escape and work with screen readers. */

/** @param {string} id @returns {HTMLElement} */
export const byId = id => document.getElementById(id);

/** Closes a dialog by its close buttons, and by a click outside it. */
export function prepareDialogs() {
  for (const dialog of document.querySelectorAll('dialog')) {
    dialog.addEventListener('click', event => {
      if (event.target.closest('[data-close]') || (event.target === dialog && isBeside(event, dialog))) dialog.close();
    });
  }
}

function isBeside({ clientX: x, clientY: y }, dialog) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return x < left || x > right || y < top || y > bottom;
}

/** @param {string} id @returns {HTMLDialogElement} */
export function show(id) {
  const dialog = byId(id);
  if (byId('rail').matches(':popover-open')) byId('rail').hidePopover();
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export function closeAll() {
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
}

/**
 * @param {string} title @param {string} text @param {string} yes
 * @returns {Promise<boolean>}
 */
export function ask(title, text, yes) {
  const dialog = byId('ask');
  byId('ask-title').textContent = title;
  byId('ask-text').textContent = text;
  byId('ask-yes').textContent = yes;
  dialog.returnValue = '';
  byId('ask-yes').onclick = () => dialog.close('yes');
  byId('ask-no').onclick = () => dialog.close();
  show('ask');
  return new Promise(resolve => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }));
}
