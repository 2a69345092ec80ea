/** Calls in a pipe. What they need is loaded when somebody rings or is rung. */

const LOST = 'A part of this page could not be loaded. Check your connection, then try again.';
const desk = () => import('./calls/desk.js').catch(() => {
  throw new Error(LOST);
});

/** Rings the other side of a pipe. @param {object} pipe */
export const ring = async pipe => (await desk()).deskOf(pipe).ring();

/** Hears when the other side rings, and ends a call with its pipe. @param {object} pipe @param {(problem: string) => void} say */
export function prepareCalls(pipe, say) {
  pipe.onWord = (said, created) => desk().then(({ deskOf }) => deskOf(pipe).hear(said, created)).catch(failure => say(failure.message));
}
