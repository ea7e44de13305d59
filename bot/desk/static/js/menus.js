import { byId } from "./page.js";

// Menus are <details class="menu">, the one dialog is #okno; both close with Escape, menus also with a click elsewhere.

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A button with hx-target="#okno-tresc" fills the dialog; the dialog opens when its content is there, and closes when
// a form inside it has succeeded. What a form failed with is said inside the dialog, where the eyes are.

export function openDialog() {
  const dialog = byId("okno");
  byId("okno-komunikat").replaceChildren();
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
}

const dialog = byId("okno");
if (dialog) {
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === "okno-tresc") openDialog();
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status >= 400 && detail.xhr.status !== 401 && dialog.open && dialog.contains(detail.elt)) {
      detail.target = byId("okno-komunikat");
      detail.swapOverride = "innerHTML";
      detail.shouldSwap = true;
    }
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && dialog.contains(detail.elt) && detail.requestConfig.verb === "post") dialog.close();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-zamknij]")) dialog.close();
  });
}
