/* What a client types is kept on the server while he types. Without this script a form still keeps what was typed
   when something is wrong with it. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const state = document.getElementById("draft-state");
  const typed = () => {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") values.append(name, value);
    return values;
  };
  let saved = typed().toString();
  let timer = 0;
  const send = () => fetch(form.dataset.draft, { method: "POST", body: typed(), keepalive: true, headers: { "X-Requested-With": "fetch" } });
  const save = async () => {
    const now = typed().toString();
    if (now === saved || form.hasAttribute("data-in-flight")) return;
    try {
      const answer = await send();
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      saved = now;
      const at = (await answer.json()).saved;
      state.textContent = at ? state.dataset.saved.replace("0", at) : "";
    } catch {
      state.textContent = state.dataset.lost;
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 900);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
  addEventListener("pagehide", () => { if (!form.hasAttribute("data-in-flight") && typed().toString() !== saved) send(); });
})();
