/** Dialogs: the browser's own, which keep the focus inside, close on Escape and work with screen readers. */

import { button, useIcon } from './elements.js';

/** @param {string} id @returns {HTMLElement} */
export const byId = id => document.getElementById(id);

/** Gives each dialog with a head a close button, and closes it by that, and by a click outside it. */
export function prepareDialogs() {
  for (const dialog of document.querySelectorAll('dialog')) {
    const close = button('icon', '', () => dialog.close());
    close.ariaLabel = 'Close';
    close.append(useIcon('i-close'));
    dialog.querySelector('.head')?.append(close);
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
  dialog.querySelector('.problem')?.replaceChildren();
  if (byId('rail').matches(':popover-open')) byId('rail').hidePopover();
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export function closeAll() {
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
}

let asked = Promise.resolve();

/**
 * Questions wait for each other: none takes the place of one that somebody is about to answer.
 * @param {string} title @param {string} text @param {string} yes @param {() => boolean} [isStill] whether to ask it, once it is its turn
 * @returns {Promise<boolean>}
 */
export function ask(title, text, yes, isStill = () => true) {
  const answer = asked.then(() => isStill() && put(title, text, yes));
  asked = answer.then(() => new Promise(resolve => setTimeout(resolve))); // what the answer leads to may do away with the next question
  return answer;
}

function put(title, text, yes) {
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

/** @param {string} id of a dialog with a form @param {() => Promise<void>} action what its submission does; an error is shown in it */
export function onSubmit(id, action) {
  const [form, problem] = [byId(`${id}-form`), byId(`${id}-problem`)];
  const submit = form.querySelector('[type=submit]');
  form.addEventListener('submit', async event => {
    event.preventDefault();
    problem.textContent = '';
    submit.disabled = true;
    try {
      await action();
    } catch (failure) {
      problem.textContent = failure.message;
    } finally {
      submit.disabled = false;
    }
  });
}
