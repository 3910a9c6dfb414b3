// 离线 Keeps the shell and the last seen pages of "my visits" on the telephone, of one account at a time, and sends what waits
// when the network is back. The route /sw.js fills in the two lines below; it changes whenever a file it keeps does.
import { CHANNEL, Store, sendAll } from "/static/queue.js";

const MARK = "{{mark}}";
const SHELL = "aftersales-shell-" + MARK, PAGES = "aftersales-pages", OFFLINE = "/visits/offline", WHOSE = "/visits/whose";
const FILES = JSON.parse(`{{files}}`);
const PAGE = /^\/visits(\/[^/]+\/\d+)?$/;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES.map((url) => new Request(url, { credentials: "omit" })))).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("aftersales-shell-") && name !== SHELL) await caches.delete(name);
    await self.clients.claim();
  })());
});

/** Keep a page, without the session's secret, and none of another account beside it. */
async function keep(path, response) {
  const text = await response.text(), whose = /data-account="([^"]*)"/.exec(text);
  if (!whose) return;
  const pages = await caches.open(PAGES), before = await pages.match(WHOSE);
  if (before && (await before.text()) !== whose[1]) { await caches.delete(PAGES); return keep(path, new Response(text, response)); }
  const headers = new Headers(response.headers);
  headers.delete("content-encoding"); headers.delete("content-length");
  const clean = text.replace(/data-csrf="[^"]*"/g, 'data-csrf=""').replace(/(name="csrf" value=")[^"]*/g, "$1");
  await pages.put(WHOSE, new Response(whose[1]));
  await pages.put(path, new Response(clean, { headers }));
}

const over = () => caches.delete(PAGES);

async function page(request, path) {
  try {
    const response = await fetch(request);
    // sent to the door: whoever was signed in is not any more, and what was his goes
    if (response.type === "opaqueredirect" || response.redirected || response.status === 401) await over();
    else if (response.status === 200) await keep(path, response.clone());
    return response;
  } catch (problem) {
    const pages = await caches.open(PAGES);
    return (await pages.match(path)) || (await caches.match(OFFLINE)) || Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && url.pathname === "/leave") { event.waitUntil(over()); return; }
  if (request.method !== "GET") return;
  // a name with its version never changes; one without is as new as the network has it
  if (url.pathname.startsWith("/static/") && url.searchParams.has("v")) event.respondWith(caches.match(request).then((found) => found || fetch(request)));
  else if (url.pathname.startsWith("/static/")) event.respondWith(fetch(request).catch(async () => (await caches.match(request)) || Response.error()));
  else if (PAGE.test(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(async () => (await caches.match(OFFLINE)) || Response.error()));
});

self.addEventListener("message", (event) => {
  if (!event.data || !Array.isArray(event.data.keep)) return;
  event.waitUntil((async () => {
    let kept = 0;
    for (const path of new Set(event.data.keep)) {
      if (!PAGE.test(path)) continue;
      try {
        const response = await fetch(path, { credentials: "same-origin", headers: { Accept: "text/html" } });
        if (response.status === 200 && !response.redirected) { await keep(path, response); kept += 1; }
      } catch (_) { break; }
    }
    for (const port of event.ports) port.postMessage({ kept });
  })());
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "aftersales-send") return;
  event.waitUntil((async () => {
    const told = await sendAll(await Store.open());
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage(told); channel.close();
    if (told.state === "later") throw new Error("later");  // the browser tries again by itself
  })());
});
