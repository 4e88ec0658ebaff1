// Forms that open over the page. A link with data-sheet leads to a page; here its form opens in a dialog instead, and what
// the form says about the result is asked for while it is filled in. Every page works without it.
"use strict";

const sheet = document.getElementById("sheet");

// A fragment, or null when the answer leads elsewhere or cannot be used.
const ask = async (address, options = {}) => {
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  const answer = await fetch(address, { ...options, headers });
  const to = answer.headers.get("HX-Redirect");
  if (to) location.assign(to);
  return to || ![200, 409, 422].includes(answer.status) ? null : { status: answer.status, html: await answer.text() };
};

const show = (html) => {
  sheet.innerHTML = html;
  if (!sheet.open) sheet.showModal();
  (sheet.querySelector("#faults") ?? sheet.querySelector("[autofocus]") ?? sheet.querySelector("input:not([type=hidden]), button"))?.focus();
  for (const form of sheet.querySelectorAll("form")) prepare(form);
};

document.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-sheet]");
  if (link) {
    event.preventDefault();
    const answer = await ask(link.href).catch(() => null);
    if (answer) show(answer.html);
    else if (!document.hidden) location.assign(link.href);
  }
  const close = event.target.closest("[data-close]");
  if (close && sheet.open && sheet.contains(close)) {
    event.preventDefault();
    sheet.close();
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
});

sheet.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  const sent = new FormData(form, event.submitter);
  const address = form.method === "get" ? `${form.action}?${new URLSearchParams(sent)}` : form.action;
  const answer = await ask(address, form.method === "get" ? {} : { method: "post", body: sent }).catch(() => undefined);
  if (answer) show(answer.html);
  // The answer got lost: the same form is sent as a page; its key makes it count once.
  else if (answer === undefined) form.submit();
});

// The amount of a total is not typed; the name of a method is asked for when it has one; the button says the amount.
const settle = (form) => {
  const amount = form.querySelector("[data-total]");
  const total = form.querySelector("[name=type][value=total]");
  if (amount && total) {
    if (total.checked) amount.value = amount.dataset.total;
    amount.readOnly = total.checked;
  }
  const named = form.querySelector("[data-for-method]");
  if (named) named.hidden = form.querySelector("[name=method]:checked")?.value !== named.dataset.forMethod;
  const after = form.querySelector("output[data-button]");
  const button = form.querySelector("[data-says-after]");
  if (after && button) button.textContent = after.dataset.button;
};

const prepare = (form) => {
  settle(form);
  if (!form.dataset.after) return;
  let waiting;
  form.addEventListener("input", () => {
    settle(form);
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const query = new URLSearchParams(new FormData(form));
      for (const secret of ["csrfmiddlewaretoken", "form_key", "comment"]) query.delete(secret);
      const answer = await ask(`${form.dataset.after}?${query}`).catch(() => null);
      const output = form.querySelector("output");
      if (!answer || !output) return;
      const fresh = document.createRange().createContextualFragment(answer.html).querySelector("output");
      // The element stays, so that the change in it is read out.
      output.className = fresh.className;
      output.dataset.button = fresh.dataset.button ?? "";
      output.replaceChildren(...fresh.childNodes);
      settle(form);
    }, 200);
  });
};

for (const form of document.querySelectorAll("main form[data-after], main form.sheet")) prepare(form);
for (const opener of document.querySelectorAll("[data-opens]")) opener.hidden = false;
