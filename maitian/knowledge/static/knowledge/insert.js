/* "Insert" puts an article's words where the caret stands in the answer; without this script they go into its draft. */
(() => {
  "use strict";
  const card = document.getElementById("knowledge");
  const body = card && document.getElementById(card.dataset.insertInto);
  if (!body) return;
  card.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-insert]");
    if (!form) return;
    event.preventDefault();
    const button = event.submitter;
    const status = form.querySelector("[role=status]");
    const values = new URLSearchParams(new FormData(form));
    if (button && button.name) values.set(button.name, button.value);
    if (button) button.disabled = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: values, headers: { "X-Requested-With": "fetch", Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const words = (await answer.json()).words;
      const at = body.selectionStart ?? body.value.length;
      const before = body.value.slice(0, at).replace(/\s+$/, "");
      const after = body.value.slice(body.selectionEnd ?? at).replace(/^\s+/, "");
      body.value = [before, words, after].filter(Boolean).join("\n\n");
      const caret = (before ? before.length + 2 : 0) + words.length;
      body.focus();
      body.setSelectionRange(caret, caret);
      body.dispatchEvent(new Event("input", { bubbles: true }));
    } catch {
      /* the plain way: the server says what is wrong, or puts the words into the draft */
      const how = Object.assign(document.createElement("input"), { type: "hidden", name: "how", value: button ? button.value : "words" });
      form.append(how);
      form.submit();
    } finally {
      if (button) button.disabled = false;
      if (status) status.textContent = "";
    }
  });
})();
