/* Behind the button in the head: how the window looks, and what one may do with one's own data. */

import { h, setHidden, setText } from "./dom.js";
import { asText, download, print, today } from "./paper.js";
import { texts } from "./texts.js";

export class Menu {
  #conversation;
  #options;

  /* options: {title, privacy, look, narrate, rate, closed}; look: {get(name), set(name, on)}. */
  constructor(conversation, options) {
    this.#conversation = conversation;
    this.#options = options;
    const act = (name, work, more) => h("button", { type: "button", class: "item", onclick: work, ...more }, name);
    this.large = act(texts.large, () => this.#toggle("large"), { "aria-pressed": "false" });
    this.contrast = act(texts.contrast, () => this.#toggle("contrast"), { "aria-pressed": "false" });
    const privacy = options.privacy
      ? h(
          "a",
          { class: "item", href: options.privacy, target: "_blank", rel: "noopener noreferrer" },
          texts.privacy,
          h("span", { class: "unseen" }, ` (${texts.newWindow})`),
        )
      : act(texts.privacy, () => this.#privacy());
    this.erase = act(texts.erase, () => this.#ask(true), { class: "item danger", "aria-expanded": "false" });
    this.keep = act(texts.eraseNo, () => this.#ask(false), { class: "outline", "aria-describedby": "erase-ask" });
    const sure = act(texts.eraseYes, () => this.#erase(), { class: "outline danger", "aria-describedby": "erase-ask" });
    this.question = h(
      "div",
      { class: "question", role: "group", "aria-labelledby": "erase-ask", hidden: true },
      h("p", { id: "erase-ask" }, texts.eraseAsk),
      h("div", { class: "row" }, this.keep, sure),
    );
    this.result = h("p", { class: "result", role: "status" });
    this.keptFor = h("p", { class: "small", hidden: true });
    this.node = h(
      "div",
      { class: "menu", id: "menu", role: "region", "aria-label": texts.menu, hidden: true },
      this.large,
      this.contrast,
      act(texts.print, () => this.#paper(print)),
      act(texts.save, () => this.#paper(save)),
      act(texts.rate, () => this.#rate()),
      h("p", { class: "small" }, texts.aboutData),
      this.keptFor,
      privacy,
      act(texts.download, () => this.#download()),
      this.erase,
      this.question,
      this.result,
    );
    this.#draw();
  }

  get shown() {
    return !this.node.hidden;
  }

  show(shown) {
    setHidden(this.node, !shown);
    this.#ask(false, false);
    setText(this.result, "");
    const days = this.#conversation.status.kept_days;
    setHidden(this.keptFor, !days);
    if (days) setText(this.keptFor, texts.keptFor(days));
    if (shown) this.large.focus();
  }

  #draw() {
    for (const name of ["large", "contrast"]) this[name].setAttribute("aria-pressed", String(this.#options.look.get(name)));
  }

  #toggle(name) {
    this.#options.look.set(name, !this.#options.look.get(name));
    this.#draw();
  }

  #privacy() {
    this.#conversation.send({ ask: "privacy", title: texts.privacy });
    this.#options.closed();
  }

  #rate() {
    if (!this.#conversation.exists) setText(this.result, texts.nothingYet);
    else this.#options.rate();
  }

  #paper(work) {
    const { events } = this.#conversation;
    if (!events.length) setText(this.result, texts.nothingYet);
    else work(this.node, this.#options.title, events);
  }

  async #download() {
    await this.#attempt(async () => {
      download(`moje-dane-mops-${today()}.json`, await this.#conversation.copy());
    });
  }

  #ask(asked, move = true) {
    setHidden(this.question, !asked);
    this.erase.setAttribute("aria-expanded", String(asked));
    if (move) (asked ? this.keep : this.erase).focus();
    if (asked) this.question.scrollIntoView?.({ block: "nearest" });
  }

  async #erase() {
    await this.#attempt(async () => {
      const kept = await this.#conversation.erase();
      const said = kept.length ? `${texts.erased} ${texts.kept(kept.join(", "))}` : texts.erased;
      this.#options.narrate(said);
      this.#options.closed();
    });
  }

  async #attempt(work) {
    if (!this.#conversation.exists) {
      setText(this.result, texts.nothingYet);
      return;
    }
    try {
      setText(this.result, "");
      await work();
    } catch {
      setText(this.result, texts.failed);
    }
  }
}

function save(_, title, events) {
  const blob = new Blob(["\ufeff", asText(title, events)], { type: "text/plain;charset=utf-8" });
  download(`rozmowa-mops-${today()}.txt`, blob);
}
