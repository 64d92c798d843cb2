/* A send in progress: when the server says that something changed, fetch the part that moves. Without
   this script the page shows the state at the time it was opened. */
(() => {
  "use strict";
  const part = document.querySelector("[data-live]");
  if (!part) return;
  let waiting = false;
  const fetchPart = async () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; }, 300);
    const answer = await fetch(part.dataset.fragment, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) return;
    part.innerHTML = await answer.text();
    const state = part.querySelector("[data-state]");
    if (state && state.dataset.state !== "sending" && state.dataset.state !== "paused") location.reload();
  };
  if (window.EventSource) {
    const source = new EventSource(part.dataset.live);
    source.addEventListener("changed", fetchPart);
  }
  setInterval(fetchPart, 1000 * Number(part.dataset.every || 3));
})();
