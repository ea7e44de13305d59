import { body, byId } from "./page.js";

// The message that an answer answers to. It is part of the draft: a reload does not lose it.

const LONGEST = 120;

export function quoteMessages(field) {
  const key = `mops-szkic:${body.dataset.pracownik}:${body.dataset.rozmowa}:cytat`;
  const choose = (seq) => {
    const entry = seq ? document.querySelector(`#watek .wpis[data-seq="${CSS.escape(seq)}"]`) : null;
    const text = entry?.querySelector(".wpis-tresc")?.textContent.trim() ?? "";
    byId("cytat").value = entry ? seq : "";
    byId("cytat-tekst").textContent = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
    byId("cytat-pole").hidden = !entry;
    if (entry) localStorage.setItem(key, seq); else localStorage.removeItem(key);
  };
  byId("watek-okno").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-cytuj]");
    if (!button) return;
    choose(button.dataset.cytuj);
    button.closest("details").open = false;
    byId("pole-odpowiedz").checked = true;
    field.focus();
  });
  byId("cytat-usun").addEventListener("click", () => { choose(""); field.focus(); });
  field.form.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.getResponseHeader("X-Desk-Sent")) choose("");
  });
  choose(localStorage.getItem(key));
}
