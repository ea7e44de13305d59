// The desk in the browser: the live connection, drafts, and small comforts. The pages work without it, but do not
// refresh by themselves. htmx fetches the parts; these modules tell it when.

import { announce, body, byId } from "./page.js";
import { offerBell } from "./bell.js";
import { connect } from "./connection.js";
import { composeSafely } from "./composer.js";
import { followThread } from "./thread.js";
import "./menus.js";
import "./requests.js";
import "./shortcuts.js";
import "./times.js";

if (body.dataset.zdarzenia) connect();
if (byId("dzwonek")) offerBell();
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
    if (copied) { button.textContent = "Skopiowano"; announce("Skopiowano."); }
  });
}
const fullscreen = document.querySelector("[data-pelny-ekran]");
if (fullscreen && document.fullscreenEnabled) {
  fullscreen.hidden = false;
  fullscreen.addEventListener("click", () => document.documentElement.requestFullscreen());
}
// All parts are at work; tests wait for it.
document.documentElement.dataset.gotowe = "";
