/* The visible list of messages. It is drawn again after every change, but touches only what differs. */

import { ICONS, h, icon, setHidden, setText } from "./dom.js";
import { prose } from "./prose.js";
import { texts } from "./texts.js";

const ZONE = "Europe/Warsaw";
const clock = new Intl.DateTimeFormat("pl", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });

export function authorOf(message) {
  if (message.author === "bot") return texts.assistant;
  if (message.author === "staff") return message.author_name || texts.staff;
  return message.author === "system" ? texts.system : texts.resident;
}

/* What a message says now: of one that was taken back, only that it was. */
export function textOf(message) {
  return message.retracted ? texts.retracted : message.text;
}

/* The beginning of the message that one answers to; "" without one. */
export function quoteOf({ quote, retracted }, events) {
  if (!quote?.text || retracted) return "";
  return events.find((event) => event.seq === quote.seq)?.retracted ? texts.retracted : quote.text;
}

export class Transcript {
  #conversation;
  #views = new Map();
  #dates;

  constructor(conversation) {
    this.#conversation = conversation;
    const written = { day: "numeric", month: "long", year: "numeric", timeZone: ZONE };
    this.#dates = new Intl.DateTimeFormat(texts.language, written);
    this.list = h("ol", { class: "messages" });
  }

  clear() {
    this.#views.clear();
    this.list.replaceChildren();
  }

  /* Draw the conversation; returns the nodes that are new, in order. */
  draw() {
    const added = [];
    const wanted = [];
    const lines = this.#lines();
    let previous = null;
    for (const line of lines) {
      const date = this.#dates.format(line.at);
      if (date !== previous?.date) wanted.push(this.#day(date));
      let view = this.#views.get(line.key);
      if (!view) {
        view = new MessageView(line, this.#conversation);
        this.#views.set(line.key, view);
        added.push(view.node);
      }
      const follows = previous?.date === date && previous.who === line.who && previous.from === line.from;
      view.update(line, follows);
      wanted.push(view.node);
      previous = { date, who: line.who, from: line.from };
    }
    const kept = new Set(wanted);
    for (const [key, view] of this.#views) {
      if (!kept.has(view.node)) this.#views.delete(key);
    }
    for (const child of [...this.list.children]) if (!kept.has(child)) child.remove();
    wanted.forEach((node, index) => {
      const present = this.list.children[index];
      if (present !== node) this.list.insertBefore(node, present ?? null);
    });
    return added;
  }

  #day(date) {
    const key = "day " + date;
    const today = date === this.#dates.format(new Date());
    let view = this.#views.get(key);
    if (!view) {
      view = { node: h("li", { class: "day" }, h("span")) };
      this.#views.set(key, view);
    }
    setText(view.node.firstChild, today ? texts.today : date);
    return view.node;
  }

  /* Stored messages in the server's order, then what waits to be sent. */
  #lines() {
    const { events, outbox, struggling } = this.#conversation;
    const stored = events.map((event) => ({
      key: event.client_id || "s" + event.seq,
      from: event.author,
      who: authorOf(event),
      at: new Date(event.at),
      text: textOf(event),
      lang: event.retracted ? texts.language : event.lang,
      withdrawn: event.retracted,
      amended: event.edited && !event.retracted,
      quote: quoteOf(event, events),
      buttons: event.buttons,
      state: "stored",
    }));
    const waiting = outbox.map((entry) => ({
      key: entry.id,
      from: "resident",
      who: texts.resident,
      at: new Date(entry.at),
      text: entry.text ?? entry.title,
      buttons: [],
      state: entry.state === "queued" && struggling ? "waiting" : entry.state,
      editable: entry.text !== undefined,
      error: entry.error,
      id: entry.id,
    }));
    const here = new Set(stored.map((line) => line.key));
    const lines = [...stored, ...waiting.filter((line) => !here.has(line.key))];
    // Quick replies answer the last thing said: a later message of the resident retires them.
    let answer = null;
    for (let index = lines.length - 1; index >= 0; index -= 1) {
      const line = lines[index];
      const failed = line.state === "refused" || line.state === "old";
      if (line.from === "resident" && !failed) {
        answer = line;
        line.last = !lines.slice(index + 1).some((later) => later.from === "resident");
      } else line.answer = answer;
    }
    return lines;
  }
}

class MessageView {
  #conversation;
  #line = null;
  #text = null;
  #buttons = [];

