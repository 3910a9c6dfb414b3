// 今日: after something was done its row is gone, and the next one has the focus.
"use strict";
(() => {
  let place = -1;
  const rows = () => [...document.querySelectorAll("#work [data-row]")];
  document.addEventListener("htmx:before:request", (event) => {
    const row = event.target.closest && event.target.closest("[data-row]");
    place = row && event.target.closest("form") ? rows().indexOf(row) : place;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (place < 0 || document.activeElement !== document.body) return;
    const all = rows(); if (!all.length) return;
    const next = all[Math.min(place, all.length - 1)].querySelector(".task-do a, .task-do button, .task-do summary");
    if (next) next.focus();
    place = -1;
  });
})();
