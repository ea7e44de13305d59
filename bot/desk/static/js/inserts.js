import { announce, body, complain } from "./page.js";
import { fold } from "./fold.js";

// Canned replies and facts after a / at the start of a word: a list to choose from with arrows and Enter, or with the
// mouse. The button writes the / for whoever does not know it.

const TYPED = /(?:^|\s)\/((?:[^\s/][^\n/]{0,40})?)$/;
const GAP = /\[do uzupełnienia: [^\]\n]*\]/;
const FRESH_MS = 60_000;

export function offerInserts(field, list, button) {
  let choices = [];
  let shown = [];
  let chosen = 0;
  let fetchedAt = -Infinity;
  let dismissed = -1;

  const slash = () => {
    const typed = TYPED.exec(field.value.slice(0, field.selectionStart));
    return typed && { query: typed[1], start: field.selectionStart - typed[1].length - 1 };
  };
  const close = () => {
    list.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };
  const mark = () => {
    shown.forEach(({ item }, index) => item.setAttribute("aria-selected", String(index === chosen)));
    field.setAttribute("aria-activedescendant", shown[chosen].item.id);
    shown[chosen].item.scrollIntoView({ block: "nearest" });
  };
  const load = async () => {
    if (performance.now() - fetchedAt < FRESH_MS) return;
    fetchedAt = performance.now();
    const answer = await fetch(`/desk/rozmowa/${body.dataset.rozmowa}/wstawki`).catch(() => null);
    if (!answer?.ok) { fetchedAt = -Infinity; return; }
    const items = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("li");
    choices = [...items].map((item) => ({
      item: document.adoptNode(item),
      name: ` ${fold(item.querySelector(".wstawka-nazwa").textContent)}`,
      text: ` ${fold(item.dataset.tekst)}`,
    }));
    update();
  };
  const update = () => {
    const at = slash();
    if (!at) dismissed = -1;
    if (!at || at.start === dismissed || document.activeElement !== field) { close(); return; }
    const words = fold(at.query).split(/\s+/).filter(Boolean);
    const has = (text) => words.every((word) => text.includes(` ${word}`));
    const named = choices.filter(({ name }) => has(name));
    shown = [...named, ...choices.filter((choice) => !named.includes(choice) && has(choice.name + choice.text))];
    if (!shown.length) { close(); return; }
    list.replaceChildren(...shown.map(({ item }) => item));
    chosen = 0;
    list.hidden = false;
    mark();
  };
  const selectGap = (from) => {
    const gap = GAP.exec(field.value.slice(from));
    if (!gap) return false;
    field.focus();
    field.setSelectionRange(from + gap.index, from + gap.index + gap[0].length);
    return true;
  };
  const take = ({ item }) => {
    const { start } = slash() ?? { start: field.selectionStart };
    const after = field.value.slice(field.selectionStart);
    const text = item.dataset.tekst;
    field.value = field.value.slice(0, start) + text + after;
    field.setSelectionRange(start + text.length, start + text.length);
    const gap = selectGap(start);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    announce(gap ? "Wstawiono. Zaznaczony fragment trzeba uzupełnić." : "Wstawiono.");
  };

  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  field.addEventListener("focus", load);
  field.addEventListener("input", () => { if (slash()) load(); update(); });
  field.addEventListener("click", update);
  field.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) take(shown.find((choice) => choice.item === item));
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length;
      mark();
    } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || (event.key === "Tab" && !event.shiftKey)) {
      take(shown[chosen]);
    } else if (event.key === "Escape") {
      dismissed = slash()?.start ?? -1;
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  button.addEventListener("click", () => {
    field.focus();
    dismissed = -1;
    if (!slash()) {
      const before = field.value.slice(0, field.selectionStart);
      field.setRangeText(before && !/\s$/.test(before) ? " /" : "/", field.selectionStart, field.selectionEnd, "end");
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // What is marked to be filled in never goes out; the server refuses it too.
  field.form.addEventListener("htmx:configRequest", (event) => {
    if (!selectGap(0)) return;
    event.preventDefault();
    complain("Nie wysłano. Zaznaczony fragment trzeba najpierw uzupełnić.");
  });
}
