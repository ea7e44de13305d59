// A conversation began to wait: a notification and a sound, where this browser was asked for them. The live connection
// carries times only, so nothing of a resident can be shown. Of several open tabs one rings.

import { body, byId } from "./page.js";

const HEARD = "mops-dzwonek";
const PLAYED = "mops-dzwonek-zagrany";
const WANTED = { okno: "mops-powiadomienia", dzwiek: "mops-dzwiek" };
const wants = (what) => localStorage.getItem(WANTED[what]) === "tak";
const others = "BroadcastChannel" in window ? new BroadcastChannel(HEARD) : null;

// Without locks (an address without https) two tabs may ring; notifications do not exist there anyway.
const alone = (work) => (navigator.locks ? navigator.locks.request(HEARD, work) : work());

// What the server says: newest arrival, newest urgent arrival (milliseconds), how many wait.
export async function hear(data) {
  const [any, urgent, waiting] = data.split(";").map(Number);
  if (Number.isNaN(waiting)) return;
  const news = await alone(() => {
    const before = localStorage.getItem(HEARD);
    const [knownAny, knownUrgent] = (before ?? data).split(";").map(Number);
    localStorage.setItem(HEARD, `${Math.max(any, knownAny)};${Math.max(urgent, knownUrgent)}`);
    if (before === null || !waiting) return null;
    if (urgent > knownUrgent) return "pilna";
    return any > knownAny ? "nowa" : null;
  });
  if (news) ring(news, `${any};${urgent}`);
}

function ring(news, id) {
  if (wants("okno")) notify(news === "pilna" ? "Pilna rozmowa czeka" : "Nowa rozmowa czeka", news === "pilna");
  if (!wants("dzwiek")) return;
  // A browser plays nothing in a tab that nobody has touched yet: then another tab may.
  if (canPlay()) play(news, id);
  else others?.postMessage({ news, id });
}

others?.addEventListener("message", ({ data }) => { if (wants("dzwiek") && canPlay()) play(data.news, data.id); });

function notify(title, urgent) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(title, { tag: HEARD, renotify: true, requireInteraction: urgent, body: "Panel MOPS", icon: body.dataset.ikona });
  shown.onclick = () => { window.focus(); location.assign("/desk"); shown.close(); };
}

const canPlay = () => "AudioContext" in window && (navigator.userActivation?.hasBeenActive ?? true);

async function play(news, id) {
  const mine = await alone(() => {
    if (id && localStorage.getItem(PLAYED) === id) return false;
    if (id) localStorage.setItem(PLAYED, id);
    return true;
  });
  if (!mine) return;
  const context = new AudioContext();
  const notes = news === "pilna" ? [880, 660, 880, 660] : [660, 880];
  notes.forEach((pitch, place) => {
    const start = context.currentTime + place * 0.18;
    const tone = new OscillatorNode(context, { frequency: pitch });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.2, start + 0.02);
    loudness.gain.linearRampToValueAtTime(0, start + 0.16);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.17);
  });
  setTimeout(() => context.close(), notes.length * 180 + 300);
}

// The switches in "Moje konto".
export function offerBell() {
  const told = byId("dzwonek-stan");
  const show = () => {
    for (const [what, id] of [["okno", "dzwonek-okno"], ["dzwiek", "dzwonek-dzwiek"]]) {
      byId(id).setAttribute("aria-pressed", String(wants(what)));
      byId(`${id}-stan`).textContent = wants(what) ? "włączone" : "wyłączone";
    }
  };
  const flip = (what) => { localStorage.setItem(WANTED[what], wants(what) ? "nie" : "tak"); show(); };
  byId("dzwonek-okno").addEventListener("click", async () => {
    if (!wants("okno")) {
      if (!("Notification" in window)) { told.textContent = "Tutaj przeglądarka nie pokazuje powiadomień; panel musi mieć adres https."; return; }
      if (await Notification.requestPermission() !== "granted") {
        told.textContent = "Przeglądarka nie pozwala na powiadomienia z tej strony. Można to zmienić w jej ustawieniach.";
        return;
      }
    }
    told.textContent = "";
    flip("okno");
  });
  byId("dzwonek-dzwiek").addEventListener("click", () => { flip("dzwiek"); if (wants("dzwiek")) play("nowa"); });
  byId("dzwonek").hidden = false;
  show();
}
