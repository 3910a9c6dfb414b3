// 跟货脚本: forms of one command open in a dialog; the box for arrivals is ready again after each.
"use strict";
(() => {
  const dialog = document.getElementById("act");
  document.addEventListener("htmx:after:swap", () => {
    if (dialog && !dialog.open && dialog.querySelector("form")) dialog.showModal();
  });
  if (dialog) dialog.addEventListener("close", () => { document.getElementById("act-body").replaceChildren(); });
  // on a telephone the tab one is on may lie beyond the edge
  const tab = document.querySelector("nav.tabs a[aria-current]");
  if (tab) tab.parentElement.scrollLeft = Math.max(0, tab.offsetLeft - tab.parentElement.offsetLeft - 40);
  // what a scanner types ends with Enter, and that is all it needs: the next number takes the place of the last
  const box = document.getElementById("code");
  window.addEventListener("load", () => { if (box && document.activeElement === box && box.value === box.defaultValue) box.select(); });
})();
