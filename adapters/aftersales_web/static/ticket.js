// 工单页: an open form is kept while the page around it changes, is told when it does, and gets the focus when it comes.
"use strict";
(() => {
  // what is written about a ticket while a form for it is open: the form stays, and says so
  document.addEventListener("facts", (event) => {
    if (event.target.matches && event.target.matches(".changed")) event.target.hidden = false;
  });
  const first = (form) => form.querySelector("[autofocus]") || form.querySelector("[aria-invalid='true']")
    || form.querySelector("form select, form input:not([type='hidden']), form textarea") || form.querySelector("form button") || form.querySelector("[data-title]");
  document.addEventListener("htmx:after:swap", () => {
    const forms = [...document.querySelectorAll(".action")].filter((form) => !form.dataset.met && form.querySelector("[data-shuts]"));
    for (const form of forms) {
      form.dataset.met = "yes";
      if (!form.closest("#doing, .doing")) continue;
      form.scrollIntoView({ block: "nearest" });
      const field = first(form);
      if (field) field.focus({ preventScroll: true });
    }
  });
  document.addEventListener("click", (event) => {
    const shut = event.target.closest("[data-shuts]");
    const place = shut && shut.closest(".doing");
    if (!place) return;
    event.preventDefault();
    place.replaceChildren();
    const title = document.getElementById("next-title");
    if (title) title.focus({ preventScroll: true });
  });
  // a link to why something cannot be done opens what it is folded away in
  const unfold = () => {
    const named = location.hash.startsWith("#why-") && document.getElementById(location.hash.slice(1));
    const folded = named && named.closest("details");
    if (folded) { folded.open = true; named.scrollIntoView({ block: "center" }); }
  };
  window.addEventListener("hashchange", unfold);
  unfold();
  // on a phone the way is wider than the page: show where the ticket stands
  const way = document.querySelector(".way"), here = way && way.querySelector(".now");
  if (here) way.scrollLeft = here.offsetLeft - way.clientWidth / 2 + here.clientWidth / 2;
})();
