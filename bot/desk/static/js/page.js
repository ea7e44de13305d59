// What every part of the page uses: elements, the message line and the announcements for screen readers.

export const body = document.body;
export const byId = (id) => document.getElementById(id);
export const show = (id, visible) => { const element = byId(id); if (element) element.hidden = !visible; };

export const CUT_OFF = "polaczenie";

export function complain(text, reason = "") {
  const line = document.createElement("p");
  line.className = "komunikat";
  line.dataset.powod = reason;
  line.textContent = text;
  byId("komunikaty").replaceChildren(line);
}

export function announce(text) {
  byId("ogloszenia").textContent = text;
}
