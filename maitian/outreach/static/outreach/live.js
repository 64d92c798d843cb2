/* A part of a page that moves: when the server says that something changed, it is fetched again, at most once in
   data-pace milliseconds, and every data-every seconds anyway. While somebody's focus is inside, it waits. Without
   this script the page shows the state at the time it was opened. */
(() => {
  "use strict";
  const part = document.querySelector("[data-live]");
  if (!part) return;
  const pace = Number(part.dataset.pace || 300);
  let resting = false;
  let asked = false;
  const fetchPart = async () => {
    if (resting) { asked = true; return; }
    if (part.contains(document.activeElement)) return;
    resting = true;
    setTimeout(() => { resting = false; if (asked) { asked = false; fetchPart(); } }, pace);
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
