import { announce, body, byId, complain, CUT_OFF, show } from "./page.js";
import { hear } from "./bell.js";
import { sessionEnded } from "./session.js";
import { residentWrites } from "./typing.js";

// The live connection. The server says which part changed; each id is a fingerprint, sent back on reconnecting,
// so that what was missed is fetched and what was not is left alone.

const SILENCE_MS = 30_000;
const LONGEST_WAIT_MS = 8_000;

export function connect() {
  let known = body.dataset.po;
  let source, watchdog, notice, retry;
  let failures = 0;

  const alive = () => {
    clearTimeout(watchdog);
    clearTimeout(notice);
    watchdog = setTimeout(lost, SILENCE_MS);
    if (!byId("utracono").hidden) {
      show("utracono", false);
      announce("Połączenie przywrócone.");
      if (byId("komunikaty").querySelector(`[data-powod="${CUT_OFF}"]`)) {
        complain("Połączenie wróciło. Ostatnia czynność nie została potwierdzona; proszę spróbować ponownie.");
      }
    }
    failures = 0;
  };
  const refresh = (event) => {
    known = event.lastEventId || known;
    htmx.trigger(body, event.type);
  };
  const lost = () => {
    source.close();
    clearTimeout(watchdog);
    clearTimeout(retry);
    // A page being left loses its connection too: wait a moment before alarming anybody.
    notice ??= setTimeout(() => { if (byId("sesja").hidden) show("utracono", true); }, 700);
    retry = setTimeout(open, Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures++));
  };
  const open = () => {
    clearTimeout(retry);
    const address = new URL(body.dataset.zdarzenia, location.href);
    address.searchParams.set("po", known);
    source = new EventSource(address);
    watchdog = setTimeout(lost, SILENCE_MS);
    source.onerror = async () => {
      lost();
      // EventSource hides the status: ask once why.
      const answer = await fetch("/desk/sesja").catch(() => null);
      if (answer?.status === 401) { clearTimeout(retry); clearTimeout(notice); sessionEnded("sesja"); }
    };
    for (const name of ["puls", "kolejka", "rozmowa"]) {
      source.addEventListener(name, (event) => {
        notice = clearTimeout(notice);
        alive();
        if (name !== "puls") refresh(event);
        if (name === "kolejka") hear(event.data);
      });
    }
    source.addEventListener("pisze", () => { alive(); residentWrites(); });
    source.addEventListener("sesja", () => { source.close(); clearTimeout(watchdog); sessionEnded("sesja"); });
  };
  addEventListener("online", () => { if (source.readyState !== EventSource.OPEN) { source.close(); open(); } });
  addEventListener("offline", lost);
  addEventListener("pagehide", () => { source.close(); clearTimeout(watchdog); clearTimeout(notice); clearTimeout(retry); });
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}
