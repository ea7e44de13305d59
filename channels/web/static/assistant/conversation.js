/* The state of the conversation in this tab: messages by number, what waits to be sent, who answers.
 *
 * Nothing is lost: a message goes into the browser's storage before it is sent and leaves it when the server's
 * copy has arrived. The server takes a client id once, so repeating is always safe, also from two tabs.
 */

import { ApiError, newId } from "./api.js";
import { Connection, backOff } from "./connection.js";
import { exclusively } from "./store.js";

// What waited longer than this is not sent behind its author's back.
const TOO_OLD_MS = 60 * 60 * 1000;
const RECREATE_MS = 10000;
const TYPING_MS = 3000;
const NOBODY = { owner: "bot", place: null, staff_name: null, thinking: false, kept_days: null };

export class Conversation extends EventTarget {
  #api;
  #store;
  #connection;
  #token = null;
  #opening = null;
  #flushing = false;
  #flushTimer = 0;
  #failures = 0;
  #announced = false;
  #createdAt = 0;
  #retryAt = 0;
  #topic;
  #typingTimer = 0;
  #typedAt = 0;

  events = [];
  outbox = [];
  status = NOBODY;
  online = true;
  caughtUp = false;
  /* The employee is writing at the moment. */
  staffTypes = false;
  /* The conversation that was here has been deleted, and no new one has begun. */
  erased = false;
  /* The server did not know the conversation that this browser remembered; another has taken its place. */
  lost = false;
  /* Messages above this number came while somebody was here; older ones are history. */
  historyEnd = 0;

