/* Comfort for people who sit here eight hours a day. Every form and link works without this script.
   data-open="id" opens a dialog, data-close shuts its own; data-key="n" is a single-key shortcut;
   data-rows marks a list that J and K walk through; data-must-equal="8330" keeps a button shut until typed. */
(() => {
  "use strict";
  const store = {
    get(name) { try { return localStorage.getItem(name); } catch { return null; } },
    set(name, value) { try { localStorage.setItem(name, value); } catch { /* private window */ } },
  };
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const typing = (node) => node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName);

  /* --- sent once: the button that sent a form stays shut until the answer is there --- */
  const shut = (button) => {
    if (!button || button.disabled) return;
    button.disabled = true;
    button.dataset.sent = "";
    button.setAttribute("aria-busy", "true");
  };
  const reopen = (root) => all("[data-sent]", root).forEach((button) => {
    button.disabled = false;
    delete button.dataset.sent;
    button.removeAttribute("aria-busy");
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    /* A GET changes nothing and may be a download that leaves this page standing. */
    const method = (event.submitter && event.submitter.formMethod) || form.method;
    const byHtmx = form.getAttributeNames()
     .some((name) => /^(data-)?hx-(post|put|patch|delete)$/.test(name));
    if ((method !== "post" && !byHtmx) || form.target === "_blank" || form.hasAttribute("data-again")) return;
    if (event.defaultPrevented && !byHtmx) return;
    if (form.hasAttribute("data-in-flight")) { event.preventDefault(); return; }
    form.setAttribute("data-in-flight", "");
    /* After this turn, so that the button's own name and value still travel with the form. */
    setTimeout(() => all("button:not([type=button]), input[type=submit]", form).forEach(shut), 0);
  });
  const answered = (form) => { form.removeAttribute("data-in-flight"); reopen(form); };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("form");
    if (form) setTimeout(() => answered(form), 0);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) all("[data-in-flight]").forEach(answered); });

  /* --- dialogs and the command bar --- */
  const command = () => document.querySelector("dialog.cmd");
  const open = (dialog) => {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const field = dialog.querySelector("input:not([type=hidden]), textarea, select");
    if (field) { field.focus(); if (field.select) field.select(); }
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.open);
      if (dialog) { event.preventDefault(); open(dialog); }
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) {
      const part = closer.closest("dialog, .toast, .note");
      /* Opened by its address, as without scripts: the link back to the page shuts it. */
      if (part && part.tagName === "DIALOG" && !part.open) return;
      if (part) { event.preventDefault(); if (part.close) part.close(); else part.remove(); }
      return;
    }
    /* A click on the backdrop lands on the dialog itself. */
    if (event.target.tagName === "DIALOG" && !event.target.hasAttribute("data-stay")) event.target.close();
  });

  const results = (dialog) => all("a[href], button", dialog.querySelector(".found") || dialog);
  const mark = (dialog) => {
    const found = results(dialog);
    found.forEach((item, index) => item.closest("li")?.classList.toggle("on", index === 0));
    const status = dialog.querySelector("[role=status]");
    if (status) status.textContent = (status.dataset.words || "").replace("0", String(found.length));
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.target.closest && event.target.closest("dialog.cmd");
    if (dialog) mark(dialog);
  });
  const inCommand = (event, dialog) => {
    const found = results(dialog);
    const here = found.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && found.length) {
      event.preventDefault();
      found[Math.min(here + 1, found.length - 1)].focus();
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      if (here > 0) found[here - 1].focus(); else dialog.querySelector("input").focus();
    } else if (event.key === "Enter" && here < 0 && found.length) {
      event.preventDefault();
      found[0].click();
    }
  };

  /* --- keys --- */
  const keysOn = () => store.get("mt-keys") !== "off";
  const walk = (step) => {
    const list = document.querySelector("[data-rows]");
    if (!list) return false;
    const rows = all(list.dataset.rows || "li, tr", list).filter((row) => row.offsetParent !== null);
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[Math.max(0, Math.min(rows.length - 1, here + step))];
    if (!next) return false;
    (next.matches("a, button") ? next : next.querySelector("a, button") || next).focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const dialog = document.querySelector("dialog[open]");
    if (dialog && dialog.matches(".cmd")) { inCommand(event, dialog); return; }
    /* A dangerous step is never one Enter away. */
    if (dialog && dialog.hasAttribute("data-no-enter") && event.key === "Enter" && event.target.tagName === "INPUT") {
      event.preventDefault();
      return;
    }
    const bar = command();
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if (bar) { event.preventDefault(); open(bar); }
      return;
    }
    if (dialog || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || !keysOn()) return;
    if (event.key === "/" && bar) { event.preventDefault(); open(bar); return; }
    if (event.key === "?") { event.preventDefault(); open(document.getElementById("keys")); return; }
    const lower = event.key.toLowerCase();
    if ((lower === "j" && walk(1)) || (lower === "k" && walk(-1))) { event.preventDefault(); return; }
    const target = all("[data-key]").find((node) => node.dataset.key.toLowerCase() === lower);
    if (target) {
      event.preventDefault();
      target.click();
      /* What a key opens is typed into at once. */
      const opened = target.matches("summary") && target.parentElement.open && target.parentElement;
      const field = opened && opened.querySelector("input:not([type=hidden]), textarea, select");
      if (field) field.focus();
    }
  });

  /* --- small guards and manners --- */
  document.addEventListener("input", (event) => {
    const wanted = event.target.dataset && event.target.dataset.mustEqual;
    if (!wanted || !event.target.form) return;
    const same = event.target.value.replace(/[\s,，]/g, "") === wanted;
    all("button:not([type=button])", event.target.form).forEach((button) => { button.disabled = !same; });
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-switch]")) store.set("mt-keys", event.target.checked ? "on" : "off");
    /* A filter that needs no button: the form sends itself. Without scripts its button is there. */
    if (event.target.matches("[data-send-on-change]") && event.target.form) event.target.form.requestSubmit();
  });
  /* A long choice narrowed by what is typed: headings without a match go, those with one open. */
  document.addEventListener("input", (event) => {
    const box = event.target.closest && event.target.closest("[data-narrow]");
    if (!box) return;
    const wanted = box.value.trim().toLowerCase();
    all("details", box.form).forEach((group) => {
      let left = 0;
      all("label", group).forEach((label) => {
        const fits = !wanted || label.textContent.toLowerCase().includes(wanted);
        label.hidden = !fits;
        left += fits;
      });
      group.hidden = !left;
      group.open = left > 0 && (wanted !== "" || all(":checked", group).length > 0);
    });
  });
  const fade = (toast) => {
    if (toast.dataset.timed !== undefined) return;
    toast.dataset.timed = "";
    const seconds = toast.querySelector("a, form") ? 12 : 6;
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000); else toast.remove();
    };
    setTimeout(leave, seconds * 1000);
  };
  /* --- suggestions: a field whose datalist the server fills shows it as a list that the keys walk through --- */
  const suggest = (box) => {
    const field = box.querySelector("input");
    const source = box.querySelector("datalist");
    if (!field || !source || box.querySelector("[role=listbox]")) return;
    const list = document.createElement("ul");
    const said = document.createElement("span");
    list.id = `${source.id}-shown`;
    list.className = "suggested";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.dataset.label || "");
    said.className = "suggested none";
    said.hidden = true;
    said.setAttribute("role", "status");
    source.after(list, said);
    field.removeAttribute("list");
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    let typed = false; /* nothing opens before somebody types or asks for it */
    const options = () => all("[role=option]", list);
    const mark = (option) => {
      options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
      if (option) {
        field.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else field.removeAttribute("aria-activedescendant");
    };
    const close = () => {
      list.hidden = true;
      said.hidden = true;
      field.setAttribute("aria-expanded", "false");
      mark(null);
    };
    const take = (option) => {
      field.value = option.dataset.value;
      typed = false;
      field.dispatchEvent(new Event("change", { bubbles: true }));
      close();
    };
    const show = () => {
      list.replaceChildren(...all("option", source).map((one, n) => {
        const row = document.createElement("li");
        const more = document.createElement("small");
        row.id = `${list.id}-${n}`;
        row.setAttribute("role", "option");
        row.dataset.value = one.value;
        more.textContent = one.textContent;
        row.append(one.value, more);
        return row;
      }));
      const found = options();
      mark(null);
      list.hidden = !found.length;
      said.hidden = found.length > 0 || !field.value.trim();
      said.textContent = said.hidden ? "" : box.dataset.none || "";
      field.setAttribute("aria-expanded", String(!list.hidden));
    };
    field.setAttribute("aria-expanded", "false");
    field.addEventListener("input", () => { typed = true; });
    field.addEventListener("blur", close);
    source.addEventListener("htmx:afterSwap", () => {
      if (typed && document.activeElement === field) show();
    });
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const found = options();
      const here = found.findIndex((one) => one.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (list.hidden) show();
        const now = options();
        if (!now.length) return;
        event.preventDefault();
        const step = event.key === "ArrowDown" ? here + 1 : here - 1;
        mark(now[(step + now.length + (here < 0 && step < 0 ? 1 : 0)) % now.length]);
      } else if (event.key === "Enter" && !list.hidden && here >= 0) {
        event.preventDefault();
        take(found[here]);
      } else if (event.key === "Escape" && (!list.hidden || !said.hidden)) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    /* Before the field loses the caret, so that the list is still there to be pressed. */
    list.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("[role=option]");
      event.preventDefault();
      if (option) take(option);
    });
  };
  const ready = (root) => {
    all(".suggest", root).forEach(suggest);
    all(".toast", root).forEach(fade);
    all("[data-keys-switch]", root).forEach((box) => { box.checked = keysOn(); });
    all("[data-scripted]", root).forEach((node) => { node.hidden = false; });
    all("[data-print]", root).forEach((node) => { node.onclick = () => print(); });
  };
  document.addEventListener("htmx:load", (event) => ready(event.target));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => ready(document));
  else ready(document);
  /* The first wrong field gets the caret when a form comes back. */
  addEventListener("DOMContentLoaded", () => {
    const wrong = document.querySelector("form[method=post] [aria-invalid=true]");
    if (wrong) wrong.focus();
  });
})();
