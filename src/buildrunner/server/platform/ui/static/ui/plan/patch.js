// Fresh sections in place of old ones. A section that somebody types in, or that tells of a save
// that is under way or has failed, stays; what is new in it is told beside it.

const FIELDS = "input:not([type=hidden]), textarea, select";

/** What stands in a drawer for browsers without scripts goes: it differs from answer to answer. */
export function strip(root) {
  for (const part of root.querySelectorAll("noscript, [name=csrfmiddlewaretoken]")) part.remove();
}

/** Whether a control holds something else than the server gave it. */
export function dirty(control) {
  if (control.type === "radio" || control.type === "checkbox") return false;
  if (control instanceof HTMLSelectElement) {
    const given = [...control.options].find((option) => option.defaultSelected) ?? control.options[0];
    return control.value !== given.value;
  }
  return control.value !== control.defaultValue;
}

/** Whether a section must not be replaced now. */
export const held = (section) => section.matches("[data-pending], :has([data-pending], .failed, .conflict, .dragged, [aria-expanded=true][role=combobox])")
  || [...section.querySelectorAll(FIELDS)].some(dirty);

const named = (root) => new Map([...root.querySelectorAll("[data-section]")].map((section) => [section.dataset.section, section]));

/** How to find the focused control again in a fresh copy of its section. */
function focusPath(section) {
  const at = document.activeElement;
  if (!section.contains(at)) return null;
  if (at.type === "radio") return "[type=radio]:checked";
  if (at.dataset.key) return `[data-key="${CSS.escape(at.dataset.key)}"]`;
  if (at.dataset.step) return `[data-step="${at.dataset.step}"]`;
  if (at.name) return `[name="${CSS.escape(at.name)}"]`;
  return at.matches("summary") ? "summary" : at.dataset.copy ? "[data-copy]" : "a, button";
}

/** The value that a section's form started from, or undefined. */
const baseOf = (section) => section.querySelector("form")?.elements.namedItem("base")?.value;

function tellNewer(section, fresh) {
  const before = baseOf(section);
  const now = baseOf(fresh);
  section.querySelector(".newer")?.remove();
  if (now === undefined || now === before || section.matches("[data-pending]")) return;
  const note = document.createElement("p");
  note.className = "newer small";
  note.setAttribute("role", "status");
  note.textContent = "Somebody else changed this meanwhile. Your text is kept; saving shows both.";
  section.querySelector("form").append(note);
}

function replace(section, fresh) {
  // A slot that is open stays open, what was fetched into it stays there.
  if (section.matches("details[open]") && fresh.matches("details")) fresh.open = true;
  const focus = focusPath(section);
  const at = focus && section.querySelector(focus);
  const caret = at?.matches("textarea, input:not([type=radio])") ? [at.selectionStart, at.selectionEnd] : null;
  section.replaceWith(fresh);
  if (!focus) return;
  const again = fresh.querySelector(focus) ?? fresh.querySelector("textarea, input:not([type=hidden]), select, a, button");
  again?.focus({ preventScroll: true });
  if (caret && again?.setSelectionRange) again.setSelectionRange(...caret);
}

/** Bring the sections of `root` to those of `content`, one by one. */
export function patch(root, content) {
  strip(content);
  const old = named(root);
  const fresh = named(content);
  for (const [name, section] of old) {
    if (!fresh.has(name) && !held(section)) section.remove();
  }
  let previous = null;
  for (const [name, section] of fresh) {
    const before = old.get(name);
    if (!before) {
      if (previous) previous.after(section);
      previous = section;
      continue;
    }
    previous = before;
    // What was fetched on demand is its own business.
    if (name === "activity") continue;
    if (held(before)) tellNewer(before, section);
    else if (!before.isEqualNode(section)) {
      replace(before, section);
      previous = section;
    }
  }
}
