import { announce, byId } from "./page.js";

// Right after sending: a few seconds to take the message back with one click. Its text returns to the field.

const OFFERED_MS = 5_000;

export function offerUndo(field) {
  const bar = () => byId("wyslano");
  let text = "";
  let timer;
  const leave = () => {
    // Whoever is on the button, with the mouse or the keyboard, is about to press it.
    if (bar().matches(":hover, :focus-within")) wait();
    else bar().replaceChildren();
  };
  const wait = () => { clearTimeout(timer); timer = setTimeout(leave, OFFERED_MS); };
  field.form.addEventListener("htmx:beforeRequest", () => { text = field.value; });
  document.addEventListener("htmx:oobAfterSwap", ({ detail }) => { if (detail.target.id === "wyslano") wait(); });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!bar().contains(detail.elt)) return;
    bar().replaceChildren();
    field.focus();
    if (!detail.successful) return;
    if (!field.value) {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    announce("Wiadomość cofnięta. Treść jest w polu odpowiedzi.");
  });
}