  /* topic: what a new conversation begins with. */
  constructor(api, store, topic) {
    super();
    this.#topic = topic;
    this.#api = api;
    this.#store = store;
    this.#connection = new Connection(
      (signal, alive) => this.#read(signal, alive),
      (up) => this.#onLine(up),
    );
    store.watch((key) => this.#onOtherTab(key));
    addEventListener("online", () => this.#flushNow());
  }

  /* Go on with the conversation that this browser remembers, if there is one. */
  resume() {
    this.#token = this.#store.get("token");
    this.#loadOutbox();
    for (const entry of this.outbox) {
      if (entry.state === "queued" && Date.now() - entry.at > TOO_OLD_MS) this.#keep({ ...entry, state: "old" });
    }
    this.#loadOutbox();
    if (this.#token) this.#connection.start();
    else if (this.#next()) this.open();
  }

  get exists() {
    return this.#token !== null;
  }

  get lastSeq() {
    return this.events.length ? this.events[this.events.length - 1].seq : 0;
  }

  get unread() {
    const seen = this.#store.get("seen") ?? 0;
    return this.events.filter((event) => event.seq > seen && event.author !== "resident" && !event.retracted).length;
  }

  /* The conversation with a person has ended and nobody has rated or skipped it since. */
  get wantsRating() {
    return this.status.owner === "closed" && this.caughtUp && this.lastSeq > (this.#store.get("rated") ?? 0);
  }

  ratingDone() {
    this.#store.set("rated", this.lastSeq);
    this.#changed();
  }

  rate(score, comment) {
    return this.#api.rate(this.#token, score, comment);
  }

  copy() {
    return this.#api.copy(this.#token);
  }

  /* Delete the conversation everywhere; returns the numbers of cases that the office keeps. */
  async erase() {
    const token = this.#token;
    const { kept_cases: kept } = await this.#api.erase(token);
    this.#gone(token, true);
    return kept;
  }

  /* The resident is writing: an employee who answers is shown it. */
  typing() {
    if (this.status.owner !== "staff" || Date.now() - this.#typedAt < TYPING_MS) return;
    this.#typedAt = Date.now();
    this.#api.typing(this.#token).catch(() => {});
  }

  markRead() {
    if (this.lastSeq > (this.#store.get("seen") ?? 0)) {
      this.#store.set("seen", this.lastSeq);
      this.#changed();
    }
  }

  /* Make sure that there is a conversation; the server greets in a new one. */
  open() {
    this.erased = false;
    if (this.#token) {
      this.#connection.start();
      return;
    }
    this.#opening ??= this.#create().finally(() => {
      this.#opening = null;
    });
  }

  /* say: {text}, {button, title} or {ask, title}. */
  send(say) {
    this.lost = false;
    const last = this.outbox[this.outbox.length - 1];
    this.#keep({ id: newId(), at: Date.now(), order: (last?.order ?? 0) + 1, state: "queued", ...say });
    this.#loadOutbox();
    this.#changed();
    this.open();
    this.#flushNow();
  }

  retry(id) {
    const entry = this.outbox.find((each) => each.id === id);
    if (!entry) return;
    this.#keep({ ...entry, at: Date.now(), state: "queued", error: undefined });
    this.#loadOutbox();
    this.#changed();
    this.open();
    this.#connection.poke();
    // Somebody asked for it now, whatever the server said about later.
    this.#retryAt = 0;
    this.#flushNow();
  }

  discard(id) {
    this.#store.remove("out:" + id);
    this.#loadOutbox();
    this.#changed();
  }

  /* -- reading */

  async #read(signal, alive) {
    const token = this.#token;
    try {
      let first = true;
      for await (const { event, data } of this.#api.events(token, this.lastSeq, signal)) {
        if (signal.aborted) return;
        if (first) alive();
        first = false;
        if (event === "message") this.#onMessage(data);
        else if (event === "update") this.#onUpdate(data);
        else if (event === "status") this.#onStatus(data);
        else if (event === "typing") this.#onTyping(data.seconds);
        else if (event === "gone") return this.#gone(token, true);
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#gone(token);
      throw error;
    }
  }

  #onMessage(message) {
    if (message.seq <= this.lastSeq) return;
    this.events.push(message);
    if (message.author === "staff") this.staffTypes = false;
    if (message.client_id && this.outbox.some((entry) => entry.id === message.client_id)) {
      this.#store.remove("out:" + message.client_id);
      this.#loadOutbox();
    }
    if (!this.caughtUp) this.historyEnd = this.#announced ? 0 : message.seq;
    this.#changed();
  }

  /* An employee corrected a message or took it back. Each connection tells all of them again. */
  #onUpdate({ seq, text = "", retracted = false }) {
    const message = this.events.find((event) => event.seq === seq);
    if (!message || (message.retracted === retracted && message.text === text)) return;
    Object.assign(message, { text, retracted, edited: !retracted });
    this.dispatchEvent(new CustomEvent("update", { detail: message }));
    this.#changed();
  }

  #onStatus(status) {
    this.status = status;
    this.caughtUp = true;
    const arrived = this.outbox.filter((entry) => entry.state === "sent" && entry.seq <= this.lastSeq);
    for (const entry of arrived) this.#store.remove("out:" + entry.id);
    if (arrived.length) this.#loadOutbox();
    this.#changed();
  }

  #onTyping(seconds) {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => {
      this.staffTypes = false;
      this.#changed();
    }, seconds * 1000);
    this.staffTypes = true;
    this.#changed();
  }

  #onLine(up) {
    this.online = up;
    this.#changed();
    if (up) {
      this.#failures = 0;
      this.#flushNow();
    }
  }

  /* The conversation was erased just now, or the server does not know the token any more. */
  #gone(token, erased = false) {
    if (token !== this.#token) return;
    this.#forget();
    this.erased = erased;
    this.lost = !erased;
    if (this.#store.get("token") === token) {
      this.#store.remove("token");
      this.#store.remove("seen");
      this.#store.remove("rated");
    }
    for (const entry of this.outbox) {
      // A receipt or a button of a conversation that is no more has no meaning in the next.
      if (erased || entry.state === "sent" || entry.text === undefined) this.#store.remove("out:" + entry.id);
    }
    this.#loadOutbox();
    this.#changed();
    this.dispatchEvent(new Event("gone"));
    if (this.#next()) this.open();
  }

  #forget() {
    this.#connection.stop();
    this.#token = null;
    this.events = [];
    this.status = NOBODY;
    this.caughtUp = false;
    this.historyEnd = 0;
    this.#announced = false;
    this.staffTypes = false;
  }

  /* -- opening */

  async #create() {
    // A server that forgets at once what it has just made must not be asked without end.
    if (Date.now() - this.#createdAt < RECREATE_MS) await this.#pause(RECREATE_MS);
    for (let attempt = 0; !this.#token; attempt += 1) {
      try {
        await exclusively("mops-open", async () => {
          // Another tab may have been quicker.
          this.#token = this.#store.get("token");
          if (this.#token) return;
          const { conversation, topic } = await this.#api.open(this.#topic);
          if (topic === false) console.warn(`mops-assistant: data-topic "${this.#topic}" is no topic of the assistant`);
          this.#token = conversation;
          this.#announced = true;
          this.#createdAt = Date.now();
          this.#store.set("token", this.#token);
        });
        this.online = true;
      } catch (error) {
        this.online = false;
        this.#changed();
        await this.#pause(error.retryAfter ?? backOff(attempt));
      }
    }
    this.#connection.start();
    this.#flushNow();
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  /* -- writing */

  #next() {
    return this.outbox.find((entry) => entry.state === "queued");
  }

  #flushNow() {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = setTimeout(() => this.#flush(), Math.max(0, this.#retryAt - Date.now()));
  }

  /* Send what waits, oldest first; one that fails for a passing reason holds the later ones back. */
  async #flush() {
    if (this.#flushing || !this.#token) return;
    this.#flushing = true;
    try {
      for (let entry = this.#next(); entry && this.#token; entry = this.#next()) {
        const token = this.#token;
        const { id, text, button, ask } = entry;
        try {
          const { seq } = await this.#api.send(token, { client_id: id, text, button, ask });
          this.#failures = 0;
          // The server's copy may have come first; then the entry is gone already.
          if (this.#store.get("out:" + id)) {
            if (seq <= this.lastSeq) this.#store.remove("out:" + id);
            else this.#keep({ ...entry, state: "sent", seq });
          }
        } catch (error) {
          if (error.status === 401) return this.#gone(token);
          if (error.passing ?? true) {
            this.#failures += 1;
            this.#retryAt = error.retryAfter ? Date.now() + error.retryAfter : 0;
            this.#later(error.retryAfter ?? backOff(this.#failures));
            return;
          }
          if (this.#store.get("out:" + id)) this.#keep({ ...entry, state: "refused", error: error.message });
        }
        this.#loadOutbox();
        this.#changed();
      }
    } finally {
      this.#flushing = false;
      this.#loadOutbox();
      this.#changed();
    }
  }

  #later(milliseconds) {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = setTimeout(() => this.#flush(), milliseconds);
  }

  /* Whether the last attempt to send failed and the next is still to come. */
  get struggling() {
    return this.#failures > 0;
  }

  #keep(entry) {
    this.#store.set("out:" + entry.id, entry);
  }

  #loadOutbox() {
    this.outbox = this.#store
      .keys("out:")
      .map((key) => this.#store.get(key))
      .filter(Boolean)
      .sort((one, other) => one.at - other.at || one.order - other.order);
  }

  /* -- tabs */

  #onOtherTab(key) {
    if (key === null || key === "token") {
      const token = this.#store.get("token");
      if (token === this.#token) return;
      this.#forget();
      this.#token = token;
      this.erased = token === null;
      this.dispatchEvent(new Event("gone"));
      if (token) this.#connection.start();
    }
    this.#loadOutbox();
    if (this.#next()) this.#flushNow();
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
