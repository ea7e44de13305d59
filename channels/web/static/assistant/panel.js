/* The window of the conversation: who answers, the transcript, the field to write in. */

import { ICONS, h, icon, setHidden, setText } from "./dom.js";
import { Menu } from "./menu.js";
import { Rating } from "./rating.js";
import { texts } from "./texts.js";
import { Transcript, authorOf, textOf } from "./transcript.js";

// Reconnecting after a moment is no news; being without a connection is.
const OFFLINE_NOTICE_MS = 2000;
const NEAR_END_PX = 80;
const DAY_MS = 24 * 60 * 60 * 1000;
// So long before its end a conversation's deletion is announced; of a short period, in the last third.
const WARN_DAYS = 7;

const coarse = matchMedia("(pointer: coarse)");

/* The day after which the server may delete the conversation, once that is near; null before, or while it stays. */
function lastDay({ status: { owner, kept_days: days }, events }) {
  if (!days || !events.length || owner === "waiting" || owner === "staff") return null;
  const end = new Date(events[events.length - 1].at).getTime() + days * DAY_MS;
  if (end - Date.now() > Math.min(WARN_DAYS, days / 3) * DAY_MS) return null;
  return new Intl.DateTimeFormat(texts.language, { dateStyle: "long", timeZone: "Europe/Warsaw" }).format(end);
}

export class Panel {
  #conversation;
  #narrate;
  #transcript;
  #offlineTimer = 0;
  #wantsRating = false;
  #told = { seq: 0, notice: "", unsent: 0 };

  /* narrate(text) reads something out to screen readers; onClose() is called when the user closes; privacy is the
   * address of the host's own page about data; look: {get(name), set(name, on)}. */
  constructor(conversation, { title, narrate, onClose, privacy, look }) {
    this.#conversation = conversation;
    this.#narrate = narrate;
    this.#transcript = new Transcript(conversation);
    this.rating = new Rating(conversation, narrate, () => {
      this.#wantsRating = false;
      this.draw();
      this.enter();
    });
    this.menu = new Menu(conversation, {
      title,
      privacy,
      look,
      narrate,
      rate: () => this.#askForRating(),
      closed: () => this.showMenu(false),
    });
    this.#build(title, onClose);
    conversation.addEventListener("update", ({ detail: message }) => {
      // What was not read out before is read out as it is now.
      if (message.seq > this.#told.seq) return;
      if (message.retracted) this.#narrate(`${authorOf(message)}: ${texts.retracted}`);
      else this.#narrate(`${texts.amendedBy(authorOf(message))}: ${message.text}`, message.lang || "pl");
    });
    conversation.addEventListener("gone", () => {
      this.#transcript.clear();
      this.#told.seq = 0;
      this.#wantsRating = false;
      if (conversation.erased) this.draft = "";
    });
  }

  #build(title, onClose) {
    const act = (content, work, more) => h("button", { type: "button", onclick: work, ...more }, ...content);
    this.heading = h("h2", { id: "title", tabindex: "-1" }, title);
    this.who = h("p", { id: "who" });
    this.sign = h("span", { class: "sign" }, icon(...ICONS.chat), icon(...ICONS.person));
    const close = act([icon(...ICONS.close)], onClose, { class: "close", "aria-label": texts.close });

    this.noticeText = h("p");
    this.back = act([texts.back], () => this.#ask("assistant", texts.back), { class: "outline" });
    this.notice = h("div", { class: "notice", hidden: true }, this.noticeText, this.back);

    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.doing = h("span", {}, texts.thinking);
    this.thinking = h("p", { class: "thinking", hidden: true }, dots, this.doing);
    this.wait = h("p", { class: "wait" }, texts.opening);
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": texts.transcript },
      this.wait,
      this.#transcript.list,
      this.thinking,
      this.rating.node,
    );
    this.more = act([icon(...ICONS.down), texts.newMessages], () => this.#toEnd(), { class: "more", hidden: true });
    this.scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });

