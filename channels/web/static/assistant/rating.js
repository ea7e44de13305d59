/* A rating from 1 to 5, offered when the conversation has ended and in the menu. */

import { h, setHidden, setText } from "./dom.js";
import { texts } from "./texts.js";

export class Rating {
  #conversation;
  #narrate;

  constructor(conversation, narrate, done) {
    this.#conversation = conversation;
    this.#narrate = narrate;
    const score = (name, index) => {
      const radio = h("input", { type: "radio", name: "score", value: index + 1 });
      return h("label", { class: "score" }, radio, h("span", {}, h("b", {}, String(index + 1)), ` ${name}`));
    };
    this.comment = h("textarea", { id: "comment", rows: "2", maxlength: "1000", "aria-describedby": "comment-hint" });
    this.error = h("p", { class: "error", role: "alert", hidden: true });
    const send = h("button", { type: "submit", class: "solid" }, texts.ratingSend);
    const skip = h("button", { type: "button", class: "outline", onclick: () => this.#finish(null, done) }, texts.ratingSkip);
    this.node = h(
      "form",
      { class: "rating", novalidate: true, hidden: true },
      h("fieldset", {}, h("legend", {}, texts.ratingTitle), ...texts.scores.map(score)),
      h("label", { for: "comment" }, texts.comment),
      this.comment,
      h("p", { id: "comment-hint", class: "small" }, texts.commentHint),
      this.error,
      h("div", { class: "row" }, send, skip),
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(done);
    });
  }

  show(shown) {
    setHidden(this.node, !shown);
  }

  focus() {
    this.node.querySelector("input").focus();
  }

  async #send(done) {
    const chosen = this.node.querySelector("input:checked");
    if (!chosen) {
      this.#fail(texts.ratingMissing);
      this.focus();
      return;
    }
    try {
      await this.#conversation.rate(Number(chosen.value), this.comment.value.trim());
      this.#finish(texts.ratingThanks, done);
    } catch {
      this.#fail(texts.failed);
    }
  }

  #fail(text) {
    setText(this.error, text);
    setHidden(this.error, false);
  }

  #finish(said, done) {
    this.node.reset();
    setHidden(this.error, true);
    this.#conversation.ratingDone();
    if (said) this.#narrate(said);
    done(said);
  }
}
