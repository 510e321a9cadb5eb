// What the command palette offers on the Plan page, for the entry that has the focus or the drawer.

import { toast } from "../notices.js";
import { shownId } from "./drawer.js";
import { entryById, entryOf, mayWrite } from "./rows.js";
import { saveStatus, WORDS } from "./save.js";

const TERMINAL = { todo: "start", blocked: "start", doing: "done", done: "todo" };

document.addEventListener("palette:collect", ({ detail: { add } }) => {
  const shown = shownId();
  const entry = entryOf(document.activeElement) ?? (shown ? entryById(shown) : undefined);
  if (entry?.dataset.kind !== "microstep") return;
  const { id, status } = entry.dataset;
  const section = `On ${id}`;
  for (const [to, words] of Object.entries(WORDS)) {
    if (mayWrite && to !== status) {
      add({ section, title: `Change status to ${words.toLowerCase()}`, glyph: to, run: () => saveStatus(id, to, status, entry) });
    }
  }
  const command = `br ${TERMINAL[status] ?? "show"} ${id}`;
  add({
    section,
    title: "Copy the command for a terminal",
    detail: command,
    run: () => navigator.clipboard.writeText(command).then(
      () => toast(`Copied ${command}`, { lasts: 2000 }),
      () => toast(`The browser does not let this page copy. Type: ${command}`),
    ),
  });
});
