import { announce, byId } from "./page.js";

// The thread: stays at the end when it is read at the end, and tells screen readers what is new.

export function followThread() {
  const pane = byId("watek-okno");
  const more = byId("nowe-wiadomosci");
  const thread = () => byId("watek");
  let seen = Number(thread().dataset.seq);
  let atEnd = true;
  const toEnd = () => { pane.scrollTop = pane.scrollHeight; more.hidden = true; };
  const measure = () => {
    atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
    if (atEnd) more.hidden = true;
  };
  pane.addEventListener("scroll", measure, { passive: true });
  more.addEventListener("click", () => { toEnd(); pane.focus(); });
  document.addEventListener("htmx:oobAfterSwap", () => {
    const last = Number(thread().dataset.seq);
    if (last <= seen) return;
    const fresh = [...thread().querySelectorAll(".wpis")].filter((entry) => Number(entry.dataset.seq) > seen);
    seen = last;
    announce(fresh.map((entry) => {
      const who = entry.querySelector(".wpis-kto strong").textContent;
      return `${who}: ${entry.querySelector(".wpis-tresc").textContent}`;
    }).join(" "));
    if (atEnd || fresh.at(-1)?.classList.contains("wpis-staff")) toEnd();
    else more.hidden = false;
  });
  new ResizeObserver(() => { if (atEnd) toEnd(); }).observe(pane);
  toEnd();
}