    this.field = h("textarea", {
      id: "field",
      rows: "1",
      placeholder: texts.placeholder,
      autocomplete: "off",
      enterkeyhint: "send",
      "aria-describedby": "hint",
    });
    this.field.addEventListener("input", () => {
      this.#fit();
      this.#conversation.typing();
    });
    this.field.addEventListener("keydown", (event) => this.#onKey(event));
    const send = h("button", { type: "submit", class: "send", "aria-label": texts.send }, icon(...ICONS.send));
    const label = h("label", { for: "field", class: "unseen" }, texts.message);
    const form = h("form", { class: "composer", novalidate: true }, label, this.field, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.person = act([texts.person], () => this.#ask("person", texts.person), { class: "text" });
    const foot = h("div", { class: "below" }, this.person, h("p", { id: "hint" }, texts.hint));

    this.menuButton = act([icon(...ICONS.more)], () => this.showMenu(!this.menu.shown), {
      class: "close",
      "aria-label": texts.menu,
      "aria-expanded": "false",
      "aria-controls": "menu",
    });
    const head = h("header", {}, this.sign, h("div", { class: "names" }, this.heading, this.who), this.menuButton, close);
    const middle = h("div", { class: "middle" }, this.scroller, this.more, this.menu.node);
    const frame = { class: "panel", role: "dialog", "aria-labelledby": "title", "aria-describedby": "who", hidden: true };
    this.node = h("section", frame, head, this.notice, middle, form, foot);
    this.node.addEventListener("correct", (event) => {
      this.field.value = event.detail;
      this.#fit();
      this.field.focus();
    });
  }

  get shown() {
    return !this.node.hidden;
  }

  /* Move the focus in, as the user asked for the window. With a touch keyboard the field would hide half of it. */
  enter() {
    (coarse.matches ? this.heading : this.field).focus({ preventScroll: true });
  }

  /* The menu lies over the transcript, which is out of reach meanwhile. */
  showMenu(shown) {
    this.menu.show(shown);
    this.scroller.inert = shown;
    this.menuButton.setAttribute("aria-expanded", String(shown));
    if (!shown) this.menuButton.focus();
  }

  #askForRating() {
    this.showMenu(false);
    this.#wantsRating = true;
    this.draw();
    this.rating.focus();
    this.rating.node.scrollIntoView?.({ block: "nearest" });
  }

  show(shown) {
    setHidden(this.node, !shown);
    if (!shown) return;
    this.draw();
    this.#toEnd();
    this.#fit();
  }

  get draft() {
    return this.field.value;
  }

  set draft(text) {
    this.field.value = text;
  }

  /* -- drawing */

  draw() {
    const { events, status, exists } = this.#conversation;
    const atEnd = this.#distance() < NEAR_END_PX;
    const known = this.#transcript.list.childElementCount > 0;
    const added = this.#transcript.draw();
    setText(this.wait, this.#conversation.erased ? texts.erased : texts.opening);
    setHidden(this.wait, events.length > 0 || (exists && this.#conversation.caughtUp));
    this.rating.show(events.length > 0 && (this.#wantsRating || this.#conversation.wantsRating));
    this.#drawStatus(status);
    this.#read();
    if (!this.shown) return;
    if (added.length) this.#follow(added, atEnd, !known);
    else if (atEnd) this.#toEnd();
    this.#markRead();
  }

  /* What is on the screen is read, unless it came below what somebody is reading. */
  #markRead() {
    if (this.shown && this.more.hidden && document.visibilityState === "visible") this.#conversation.markRead();
  }

  #drawStatus({ owner, place, staff_name: name, thinking }) {
    const person = name || texts.staff;
    const who = {
      bot: texts.byBot,
      waiting: texts.byWaiting,
      staff: texts.byStaff(person),
      closed: texts.byClosed,
    }[owner];
    setText(this.who, who);
    this.node.dataset.owner = owner;
    const types = owner === "staff" && this.#conversation.staffTypes;
    setText(this.doing, types ? texts.writes(person) : texts.thinking);
    setHidden(this.thinking, !thinking && !types);
    setHidden(this.person, owner !== "bot" && owner !== "closed");
    setHidden(this.back, owner !== "waiting");

    const last = lastDay(this.#conversation);
    const news = [
      { waiting: texts.waiting(place), closed: texts.closed }[owner],
      this.#conversation.lost && texts.lost,
      last && texts.expires(last),
    ];
    if (this.#conversation.online) {
      clearTimeout(this.#offlineTimer);
      this.#offlineTimer = 0;
      this.#notify(news.filter(Boolean).join(" "));
    } else if (!this.#offlineTimer) {
      this.#offlineTimer = setTimeout(() => this.#notify(texts.offline, true), OFFLINE_NOTICE_MS);
    }
  }

  #notify(text, offline = false) {
    setText(this.noticeText, text);
    setHidden(this.notice, !text);
    this.notice.classList.toggle("offline", offline);
    if (text && text !== this.#told.notice && (this.#conversation.caughtUp || offline)) this.#narrate(text);
    this.#told.notice = text;
  }

  /* Read out what came while somebody is here: not the history, and each message once. */
  #read() {
    const { events, historyEnd, outbox } = this.#conversation;
    const from = Math.max(this.#told.seq, historyEnd);
    for (const event of events) {
      if (event.seq <= from || event.author === "resident") continue;
      const choices = event.buttons.length ? " " + texts.choices(event.buttons.map(({ title }) => title)) : "";
      this.#narrate(`${authorOf(event)}: ${textOf(event)}${choices}`, event.lang || "pl");
    }
    this.#told.seq = this.#conversation.lastSeq;
    const unsent = outbox.filter(({ state }) => state === "refused" || state === "old").length;
    if (unsent > this.#told.unsent) this.#narrate(texts.notSent);
    this.#told.unsent = unsent;
  }

  /* -- scrolling */

  #distance() {
    return this.scroller.scrollHeight - this.scroller.clientHeight - this.scroller.scrollTop;
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    setHidden(this.more, true);
  }

  /* Show what is new, from its beginning when it is longer than the window; never tear a reader away. */
  #follow(added, atEnd, first) {
    const own = added.some((node) => node.classList.contains("from-resident"));
    if (!atEnd && !own && !first) {
      setHidden(this.more, false);
      return;
    }
    this.#toEnd();
    if (first) {
      // A greeting is read from its beginning, a conversation that goes on from its end.
      if (added.length === 1) this.scroller.scrollTop = 0;
      return;
    }
    const top = added[0].getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    if (top < 0) this.scroller.scrollTop += top - 12;
  }

  #onScroll() {
    if (this.#distance() >= NEAR_END_PX) return;
    setHidden(this.more, true);
    this.#markRead();
  }

  /* -- writing */

  #onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || coarse.matches) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.field.value.trim();
    if (text) {
      this.field.value = "";
      this.node.dispatchEvent(new Event("sent"));
      this.#fit();
      this.#conversation.send({ text });
    }
    this.field.focus({ preventScroll: true });
  }

  /* These two work without the model knowing any words. */
  #ask(ask, title) {
    this.#conversation.send({ ask, title });
  }

  /* The field grows with what is written, up to a third of the window. */
  #fit() {
    this.field.style.height = "auto";
    if (this.shown) this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }
}
