// A payment that is being confirmed: ask again, ever more slowly, and draw the page anew once its state has changed.
"use strict";

const WAITS_S = [2, 3, 5, 8, 13, 20, 30];
const waiting = document.querySelector("[data-asks]");
let asked = 0;

async function ask() {
  try {
    const answer = await fetch(waiting.dataset.asks, { headers: { Accept: "text/plain" }, redirect: "manual" });
    const state = answer.ok ? (await answer.text()).trim() : "";
    // A redirect means the visit has ended; the page itself then leads to the sign-in.
    if (answer.type === "opaqueredirect" || (state && state !== waiting.dataset.state)) return location.reload();
  } catch {
    // Offline for a moment: the next question may get through.
  }
  later();
}

function later() {
  setTimeout(ask, WAITS_S[Math.min(asked, WAITS_S.length - 1)] * 1000);
  asked += 1;
}

later();