  constructor(line, conversation) {
    this.#conversation = conversation;
    this.#line = line;
    const resident = line.from === "resident";
    this.author = h("span", { class: resident ? "unseen" : "author" }, line.who);
    this.time = h("time");
    this.head = h("p", { class: "head" }, this.author, resident ? null : this.time);
    this.bubble = h("div", { class: "bubble" });
    this.node = h("li", { class: `message from-${line.from}` }, this.head, this.bubble);
    if (resident) this.#addState();
    else if (line.buttons.length) this.#addChoices(line.buttons);
  }

  update(line, follows) {
    this.#line = line;
    const key = `${line.quote ?? ""}\n${line.text}`;
    if (key !== this.#text) {
      this.#text = key;
      const quote = line.quote && h("blockquote", {}, h("span", { class: "unseen" }, `${texts.quoted}: `), line.quote);
      // The server may have masked a number that must not be kept.
      this.bubble.replaceChildren(...(quote ? [quote] : []), ...(line.from === "resident" ? [line.text] : prose(line.text)));
    }
    this.node.classList.toggle("withdrawn", Boolean(line.withdrawn));
    if (line.amended && !this.mark) this.bubble.after((this.mark = h("p", { class: "mark" }, texts.amended)));
    if (this.mark) setHidden(this.mark, !line.amended);
    const said = line.from === "resident" ? "" : line.lang || "pl";
    if (said && said !== texts.language) this.bubble.lang = said;
    else this.bubble.removeAttribute("lang");
    this.node.classList.toggle("follows", follows);
    setText(this.time, clock.format(line.at));
    this.time.dateTime = line.at.toISOString();
    if (line.from === "resident") this.#updateState(line);
    else this.#updateChoices(line.answer);
  }

  #addState() {
    const act = (name, work) => h("button", { type: "button", class: "text", onclick: work }, name);
    this.state = h("span", { class: "state" });
    this.error = h("p", { class: "error" });
    this.again = act(texts.retry, () => this.#conversation.retry(this.#line.id));
    this.edit = act(texts.edit, () => this.#correct());
    this.discard = act(texts.discard, () => this.#conversation.discard(this.#line.id));
    this.acts = h("p", { class: "acts" }, this.again, this.edit, this.discard);
    this.node.append(h("p", { class: "foot" }, this.state, this.time), this.error, this.acts);
  }

  #updateState(line) {
    const { state } = line;
    const stopped = state === "refused" || state === "old";
    const words = { queued: texts.sending, waiting: texts.willRetry, refused: texts.notSent, old: texts.notSent };
    const word = words[state] ?? (line.last ? texts.sent : "");
    setText(this.state, word);
    this.node.classList.toggle("unsent", stopped || state === "waiting");
    setText(this.error, state === "old" ? texts.old : state === "refused" ? line.error || texts.refused : "");
    setHidden(this.error, !stopped);
    setHidden(this.acts, !stopped && state !== "waiting");
    setHidden(this.edit, !stopped || !line.editable);
    setHidden(this.discard, !stopped);
  }

  #correct() {
    const event = new CustomEvent("correct", { bubbles: true, composed: true, detail: this.#line.text });
    this.node.dispatchEvent(event);
    this.#conversation.discard(this.#line.id);
  }

  #addChoices(buttons) {
    this.#buttons = buttons.map(({ id, title }) => {
      const lang = this.#line?.lang || "pl";
      const said = h("span", lang === texts.language ? {} : { lang }, title);
      const node = h("button", { type: "button", class: "choice" }, icon(...ICONS.check), said);
      node.addEventListener("click", () => {
        if (node.getAttribute("aria-disabled") !== "true") this.#conversation.send({ button: id, title });
      });
      const note = h("span", { class: "unseen" });
      node.append(note);
      return { node, note, title };
    });
    const nodes = this.#buttons.map(({ node }) => node);
    this.node.append(h("div", { class: "choices", role: "group", "aria-label": texts.answers }, ...nodes));
  }

  /* Used or outdated replies stay readable, and say what was chosen. */
  #updateChoices(answer) {
    for (const { node, note, title } of this.#buttons) {
      const retired = answer !== null && answer !== undefined;
      const chosen = retired && answer.text === title;
      node.classList.toggle("chosen", chosen);
      setText(note, chosen ? ` (${texts.chosen})` : "");
      if (retired) {
        node.setAttribute("aria-disabled", "true");
        node.tabIndex = -1;
      } else {
        node.removeAttribute("aria-disabled");
        node.removeAttribute("tabindex");
      }
    }
  }
}
