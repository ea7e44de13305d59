/* The look. A constructed style sheet needs no inline style, so a strict host policy has nothing to refuse.
 *
 * Sizes are in em of the reader's own font size: the host's cannot change them. Borders that are transparent
 * here become visible in forced colours, where backgrounds go away.
 */

export const sheet = new CSSStyleSheet();

sheet.replaceSync(`
:host { all: initial !important; display: block !important; }
[hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }

.frame {
  --ink: #1a2b24; --muted: #4d5e56; --surface: #fff; --canvas: #f3f6f4; --line: #d3ddd7;
  --accent: #14603f; --accent-deep: #0e4a30; --accent-ink: #fff; --soft: #e4f1ea;
  --mine: #14603f; --mine-ink: #fff; --human: #fff6e5; --human-line: #e3c37f;
  --notice: #fff6e5; --notice-ink: #533b05; --notice-line: #e3c37f;
  --bad: #a3211b; --link: #0b5fb0; --focus: #14459b; --field: #72827a;
  --shadow: 0 1px 3px rgb(12 38 26 / .16), 0 12px 36px rgb(12 38 26 / .22);
  all: initial; color-scheme: light; direction: ltr; color: var(--ink);
  font: medium/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", system-ui, sans-serif;
  position: fixed; z-index: 2147483647; bottom: 1.25em; right: 1.25em; text-align: left;
}
.frame[data-theme="dark"] {
  --ink: #e8efeb; --muted: #b1c0b8; --surface: #1a231f; --canvas: #121916; --line: #37463f;
  --accent: #1d7a52; --accent-deep: #12523a; --soft: #1f3a2e; --mine: #1a6b48;
  --human: #33290f; --human-line: #8a6d24; --notice: #33290f; --notice-ink: #f6e3b4; --notice-line: #8a6d24;
  --bad: #ffb1aa; --link: #8fc7ff; --focus: #ffd76a; --field: #84968d; --shadow: 0 12px 36px rgb(0 0 0 / .6);
  color-scheme: dark;
}
.frame[data-position="left"] { right: auto; left: 1.25em; }
.frame[data-size="large"] { font-size: 130%; }
.frame[data-contrast="high"] {
  --ink: #fff; --muted: #fff; --surface: #000; --canvas: #000; --line: #fff; --accent: #ffe600; --accent-deep: #fff;
  --accent-ink: #000; --soft: #000; --mine: #000; --mine-ink: #fff; --human: #000; --human-line: #ffe600;
  --notice: #000; --notice-ink: #fff; --notice-line: #fff; --bad: #ffb1aa; --link: #ffe600; --focus: #3de0ff;
  --field: #fff; color-scheme: dark;
}

h2, p, ol { margin: 0; padding: 0; font: inherit; }
ol { list-style: none; }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit; word-spacing: inherit; margin: 0; }
button { cursor: pointer; touch-action: manipulation; }
:focus { outline: none; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.icon { width: 1.5em; height: 1.5em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8;
  stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }

.launcher { position: relative; display: flex; align-items: center; gap: .6em; min-height: 3.5em;
  padding: .5em 1.4em .5em 1.15em; border: 2px solid transparent; border-radius: 1.75em; font-weight: 600;
  background: var(--accent); color: var(--accent-ink); box-shadow: var(--shadow); }
.launcher:hover { background: var(--accent-deep); }
.badge { position: absolute; top: -.45em; right: -.25em; min-width: 1.75em; padding: 0 .4em; border-radius: 1em;
  background: #a3211b; color: #fff; border: 2px solid #fff; font-size: .85em; font-weight: 700; text-align: center; }

.panel { display: flex; flex-direction: column; width: 25.5em; max-width: calc(100vw - 2.5em); height: 43em;
  max-height: calc(100vh - 2.5em); max-height: calc(100dvh - 2.5em); overflow: hidden; background: var(--surface);
  border: 1px solid var(--line); border-radius: 1em; box-shadow: var(--shadow); animation: rise .18s ease-out; }
@keyframes rise { from { opacity: 0; transform: translateY(.75em); } }

header { display: flex; align-items: center; gap: .8em; flex: none; padding: .8em .6em .8em 1em;
  background: var(--accent); color: var(--accent-ink); border-bottom: 1px solid transparent; }
.sign { display: grid; place-items: center; flex: none; width: 2.6em; height: 2.6em; border-radius: 50%;
  background: var(--accent-deep); border: 1px solid transparent; }
.sign .icon:last-child, [data-owner="staff"] .sign .icon:first-child { display: none; }
[data-owner="staff"] .sign .icon:last-child { display: block; }
.names { flex: 1; min-width: 0; }
.names ~ .close { margin-left: -.5em; }
h2 { font-size: 1.1em; font-weight: 700; line-height: 1.3; }
#who { font-size: .875em; line-height: 1.35; overflow-wrap: anywhere; }
.close { display: grid; place-items: center; flex: none; width: 2.75em; height: 2.75em; min-width: 44px;
  min-height: 44px; padding: 0; border: 0; border-radius: 50%; background: none; }
[aria-controls="menu"] .icon { stroke-width: 3.2; }
.close:hover { background: var(--accent-deep); }
header :focus-visible { outline-color: #fff; outline-offset: -3px; }
h2:focus-visible { outline-offset: 2px; }

.notice { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .4em .8em;
  flex: none; padding: .6em 1em; font-size: .925em; background: var(--notice); color: var(--notice-ink);
  border-bottom: 1px solid var(--notice-line); }
.notice p { flex: 1 1 12em; }
.outline { min-height: 44px; padding: .4em 1em; border: 1px solid currentColor; border-radius: 1.5em;
  background: var(--surface); font-weight: 600; }
.outline:hover { text-decoration: underline; }

.middle { position: relative; display: flex; flex: 1; min-height: 7em; background: var(--canvas); }
.scroller { flex: 1; min-width: 0; overflow-y: auto; overscroll-behavior: contain; padding: .9em 1em 1em; }
.scroller:focus-visible { outline-offset: -4px; }
.wait { padding: 2em 0; text-align: center; color: var(--muted); }
.more { position: absolute; bottom: .6em; left: 50%; transform: translateX(-50%); display: flex; align-items: center;
  gap: .4em; min-height: 44px; padding: .3em 1.1em .3em .9em; border: 1px solid transparent; border-radius: 1.5em;
  background: var(--accent); color: var(--accent-ink); font-weight: 600; white-space: nowrap; box-shadow: var(--shadow); }
.more .icon { width: 1.2em; height: 1.2em; }

.day { margin: .25em 0 .9em; text-align: center; font-size: .85em; color: var(--muted); }
.message { display: flex; flex-direction: column; align-items: flex-start; margin-top: 1em; }
.message.follows { margin-top: .35em; }
.day + .message { margin-top: 0; }
.head { display: flex; flex-wrap: wrap; gap: 0 .6em; margin: 0 0 .25em .15em; font-size: .85em; color: var(--muted); }
.follows .head { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.author { font-weight: 600; color: var(--ink); }
.bubble { max-width: 92%; padding: .6em .9em; border: 1px solid var(--line); border-radius: .25em 1em 1em 1em;
  background: var(--surface); white-space: pre-wrap; overflow-wrap: anywhere; }
.bubble blockquote { margin: 0 0 .4em; padding: 0 0 0 .6em; border-left: 3px solid var(--field); font-size: .9em;
  color: var(--muted); }
.withdrawn .bubble { border-style: dashed; background: none; color: var(--muted); font-style: italic; }
.mark { margin: .2em .15em 0; font-size: .85em; color: var(--muted); }
.bubble a { color: var(--link); text-decoration: underline; text-underline-offset: .15em; border-radius: 2px; }
.bubble a.phone { white-space: nowrap; font-weight: 600; padding: .15em 0; }
.from-staff .bubble { background: var(--human); border-color: var(--human-line); }
.from-system .bubble { max-width: 100%; width: 100%; border-color: transparent; border-left: 4px solid var(--accent);
  border-radius: .25em; background: var(--soft); }
.from-resident { align-items: flex-end; }
.from-resident .head { margin: 0; }
.from-resident .bubble { max-width: 85%; border-color: transparent; border-radius: 1em 1em .25em 1em;
  background: var(--mine); color: var(--mine-ink); }
.unsent .bubble { background: var(--surface); color: var(--ink); border: 1px dashed var(--bad); }
.foot { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 0 .6em; text-align: right; margin: .2em .15em 0;
  font-size: .85em; color: var(--muted); }
.unsent .state, .error { color: var(--bad); font-weight: 600; }
.error { font-size: .85em; text-align: right; }
.acts { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 0 1em; }
.text { min-height: 44px; min-width: 44px; padding: .3em .15em; border: 0; background: none; color: var(--link);
  font-weight: 600; text-decoration: underline; text-underline-offset: .15em; }

.choices { display: flex; flex-wrap: wrap; gap: .5em; margin: .6em 0 .5em; }
.choice { display: flex; align-items: center; gap: .35em; min-height: 44px; max-width: 100%; padding: .45em 1em;
  border: 1px solid var(--accent); border-radius: 1.4em; background: var(--surface); color: var(--accent);
  font-size: .95em; font-weight: 600; line-height: 1.3; text-align: left; overflow-wrap: anywhere; }
[data-theme="dark"]:not([data-contrast="high"]) .choice { color: #9fdcbd; border-color: #58a883; }
[data-contrast="high"] .bubble, [data-contrast="high"] .panel { border-color: #fff; }
[data-contrast="high"] .from-resident .bubble { border: 2px solid var(--accent); }
[data-contrast="high"] .sign { background: #000; color: #ffe600; }
[data-contrast="high"] header :focus-visible { outline-color: #003a8c; }
.choice:hover { background: var(--soft); }
.choice .icon { display: none; width: 1.1em; height: 1.1em; }
.choice[aria-disabled] { background: none; border: 1px solid var(--line); color: var(--muted); font-weight: 400;
  cursor: default; }
.choice.chosen { background: var(--soft); border-color: var(--accent); color: var(--ink); font-weight: 600; }
.choice.chosen .icon { display: block; }

.menu { position: absolute; inset: 0; overflow-y: auto; overscroll-behavior: contain; padding: .5em .6em .9em;
  background: var(--surface); }
.item { display: flex; align-items: center; width: 100%; min-height: 44px; padding: .4em .6em; border: 0;
  border-radius: .5em; background: none; color: var(--ink); font-weight: 600; line-height: 1.35; text-align: left;
  text-decoration: none; }
.item:hover { background: var(--soft); text-decoration: underline; }
.item:focus-visible { outline-offset: -3px; }
.item[aria-pressed] { justify-content: space-between; gap: 1em; }
.item[aria-pressed]::after { content: ""; flex: none; width: 2.6em; height: 1.5em; border: 2px solid var(--muted);
  border-radius: 1em; background: radial-gradient(circle at .72em 50%, var(--muted) .42em, transparent .46em); }
.item[aria-pressed="true"]::after { border-color: var(--accent);
  background: radial-gradient(circle at calc(100% - .72em) 50%, var(--accent-ink) .42em, var(--accent) .46em); }
.item.danger, .outline.danger { color: var(--bad); }
.menu .small { margin: .6em .6em .5em; padding-top: .8em; border-top: 1px solid var(--line); }
.menu .small + .small { margin-top: 0; padding-top: 0; border-top: 0; }
.small { font-size: .875em; line-height: 1.45; color: var(--muted); }
.question { margin: .25em .6em; padding: .8em; border: 2px solid var(--bad); border-radius: .5em; }
.row { display: flex; flex-wrap: wrap; gap: .5em; margin-top: .7em; }
.result { padding: 0 .6em; font-weight: 600; }
.solid { min-height: 44px; padding: .4em 1.1em; border: 2px solid transparent; border-radius: 1.5em; font-weight: 600;
  background: var(--accent); color: var(--accent-ink); }
.solid:hover { background: var(--accent-deep); }
.rating { margin-top: 1.2em; padding: .9em 1em 1em; border: 1px solid var(--line); border-left: 4px solid var(--accent);
  border-radius: .25em; background: var(--surface); }
fieldset { min-width: 0; margin: 0 0 .6em; padding: 0; border: 0; }
legend { padding: 0 0 .3em; font-weight: 700; }
.score { display: flex; align-items: center; gap: .7em; min-height: 44px; cursor: pointer; }
.score input { flex: none; width: 1.35em; height: 1.35em; margin: 0 0 0 .2em; accent-color: var(--accent); }
.rating > label { display: block; margin-bottom: .2em; }
.rating textarea { width: 100%; resize: vertical; }
.rating .error { text-align: left; font-size: .925em; }

.thinking { display: flex; align-items: center; gap: .7em; margin-top: .9em; font-size: .9em; color: var(--muted);
  animation: appear .2s .35s both; }
@keyframes appear { from { opacity: 0; } }
.dots { display: flex; gap: .3em; padding: .65em .8em; border: 1px solid var(--line); border-radius: .25em 1em 1em 1em;
  background: var(--surface); }
.dots i { width: .45em; height: .45em; border-radius: 50%; background: var(--muted); animation: beat 1.2s infinite; }
.dots i:nth-child(2) { animation-delay: .15s; }
.dots i:nth-child(3) { animation-delay: .3s; }
@keyframes beat { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; } }

.composer { display: flex; align-items: flex-end; gap: .5em; flex: none; padding: .7em .75em .35em;
  border-top: 1px solid var(--line); }
textarea { flex: 1; min-width: 0; min-height: 2.9em; max-height: 9em; padding: .6em .85em; resize: none;
  border: 1px solid var(--field); border-radius: .9em; background: var(--surface); color: var(--ink);
  line-height: 1.5; overflow-y: auto; }
textarea::placeholder { color: var(--muted); opacity: 1; white-space: nowrap; }
textarea:focus-visible { outline-offset: 0; border-color: var(--focus); }
.send { display: grid; place-items: center; flex: none; width: 2.9em; height: 2.9em; min-width: 44px; min-height: 44px;
  padding: 0; border: 2px solid transparent; border-radius: 50%; background: var(--accent); color: var(--accent-ink); }
.send:hover { background: var(--accent-deep); }
.send .icon { width: 1.35em; height: 1.35em; }
.below { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 1.25em; flex: none;
  min-height: 2.6em; padding: 0 1em .3em; }
.below .text { text-align: left; font-size: .95em; }
.below p { flex: 1 1 11em; padding: .3em 0; font-size: .8em; line-height: 1.3; color: var(--muted); }
.below .text:not([hidden]) + p { text-align: right; }

@media (max-width: 480px), (max-height: 480px) {
  .panel { position: fixed; top: 0; left: 0; right: 0; width: auto; max-width: none; height: 100vh; height: 100dvh;
    max-height: none; border: 0; border-radius: 0; }
  header { padding-top: max(.6em, env(safe-area-inset-top)); padding-bottom: .6em; }
  .below { padding-bottom: max(.4em, env(safe-area-inset-bottom)); }
}
@media (max-width: 480px) { .frame[data-size="large"] { font-size: 125%; } }
@media (max-width: 360px) { .sign { display: none; } .composer { padding-inline: .6em; } }
@media (max-height: 400px) {
  .panel { overflow-y: auto; display: block; }
  .middle { height: auto; min-height: 60vh; max-height: 75vh; }
}
@media (max-width: 480px) { .frame { bottom: 1em; right: 1em; } .frame[data-position="left"] { left: 1em; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important;
  scroll-behavior: auto !important; } }
@media (forced-colors: active) {
  .launcher, .send, .sign, .more, .solid { border-color: ButtonBorder; }
  .item[aria-pressed]::after { border-color: ButtonText; background: none; }
  .item[aria-pressed="true"]::after { background: Highlight; forced-color-adjust: none; }
  header { border-bottom-color: CanvasText; }
  .bubble, .from-resident .bubble { border: 1px solid CanvasText; }
  .from-system .bubble { border-left: 4px solid Highlight; }
  .choice[aria-disabled] { color: GrayText; border-color: GrayText; }
  .choice.chosen { color: CanvasText; border-color: Highlight; border-width: 2px; }
  .dots i { background: CanvasText; }
  :focus-visible { outline-color: Highlight; }
}
@media print { .launcher { display: none; } }
`);
