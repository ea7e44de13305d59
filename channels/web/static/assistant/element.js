/* <mops-assistant>: the launcher, the window, and what is read out, inside a shadow root of their own. */

import { Api } from "./api.js";
import { colours } from "./colours.js";
import { Conversation } from "./conversation.js";
import { ICONS, h, icon, setHidden, setText } from "./dom.js";
import { Panel } from "./panel.js";
import { Store } from "./store.js";
import { sheet } from "./styles.js";
import { speak, texts } from "./texts.js";

const NAME = "mops-assistant";
const SAID_LINES = 30;
const OPEN_KEY = "mops-assistant:open";
const DRAFT_KEY = "mops-assistant:draft";

const full = matchMedia("(max-width: 480px), (max-height: 480px)");
const dark = matchMedia("(prefers-color-scheme: dark)");

class MopsAssistant extends HTMLElement {
  #conversation;
  #panel;
  #options;
  #store;
  #returnTo = null;
  #drawing = false;

  /* options: {api, position, title, theme, color, textColor, openDelay, topic, privacyUrl} */
  start(options) {
    this.#options = { ...options, title: options.title || texts.title };
    const api = new URL(options.api);
    this.#store = new Store(`mops-assistant:${api.host}${api.pathname}:`);
    this.#conversation = new Conversation(new Api(api.href), this.#store, options.topic);
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    this.#build(shadow);
    this.#conversation.addEventListener("change", () => this.#drawSoon());
    this.#conversation.addEventListener("gone", () => {
      if (this.#conversation.erased) session.set(DRAFT_KEY, "");
      else if (this.#panel.shown) this.#conversation.open();
    });
    this.#conversation.resume();
    // Somebody who was talking goes on after a reload or on the next page, but the focus stays where it is.
    if (session.get(OPEN_KEY) === "1" && !full.matches) this.#show(true);
    this.#openLater(Number(options.openDelay));
    this.#draw();
  }

  connectedCallback() {
    if (this.frame) this.#settle();
  }

  /* Open by itself once in a visit, where the page wants it: never over the whole screen, never with the focus. */
  #openLater(seconds) {
    if (!(seconds > 0) || session.get(OPEN_KEY) !== null) return;
    setTimeout(() => {
      if (!this.#panel.shown && !full.matches && session.get(OPEN_KEY) === null) this.#show(true);
    }, seconds * 1000);
  }

  #build(shadow) {
    this.log = h("div", { class: "unseen", role: "log", "aria-live": "polite", "aria-relevant": "additions" });
    this.#panel = new Panel(this.#conversation, {
      title: this.#options.title,
      privacy: safeAddress(this.#options.privacyUrl),
      look: { get: (name) => this.#store.get(name) === true, set: (name, on) => this.#setLook(name, on) },
      narrate: (text, lang) => this.#narrate(text, lang),
      onClose: () => this.close(),
    });
    this.#panel.draft = session.get(DRAFT_KEY) ?? "";
    this.#panel.field.addEventListener("input", () => session.set(DRAFT_KEY, this.#panel.draft));
    this.#panel.node.addEventListener("sent", () => session.set(DRAFT_KEY, ""));

