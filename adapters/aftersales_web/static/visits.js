// 我的上门 What is tapped is kept on the telephone first and sent when there is a network; without this script the same
// forms are sent as they are.
import { CHANNEL, Store, heldOf, me, newId, pause, sendAll } from "/static/queue.js";

const phone = document.getElementById("phone");
const state = document.getElementById("phone-state"), outbox = document.getElementById("outbox");
const { account, role, offset } = phone.dataset;
const say = (code, facts = {}) => Object.entries(facts).reduce((text, [name, value]) => text.replace("{" + name + "}", value), phone.getAttribute("data-say-" + code) || code);
const here = () => document.getElementById("visit");
const about = (item) => here() && item.account === account && item.path === here().dataset.path && String(item.visit) === here().dataset.visit;

let store = null, items = [], last = { state: "done", others: [] }, sending = null, tries = 0, timer = 0, drift = 0, dirty = new Set(), recorded = new Set(), channel = null;

// --- what a form says, in the types of the command's schema

function value(field) {
  const text = field.value.trim(), kind = field.dataset.kind || "";
  if (kind === "yes") return field.checked ? true : undefined;
  if (text === "") return undefined;
  if (kind === "yes-no") return text === "yes";
  if (kind === "number") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (kind === "moment") return text + (text.length === 16 ? ":00" : "") + offset;
  if (kind === "money") { const found = /^¥?\s*(\d{1,10})(?:\.(\d{1,2}))?$/.exec(text); return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : text; }
  return text;
}

export function fieldsOf(form) {
  const told = {}, rows = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || ["csrf", "command_id", "version"].includes(field.name) || field.type === "file" || field.tagName === "BUTTON") continue;
    if ((field.type === "radio" || (field.type === "checkbox" && "many" in field.dataset)) && !field.checked) continue;
    const said = value(field);
    if (said === undefined) continue;
    const part = /^(\w+)\.(\d+)\.(\w+)$/.exec(field.name);
    if (part) { (rows[part[1]] = rows[part[1]] || {})[part[2]] = { ...(rows[part[1]] || {})[part[2]], [part[3]]: said }; }
    else if ("many" in field.dataset) (told[field.name] = told[field.name] || []).push(said);
    else told[field.name] = said;
  }
  for (const [name, found] of Object.entries(rows)) {
    // a row that says only how many says nothing
    const full = Object.keys(found).sort((a, b) => a - b).map((at) => found[at]).filter((row) => row.line || Object.keys(row).some((key) => key !== "qty"));
    if (full.length) told[name] = full;
  }
  return told;
}

// --- pictures are made small before they are kept

async function small(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, 1600 / Math.max(picture.width, picture.height)), canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    if (blob) return { bytes: await blob.arrayBuffer(), type: "image/jpeg", name: file.name.replace(/\.\w+$/, "") + ".jpg" };
  } catch (_) { /* a picture this browser cannot read is sent as it is; the server says what it thinks of it */ }
  return { bytes: await file.arrayBuffer(), type: file.type || "application/octet-stream", name: file.name || "photo" };
}

const pads = new WeakMap();
function padOf(form) {
  const box = form.querySelector("[data-pad]");
  return box ? pads.get(box.querySelector("canvas")) : null;
}
function fit(canvas) {
  const pad = pads.get(canvas), width = canvas.clientWidth, scale = Math.max(window.devicePixelRatio || 1, 1);
  if (!pad || !width || !pad.isEmpty()) return;
  canvas.width = width * scale; canvas.height = canvas.clientHeight * scale;
  canvas.getContext("2d").scale(scale, scale); pad.clear();
}

// --- tapping

