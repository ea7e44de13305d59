import { body, byId } from "./page.js";

// Who is writing, on both sides. Each sign counts for a few seconds and is repeated while it goes on.

const SHOWN_MS = 6_000;
const REPEAT_MS = 3_000;

let fading;

export function residentWrites() {
  const line = byId("pisze");
  if (!line) return;
  if (!line.textContent) line.textContent = "Mieszkaniec pisze…";
  clearTimeout(fading);
  fading = setTimeout(residentSentIt, SHOWN_MS);
}

export function residentSentIt() {
  clearTimeout(fading);
  byId("pisze").textContent = "";
}

export function tellOfTyping(field) {
  let last = 0;
  field.addEventListener("input", () => {
    if (!field.value || Date.now() - last < REPEAT_MS || byId("rozmowa-stan").dataset.tryb !== "moja") return;
    last = Date.now();
    const { "X-CSRF-Token": token } = JSON.parse(body.getAttribute("hx-headers"));
    // Lost on the way: the next keystroke says it again.
    fetch(`/desk/rozmowa/${body.dataset.rozmowa}/pisze`, { method: "POST", headers: { "X-CSRF-Token": token } }).catch(() => {});
  });
}
