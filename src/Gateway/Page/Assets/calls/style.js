/** How calls look. A style sheet that is loaded later would be refused in the page that is one file; this is none. */

const CSS = `
.talk:has(> .call) { display: flex; flex-direction: column; }
.talk:has(> .call) .scroller { flex: 1; min-height: 0; height: auto; }
.call { display: flex; flex-direction: column; gap: .6rem; flex: 0 1 auto; min-height: 7.5rem; max-height: min(62dvh, 100% - 5rem); overflow-y: auto; margin: .6rem 1rem 0; padding: .7rem .8rem .8rem; border: 1px solid var(--line); border-radius: 1.2rem; background: var(--card); box-shadow: var(--shadow); }
.call.large { position: fixed; z-index: 5; inset: 0; max-height: none; margin: 0; border: 0; border-radius: 0; padding-bottom: max(.8rem, env(safe-area-inset-bottom)); }
.call > :not(.stage) { flex: none; }
.call .about { display: flex; flex-wrap: wrap; align-items: center; gap: .15rem .6rem; min-height: 1.75rem; padding: 0 .3rem; }
.call .about h2 { flex: 1 1 auto; font-size: 1rem; }
.call .about .time { color: var(--soft); font-variant-numeric: tabular-nums; }
.call .way { padding: .3rem .2rem; font-size: .92rem; }
.call .measure { display: inline-flex; align-items: center; gap: .4rem; color: var(--soft); font-size: .84rem; }
.call .bars { display: inline-flex; align-items: end; gap: 2px; height: .8rem; }
.call .bars i { width: 3px; height: 33%; border-radius: 1px; background: var(--line); }
.call .bars i:nth-child(2) { height: 66%; }
.call .bars i:nth-child(3) { height: 100%; }
.call .bars[data-level="1"] i:nth-child(-n+1) { background: var(--danger); }
.call .bars[data-level="2"] i:nth-child(-n+2) { background: var(--accent); }
.call .bars[data-level="3"] i { background: var(--good); }
.call .stage { position: relative; flex: 0 1 auto; display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: .5rem; min-height: 4rem; }
.call .stage:not(:has(> :not([hidden]))) { display: none; }
.call video { display: block; width: 100%; height: 100%; min-height: 0; max-height: 46dvh; border-radius: .9rem; background: #14120e; object-fit: contain; }
.call.large .stage { flex: 1; }
.call.large video { max-height: none; }
.call .own-video { position: absolute; right: .5rem; bottom: .5rem; width: clamp(5.5rem, 22%, 11rem); height: auto; min-height: 0; aspect-ratio: 16 / 9; border: 2px solid var(--card); border-radius: .7rem; object-fit: cover; transform: scaleX(-1); }
.call .own-video.alone { position: static; justify-self: center; width: min(100%, 22rem); height: 100%; }
.call .controls { position: sticky; z-index: 1; bottom: 0; display: flex; flex-wrap: wrap; justify-content: center; gap: .5rem; background: var(--card); }
.call .controls button { display: inline-flex; flex-direction: column; align-items: center; justify-content: center; gap: .15rem; min-width: 4.1rem; min-height: 3.4rem; padding: .35rem .55rem; border: 1px solid var(--edge); border-radius: 1rem; background: var(--raised); color: var(--ink); font-size: .75rem; cursor: pointer; }
.call .controls button:hover { background: var(--tint); }
.call .controls button[aria-pressed=true], .call .controls button[aria-expanded=true] { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.call .controls .hang { border-color: transparent; background: light-dark(#b3261e, #ff9d90); color: light-dark(#fff, #3a0d08); }
.call .controls .hang:hover { background: light-dark(#8f1d17, #ffb8ae); }
.call .controls .take { border-color: transparent; background: var(--good); color: light-dark(#fff, #05241c); }
.call .controls .take:hover { background: light-dark(#084d3e, #9be5cc); }
.call .controls button:disabled { opacity: .5; cursor: default; }
.call button:not([aria-pressed=true]) .p-off { display: none; }
.call .problem:not(:empty) { margin: 0; }
.call .problem:empty { display: none; }
.call .choice { display: grid; gap: .7rem; padding: .2rem .3rem; overflow-y: auto; }
.call .choice .row { margin: 0; }
.call .choice .gives { padding: 0; }
.call .choices-of { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .7rem; }
.call .hide { display: flex; align-items: start; gap: .6rem; font-size: .92rem; cursor: pointer; }
.call .hide input { width: 1.15rem; min-width: 1.15rem; min-height: 0; height: 1.15rem; margin: .2rem 0 0; padding: 0; accent-color: var(--accent); }
.call .gives { padding: 0 .3rem; color: var(--soft); font-size: .84rem; text-wrap: pretty; }
.call .stage:has(> .other-video:not([hidden]) + .other-screen:not([hidden])) { grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); }
.call:not(.large):has(.choice:not([hidden])) { max-height: min(62dvh, 100% - .7rem); }
.call:has(.choice:not([hidden])) > * { flex: none; }
.call:not(.large):has(.choice:not([hidden])) video { height: 7.5rem; }
.call:not(.large):has(.choice:not([hidden])) .own-video:not(.alone) { width: 5.5rem; height: auto; }
@media (max-width: 36rem) {
  .call { max-height: min(62dvh, 100% - .5rem); margin: .4rem .5rem 0; padding: .5rem .5rem .6rem; }
  .call:not(.large):has(.choice:not([hidden])) video { height: 4.5rem; }
  .call .controls { gap: .35rem; }
  .call .controls button { flex: 1 1 4rem; min-width: 3.8rem; padding: .3rem .2rem; }
  .call .stage:has(> .other-video:not([hidden]) + .other-screen:not([hidden])) { grid-auto-flow: row; grid-template-columns: minmax(0, 1fr); }
  .call:has(.choice:not([hidden])) .stage:has(> .other-video:not([hidden]) + .other-screen:not([hidden])) { grid-auto-flow: column; grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media (max-height: 30rem) {
  .call:not(.large) { max-height: 80dvh; }
  .call .controls button { min-height: 2.75rem; flex-direction: row; }
}
@media (forced-colors: active) {
  .call .controls button, .call .bars i { border: 1px solid; }
}
`;

/** Makes it apply, once. */
export function dress() {
  if (document.adoptedStyleSheets.some(sheet => sheet.isOfCalls)) return;
  const sheet = Object.assign(new CSSStyleSheet(), { isOfCalls: true });
  sheet.replaceSync(CSS);
  document.adoptedStyleSheets.push(sheet);
}
