/* The loader: <script async src="https://…/widget.js"></script>. It puts one <mops-assistant> on the page.
 *
 * A classic script, so that it may be loaded by anything and twice; all else are modules, fetched in parallel.
 * Options are data attributes of the script element: docs/operators.md lists them.
 */
(() => {
  "use strict";

  const MODULES = [
    "api", "colours", "connection", "conversation", "dom", "menu", "panel", "paper", "prose", "rating", "store",
    "styles", "texts", "transcript",
  ];
  const RETRY_MS = [1000, 4000, 15000, 60000];

  if (window.mopsAssistant) return;
  const running = document.currentScript || document.querySelector('script[src*="widget.js"]');
  if (!running) return;
  // Of two async scripts either may come first over the network; the one written first on the page decides.
  let script = running;
  for (const other of document.querySelectorAll("script[src]")) {
    if (other.src.split("?")[0] === running.src.split("?")[0]) {
      script = other;
      break;
    }
  }
  window.mopsAssistant = { open() { pendingOpen = true; } };

  const home = new URL(".", script.src);
  const modules = new URL("static/web/__VERSION__/", home);
  let pendingOpen = false;

  // The modules import one another; asking for all at once saves a round trip for each level.
  for (const name of MODULES) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = new URL(name + ".js", modules).href;
    document.head.append(link);
  }

  const options = { ...script.dataset, api: new URL("api/web/", home).href };

  function start(attempt) {
    const entry = new URL("element.js", modules);
    // Browsers remember a failed import by its address.
    if (attempt) entry.search = "?retry=" + attempt;
    import(entry.href).then((module) => module.mount(options)).then(
      (element) => {
        window.mopsAssistant = { open: () => element.open(), close: () => element.close() };
        if (pendingOpen) element.open();
      },
      () => setTimeout(start, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)], attempt + 1),
    );
  }

  if (document.body) start(0);
  else document.addEventListener("DOMContentLoaded", () => start(0));

  // A link or button of the page may open the assistant: <button data-mops-open>.
  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element && event.target.closest("[data-mops-open]");
    if (!opener) return;
    event.preventDefault();
    window.mopsAssistant.open();
  });
})();
