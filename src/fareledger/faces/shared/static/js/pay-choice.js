// The pay page: the button and the sum beside it say the amount that is chosen. What may be paid is decided elsewhere.
"use strict";

const form = document.querySelector("form[data-pays]");
const typed = form.elements.amount;
const button = form.querySelector("button");
const money = new Intl.NumberFormat(document.documentElement.lang, {
  style: "currency", currency: form.dataset.currency, numberingSystem: "latn",
});
const unit = 10 ** money.resolvedOptions().maximumFractionDigits;
const shown = (minor) => money.format(minor / unit).replace("-", "\u2212");

function typedMinor() {
  const [whole, fraction = "", ...more] = typed.value.split(form.dataset.decimal);
  const figures = whole.replace(/[^\d]/g, "");
  const amount = Number(`${figures}.${fraction.replace(/[^\d]/g, "")}`);
  const minor = Math.round(amount * unit);
  return more.length || !figures || minor <= 0 || minor > Number(form.dataset.left) ? 0 : minor;
}

function say() {
  const chosen = form.querySelector("[name=wanted]:checked");
  if (!chosen) return;
  const minor = Number(chosen.dataset.minor) || typedMinor();
  const words = chosen.dataset.shown || shown(minor);
  form.elements.said_minor.value = minor || "";
  // The label stays the same element: leaving the field changes it between press and release, and a press that begins
  // on an element that is gone is no click.
  const label = button.querySelector("span");
  label.textContent = minor ? button.dataset.says.replace("%s", words) : button.dataset.else;
  if (!minor) return;
  document.querySelector("[data-paying]").textContent = shown(-minor);
  document.querySelector("[data-rest]").textContent = shown(Number(form.dataset.left) - minor);
}

form.addEventListener("change", say);
typed?.addEventListener("input", say);
typed?.addEventListener("focus", () => {
  form.querySelector("[name=wanted][value=other]").checked = true;
  say();
});
window.addEventListener("pageshow", say);
