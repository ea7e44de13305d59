/* A message's text as nodes: phones, addresses of pages and e-mail become links, all else stays text. */

import { h } from "./dom.js";
import { texts } from "./texts.js";

const SPACE = "[ \\u00a0]";
const PHONE = [
  `(?:\\+48${SPACE}?)?(?:\\(\\d{2}\\)|\\d{2})${SPACE}\\d{3}${SPACE}\\d{2}${SPACE}\\d{2}`,
  `(?:\\+48${SPACE}?)?\\d{3}[ \\u00a0-]\\d{3}[ \\u00a0-]\\d{3}`,
  `800${SPACE}\\d{2}${SPACE}(?:\\d{2}${SPACE}\\d{2}|\\d{4})`,
  `116${SPACE}\\d{3}`,
  `112(?!${SPACE}?(?:zł|PLN|%))`,
].join("|");
const URL_PATTERN = "https?://[^\\s<>\"„”]*[^\\s<>\"„”.,;:!?)\\]]";
const EMAIL = "[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+";
// What stands before a number is matched too: older Safari has no lookbehind.
const LINKS = new RegExp(`(${URL_PATTERN})|(${EMAIL})|(^|[^\\d\\w/.+-])(${PHONE})(?![\\d\\w/-])`, "g");

export function prose(text) {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(LINKS)) {
    const [whole, url, email, before = "", phone] = match;
    const start = match.index + before.length;
    if (start > done) nodes.push(text.slice(done, start));
    if (url) nodes.push(outside(url));
    else if (email) nodes.push(h("a", { href: `mailto:${email}` }, email));
    else nodes.push(h("a", { href: dial(phone), class: "phone" }, phone));
    done = match.index + whole.length;
  }
  if (done < text.length) nodes.push(text.slice(done));
  return nodes;
}

function outside(url) {
  const hint = h("span", { class: "unseen" }, ` (${texts.newWindow})`);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, url, hint);
}

/* Ordinary numbers get the country code; short and 800 ones work only inside the country. */
function dial(phone) {
  const digits = phone.replace(/[^\d+]/g, "");
  const national = digits.startsWith("+") || digits.length !== 9 || digits.startsWith("800");
  return `tel:${national ? digits : "+48" + digits}`;
}
