// Clipboard and buttons of the back office. Every page works without it.
"use strict";

// Copying needs the browser's permission, so the field is selected first: Ctrl+C then does the same.
for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const said = document.getElementById(button.dataset.says);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied";
    } catch {
      said.textContent = "Press Ctrl+C to copy";
    }
  });
}

// A money or email button that was pressed says so and cannot be pressed again.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.busy || event.target.target === "_blank") return;
  setTimeout(() => {
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
  });
});

// A colour picker beside the field that is sent: each follows the other.
for (const picker of document.querySelectorAll("[data-fills]")) {
  const field = document.getElementById(picker.dataset.fills);
  picker.hidden = false;
  picker.addEventListener("input", () => { field.value = picker.value; });
  field.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value;
  });
}

// Back to a page from the browser's own cache: the button can be pressed again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A page nobody looks at asks for no news.
document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden) event.preventDefault();
});

const faults = document.getElementById("faults");
if (faults) faults.focus();
