/* The web channel's HTTP API, and the reader of its event stream. */

const REQUEST_MS = 15000;
// The server says something at least every 15 s; silence for longer means that the line is dead.
const SILENCE_MS = 40000;

export class ApiError extends Error {
  /* status 0: the server was not reached. retryAfter is in milliseconds or null. */
  constructor(status, message = "", retryAfter = null) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /* Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export class Api {
  #base;

  constructor(base) {
    this.#base = base;
  }

  /* Returns {conversation, topic}: the token, and whether the wanted topic is known (null: none was wanted). */
  open(topic) {
    return this.#ask("POST", `conversations${topic ? `?topic=${encodeURIComponent(topic)}` : ""}`);
  }

  /* message: {client_id} with text, button or ask ("person" or "assistant"). Safe to repeat. */
  send(token, message) {
    return this.#ask("POST", "messages", token, message);
  }

  typing(token) {
    return this.#ask("POST", "typing", token);
  }

  rate(token, score, comment) {
    return this.#ask("POST", "rating", token, { score, comment });
  }

  /* Deletes the conversation; returns {kept_cases}. */
  erase(token) {
    return this.#ask("DELETE", "conversation", token);
  }

  /* Everything stored about the conversation, as a file. */
  copy(token) {
    return this.#ask("GET", "export", token, undefined, (response) => response.blob());
  }

  /* Yields {event, data} from the message after `after` on, until the stream ends or `signal` aborts. */
  async *events(token, after, signal) {
    const alarm = new AbortController();
    const stop = () => alarm.abort();
    signal.addEventListener("abort", stop);
    let timer = setTimeout(stop, SILENCE_MS);
    let reader = null;
    try {
      const response = await this.#fetch(`events?after=${after}`, {
        headers: { Accept: "text/event-stream", Authorization: `Bearer ${token}` },
        signal: alarm.signal,
      });
      reader = response.body.getReader();
      const decoder = new TextDecoder();
      const parse = eventParser();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(stop, SILENCE_MS);
        yield* parse(decoder.decode(value, { stream: true }));
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      reader?.cancel().catch(() => {});
      alarm.abort();
    }
  }

  async #ask(method, path, token, body, read = (response) => response.json()) {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), REQUEST_MS);
    try {
      const response = await this.#fetch(path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: timeout.signal,
      });
      return response.status === 204 ? null : await read(response);
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(path, options) {
    let response;
    try {
      response = await fetch(this.#base + path, { ...options, credentials: "omit", cache: "no-store" });
    } catch {
      throw new ApiError(0);
    }
    if (response.ok) return response;
    const seconds = Number(response.headers.get("Retry-After"));
    const body = await response.json().catch(() => ({}));
    throw new ApiError(response.status, body.error, seconds > 0 ? seconds * 1000 : null);
  }
}

/* Returns a function that takes pieces of an event stream and yields the events completed by each. */
export function eventParser() {
  let rest = "";
  let event = "message";
  let data = [];
  return function* parse(piece) {
    rest += piece;
    const lines = rest.split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (data.length) yield { event, data: JSON.parse(data.join("\n")) };
        event = "message";
        data = [];
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (field === "data") data.push(value);
      else if (field === "event") event = value;
    }
  };
}

/* A UUID; crypto.randomUUID exists only on secure origins, and an intranet may have none. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
