import { body, byId } from "./page.js";
import { offerInserts } from "./inserts.js";
import { suggestPeople } from "./people.js";
import { quoteMessages } from "./quote.js";
import { offerUndo } from "./sent.js";
import { tellOfTyping } from "./typing.js";

// The composer: drafts outlive reloads, lost sessions and lost conversations; one click, one message.

function draftKey(kind, conversation) {
  // An answer and a note never mix: each has a place of its own.
  const suffix = kind === "notatka" ? ":notatka" : "";
  return `mops-szkic:${body.dataset.pracownik}:${conversation}${suffix}`;
}

function keepDraft(field) {
  const key = draftKey(field.dataset.szkic, body.dataset.rozmowa);
  const save = () => { if (field.value) localStorage.setItem(key, field.value); else localStorage.removeItem(key); };
  if (!field.value) field.value = localStorage.getItem(key) ?? "";
  save();
  field.addEventListener("input", save);
  const form = field.form;
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
}

export function composeSafely() {
  const field = byId("tresc");
  keepDraft(field);
  tellOfTyping(field);
  offerInserts(field, byId("wstawki"), byId("wstaw"));
  offerUndo(field);
  quoteMessages(field);
  keepDraft(byId("tresc-notatki"));
  suggestPeople(byId("tresc-notatki"), byId("podpowiedz-osob"), byId("osoby"));
  for (const [choice, target] of [["pole-odpowiedz", field], ["pole-notatka", byId("tresc-notatki")]]) {
    byId(choice).addEventListener("click", () => target.focus());
  }
  let owned = byId("rozmowa-stan").dataset.tryb === "moja";
  document.addEventListener("htmx:afterSettle", () => {
    const now = byId("rozmowa-stan").dataset.tryb === "moja";
    if (now && !owned) { byId("pole-odpowiedz").checked = true; field.focus(); }
    owned = now;
  });
}
