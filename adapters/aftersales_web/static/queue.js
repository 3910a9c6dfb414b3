// 待发送 What was recorded on a telephone and not sent yet: kept in IndexedDB with its command id and true time, sent in
// order when the server answers, each until it is recorded or refused. Pages and the service worker use it alike.

const NAME = "aftersales-outbox";
const LOCK = "aftersales-send";
export const CHANNEL = "aftersales-outbox";

// --- pure: nothing here touches the network, the store or a clock

/** A moment as the telephone's clock and zone say it, never before the last one said. */
export function stamp(now, last = 0) {
  const at = new Date(Math.max(now, last)), off = -at.getTimezoneOffset(), two = (n) => String(Math.floor(n)).padStart(2, "0");
  const local = new Date(at.getTime() + off * 60000).toISOString().slice(0, 23);
  return local + (off < 0 ? "-" : "+") + two(Math.abs(off) / 60) + ":" + two(Math.abs(off) % 60);
}

/** What an answer means: recorded; refused, for good unless somebody changes something; or to be tried again. */
export function verdict(status, code = "") {
  if (status >= 200 && status < 300) return "recorded";
  if (status === 401 || code === "password-first") return "sign-in";
  if (code === "forged") return "secret";
  if (code === "visits-other-account") return "other";
  if (status === 0 || status === 408 || status === 425 || status === 429 || status >= 500) return "later";
  return "refused";
}

/** Milliseconds until the next try: doubled each time up to five minutes, spread so that not all telephones come at once. */
export function pause(tries, random = Math.random(), retryAfter = 0) {
  return Math.max(retryAfter * 1000, Math.min(300000, 2000 * 2 ** tries) * (0.5 + random / 2));
}

/** Keys of items that wait for one before them: what follows a refused one on the same ticket may rest on it. */
export function heldOf(items) {
  const refused = new Set(), held = new Set();
  for (const item of items) {
    const about = item.account + " " + item.path;
    if (item.state === "refused") refused.add(about);
    else if (refused.has(about)) held.add(item.key);
  }
  return held;
}

/** The next item of an account to be sent; null where there is none. Refused ones hold up their own ticket only. */
export function nextOf(items, account) {
  const held = heldOf(items);
  return items.find((item) => item.account === account && item.state === "waiting" && !held.has(item.key)) || null;
}

/** An id nobody has used. */
export function newId(random = crypto.getRandomValues(new Uint8Array(12))) {
  return "p-" + btoa(String.fromCharCode(...random)).replace(/\+/g, "-").replace(/\//g, "_");
}

// --- the store

const asked = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });

/** Items in the order they were tapped. What was added is on the telephone's disk once the promise is kept. */
export class Store {
  static async open(name = NAME) {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("items", { keyPath: "key", autoIncrement: true });
      opening.result.createObjectStore("said");
    };
    return new Store(await asked(opening));
  }

  constructor(db) { this.db = db; db.onversionchange = () => db.close(); }

  async _in(mode, work) {
    const names = ["items", "said"], transaction = this.db.transaction(names, mode);
    const over = new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onerror = transaction.onabort = () => reject(transaction.error); });
    const found = await work(...names.map((name) => transaction.objectStore(name)));
    await over;
    return found;
  }

  /** Keep items tapped together, at one true time that is never before the one of the last. */
  add(items, now = Date.now()) {
    return this._in("readwrite", async (kept, said) => {
      const last = Math.max(now, (await asked(said.get("last"))) || 0);
      const at = stamp(now, last);
      said.put(last, "last");
      const keys = [];
      for (const item of items) keys.push(await asked(kept.add({ state: "waiting", tries: 0, ...item, at })));
      return keys;
    });
  }

  all() { return this._in("readonly", (kept) => asked(kept.getAll())); }
  put(item) { return this._in("readwrite", (kept) => asked(kept.put(item))); }
  remove(key) { return this._in("readwrite", (kept) => asked(kept.delete(key))); }
}

