// Single keys for people who live in the back office. They can be switched off, for those who speak to their computer.
"use strict";

const KEYS = "fareledger.keys";
const keysOn = document.getElementById("keys-on");
const wanted = () => localStorage.getItem(KEYS) !== "off";

keysOn.checked = wanted();
keysOn.addEventListener("change", () => localStorage.setItem(KEYS, keysOn.checked ? "on" : "off"));

// The rows of the page's tables that lead somewhere; the first link of a row stands for it.
const step = (by) => {
  const links = [...document.querySelectorAll("main table.data tbody tr")]
    .map((row) => row.querySelector("a[href]"))
    .filter((link) => link?.checkVisibility());
  if (!links.length) return;
  const row = document.activeElement?.closest("tr");
  const here = links.findIndex((link) => row?.contains(link));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  links[Math.max(0, Math.min(links.length - 1, next))].focus();
};

const search = () => {
  const field = [...document.querySelectorAll("input[type=search]")].find((one) => one.checkVisibility());
  field?.focus();
  field?.select();
};

const DOES = {
  "/": search,
  j: () => step(1),
  k: () => step(-1),
  p: () => document.getElementById("add-payment")?.click(),
  "?": () => document.getElementById("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !wanted() || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || !(event.key in DOES)) return;
  event.preventDefault();
  DOES[event.key]();
});
