// The Create form: Ctrl Enter drafts, a text file dropped on the field is read into it.

import "./live.js";

const form = document.querySelector("[data-create]");
const text = form?.elements.text;
const MOST = 1048576;

if (form) {
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  text.addEventListener("dragover", (event) => event.preventDefault());
  text.addEventListener("drop", async (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    if (file.size > MOST) return;
    text.value = await file.text();
    if (/\.(md|markdown)$/i.test(file.name)) form.elements.kind.value = "prd";
  });
}
