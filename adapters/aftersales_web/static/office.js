// 办公室脚本: what makes pages quicker; none of them needs it. No library of ours, no framework: htmx does the fetching.
"use strict";
(() => {
  const page = document.documentElement;
  const dot = document.getElementById("live");

  // --- live: one stream a page; whatever carries data-live is fetched anew when something is written about its ticket
  let source = null, pending = new Set(), timer = 0, since = page.dataset.position || "";
  const say = (state) => { if (dot) { dot.dataset.state = state; dot.lastElementChild.textContent = dot.dataset[state]; } };
  const flush = () => {
    timer = 0;
    const tickets = pending; pending = new Set();
    for (const part of document.querySelectorAll("[data-live]")) {
      const about = part.dataset.live;
      if (about === "*" || tickets.has(about)) htmx.trigger(part, "facts");
    }
  };
  const listen = () => {
    if (source || !page.dataset.live || document.hidden) return;
    source = new EventSource("/live?after=" + encodeURIComponent(since));
    source.onopen = () => say("on");
    source.onerror = () => say("off");
    source.addEventListener("fact", (event) => {
      since = event.lastEventId;
      pending.add(JSON.parse(event.data).ticket);
      // a burst is one look; a little chance keeps a hundred browsers from asking in the same moment
      if (!timer) timer = setTimeout(flush, 80 + Math.random() * 120);
    });
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { if (source) { source.close(); source = null; } } else listen();
  });
  window.addEventListener("pagehide", () => { if (source) { source.close(); source = null; } });
  listen();

  // --- keys: g then a letter goes somewhere, / searches, j k walk the rows, Enter opens, ? helps
  let chord = 0;
  const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]");
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  const walk = (step) => {
    const all = rows(); if (!all.length) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    const focus = next.matches("a, button") ? next : next.querySelector("a, button");
    (focus || next).focus(); next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (typing(event.target)) return;
    if (chord && Date.now() - chord < 1200) {
      chord = 0;
      const link = document.querySelector(`.rail [data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "g") chord = Date.now();
    else if (event.key === "/") { const box = document.getElementById("search"); if (box) { event.preventDefault(); box.focus(); box.select(); } }
    else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "?") { const help = document.getElementById("keys"); if (help) help.showModal(); }
  });

  // --- small things said by data attributes, since nothing inline may run
  document.addEventListener("click", (event) => {
    const on = event.target.closest("[data-opens], [data-closes], [data-print], [data-copy], [data-dismiss]");
    if (!on) return;
    if (on.dataset.opens) { event.preventDefault(); document.getElementById(on.dataset.opens).showModal(); }
    if ("closes" in on.dataset) { event.preventDefault(); on.closest("dialog").close(); }
    if ("print" in on.dataset) { event.preventDefault(); window.print(); }
    if ("dismiss" in on.dataset) { event.preventDefault(); on.closest(".note").remove(); }
    if ("copy" in on.dataset && navigator.clipboard) { event.preventDefault(); navigator.clipboard.writeText(on.dataset.copy || location.href).then(() => { on.classList.add("fresh"); }); }
  });
  document.addEventListener("change", (event) => { if (event.target.closest("[data-submits]")) event.target.form.requestSubmit(); });

  // --- htmx: the session's secret goes with whatever changes something
  document.addEventListener("htmx:config:request", (event) => {
    const secret = page.dataset.csrf, request = event.detail.ctx.request;
    if (secret && request.method !== "GET") request.headers["X-CSRF-Token"] = secret;
  });
})();
