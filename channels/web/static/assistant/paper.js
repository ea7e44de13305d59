/* The conversation on paper and in a file. */

import { h } from "./dom.js";
import { texts } from "./texts.js";
import { authorOf, quoteOf, textOf } from "./transcript.js";

const moment = () =>
  new Intl.DateTimeFormat(texts.language, { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Warsaw" });

const PRINT = `body { font: 12pt/1.5 sans-serif; color: #000; background: #fff; margin: 1.5cm; }
  h1 { font-size: 16pt; } h2 { font-size: 11pt; margin: 1.2em 0 0; break-after: avoid; }
  p { margin: .2em 0; white-space: pre-wrap; overflow-wrap: anywhere; }`;

function lines(events) {
  const format = moment();
  return events.map((event) => {
    const amended = event.edited && !event.retracted ? `, ${texts.amended}` : "";
    const quote = quoteOf(event, events);
    const text = (quote && `${texts.quoted}: „${quote}”\n`) + textOf(event);
    return { head: `${authorOf(event)}, ${format.format(new Date(event.at))}${amended}`, text };
  });
}

export function asText(title, events) {
  const body = lines(events).map(({ head, text }) => `${head}\n${text}\n`);
  return [title, "", ...body].join("\n").replaceAll("\n", "\r\n");
}

/* Hand a file to the browser's downloads. */
export function download(name, blob) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export function today() {
  return new Date().toLocaleDateString("sv", { timeZone: "Europe/Warsaw" });
}

/* Print the conversation alone: a frame of its own, so that the host's page stays out of it. */
export function print(root, title, events) {
  const frame = h("iframe", { class: "unseen", title, "aria-hidden": "true", tabindex: "-1" });
  root.append(frame);
  const { contentWindow: page, contentDocument: paper } = frame;
  paper.documentElement.lang = texts.language;
  paper.title = title;
  const sheet = new page.CSSStyleSheet();
  sheet.replaceSync(PRINT);
  paper.adoptedStyleSheets = [sheet];
  paper.body.append(h("h1", {}, title));
  for (const { head, text } of lines(events)) paper.body.append(h("h2", {}, head), h("p", {}, text));
  page.addEventListener("afterprint", () => frame.remove());
  page.focus();
  page.print();
}
