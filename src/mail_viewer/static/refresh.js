// Loads the list again when a new mail is there. Without this script the link "Look for new mail" does it.
const shown = document.querySelector("main").dataset.newest;

async function look() {
  if (document.visibilityState !== "visible") return;
  try {
    const mails = await (await fetch("/api/messages?newest=1")).json();
    if ((mails[0]?.id ?? "") !== shown) location.reload();
  } catch {
    // The viewer was stopped; the page stays as it is.
  }
}

setInterval(look, 2000);
