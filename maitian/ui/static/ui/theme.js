/* The chosen theme before the first paint, and its switch. Pages follow the machine without this script. */
(() => {
  "use strict";
  const root = document.documentElement;
  const key = "mt-theme";
  const read = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const write = (theme) => { try { localStorage.setItem(key, theme); } catch { /* private window: this page only */ } };
  const fixed = root.hasAttribute("data-theme-fixed");
  const chosen = read();
  if (!fixed && (chosen === "light" || chosen === "dark")) root.dataset.theme = chosen;
  document.addEventListener("click", (event) => {
    if (fixed || !event.target.closest("[data-theme-switch]")) return;
    const machine = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme || machine) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    write(next);
  });
})();
