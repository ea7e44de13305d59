import { announce, byId } from "./page.js";
import { residentSentIt } from "./typing.js";

// The thread: stays at the end when it is read at the end, and tells screen readers what is new.

export function followThread() {
  const pane = byId("watek-okno");
  const more = byId("nowe-wiadomosci");
  const thread = () => byId("watek");
  const entries = () => [...thread().querySelectorAll(".wpis[data-seq], .wpis-notatka")];
  let last = entries().at(-1)?.id;
  let atEnd = true;
  const toEnd = () => { pane.scrollTop = pane.scrollHeight; more.hidden = true; };
  let height = pane.clientHeight;
  const measure = () => {
    // A notice above has just made the pane lower: not the reader's doing, and the observer below puts it right.
    if (pane.clientHeight !== height) return;
    atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
    if (atEnd) more.hidden = true;
  };
  pane.addEventListener("scroll", measure, { passive: true });
  more.addEventListener("click", () => { toEnd(); pane.focus(); });
  document.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
    if (detail.target.id !== "watek") return;
    const all = entries();
    // What stands below the entry that was last; earlier ones that were asked for come in above it.
    const fresh = all.slice(all.findIndex((entry) => entry.id === last) + 1);
    if (!fresh.length) return;
    last = all.at(-1).id;
    if (fresh.some((entry) => entry.matches(".wpis-resident"))) residentSentIt();
    announce(fresh.map((entry) => {
      const who = entry.querySelector(".wpis-kto strong").textContent;
      return `${who}: ${entry.querySelector(".wpis-tresc").textContent}`;
    }).join(" "));
    if (atEnd || fresh.at(-1).matches(".wpis-staff, .wpis-notatka")) toEnd();
    else more.hidden = false;
  });
  new ResizeObserver(() => { height = pane.clientHeight; if (atEnd) toEnd(); }).observe(pane);
  // What unfolds under the last message would open out of sight.
  pane.addEventListener("toggle", ({ target }) => {
    if (target.open) target.lastElementChild.scrollIntoView({ block: "nearest" });
  }, true);
  toEnd();
}
