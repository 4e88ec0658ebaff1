"use strict";
// Tell the page around the frame what happened and how tall the frame is. Only the merchant's own origin hears it.
function tellParent({ target, message: told, ...subject }) {
  if (window.parent === window) return;
  const say = (message) => window.parent.postMessage({ source: "sandbox-acquirer", ...subject, ...message }, target);
  const height = () => Math.ceil(document.documentElement.getBoundingClientRect().height);
  new ResizeObserver(() => say({ type: "resize", height: height() })).observe(document.documentElement);
  if (told) say({ type: told });
}

for (const form of document.querySelectorAll("form[data-busy]")) {
  const buttons = form.querySelectorAll("button");
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const pressed = event.submitter || buttons[0];
    // After this turn, because a disabled button would take its own value out of the form.
    setTimeout(() => {
      pressed.dataset.says = pressed.textContent;
      pressed.textContent = pressed.dataset.busy;
      pressed.setAttribute("aria-busy", "true");
      for (const button of buttons) button.disabled = true;
    });
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    delete form.dataset.sent;
    for (const button of buttons) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
      if (button.dataset.says) button.textContent = button.dataset.says;
    }
  });
}

const groups = (digits) => (/^3[47]/.test(digits) ? /^(\d{1,4})(\d{1,6})?(\d{1,5})?/ : /^(\d{1,4})(\d{1,4})?(\d{1,4})?(\d{1,7})?/);
const number = document.querySelector("input[name=number]");
number?.addEventListener("input", () => {
  if (number.selectionStart !== number.value.length) return;
  const digits = number.value.replace(/\D/g, "").slice(0, 19);
  number.value = (digits.match(groups(digits)) || []).slice(1).filter(Boolean).join(" ");
});
const expiry = document.querySelector("input[name=expiry]");
expiry?.addEventListener("input", (event) => {
  if (event.inputType === "deleteContentBackward" || expiry.selectionStart !== expiry.value.length) return;
  const digits = expiry.value.replace(/\D/g, "").replace(/^([2-9])/, "0$1");
  if (digits.length === 2) expiry.value = digits + "/";
  else if (digits.length > 2) expiry.value = digits.slice(0, 2) + "/" + digits.slice(2, 6);
  else expiry.value = digits;
});
document.querySelector("[data-focus]")?.focus({ preventScroll: true });
