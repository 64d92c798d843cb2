/* The desk while one looks at it: the list and the entries renew themselves, drafts are kept on the server, colleagues
   see who is here. Without this script everything works by reloading the page. */
(() => {
  "use strict";
  const page = document.querySelector("[data-desk]");
  if (!page) return;
  const token = () => document.body.getAttribute("hx-headers") && JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const post = (url, values) => fetch(url, {
    method: "POST", body: new URLSearchParams(values), keepalive: true,
    headers: { "X-CSRFToken": token() || "", "X-Requested-With": "fetch" },
  });

  /* --- parts that renew themselves --- */
  const renew = async (part, url) => {
    if (!part) return;
    const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) return;
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    /* Whoever types or chooses in the part is not disturbed; the next change brings it up to date. */
    if (focused && /^(INPUT|TEXTAREA|SELECT)$/.test(focused.tagName)) return;
    if (part.querySelector("details.act[open], details.pop-up[open], input[name=chosen]:checked")) return;
    const address = focused && focused.getAttribute("href");
    part.innerHTML = await answer.text();
    tell();
    if (address) {
      const again = part.querySelector(`a[href="${CSS.escape(address)}"]`) || [...part.querySelectorAll("a")].find((a) => a.getAttribute("href") === address);
      if (again) again.focus({ preventScroll: true });
    }
    if (window.htmx) window.htmx.process(part);
  };
  const list = document.getElementById("case-list");
  const pulse = document.getElementById("case-pulse");
  let waiting = 0;
  const changed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      renew(list, list && list.dataset.fragment);
      if (pulse) renew(pulse, page.dataset.pulse);
    }, 250);
  };
  if (window.EventSource && page.dataset.live) {
    let source = null;
    const listen = () => {
      if (source) return;
      source = new EventSource(page.dataset.live);
      source.addEventListener("changed", changed);
    };
    const deaf = () => { if (source) { source.close(); source = null; } };
    /* A tab that nobody sees holds no connection. */
    document.addEventListener("visibilitychange", () => { if (document.hidden) deaf(); else { listen(); changed(); } });
    if (!document.hidden) listen();
  }

  /* --- drafts --- */
  const say = document.getElementById("say");
  const body = say && say.querySelector("textarea[name=body]");
  let typedAt = 0;
  if (body) {
    const state = document.getElementById("draft-state");
    let timer = 0;
    let saved = body.value;
    const save = async () => {
      if (body.value === saved) return;
      const text = body.value;
      try {
        const answer = await post(say.dataset.draft, { body: text });
        if (!answer.ok) throw new Error(String(answer.status));
        saved = text;
        const at = (await answer.json()).saved;
        state.textContent = at ? state.dataset.saved.replace("0", at) : "";
      } catch {
        state.textContent = state.dataset.lost;
      }
    };
    body.addEventListener("input", () => {
      typedAt = Date.now();
      clearTimeout(timer);
      timer = setTimeout(save, 900);
    });
    addEventListener("pagehide", () => { if (body.value !== saved && !say.hasAttribute("data-in-flight")) post(say.dataset.draft, { body: body.value }); });
    body.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        say.requestSubmit(say.querySelector("button[name=as][value=reply]"));
      }
    });
  }

  /* --- phrases: put in where the cursor is --- */
  if (body) {
    document.addEventListener("click", (event) => {
      const phrase = event.target.closest && event.target.closest("a[data-insert]");
      if (!phrase) return;
      event.preventDefault();
      const before = body.selectionStart && body.value[body.selectionStart - 1] !== "\n" ? "\n" : "";
      body.setRangeText(before + phrase.dataset.insert, body.selectionStart, body.selectionEnd, "end");
      phrase.closest("details").open = false;
      body.dispatchEvent(new Event("input", { bubbles: true }));
      body.focus();
    });
  }

  /* --- many at once: how many are chosen, and all of the page --- */
  const chosen = () => [...document.querySelectorAll("input[name=chosen]")];
  const tell = () => {
    const number = chosen().filter((box) => box.checked).length;
    for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = number || "";
    for (const all of document.querySelectorAll("[data-choose-all]")) all.hidden = false;
  };
  document.addEventListener("change", (event) => { if (event.target.name === "chosen") tell(); });
  document.addEventListener("click", (event) => {
    if (!event.target.closest || !event.target.closest("[data-choose-all]")) return;
    const boxes = chosen();
    const on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
    tell();
  });
  tell();

  /* --- who is here --- */
  if (page.dataset.presence) {
    let said = "";
    const beat = () => {
      if (document.hidden) return;
      const typing = Date.now() - typedAt < 8000 ? "1" : "";
      said = typing;
      post(page.dataset.presence, { typing });
    };
    beat();
    setInterval(beat, 15000);
    /* Typing shows at once, not with the next beat. */
    setInterval(() => { if ((Date.now() - typedAt < 8000 ? "1" : "") !== said) beat(); }, 1500);
    addEventListener("pagehide", () => post(page.dataset.presence, { left: "1" }));
  }

  /* --- keys that need more than a click --- */
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) {
      if (event.key === "Escape" && event.target === body) body.blur();
      return;
    }
    let off = false;
    try { off = localStorage.getItem("mt-keys") === "off"; } catch { /* private window */ }
    if (off) return;
    const key = event.key.toLowerCase();
    if (key === "r" && body) { event.preventDefault(); body.focus(); }
    if (key === "o" && document.activeElement.closest && document.activeElement.closest(".cases")) document.activeElement.click();
    if (key === "x" && document.activeElement.closest && document.activeElement.closest(".cases")) {
      const box = document.activeElement.closest("li").querySelector("input[name=chosen]");
      if (box) { box.checked = !box.checked; box.dispatchEvent(new Event("change", { bubbles: true })); }
    }
  });
})();
