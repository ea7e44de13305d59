// The desk in the browser: the live connection, drafts, and small comforts. The pages work without it, but do not
// refresh by themselves. htmx fetches the parts; this file tells it when.
"use strict";

const body = document.body;
const byId = (id) => document.getElementById(id);
const show = (id, visible) => { const element = byId(id); if (element) element.hidden = !visible; };

// --- Session: ended elsewhere or by time. Nothing typed is lost; the person decides when to sign in again.

function sessionEnded(reason) {
  const renewed = reason === "formularz";
  byId("sesja-tekst").textContent = renewed
    ? "Logowanie zmieniło się w innej karcie. Wpisana treść jest zachowana w tej przeglądarce."
    : "Sesja wygasła. Wpisana treść jest zachowana w tej przeglądarce.";
  const link = byId("sesja-odnosnik");
  link.textContent = renewed ? "Odśwież stronę" : "Zaloguj ponownie";
  link.href = renewed ? location.pathname : `/desk/logowanie?dalej=${encodeURIComponent(location.pathname)}`;
  show("sesja", true);
  show("utracono", false);
}

// --- Live connection. The server says which part changed; each id is a fingerprint, sent back on reconnecting,
// so that what was missed is fetched and what was not is left alone.

const SILENCE_MS = 30_000;
const LONGEST_WAIT_MS = 8_000;

function connect() {
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
      });
    }
    source.addEventListener("sesja", () => { source.close(); clearTimeout(watchdog); sessionEnded("sesja"); });
  };
  addEventListener("online", () => { if (source.readyState !== EventSource.OPEN) { source.close(); open(); } });
  addEventListener("offline", lost);
  addEventListener("pagehide", () => { source.close(); clearTimeout(watchdog); clearTimeout(notice); clearTimeout(retry); });
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}

// --- Requests: what failed is said once; what the page asked for by itself is asked for again.

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const reason = detail.xhr.getResponseHeader("X-Desk-Reason");
  if (reason === "sesja" || reason === "formularz") {
    sessionEnded(reason);
    detail.shouldSwap = false;
  } else if (detail.xhr.status >= 400 && detail.requestConfig.verb === "get") {
    detail.shouldSwap = false;
    setTimeout(() => htmx.trigger(body, detail.elt.id === "kolejka" ? "kolejka" : "rozmowa"), 3000);
  }
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb === "post") byId("komunikaty").replaceChildren();
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail.requestConfig.verb !== "post") return;
    complain("Brak połączenia z serwerem. Nic nie zostało utracone; proszę spróbować ponownie.");
  });
}

// An answer that was on its way while a newer one arrived must not take messages away again.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id !== "watek") return;
  const incoming = fragment.querySelector("#watek") ?? fragment.firstElementChild;
  if (Number(incoming?.dataset.seq) < Number(target.dataset.seq)) event.detail.shouldSwap = false;
});

function complain(text) {
  const line = document.createElement("p");
  line.className = "komunikat";
  line.textContent = text;
  byId("komunikaty").replaceChildren(line);
}

function announce(text) {
  byId("ogloszenia").textContent = text;
}

// --- The thread: stays at the end when it is read at the end, and tells screen readers what is new.

function followThread() {
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

// --- The composer: the draft outlives reloads, lost sessions and lost conversations; one click, one message.

function draftKey(conversation) {
  return `mops-szkic:${body.dataset.pracownik}:${conversation}`;
}

function composeSafely() {
  const form = byId("odpowiedz");
  const field = byId("tresc");
  const key = draftKey(body.dataset.rozmowa);
  const save = () => { if (field.value) localStorage.setItem(key, field.value); else localStorage.removeItem(key); };
  if (!field.value) field.value = localStorage.getItem(key) ?? "";
  save();
  field.addEventListener("input", save);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("htmx:beforeRequest", () => { field.readOnly = true; });
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    field.readOnly = false;
    if (detail.xhr.getResponseHeader("X-Desk-Sent")) { field.value = ""; save(); }
    field.focus();
  });
  let owned = byId("rozmowa-stan").dataset.tryb === "moja";
  document.addEventListener("htmx:afterSettle", () => {
    const now = byId("rozmowa-stan").dataset.tryb === "moja";
    if (now && !owned) field.focus();
    owned = now;
  });
}

// --- Waiting times go on counting between refreshes; words as in presentation.waiting.

function waited(since) {
  const minutes = Math.max(0, Math.floor((Date.now() - since) / 60_000));
  if (minutes < 1) return "poniżej 1 min";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} godz. ${minutes % 60} min` : `${hours} godz.`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "1 dzień" : `${days} dni`;
}

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-czeka]")) {
    element.textContent = waited(Date.parse(element.dateTime));
  }
}, 15_000);

// --- Start

if (body.dataset.zdarzenia) connect();
if (byId("watek-okno")) followThread();
if (byId("odpowiedz")) composeSafely();
if (byId("sprawa-panel") && !matchMedia("(min-width: 56rem)").matches) byId("sprawa-panel").open = false;
byId("wyloguj")?.addEventListener("submit", () => {
  // Somebody else may sit here next: no resident's matter stays behind.
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(`mops-szkic:${body.dataset.pracownik}:`)) localStorage.removeItem(key);
  }
});
for (const button of document.querySelectorAll("[data-kopiuj]")) {
  button.addEventListener("click", async () => {
    const field = byId(button.dataset.kopiuj);
    field.select();
    const copied = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
    if (copied) { button.textContent = "Skopiowano"; announce("Skopiowano odnośnik."); }
  });
}
