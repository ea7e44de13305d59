/* Building nodes without ever writing HTML: whatever a message says stays text. */

const SVG = "http://www.w3.org/2000/svg";

/* h("p", {class: "x", onclick: f, hidden: true}, "text", node…) */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/* A drawing of 24 × 24 that only decorates. */
export function icon(...paths) {
  const frame = { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", class: "icon" };
  const shapes = paths.map((d) => fill(document.createElementNS(SVG, "path"), { d }, []));
  return fill(document.createElementNS(SVG, "svg"), frame, shapes);
}

export const ICONS = {
  chat: ["M4 5.5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-8.5L7 20.5v-4H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1Z", "M7.5 9.5h9M7.5 12.5h6"],
  close: ["M6 6l12 12M18 6 6 18"],
  send: ["M4 12 20 4.5 15.5 20l-4-6.5L4 12Z", "M11.5 13.5 20 4.5"],
  down: ["M12 5v13M6.5 12.5 12 18l5.5-5.5"],
  person: ["M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z", "M5 19.5c.6-3.600 3.400-5.5 7-5.5s6.400 1.900 7 5.5"],
  more: ["M12 5.2v.01M12 12v.01M12 18.8v.01"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
};

/* Set a property only when it differs, so that screen readers and the layout are left in peace. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}
