// 回放: plays the steps of a ticket one after the other; the slider does the fetching, as when somebody drags it.
"use strict";
(() => {
  let timer = 0, speed = 1;
  const at = (id) => document.getElementById(id);
  const say = () => {
    const play = at("play");
    if (!play) return;
    play.toggleAttribute("data-on", timer !== 0);
    play.querySelector(".say").textContent = timer ? play.dataset.pause : play.dataset.play;
  };
  const stop = () => { clearInterval(timer); timer = 0; say(); };
  const go = (slider, to) => { slider.value = to; slider.dispatchEvent(new Event("input", { bubbles: true })); };
  const step = () => {
    const slider = at("slider");
    if (!slider || document.hidden) return;
    if (Number(slider.value) >= Number(slider.max)) { stop(); return; }
    go(slider, Number(slider.value) + 1);
  };
  const start = () => { clearInterval(timer); timer = setInterval(step, 1400 / speed); say(); };
  const ready = () => { for (const play of document.querySelectorAll(".play[hidden]")) play.hidden = false; };
  document.addEventListener("click", (event) => {
    if (event.target.closest("#play")) {
      if (timer) { stop(); return; }
      const slider = at("slider");
      if (slider && Number(slider.value) >= Number(slider.max)) go(slider, 1);
      start();
    } else if (event.target.closest("#speed")) {
      const button = at("speed");
      speed = speed === 1 ? 4 : 1;
      button.textContent = speed + "×";
      button.setAttribute("aria-label", button.dataset.speed + " " + speed + "×");
      if (timer) start();
    } else if (timer && event.target.closest("#replay a, #replay input")) stop();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const slider = at("slider"), by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (slider && by) { event.preventDefault(); go(slider, Number(slider.value) + by); }
  });
  // the fact that is shown stays in sight of its list
  const follow = () => {
    const list = document.querySelector(".fact-list"), here = list && list.querySelector("[aria-current]");
    if (!here || list.scrollHeight <= list.clientHeight) return;
    const top = here.offsetTop, bottom = top + here.offsetHeight;
    if (top < list.scrollTop + 40 || bottom > list.scrollTop + list.clientHeight - 40) list.scrollTop = top - list.clientHeight / 2;
  };
  document.addEventListener("htmx:after:swap", () => { ready(); follow(); say(); });
  ready(); follow();
})();