    this.badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
    this.count = h("span", { class: "unseen" });
    this.launcher = h(
      "button",
      { type: "button", class: "launcher", "aria-haspopup": "dialog", onclick: () => this.open() },
      icon(...ICONS.chat),
      h("span", {}, texts.launcher),
      this.badge,
      this.count,
    );
    this.frame = h("aside", { class: "frame", lang: texts.language, "aria-label": this.#options.title }, this.launcher, this.#panel.node, this.log);
    this.frame.dataset.position = this.#options.position === "left" ? "left" : "right";
    const own = colours(this.#options.color, this.#options.textColor, (why) => console.warn(`mops-assistant: ${why}`));
    for (const [name, value] of Object.entries(own)) this.frame.style.setProperty(name, value);
    this.#look();
    this.#panel.node.addEventListener("keydown", (event) => this.#onKey(event));
    const settle = () => this.#settle();
    full.addEventListener("change", settle);
    dark.addEventListener("change", settle);
    window.visualViewport?.addEventListener("resize", settle);
    document.addEventListener("visibilitychange", () => this.#drawSoon());
    shadow.append(this.frame);
    settle();
  }

  /* Open the window and move the focus into it. */
  open() {
    if (!this.#panel.shown) {
      this.#returnTo = document.activeElement === this ? null : document.activeElement;
      this.#show(true);
      this.#draw();
    }
    this.#panel.enter();
  }

  /* Close the window; the focus returns to what opened it. */
  close() {
    this.#show(false);
    const { body } = document;
    const target = this.#returnTo;
    this.#returnTo = null;
    if (target?.isConnected && target !== body) target.focus();
    else this.launcher.focus();
  }

  #show(shown) {
    if (shown) this.#conversation.open();
    this.#panel.show(shown);
    setHidden(this.launcher, shown);
    session.set(OPEN_KEY, shown ? "1" : "");
    this.#settle();
  }

  #setLook(name, on) {
    this.#store.set(name, on);
    this.#look();
  }

  /* What this reader chose for this and later visits. */
  #look() {
    this.frame.dataset.size = this.#store.get("large") === true ? "large" : "";
    this.frame.dataset.contrast = this.#store.get("contrast") === true ? "high" : "";
  }

  #drawSoon() {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw() {
    this.#panel.draw();
    const unread = this.#panel.shown ? 0 : this.#conversation.unread;
    setHidden(this.badge, unread === 0);
    setText(this.badge, unread > 99 ? "99+" : String(unread));
    setText(this.count, unread ? texts.unread(unread) : "");
  }

  /* A separate region speaks: the visible list is not live, so that redrawing it is silent. */
  #narrate(text, lang) {
    const line = h("p", lang && lang !== texts.language ? { lang } : {}, text);
    this.log.append(line);
    while (this.log.childElementCount > SAID_LINES) this.log.firstChild.remove();
  }

  #onKey(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      if (this.#panel.menu.shown) this.#panel.showMenu(false);
      else this.close();
    } else if (event.key === "Tab" && full.matches) {
      this.#keepInside(event);
    }
  }

  /* When the window covers the page, the keyboard must not wander about behind it. */
  #keepInside(event) {
    const stops = [...this.#panel.node.querySelectorAll("button, a[href], input, textarea, [tabindex='0']")].filter(
      (node) => node.tabIndex >= 0 && node.getClientRects().length > 0 && !node.closest("[inert]"),
    );
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    const focused = this.shadowRoot.activeElement;
    if (focused !== edge && !(event.shiftKey && focused === this.#panel.heading)) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }

  /* Follow the size of the screen (a touch keyboard takes half of it) and the colour scheme. The page's own zoom is
   * undone, as its other styles are: it makes the window larger than the screen, and no style sheet can undo it. */
  #settle() {
    const { theme } = this.#options;
    const zoom = this.currentCSSZoom ?? 1;
    this.frame.style.zoom = zoom === 1 ? "" : String(1 / zoom);
    this.frame.dataset.theme = theme === "dark" || (theme === "auto" && dark.matches) ? "dark" : "light";
    const covering = full.matches && this.#panel.shown;
    if (covering) this.#panel.node.setAttribute("aria-modal", "true");
    else this.#panel.node.removeAttribute("aria-modal");
    const height = covering && window.visualViewport ? `${window.visualViewport.height}px` : "";
    this.#panel.node.style.height = height;
  }
}

/* Per tab: whether the window is open, and what was being written. */
const session = {
  get(key) {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      sessionStorage.setItem(key, value);
    } catch {
      // Forbidden storage costs only the convenience.
    }
  },
};

/* The host's address for its own page about data; anything but a web page is left out. */
function safeAddress(address) {
  if (!address) return undefined;
  try {
    const url = new URL(address, location.href);
    return /^https?:$/.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/* Puts the element on the page once, however often it is called. */
export async function mount(options) {
  // Without its file of words the widget speaks Polish.
  await speak(options.language).catch(() => {});
  if (!customElements.get(NAME)) customElements.define(NAME, MopsAssistant);
  const present = document.querySelector(NAME);
  if (present) return present;
  const element = document.createElement(NAME);
  element.start(options);
  document.body.append(element);
  return element;
}
