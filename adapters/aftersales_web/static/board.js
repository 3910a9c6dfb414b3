// 看板: arrows walk over the cards: up and down within a column, left and right between columns.
"use strict";
document.addEventListener("keydown", (event) => {
  const card = document.activeElement && document.activeElement.closest(".ticket-card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const column = card.closest(".column"), cards = [...column.querySelectorAll(".ticket-card")], at = cards.indexOf(card);
  let next = null;
  if (event.key === "ArrowDown") next = cards[at + 1];
  else if (event.key === "ArrowUp") next = cards[at - 1];
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const all = [...document.querySelectorAll(".column")].filter((each) => each.querySelector(".ticket-card"));
    const other = all[all.indexOf(column) + (event.key === "ArrowRight" ? 1 : -1)];
    if (other) { const there = [...other.querySelectorAll(".ticket-card")]; next = there[Math.min(at, there.length - 1)]; }
  } else return;
  event.preventDefault();
  if (next) { next.focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
});
