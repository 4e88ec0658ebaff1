// The browser's half of a passkey: asks the device, puts its answer into the form, sends the form.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function ask(kind, options) {
  const wanted = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
  if (kind === "create") {
    wanted.user = { ...wanted.user, id: bytes(wanted.user.id) };
    wanted.excludeCredentials = known(wanted.excludeCredentials);
    return navigator.credentials.create({ publicKey: wanted });
  }
  wanted.allowCredentials = known(wanted.allowCredentials);
  return navigator.credentials.get({ publicKey: wanted });
}

function inText(made) {
  const response = { clientDataJSON: text(made.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = text(made.response[part]);
  }
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("#passkey");
  const trouble = form.querySelector("[data-trouble]");
  form.querySelector("[data-without-script]").hidden = true;
  if (!window.PublicKeyCredential) {
    trouble.textContent = "This browser, or this address, does not allow passkeys.";
    continue;
  }
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    button.disabled = true;
    trouble.textContent = "";
    try {
      form.elements.answer.value = inText(await ask(form.dataset.passkey, JSON.parse(form.dataset.options)));
      form.submit();
    } catch (problem) {
      trouble.textContent = {
        InvalidStateError: "This device has a passkey for you already.",
        SecurityError: "Passkeys do not work at this address. Open it by its name, not by a number.",
      }[problem.name] ?? "No passkey was used. Try again when you are ready.";
      button.disabled = false;
    }
  });
}
