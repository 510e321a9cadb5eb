// Finding entries (milestones, steps, rows) on the page. Ids are the author's, so they are only
// ever compared, never put into selectors.

export const plan = document.getElementById("plan");
export const base = plan?.dataset.base;
export const mayWrite = plan?.hasAttribute("data-may-write");

/** The element of a part such as "row:m1.s1.ms1", below `root`. */
export function part(name, root = document) {
  return root.querySelector(`[data-part="${CSS.escape(name)}"]`);
}

/** The entry that an element stands in: a row, or the heading of a step or milestone. */
export const entryOf = (element) => element?.closest?.(".entry");

/** The entry of an id in the tree (not the one in the drawer). */
export const entryById = (id) => part(`row:${id}`, plan) ?? part(`head:${id}`, plan);

/** Everything that j and k stop at, in order, as far as it is shown. */
export function stops() {
  return [...plan.querySelectorAll("[data-nav]")].filter((stop) => !stop.closest("[hidden]"));
}

/** Every row that is shown, in order. */
export const shownRows = () => [...plan.querySelectorAll(".row[data-id]")].filter((row) => !row.closest("[hidden]"));

/** Give the focus to an entry of the list; false where it is not on the page. */
export function focusEntry(id, { scroll = true } = {}) {
  const entry = entryById(id);
  const stop = entry?.querySelector("[data-nav]");
  if (!stop || stop.closest("[hidden]")) return false;
  stop.focus({ preventScroll: true });
  if (scroll) entry.scrollIntoView({ block: "nearest", behavior: "instant" });
  return true;
}

const MORE_ROWS = 100;

/** The filter of the page, and which milestones or groups are open with how many rows, or shut. */
export function pageQuery() {
  const query = new URLSearchParams(location.search);
  for (const section of plan.querySelectorAll(".milestone")) {
    if (!section.hasAttribute("data-open")) {
      query.append("shut", section.dataset.id);
      continue;
    }
    const rows = section.querySelectorAll(".row[data-id]").length;
    query.append("open", `${rows + (section.querySelector(".later") ? 0 : MORE_ROWS)}:${section.dataset.id}`);
  }
  return query;
}

/** Address of an entry. */
export const addressOf = (id) => `${base}/items/${encodeURIComponent(id)}`;

/** Ask for HTML as a script; the server answers with a fragment. */
export async function request(address, { method = "GET", values, target = "", live = false } = {}) {
  const headers = { "HX-Request": "true", Accept: "text/html" };
  // What the page asks by itself is no sign that somebody is there: it keeps no session alive.
  if (live) headers["BR-Live"] = "1";
  if (target) headers["HX-Target"] = target;
  if (values) headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  const body = values ? new URLSearchParams(values) : undefined;
  const answer = await fetch(address, { method, headers, body, credentials: "same-origin" });
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.assign(`${elsewhere}?next=${encodeURIComponent(location.pathname)}`);
  const html = answer.status === 204 ? "" : await answer.text();
  return { status: answer.status, ok: answer.ok, headers: answer.headers, html };
}

/** HTML from the server as one element. */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}
