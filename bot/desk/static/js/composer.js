import { body, byId } from "./page.js";

// The composer: the draft outlives reloads, lost sessions and lost conversations; one click, one message.

function draftKey(conversation) {
  return `mops-szkic:${body.dataset.pracownik}:${conversation}`;
}

export function composeSafely() {
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
