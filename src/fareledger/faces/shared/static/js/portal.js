// A button that was pressed says so and cannot be pressed twice; coming back to the page frees it again.
"use strict";

for (const form of document.querySelectorAll("form[data-once]")) {
  let button = form.querySelector("button");
  let words = [...button.childNodes];
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-busy") === "true") return event.preventDefault();
    button = event.submitter ?? button;
    words = [...button.childNodes];
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
    setTimeout(() => { button.disabled = true; });
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    button.removeAttribute("aria-busy");
    button.disabled = false;
    button.replaceChildren(...words);
  });
}
