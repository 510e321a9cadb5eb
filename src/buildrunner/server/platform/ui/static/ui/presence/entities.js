// Which part of the project an element of a page is about, and which elements are about one.
//
// A row says it itself: `data-about="microstep:m1.s1.ms1"`, or `data-kind` and `data-id` on an
// `.entry`. An open drawer speaks for everything in it.

const KINDS = new Set(["milestone", "step", "microstep", "check_run", "finding", "revision"]);

function read(element) {
  const said = (element?.dataset.about ?? element?.dataset.pageAbout)?.match(/^([a-z_]+):(.*)$/);
  const [kind, id] = said ? [said[1], said[2]] : [element?.dataset.kind, element?.dataset.id];
  return KINDS.has(kind) && id ? [kind, id] : null;
}

/** `[type, id]` of what an element is about, null where that is the whole project. */
export function entityOf(element) {
  const part = element?.closest?.("[data-about], .entry[data-kind]");
  if (part) return read(part);
  return element?.closest?.("#drawer") ? pageEntity() : null;
}

/** What the page as a whole is about: its open drawer, the chosen node, or what it is a page of. */
export function pageEntity() {
  const node = document.getElementById("flow") && new URLSearchParams(location.search).get("node");
  if (node) return ["microstep", node];
  return read(document.querySelector("#drawer:not([hidden]) [data-kind][data-id], [data-page-about]"));
}

/** The elements that show one entity. */
export function partsOf(type, id) {
  const name = CSS.escape(id);
  return document.querySelectorAll(`[data-about="${type}:${name}"], .entry[data-kind="${type}"][data-id="${name}"]`);
}