// --- sending

async function answered(response) {
  let told = {};
  try { told = await response.json(); } catch (_) { /* not ours: its status says enough */ }
  return { status: response.status, told, retryAfter: Number(response.headers.get("retry-after")) || 0 };
}

const JSON_ONLY = { Accept: "application/json" };

/** Who is signed in, the session's secret and the time there; a status of 0 where the server cannot be reached. */
export async function me() {
  try { return await answered(await fetch("/visits/me", { headers: JSON_ONLY, cache: "no-store", credentials: "same-origin" })); }
  catch (_) { return { status: 0, told: {}, retryAfter: 0 }; }
}

async function post(item, csrf) {
  const headers = { ...JSON_ONLY, "X-CSRF-Token": csrf };
  let body;
  if (item.kind === "photo") {
    body = new FormData();
    const { path: _path, ...told } = { path: "", csrf, command_id: item.id, occurred_at: item.at, account: item.account, role: item.role, ...item.fields };
    for (const [name, value] of Object.entries(told)) body.append(name, String(value));
    body.append("file", new Blob([item.bytes], { type: item.type }), item.name);
  } else {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify({ command: item.command, command_id: item.id, occurred_at: item.at, account: item.account, role: item.role, fields: item.fields });
  }
  const to = "/visits/" + item.path + (item.kind === "photo" ? "/photos" : "/commands");
  try { return await answered(await fetch(to, { method: "POST", headers, body, credentials: "same-origin" })); }
  catch (_) { return { status: 0, told: {}, retryAfter: 0 }; }
}

/** Send what waits, in order, until nothing is left that can be sent or the server does not answer.
 *
 * Returns { state, recorded, refused, left, others, now, retryAfter, account }: `state` is "done", "later", "sign-in" or
 * "busy" (another page of this telephone is sending); `others` are accounts whose items wait for their owner.
 */
export async function sendAll(store, says = () => {}) {
  if (navigator.locks) return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? pass(store, says) : { state: "busy", recorded: 0, refused: 0 }));
  return pass(store, says);
}

async function pass(store, says) {
  const found = { state: "done", recorded: 0, refused: 0, left: 0, others: [], now: "", retryAfter: 0, account: "" };
  let known = await me();
  const closing = async (state, retryAfter = 0) => {
    const items = await store.all();
    const left = items.filter((item) => item.account === found.account || !found.account);
    return { ...found, state, retryAfter, left: left.filter((item) => item.state === "waiting").length, others: [...new Set(items.map((item) => item.account))].filter((each) => found.account && each !== found.account) };
  };
  let means = verdict(known.status, known.told.code);
  if (means !== "recorded") return closing(means === "sign-in" ? "sign-in" : "later", known.retryAfter);
  found.account = known.told.account; found.now = known.told.now;
  let renewed = false;
  for (;;) {
    const item = nextOf(await store.all(), found.account);
    if (!item) return closing("done");
    says("sending", item);
    const answer = await post(item, known.told.csrf);
    means = verdict(answer.status, answer.told.code);
    if (means === "recorded") {
      // told first, removed after: what is lost in between is sent again and recorded once all the same
      await store.remove(item.key); found.recorded += 1; renewed = false; says("recorded", item, answer.told);
    } else if (means === "refused") {
      const why = { status: answer.status, code: answer.told.code || "", detail: answer.told.detail || String(answer.status), clauses: answer.told.clauses || [] };
      await store.put({ ...item, state: "refused", why, tries: item.tries + 1 }); found.refused += 1; says("refused", item, why);
    } else if (means === "secret" && !renewed) {
      renewed = true; known = await me();
      if (known.status !== 200 || known.told.account !== found.account) return closing(known.status === 401 ? "sign-in" : "later");
    } else {
      await store.put({ ...item, tries: item.tries + 1 });
      return closing(means === "sign-in" || means === "other" ? "sign-in" : "later", answer.retryAfter);
    }
  }
}
