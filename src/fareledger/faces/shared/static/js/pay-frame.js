// The page around the provider's card frame: follow the frame's height, and go on when it says it is done.
// The frame only says that something happened; what happened is asked at the provider by the page this leads to.
"use strict";

const frame = document.querySelector("iframe[data-origin]");
const LOWEST_PX = 120;
const HIGHEST_PX = 2000;

window.addEventListener("message", (event) => {
  if (event.origin !== frame.dataset.origin || event.source !== frame.contentWindow) return;
  const said = event.data ?? {};
  if ((said.payment ?? said.setup) !== frame.dataset.payment) return;
  if (said.type === "resize" && Number.isFinite(said.height)) {
    frame.style.blockSize = `${Math.min(HIGHEST_PX, Math.max(LOWEST_PX, said.height))}px`;
  } else if (said.type === "done") {
    location.assign(frame.dataset.outcome);
  }
});