async function tap(form) {
  const visit = here().dataset, base = { account, role, path: visit.path, ticket: visit.ticket, visit: visit.visit, step: form.dataset.of };
  const made = [];
  if (form.dataset.photo) {
    const file = form.elements.file.files[0];
    if (!file) return;
    const fields = { purpose: form.dataset.photo, visit: visit.visit };
    if (form.elements.check) fields.check = form.elements.check.value;
    made.push({ ...base, kind: "photo", id: newId(), command: "attach-file", fields, ...(await small(file)) });
  } else {
    const pad = padOf(form);
    if (pad && !pad.isEmpty()) {
      const blob = await new Promise((resolve) => pad.canvas.toBlob(resolve, "image/png"));
      made.push({ ...base, kind: "photo", id: newId(), command: "attach-file", fields: { purpose: "signature", visit: visit.visit }, bytes: await blob.arrayBuffer(), type: "image/png", name: "signature.png" });
    }
    made.push({ ...base, kind: "command", id: newId(), command: form.dataset.send, fields: { visit: Number(visit.visit), ...fieldsOf(form) } });
  }
  for (const item of made) item.label = ((form.closest("[data-step]") || form).querySelector(".step-name") || form.querySelector("button:not([type=button])")).textContent.trim();
  const edited = Number(form.dataset.editing || 0), old = edited ? items.find((item) => item.key === edited) : null;
  if (old && made.length === 1 && made[0].command === old.command) await store.put({ ...old, fields: made[0].fields, state: "waiting", why: undefined });
  else await store.add(made);
  delete form.dataset.editing; dirty.delete(form);
  if (form.dataset.photo) form.reset();
  tries = 0;
  await look();
  askForSync();
  await send();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!store || !here() || !(form.dataset.send || form.dataset.photo)) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  tap(form).catch((problem) => note("red", say("failed", { reason: problem.message }))).finally(() => { delete form.dataset.busy; });
});
document.addEventListener("input", (event) => { const form = event.target.form; if (form && form.dataset.send) dirty.add(form); });
document.addEventListener("change", (event) => { if (store && event.target.type === "file" && event.target.form.dataset.photo) event.target.form.requestSubmit(); });
// somebody is writing: what is written about the ticket meanwhile is shown afterwards
const written = (part) => [...dirty].some((form) => part.contains(form));
document.addEventListener("facts", (event) => { if (written(event.target)) event.stopPropagation(); }, true);
// … also where it was asked for before somebody began to write; and what he opened stays open
let asked = new Set(), opened = new Set();
const keyOf = (details) => details.id || (details.parentElement && details.parentElement.id) || "";
document.addEventListener("htmx:before:request", () => { asked = new Set(recorded); });
document.addEventListener("htmx:before:swap", (event) => {
  if (here() && written(here())) { event.preventDefault(); return; }
  opened = new Set([...document.querySelectorAll("#visit details[open]")].map(keyOf));
});
function swapped() {
  // the page tells what was recorded when it was asked for, and perhaps not what was recorded since
  for (const step of asked) recorded.delete(step);
  for (const details of document.querySelectorAll("#visit details")) if (opened.has(keyOf(details)) && !details.parentElement.classList.contains("done")) details.open = true;
  setUp(); paint(false);
}

// --- sending

async function send() {
  if (sending) return sending;
  clearTimeout(timer);
  sending = sendAll(store, (what, item) => {
    if (what === "recorded" && about(item)) recorded.add(item.step);
    if (what === "sending") paint(true); else look();
  });
  try { await told(await sending); } finally { sending = null; }
}

async function told(result) {
  if (result.state !== "busy") last = { ...result, others: result.others || [] };
  if (result.now) drift = Date.now() - Date.parse(result.now);
  await look();
  if (result.recorded && window.htmx) for (const part of document.querySelectorAll("#visit, #visits")) window.htmx.trigger(part, "facts");
  if (result.state === "later" || result.state === "busy") timer = setTimeout(send, pause(tries++, Math.random(), result.retryAfter || 0));
  else tries = 0;
}

function askForSync() {
  if (navigator.serviceWorker && navigator.serviceWorker.controller) navigator.serviceWorker.ready.then((found) => found.sync && found.sync.register("aftersales-send")).catch(() => {});
}

// --- showing

async function look() { items = await store.all(); paint(false); }

function note(colour, text, link) {
  const made = document.createElement("p");
  made.className = "note " + colour; made.append(text);
  if (link) { const to = document.createElement("a"); to.href = link[0]; to.textContent = link[1]; to.className = "button small"; made.append(to); }
  state.append(made);
}

function span(milliseconds) {
  const minutes = Math.round(Math.abs(milliseconds) / 60000);
  return minutes < 120 ? minutes + " min" : Math.round(minutes / 60) + " h";
}

function paint(busy) {
  const mine = items.filter((item) => item.account === account), waiting = mine.filter((item) => item.state === "waiting"), refused = mine.filter((item) => item.state === "refused");
  state.textContent = "";
  if (last.state === "sign-in") note("amber", say("sign-in"), ["/enter?next=" + encodeURIComponent(location.pathname), say("sign-in-do")]);
  else if (last.state === "later" || !navigator.onLine) note("amber", say("offline", { time: phone.dataset.clock }));
  const others = [...new Set(items.map((item) => item.account))].filter((each) => each !== account);
  if (others.length) note("amber", say("other", { account: others.join(", ") }));
  if (Math.abs(drift) > 120000) note("amber", say(drift > 0 ? "clock-ahead" : "clock-behind", { span: span(drift) }));
  document.getElementById("phone-kept").hidden = document.documentElement.dataset.kept !== "yes" || state.childElementCount > 0;
  outbox.hidden = !mine.length;
  const list = outbox.querySelector("[data-items]"), held = heldOf(items);
  outbox.querySelector("[data-count]").textContent = [waiting.length && say("count", { n: waiting.length }), refused.length && say("refused-count", { n: refused.length })].filter(Boolean).join(" · ");
  list.textContent = "";
  for (const item of mine) list.append(row(item, held.has(item.key), busy));
  if (here()) steps(waiting.filter(about), refused.filter(about));
}

