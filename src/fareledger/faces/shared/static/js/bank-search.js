// The choice of a bank: what is typed leaves the banks whose names have it, however it is accented.
"use strict";

const field = document.getElementById("bank-search-field");
const search = document.getElementById("bank-search");
const said = field.querySelector("[data-none]");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

field.hidden = false;
search.addEventListener("input", () => {
  const wanted = plain(search.value.trim());
  let left = 0;
  for (const item of document.querySelectorAll(".banks > li")) {
    item.hidden = !plain(item.textContent).includes(wanted);
    left += item.hidden ? 0 : 1;
  }
  for (const part of document.querySelectorAll("section:has(> .banks)")) {
    part.hidden = !part.querySelector("li:not([hidden])");
  }
  said.textContent = left ? "" : said.dataset.none;
});
// Enter would press the first button, which may be another bank than the one that is meant.
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});
