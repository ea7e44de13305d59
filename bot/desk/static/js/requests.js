import { body, byId, complain, CUT_OFF } from "./page.js";
import { sessionEnded } from "./session.js";

// Requests: what failed is said once; what the page asked for by itself is asked for again.

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const reason = detail.xhr.getResponseHeader("X-Desk-Reason");
  if (reason === "sesja" || reason === "formularz") {
    sessionEnded(reason);
    detail.shouldSwap = false;
  } else if (detail.xhr.status >= 400 && detail.elt.matches("#kolejka, .rozmowa")) {
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
    complain("Brak połączenia z serwerem. Nic nie zostało utracone; proszę spróbować ponownie.", CUT_OFF);
  });
}

// An answer that was on its way while a newer one arrived must not take messages away again. A thread without a number
// has been erased: that one always counts.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id !== "watek") return;
  const incoming = fragment.querySelector("#watek") ?? fragment.firstElementChild;
  if (Number(incoming?.dataset.seq) < Number(target.dataset.seq)) event.detail.shouldSwap = false;
});

// What a person has unfolded stays so, whatever is refreshed under it.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");