function row(item, held, busy) {
  const made = document.createElement("li"), what = document.createElement("div"), badge = document.createElement("span"), name = document.createElement("strong"), ref = document.createElement("a"), at = document.createElement("time");
  made.dataset.item = item.id; made.dataset.state = item.state; what.className = "what";
  badge.className = "badge " + (item.state === "refused" ? "red" : "blue");
  badge.textContent = item.state === "refused" ? say("refused") : held ? say("held") : busy ? say("sending") : say("waiting");
  name.textContent = item.kind === "photo" ? say(item.fields.purpose) : item.label || item.command;
  ref.href = "/visits/" + item.path + "/" + item.visit; ref.textContent = item.ticket; at.dateTime = item.at; at.className = "dim"; at.textContent = item.at.slice(5, 16).replace("T", " ");
  what.append(badge, name, ref, at); made.append(what);
  if (item.state !== "refused") return made;
  const why = document.createElement("p"), can = document.createElement("div");
  why.textContent = item.why.detail; can.className = "row wrap";
  if (item.kind === "command") can.append(button(say("edit"), () => edit(item), "primary"));
  can.append(button(say("retry"), async () => { await store.put({ ...item, state: "waiting" }); await look(); await send(); }));
  can.append(button(say("discard"), async () => {
    if (!window.confirm(say("discard-sure"))) return;
    for (const form of dirty) if (form.dataset.editing === String(item.key)) { delete form.dataset.editing; dirty.delete(form); }
    await store.remove(item.key); await look(); await send();
  }, "danger"));
  made.append(why, can);
  return made;
}

function button(text, does, kind = "") {
  const made = document.createElement("button");
  made.type = "button"; made.className = "button small " + kind; made.textContent = text; made.addEventListener("click", does);
  return made;
}

/** Bring a refused item back into its form, there to be changed. */
function edit(item) {
  if (!about(item)) { location.href = "/visits/" + item.path + "/" + item.visit + "#edit-" + item.key; return; }
  const form = document.querySelector(`form[data-send="${item.command}"][data-of="${item.step}"]`);
  if (!form) return;
  form.dataset.editing = item.key; dirty.add(form);
  const box = form.closest("[data-form]"); if (box) box.hidden = false;
  for (let at = form.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
  const write = (name, said) => {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      const kind = field.dataset.kind || "", text = said === true ? "yes" : said === false ? "no" : kind === "moment" ? String(said).slice(0, 16) : kind === "money" && typeof said === "number" ? (said / 100).toFixed(2) : String(said);
      if (field.type === "radio" || field.type === "checkbox") field.checked = Array.isArray(said) ? said.includes(field.value) : field.value === text;
      else field.value = text;
    }
  };
  for (const [name, said] of Object.entries(item.fields)) {
    if (Array.isArray(said) && said.length && typeof said[0] === "object") {
      while (form.querySelectorAll(`[data-row-of="${name}"]`).length < said.length) more(form.querySelector("[data-more-row]"));
      said.forEach((part, at) => { for (const [key, each] of Object.entries(part)) write(`${name}.${at}.${key}`, each); });
      for (const each of form.querySelectorAll("[data-row-of]")) if (filled(each)) each.hidden = false;
    } else write(name, said);
  }
  form.scrollIntoView({ block: "center" });
  (form.querySelector("input:not([type=hidden]), textarea, select") || form).focus();
}

