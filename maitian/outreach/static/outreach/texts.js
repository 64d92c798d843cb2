/* Texts of a topic: a variable's button writes it where the caret is, and the preview is fetched again. Without this
   script the names stand below the field to be typed, and a button shows the preview. */
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const field = document.getElementById(button.closest("[data-for]").dataset.for);
    if (!field) return;
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  /* Another topic has another audience and other channels: the page is asked for again with what is typed. */
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-look]")) return;
    const look = event.target.form.querySelector("button[name=look]");
    if (look) event.target.form.requestSubmit(look);
  });
  /* A complaint is about what stood there before. */
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.getAttribute("aria-invalid") === "true") {
      field.removeAttribute("aria-invalid");
      const words = document.getElementById(field.getAttribute("aria-describedby"));
      if (words) words.hidden = true;
    }
    document.querySelectorAll("[data-problem]").forEach((note) => { note.hidden = true; });
  });
})();
