// Names of colleagues after an @ in a note: a list to choose from with arrows and Enter, or with the mouse.

import { fold } from "./fold.js";

const TYPED = /(?:^|[^\w@.])@([\w.\-ąćęłńóśźż]*)$/i;

export function suggestPeople(field, list, source) {
  const people = [...source.children].map((item) => ({ login: item.dataset.login, name: item.textContent.trim() }));
  let chosen = 0;
  const close = () => {
    list.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };
  const mark = () => {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
    field.setAttribute("aria-activedescendant", list.children[chosen].id);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  };
  const take = (login) => {
    const before = field.value.slice(0, field.selectionStart).replace(/@[^@]*$/, `@${login} `);
    const after = field.value.slice(field.selectionStart);
    field.value = before + after;
    field.setSelectionRange(before.length, before.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  };
  const update = () => {
    const typed = TYPED.exec(field.value.slice(0, field.selectionStart));
    const found = typed ? people.filter(({ login, name }) => {
      const wanted = fold(typed[1]);
      return fold(login).startsWith(wanted) || fold(name).split(" ").some((word) => word.startsWith(wanted));
    }).slice(0, 8) : [];
    if (!found.length) { close(); return; }
    list.replaceChildren(...found.map(({ login, name }, index) => {
      const item = document.createElement("li");
      item.id = `osoba-${index}`;
      item.role = "option";
      item.dataset.login = login;
      item.textContent = name;
      return item;
    }));
    chosen = 0;
    list.hidden = false;
    mark();
  };
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  field.addEventListener("input", update);
  field.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) take(item.dataset.login);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const count = list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      mark();
    } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
      take(list.children[chosen].dataset.login);
    } else if (event.key === "Escape") {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
}