function steps(waiting, refused) {
  // what was recorded since the page was made still opens what follows: somebody may be writing there already
  const names = new Set([...waiting.map((item) => item.step), ...recorded]);
  let next = null;
  for (const step of document.querySelectorAll("#visit [data-step]")) {
    const own = waiting.filter((item) => item.step === step.dataset.step).length, badge = step.querySelector("[data-waiting]"), shut = step.querySelector("[data-shut]"), form = step.querySelector("[data-form]");
    const no = refused.some((item) => item.step === step.dataset.step);
    const just = !own && recorded.has(step.dataset.step) && !step.classList.contains("done");
    badge.hidden = !own && !no && !just; badge.textContent = say(no ? "refused" : just ? "recorded" : "waiting"); badge.classList.toggle("red", no); badge.classList.toggle("blue", !no && !just); badge.classList.toggle("green", just);
    step.classList.toggle("waiting", own > 0);
    if (step.classList.contains("shut") && form) {
      const free = (step.dataset.opensWith || "").split(" ").every((each) => names.has(each));
      form.hidden = !free; if (shut) shut.hidden = free; step.querySelector("[data-why]").hidden = free;
      step.classList.toggle("free", free);
    }
    if ((own || just) && step.dataset.step !== "photos" && step.dataset.step !== "collect-payment") step.querySelector("details").open = false;
    const optional = step.dataset.step === "photos" || step.dataset.step === "collect-payment";
    if (!next && !optional && !own && !just && !step.classList.contains("done") && (!step.classList.contains("shut") || step.classList.contains("free"))) next = step;
  }
  if (next && names.size) next.querySelector("details").open = true;
}

// --- rows of leftovers

const filled = (row) => [...row.querySelectorAll("input, select")].some((field) => !field.name.endsWith(".qty") && field.value);
function more(press) {
  const box = press.closest("[data-rows]"), rows = [...box.querySelectorAll("[data-row-of]")], spare = rows.find((row) => row.hidden);
  if (spare) { spare.hidden = false; return spare; }
  const made = rows[rows.length - 1].cloneNode(true), at = rows.length;
  for (const part of made.querySelectorAll("[id], [for], [name]")) for (const name of ["id", "for", "name"]) if (part.hasAttribute(name)) part.setAttribute(name, part.getAttribute(name).replace(/([.-])\d+([.-])/, `$1${at}$2`));
  for (const field of made.querySelectorAll("input, select")) field.value = field.name.endsWith(".qty") ? "1" : "";
  rows[rows.length - 1].after(made);
  return made;
}
document.addEventListener("click", (event) => {
  const press = event.target.closest("[data-more-row], [data-pad-clear]");
  if (press && "moreRow" in press.dataset) more(press).querySelector("input").focus();
  if (press && "padClear" in press.dataset) { const pad = pads.get(press.closest("[data-pad]").querySelector("canvas")); pad.clear(); fit(pad.canvas); }
});

function setUp() {
  for (const press of document.querySelectorAll("[data-more-row]")) press.hidden = false;
  for (const row of document.querySelectorAll("[data-extra]")) row.hidden = !filled(row) && !row.contains(document.activeElement);
  if (!store) return;
  for (const press of document.querySelectorAll("[data-photo-send], [data-without-script]")) press.hidden = true;
  for (const form of document.querySelectorAll("form.photo")) form.classList.add("quick");
  for (const box of document.querySelectorAll("[data-pad]")) {
    const canvas = box.querySelector("canvas");
    if (!window.SignaturePad) continue;
    box.hidden = false;
    if (!pads.has(canvas)) { pads.set(canvas, new window.SignaturePad(canvas, { penColor: "#111" })); }
    fit(canvas);
  }
}
document.addEventListener("toggle", (event) => { for (const canvas of event.target.querySelectorAll("canvas")) fit(canvas); }, true);
window.addEventListener("resize", () => { for (const canvas of document.querySelectorAll("[data-pad] canvas")) fit(canvas); });

// --- beginning

/** Have the service worker keep this page, the list and the visits on it; says so when they are there. */
async function keepForOffline() {
  await navigator.serviceWorker.register("/sw.js", { type: "module", scope: "/" });
  const ready = await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  const paths = [...document.querySelectorAll("[data-visit-page]")].map((link) => new URL(link.href).pathname).slice(0, 20);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event) => { document.documentElement.dataset.kept = event.data.kept ? "yes" : "no"; paint(false); };
  ready.active.postMessage({ keep: [location.pathname, "/visits", ...paths] }, [port2]);
}

async function begin() {
  try { store = await Store.open(); } catch (_) { setUp(); return; }
  setUp();
  await look();
  document.addEventListener("htmx:after:swap", swapped);
  window.addEventListener("online", () => { tries = 0; send(); });
  window.addEventListener("offline", () => paint(false));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { tries = 0; send(); } });
  if (window.BroadcastChannel) { channel = new BroadcastChannel(CHANNEL); channel.onmessage = (event) => told(event.data); }
  const wanted = /^#edit-(\d+)$/.exec(location.hash), found = wanted && items.find((item) => item.key === Number(wanted[1]));
  if (found) edit(found);
  if (navigator.serviceWorker) keepForOffline().catch(() => {});
  document.documentElement.dataset.visits = "ready";
  await send();
}
begin();
