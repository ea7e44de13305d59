/* What the browser keeps: the conversation's token, what was read, what is still to be sent.
 *
 * One key per waiting message, so that two tabs never overwrite each other's.
 */

export class Store {
  #prefix;
  #memory = new Map();
  #storage = null;

  constructor(prefix) {
    this.#prefix = prefix;
    try {
      const probe = prefix + "probe";
      localStorage.setItem(probe, "1");
      localStorage.removeItem(probe);
      this.#storage = localStorage;
    } catch {
      // Storage may be forbidden or full: the conversation then lives as long as the page does.
    }
  }

  get(key) {
    const raw = this.#memory.get(key) ?? this.#storage?.getItem(this.#prefix + key) ?? null;
    if (raw === null) return null;
    try {
      return JSON.parse(raw);
    } catch {
      return null;
    }
  }

  set(key, value) {
    const raw = JSON.stringify(value);
    try {
      if (!this.#storage) throw new Error("no storage");
      this.#storage.setItem(this.#prefix + key, raw);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, raw);
    }
  }

  remove(key) {
    this.#memory.delete(key);
    this.#storage?.removeItem(this.#prefix + key);
  }

  keys(start) {
    const found = new Set([...this.#memory.keys()].filter((key) => key.startsWith(start)));
    const full = this.#prefix + start;
    for (let index = 0; index < (this.#storage?.length ?? 0); index += 1) {
      const key = this.#storage.key(index);
      if (key.startsWith(full)) found.add(key.slice(this.#prefix.length));
    }
    return [...found];
  }

  /* Calls back with the key that another tab changed (null: everything was cleared); returns a function
   * that ends it. */
  watch(callback) {
    const listener = (event) => {
      if (event.key === null) callback(null);
      else if (event.key.startsWith(this.#prefix)) callback(event.key.slice(this.#prefix.length));
    };
    addEventListener("storage", listener);
    return () => removeEventListener("storage", listener);
  }
}

/* Runs `work` in one tab at a time where the browser can; elsewhere the check inside `work` has to do. */
export function exclusively(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : work();
}
