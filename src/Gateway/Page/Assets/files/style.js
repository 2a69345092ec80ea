/** How files look. A style sheet that is loaded later would be refused in the page that is one file; this is none. */

const CSS = `
.files { display: grid; gap: .5rem; max-height: min(17rem, 38dvh); margin: 0 0 .5rem; padding: .1rem; overflow: auto; }
.files:empty { display: none; }
.file { position: relative; display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; gap: .1rem .8rem; }
.file { padding: .6rem 2.9rem .65rem .9rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card); }
.file > p, .file > progress { grid-column: 1; }
.file-name { display: flex; align-items: baseline; gap: .4rem; min-width: 0; font-weight: 600; }
.file-name svg { flex: none; align-self: start; width: 1rem; height: 1rem; margin-top: .25rem; color: var(--accent); }
.file-name bdi { overflow-wrap: anywhere; }
.file-about, .file-state { color: var(--soft); font-size: .84rem; overflow-wrap: anywhere; }
.file-state { font-variant-numeric: tabular-nums; }
.file[data-state=failed] .file-state { color: var(--danger); }
.file[data-state=done] .file-state { color: var(--good); }
.file progress { width: 100%; height: .4rem; margin: .25rem 0; border: 0; border-radius: .2rem; overflow: hidden; }
.file progress { background: var(--tint); accent-color: var(--accent); appearance: none; }
.file progress::-webkit-progress-bar { background: var(--tint); }
.file progress::-webkit-progress-value { background: var(--accent); }
.file progress::-moz-progress-bar { background: var(--accent); }
.file-buttons { grid-column: 2; grid-row: 1 / span 4; display: flex; flex-wrap: wrap; gap: .4rem; justify-content: end; }
.file-buttons > * { min-height: 2.5rem; padding: .35rem .9rem; }
.file-buttons a { display: inline-flex; align-items: center; border-radius: 99rem; font-weight: 600; text-decoration: none; }
.file-buttons a { background: var(--accent); color: var(--on-accent); }
.file-close { position: absolute; top: .3rem; right: .3rem; width: 2.4rem; min-width: 2.4rem; height: 2.4rem; }
.files-way { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .8rem; margin: 0 0 .5rem; color: var(--soft); font-size: .84rem; }
.files-way[hidden] { display: none; }
.files-way label { display: inline-flex; align-items: center; gap: .5rem; min-height: 2rem; margin: 0; color: var(--ink); font-size: .92rem; cursor: pointer; }
.files-way input { flex: none; width: 1.15rem; min-width: 1.15rem; height: 1.15rem; min-height: 0; margin: 0; padding: 0; accent-color: var(--accent); }
.files-way label span { white-space: nowrap; }
:root:has(.call) .files { max-height: min(12rem, 22dvh); }
.talk.dropping { outline: 2px dashed var(--accent); outline-offset: -.6rem; border-radius: var(--radius); }
@media (max-width: 40rem) {
  .file { grid-template-columns: minmax(0, 1fr); }
  .file-buttons { grid-column: 1; grid-row: auto; justify-content: start; margin-top: .3rem; }
  .file-buttons:empty { display: none; }
}
`;

/** Lets the page look so; once is enough. */
export function dress() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
