// 回访台: 1 to 5 is the customer's score, n is nobody there.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio]), textarea, select, dialog[open]")) return;
  const score = document.querySelector(`#answer [data-digit="${CSS.escape(event.key)}"]`);
  if (score) { event.preventDefault(); score.checked = true; score.focus(); }
  else if (event.key === "n") { const form = document.getElementById("nobody"); if (form) { event.preventDefault(); form.requestSubmit(); } }
});
