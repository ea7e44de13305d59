import { body, byId } from "./page.js";
import { openDialog } from "./menus.js";

// Keys for whoever works here all day. They never act while something is typed or a dialog is open, and a switch turns
// them off in this browser (WCAG 2.1.4). The help lists what stands in the table, so nothing acts that it does not say.

const OFF = "mops-skroty-wylaczone";
const SECOND_KEY_MS = 1_500;

const visible = (element) => element?.checkVisibility();
const press = (element) => { if (visible(element)) element.click(); };
const follow = (path) => document.querySelector(`.pasek a[href="${path}"]`)?.click();

function step(by) {
  const rows = [...document.querySelectorAll("#kolejka .wiersz-odnosnik, main .wiersze .wiersz-odnosnik")];
  const shown = [...new Set(rows)].filter(visible);
  if (!shown.length) return;
  const here = shown.indexOf(document.activeElement?.closest(".wiersz")?.querySelector(".wiersz-odnosnik"));
  shown[here < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, here + by))].focus();
}

function claim() {
  const row = document.activeElement?.closest(".wiersz");
  press(row ? row.querySelector("form button") : document.querySelector("#czynnosc-przejmij button"));
}

function write(choice, field) {
  if (!byId(field)) return;
  byId(choice).checked = true;
  if (visible(byId(field))) byId(field).focus();
}

function showCase() {
  const panel = byId("sprawa-panel");
  if (!panel) return;
  panel.open = true;
  byId("panel").tabIndex = -1;
  byId("panel").focus();
}

const GROUPS = [
  ["Wszędzie", [
    ["?", "ta lista", help],
    ["g k", "Kolejka", () => follow("/desk")],
    ["g z", "Zgłoszenia", () => follow("/desk/zgloszenia")],
    ["g w", "Wzmianki", () => follow("/desk/wzmianki")],
    ["g o", "Gotowe odpowiedzi", () => follow("/desk/gotowe-odpowiedzi")],
    ["/", "Szukaj", () => follow("/desk/szukaj")],
  ]],
  ["Kolejka", [
    ["j", "następna rozmowa", () => step(1)],
    ["k", "poprzednia rozmowa", () => step(-1)],
    ["Enter", "otwarcie zaznaczonej rozmowy"],
    ["p", "przejęcie zaznaczonej lub otwartej rozmowy", claim],
  ]],
  ["Rozmowa", [
    ["r", "pole odpowiedzi", () => write("pole-odpowiedz", "tresc")],
    ["n", "notatka wewnętrzna", () => write("pole-notatka", "tresc-notatki")],
    ["z", "zgłoszenie i dane rozmowy", showCase],
  ]],
  ["W polu odpowiedzi (działają zawsze)", [
    ["/", "lista gotowych odpowiedzi i informacji"],
    ["Ctrl Enter", "wysłanie"],
  ]],
];

const ACTS = new Map(GROUPS.flatMap(([, keys]) => keys.filter(([, , act]) => act).map(([key, , act]) => [key, act])));

function node(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function help() {
  const lists = GROUPS.map(([title, keys]) => node("section", {}, node("h3", { textContent: title }), node("dl", {},
    ...keys.flatMap(([key, meaning]) => [
      node("dt", {}, ...key.split(" ").flatMap((one, index) => [...(index ? [" "] : []), node("kbd", { textContent: one })])),
      node("dd", { textContent: meaning }),
    ]))));
  const box = node("input", { type: "checkbox", id: "skroty-wlaczone", checked: !localStorage.getItem(OFF) });
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1");
  });
  const close = node("button", { type: "button", textContent: "Zamknij" });
  close.dataset.zamknij = "";
  byId("okno-tresc").replaceChildren(
    node("h2", { id: "okno-tytul", textContent: "Skróty klawiszowe", tabIndex: -1, autofocus: true }),
    node("div", { className: "skroty" }, ...lists),
    node("div", { className: "wybor" }, node("label", {}, box, node("span", { textContent: "Skróty włączone w tej przeglądarce" }))),
    node("div", { className: "okno-dol" }, close),
  );
  openDialog();
}

let first = "";
let forget;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog") || localStorage.getItem(OFF)) return;
  const key = event.key.toLowerCase();
  const act = ACTS.get(first ? `${first} ${key}` : key);
  clearTimeout(forget);
  first = !first && key === "g" ? "g" : "";
  if (first) forget = setTimeout(() => { first = ""; }, SECOND_KEY_MS);
  if (!act) return;
  event.preventDefault();
  act();
});
body.addEventListener("click", ({ target }) => { if (target.closest("[data-skroty]")) help(); });
