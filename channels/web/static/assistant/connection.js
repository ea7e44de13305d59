/* Keeps one event stream open while the page is looked at, and comes back after every interruption. */

const FIRST_WAIT_MS = 800;
const LONGEST_WAIT_MS = 30000;
// A page in the background gives its connection up: browsers allow only six to one server.
const HIDDEN_MS = 30000;

/* How long to wait before attempt `attempt` (from 0). Random, so that a whole town does not return at once. */
export function backOff(attempt) {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

export class Connection {
  #read;
  #report;
  #wanted = false;
  #running = null;
  #wake = () => {};
  #hiddenTimer = 0;

  /* read(signal, alive) reads until the stream ends, calling alive() as soon as it is up; it throws when it
   * breaks. report(up) is told of every beginning and end. */
  constructor(read, report) {
    this.#read = read;
    this.#report = report;
    // A stream from before the network changed may be dead without knowing.
    addEventListener("online", () => this.#again());
    addEventListener("offline", () => this.#again());
    addEventListener("pagehide", () => this.#halt());
    addEventListener("pageshow", () => this.poke());
    document.addEventListener("visibilitychange", () => this.#look());
  }

  start() {
    this.#wanted = true;
    this.#look();
  }

  stop() {
    this.#wanted = false;
    this.#halt();
  }

  /* Be connected now if possible: begin, or do not wait any longer for the next attempt. */
  poke() {
    this.#look();
    this.#wake();
  }

  #look() {
    clearTimeout(this.#hiddenTimer);
    if (document.visibilityState === "hidden") {
      this.#hiddenTimer = setTimeout(() => this.#halt(), HIDDEN_MS);
    } else if (this.#wanted) {
      if (!this.#running) this.#run((this.#running = new AbortController()));
      this.#wake();
    }
  }

  #again() {
    const running = this.#running !== null;
    this.#halt();
    if (running) this.#report(false);
    this.#look();
  }

  #halt() {
    this.#running?.abort();
    this.#running = null;
    this.#wake();
  }

  async #run(controller) {
    const { signal } = controller;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await this.#read(signal, () => {
          attempt = 0;
          this.#report(true);
        });
      } catch {
        // Why it broke makes no difference: the next attempt goes on after the last message seen.
      }
      if (signal.aborted) return;
      this.#report(false);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, backOff(attempt));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
