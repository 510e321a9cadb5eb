// The same as a list: milestones to unfold, nodes with what they wait for and what waits for them.

const STATUS = { todo: "to do", doing: "doing", blocked: "blocked", done: "done" };

/** A node in words. */
export function tell(scene, id) {
  const node = scene.nodes.get(id);
  const waits = scene.before.get(id)?.length ?? 0;
  const after = scene.after.get(id)?.length ?? 0;
  if (!node) {
    const group = scene.groups.get(id);
    const total = Object.values(group.counts).reduce((a, b) => a + b, 0);
    return `${group.id} ${group.title}, milestone, ${group.counts.done} of ${total} done, ${scene.shut.has(id) ? "closed" : "open"}`;
  }
  const parts = [`${node.id} ${node.title}`, STATUS[node.status]];
  if (node.critical) parts.push("on the critical path");
  if (node.risk) parts.push(`${node.risk} risk`);
  for (const flag of node.flags) parts.push(scene.data.flags[flag]);
  parts.push(waits ? `waits for ${waits}` : "waits for nothing", after ? `${after} wait${after === 1 ? "s" : ""} for it` : "nothing waits for it");
  return parts.join(", ");
}

function glyph(status) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `glyph ${status}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#glyph-${status}`);
  svg.append(use);
  return svg;
}

function make(tag, words, className = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (words) element.textContent = words;
  return element;
}

function link(id, words) {
  const element = make("a", words);
  element.href = `?node=${encodeURIComponent(id)}&view=list`;
  element.dataset.node = id;
  return element;
}

function row(scene, node) {
  const item = make("li", "", "flow-row");
  item.dataset.about = `microstep:${node.id}`;
  const anchor = link(node.id, "");
  anchor.dataset.nav = "";
  const title = make("span", node.title);
  title.dir = "auto";
  anchor.append(glyph(node.status), make("span", node.id, "id"), title, make("span", `, ${STATUS[node.status]}`, "visually-hidden"));
  item.append(anchor);
  const more = make("p", "", "small muted");
  const notes = [];
  if (node.critical) notes.push("Critical path");
  if (node.risk) notes.push(`${node.risk[0].toUpperCase()}${node.risk.slice(1)} risk`);
  for (const flag of node.flags) notes.push(scene.data.flags[flag]);
  if (notes.length) more.append(`${notes.join(" · ")} `);
  for (const [words, edges, end] of [["Waits for", scene.before.get(node.id), "source"], ["Before", scene.after.get(node.id), "target"]]) {
    if (!edges?.length) continue;
    more.append(make("span", `${words} `));
    edges.slice(0, 12).forEach((edge, place) => { if (place) more.append(", "); more.append(link(edge[end], edge[end])); });
    more.append(edges.length > 12 ? ` and ${edges.length - 12} more. ` : ". ");
  }
  if (more.childNodes.length) item.append(more);
  return item;
}

/** Fill the list; rows of a milestone are made when it is unfolded. */
export function fillList(root, scene, { found = null, open = new Set() } = {}) {
  const parts = [];
  for (const group of scene.data.groups) {
    const members = scene.members.get(group.id).filter((node) => !found || found.has(node.id));
    if (found && !members.length) continue;
    const part = make("details", "", "flow-part");
    part.dataset.group = group.id;
    const head = make("summary", "");
    const name = make("span", group.title);
    name.dir = "auto";
    head.append(name, make("span", ` ${group.id} · ${group.counts.done} of ${members.length} done`, "small muted"));
    head.dataset.nav = "";
    part.append(head);
    const fill = () => {
      if (part.querySelector("ul") || !part.open) return;
      const list = make("ul", "");
      list.setAttribute("role", "list");
      list.append(...members.map((node) => row(scene, node)));
      part.append(list);
    };
    part.addEventListener("toggle", fill);
    if ((found && members.length < 200) || open.has(group.id)) { part.open = true; fill(); }
    parts.push(part);
  }
  root.replaceChildren(...(parts.length ? parts : [make("p", "Nothing fits.", "muted")]));
}
