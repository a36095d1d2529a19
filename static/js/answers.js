/* Answers that are never lost: every change is kept on this device first, then sent, and only the
   server's word that it holds the answer clears the copy here. Holds what was typed and nothing
   that tells right from wrong. */

const DATABASE = "tutti-answers";
const KEPT_FOR = 14 * 24 * 3600 * 1000; // somebody else's unsent answers on a shared device
const PATIENCE = 15_000;
const LONGEST_WAIT = 30_000;

const asPromise = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("waiting", { keyPath: "url" });
    request.result.createObjectStore("held", { keyPath: ["scope", "item"] });
  };
  const database = await asPromise(request);
  // Signing out in another tab deletes the database: let it.
  database.onversionchange = () => database.close();
  return database;
}

/** The copies on this device; in memory alone where the browser refuses to keep any. */
class Store {
  constructor() {
    this.memory = { waiting: new Map(), held: new Map() };
    this.database = openDatabase().catch(() => null);
  }

  async on(name, mode, act) {
    const database = await this.database;
    if (!database) return act(null);
    const transaction = database.transaction(name, mode);
    const result = await act(transaction.objectStore(name));
    return result;
  }

  static key(name, value) {
    return name === "waiting" ? value.url : `${value.scope} ${value.item}`;
  }

  put(name, value) {
    return this.on(name, "readwrite", (store) =>
      store ? asPromise(store.put(value)) : this.memory[name].set(Store.key(name, value), value),
    );
  }

  all(name) {
    return this.on(name, "readonly", (store) =>
      store ? asPromise(store.getAll()) : [...this.memory[name].values()],
    );
  }

  /** Removes the rows that `wanted` picks, each looked at again in the same transaction. */
  remove(name, wanted) {
    return this.on(name, "readwrite", async (store) => {
      if (!store) {
        for (const [key, value] of this.memory[name]) if (wanted(value)) this.memory[name].delete(key);
        return;
      }
      for (const value of await asPromise(store.getAll())) {
        if (!wanted(value)) continue;
        store.delete(name === "waiting" ? value.url : [value.scope, value.item]);
      }
    });
  }
}

function token() {
  const cookie = document.cookie.split("; ").find((each) => /^(__Host-csrf|csrftoken)=/.test(each));
  if (cookie) return cookie.slice(cookie.indexOf("=") + 1);
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

/**
 * Sends what waits, again and again until the server has it. `tell(state)` hears of every change:
 * {kind: "saved" | "sending" | "offline" | "signed-out" | "late" | "closed" | "newer" | "refused",
 *  count, at, problem}.
 */
export class Keeper {
  constructor({ owner, tell }) {
    this.owner = owner;
    this.tell = tell;
    this.store = new Store();
    this.timer = 0;
    this.failures = 0;
    this.sending = null;
    this.store.remove("waiting", (row) => Date.now() - row.at > KEPT_FOR);
    addEventListener("online", () => this.soon(0));
    addEventListener("offline", () => this.report());
    document.addEventListener("visibilitychange", () => this.soon(0));
  }

  async waiting(scope) {
    const rows = await this.store.all("waiting");
    return rows.filter((row) => row.owner === this.owner && (!scope || row.scope === scope));
  }

  async found(url) {
    return (await this.waiting()).find((row) => row.url === url);
  }

  /** Keeps the answer here at once and sends it after `delay`. */
  async keep(row, delay) {
    await this.store.put("waiting", { ...row, owner: this.owner, at: Date.now() });
    await this.report();
    this.soon(delay);
  }

  soon(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  async report() {
    const { length } = await this.waiting();
    if (!length) return;
    const offline = !navigator.onLine || this.failures > 0;
    this.tell({ kind: offline ? "offline" : "sending", count: length });
  }

  /** Sends everything that waits, one after another; resolves to whether nothing waits any more. */
  send() {
    clearTimeout(this.timer);
    this.sending ??= this.sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async sendAll() {
    let last = null;
    for (const row of await this.waiting()) {
      const state = await this.sendOne(row);
      if (state.kind === "offline" || state.kind === "signed-out") {
        const { length } = await this.waiting();
        this.tell({ ...state, count: length });
        if (state.kind === "offline") this.soon(Math.min(LONGEST_WAIT, 1000 * 2 ** this.failures));
        return false;
      }
      last = state;
    }
    const left = await this.waiting();
    if (left.length) {
      // Something changed while the rest was on its way.
      await this.report();
      this.soon(300);
      return false;
    }
    if (last) this.tell({ ...last, count: 0 });
    return true;
  }

  async sendOne(row) {
    let response;
    try {
      response = await fetch(row.url, {
        method: "POST",
        body: row.body,
        redirect: "manual",
        credentials: "same-origin",
        signal: AbortSignal.timeout(PATIENCE),
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-CSRFToken": token(),
        },
      });
    } catch {
      this.failures += 1;
      return { kind: "offline" };
    }
    if (response.status >= 500 || response.status === 429) {
      this.failures += 1;
      return { kind: "offline" };
    }
    this.failures = 0;
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) {
      return { kind: "signed-out" };
    }
    const said = await response.json().catch(() => null);
    if (said === null) {
      this.failures += 1;
      return { kind: "offline" };
    }
    if (Number.isSafeInteger(said.sequence) && response.status !== 400) {
      await this.acknowledge(row, said.sequence);
      const kinds = { saved: "saved", newer: "newer", late: "late", closed: "closed" };
      return { kind: kinds[said.kept] ?? "saved", at: said.saved_at, problems: said.problems };
    }
    // Refused for what it is (or for whom): sending it again would change nothing.
    await this.store.remove("waiting", (each) => each.url === row.url && each.sequence === row.sequence);
    return { kind: "refused", problem: said.problem };
  }

  async acknowledge(row, sequence) {
    await this.store.put("held", { scope: row.scope, item: row.item, owner: this.owner, sequence });
    await this.store.remove("waiting", (each) => each.url === row.url && each.sequence <= row.sequence);
  }

  /** What this device knows the server to hold, as {item: sequence}. */
  async held(scope) {
    const rows = await this.store.all("held");
    const mine = rows.filter((row) => row.scope === scope && row.owner === this.owner);
    return Object.fromEntries(mine.map((row) => [row.item, row.sequence]));
  }

  /** After submission nothing of the quiz stays on the device. */
  async forget(scope) {
    await this.store.remove("waiting", (row) => row.scope === scope && row.owner === this.owner);
    await this.store.remove("held", (row) => row.scope === scope && row.owner === this.owner);
  }
}
