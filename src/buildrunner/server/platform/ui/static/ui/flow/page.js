// The page Flow: graph, list, drawer, search, address and live changes, wired together.

import { followWithSign } from "../live-sign.js";
import { announce } from "../notices.js";
import { readAddress, writeAddress } from "./address.js";
import { Camera } from "./camera.js";
import { closeDrawer, openDrawer, shownId, wireDrawer } from "./drawer.js";
import { savePicture } from "./export.js";
import { wireInput } from "./input.js";
import { fillList, tell } from "./list.js";
import { Minimap } from "./minimap.js";
import { inks, paint } from "./paint.js";
import { Scene } from "./scene.js";
import { unique } from "../presence/marks.js";

const TINT = 2000;
const BATCH = 250;
const HEARD = /^(plan\.revised|evidence|claim|drift|check)/;
const root = document.getElementById("flow");
const find = (name) => document.getElementById(name);

class Flow {
  constructor(data) {
    const wanted = readAddress();
    this.canvas = find("flow-canvas");
    this.context = this.canvas.getContext("2d");
    this.camera = new Camera(() => this.changed());
    this.minimap = new Minimap(find("flow-map"), this.camera);
    this.scene = new Scene(data, wanted.shut);
    this.ink = inks(root);
    Object.assign(this, { selected: null, focused: false, path: wanted.path, list: wanted.list, words: "", found: null, fresh: new Set(), moved: false });
    this.resize(false);
    if (wanted.node) this.select(wanted.node, { reveal: false, quiet: true });
    this.focused = wanted.focus && Boolean(this.selected);
    if (wanted.words) { find("flow-search").value = wanted.words; this.search(wanted.words, false); }
    if (wanted.at) { this.moved = true; this.camera.set(...wanted.at); } else this.fit(false);
    if (this.selected && !wanted.at) this.reveal();
    if (this.list) this.showList(true);
    if (this.selected) openDrawer(root.dataset.base, this.selected, { focus: false });
    this.tellState();
    this.summary();
    new ResizeObserver(() => this.resize(true)).observe(root);
    const recolour = () => { this.ink = inks(root); this.minimap.renew(this.scene, this.ink); this.draw(); };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  resize(draw) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.camera.width = width;
    this.camera.height = height;
    this.minimap.renew(this.scene, this.ink);
    if (draw) this.draw();
  }

  changed() {
    this.draw();
    this.write();
  }

  write() {
    const { selected, focused: focus, path, list, words, camera, moved } = this;
    writeAddress({ selected, focus, path, list, words, camera, moved, shut: this.scene.shut });
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.render(this.context, this.camera, this.canvas.width, this.canvas.height, devicePixelRatio || 1);
      this.minimap.draw();
    });
  }

  render(context, camera, width, height, ratio) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.ink.canvas;
    context.fillRect(0, 0, width, height);
    const scale = camera.zoom * ratio;
    context.setTransform(scale, 0, 0, scale, width / 2 - camera.x * scale, height / 2 - camera.y * scale);
    paint(context, this.scene, camera.view(), camera.zoom, this.ink, {
      selected: this.selected, fresh: this.fresh, path: this.path, found: this.found, here: this.here,
      focus: this.focused && this.selected ? this.scene.neighbours(this.selected) : null,
      pathIds: new Set(this.scene.data.critical_path),
    });
  }

  fit(glide = true) {
    this.camera.fit(this.scene.bounds, { glide });
    this.moved = false;
    this.write();
  }

  reveal() {
    const place = this.scene.end(this.selected);
    if (place) this.camera.reveal(place);
  }

  select(id, { reveal = true, quiet = false, open = false } = {}) {
    if (id && !this.scene.nodes.has(id) && !this.scene.groups.has(id)) return;
    this.selected = id;
    if (!id) this.focused = false;
    this.tellState();
    if (id && reveal) this.reveal();
    document.dispatchEvent(new Event("presence:moved"));
    if (id && !quiet) announce(tell(this.scene, id));
    if (id && (open || shownId())) openDrawer(root.dataset.base, id, { focus: open });
    this.changed();
  }

  tellState() {
    for (const [act, on] of [["focus", this.focused], ["critical", this.path], ["list", this.list], ["fold", this.scene.boxes.length > 0 && this.scene.boxes.every((box) => box.shut)]]) {
      document.querySelector(`[data-act=${act}]`).setAttribute("aria-pressed", String(on));
    }
    document.querySelector("[data-act=focus]").disabled = !this.selected;
    this.canvas.setAttribute("aria-label", this.selected ? `Dependency graph: ${tell(this.scene, this.selected)}` : "Dependency graph");
    Object.assign(root.dataset, { selected: this.selected ?? "", focused: String(this.focused), shut: [...this.scene.shut].join(" ") });
  }

  summary() {
    const { nodes, edges, groups, layers, critical_path: path, critical_effort: effort } = this.scene.data;
    const odd = nodes.filter((node) => node.flags.length).length;
    const many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
    const parts = [many(nodes.length, "microstep"), many(groups.length, "milestone"), edges.length ? many(edges.length, "dependency").replace("dependencys", "dependencies") : "no dependencies yet", `${layers} deep`];
    if (path.length) parts.push(`critical path ${path.length} (effort ${effort})`);
    if (odd) parts.push(`${odd.toLocaleString("en")} with drift`);
    find("flow-summary").textContent = parts.join(" · ");
    root.dataset.revision = this.scene.data.revision;
  }

  toggleGroup(id) {
    const { shut } = this.scene;
    if (!shut.delete(id)) shut.add(id);
    this.arranged(id);
    announce(`${this.scene.title(id)} ${shut.has(id) ? "closed" : "open"}`);
  }

  /** After groups opened or closed: what one points at (`id`) stays under the hand. */
  arranged(id) {
    const before = id && this.scene.place.get(id);
    const [x, y] = before ? [before.x, before.y] : [0, 0];
    this.scene.arrange();
    this.minimap.renew(this.scene, this.ink);
    const after = id && this.scene.place.get(id);
    this.tellState();
    if (after) this.camera.set(this.camera.x + after.x - x, this.camera.y + after.y - y, this.camera.zoom);
    else this.fit();
  }

  search(words, go = true) {
    this.words = words;
    const wanted = words.trim().toLowerCase();
    const hits = wanted ? this.scene.data.nodes.filter((node) => node.id.toLowerCase().includes(wanted) || node.title.toLowerCase().includes(wanted)).map((node) => node.id) : [];
    this.found = wanted ? new Set(hits) : null;
    this.hits = hits;
    find("flow-found").textContent = wanted ? `${hits.length.toLocaleString("en")} found` : "";
    if (this.list) this.showList(true);
    if (go && hits.length === 1) this.camera.reveal(this.scene.end(hits[0]));
    this.changed();
  }

  nextHit(step) {
    if (!this.hits?.length) return;
    const at = this.hits.indexOf(this.selected);
    this.select(this.hits[(at + step + this.hits.length) % this.hits.length]);
  }

  showList(on) {
    this.list = on;
    const box = find("flow-list");
    box.hidden = !on;
    root.classList.toggle("as-list", on);
    if (on) {
      const open = new Set([...box.querySelectorAll("details[open]")].map((part) => part.dataset.group));
      const home = this.scene.home(this.selected);
      if (home) open.add(home);
      const focused = document.activeElement?.closest?.("#flow-list [data-node]")?.dataset.node;
      fillList(box, this.scene, { found: this.found, open });
      if (focused) box.querySelector(`[data-node="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
    this.tellState();
    this.write();
  }

  act(name) {
    if (name === "in" || name === "out") { this.moved = true; this.camera.zoomAt(this.camera.width / 2, this.camera.height / 2, name === "in" ? 1.4 : 1 / 1.4); }
    else if (name === "fit") this.fit();
    else if (name === "focus" && this.selected) { this.focused = !this.focused; this.tellState(); this.changed(); announce(this.focused ? `${this.scene.neighbours(this.selected).size - 1} neighbours` : "Everything"); }
    else if (name === "critical") { this.path = !this.path; this.tellState(); this.changed(); announce(`Critical path: ${this.scene.data.critical_path.length} microsteps`); }
    else if (name === "list") { this.showList(!this.list); (this.list ? find("flow-list").querySelector("[data-nav]") : this.canvas)?.focus(); }
    else if (name === "fold") {
      const all = this.scene.boxes.every((box) => box.shut);
      this.scene.shut = new Set(all ? [] : this.scene.groups.keys());
      this.arranged(null);
    }
  }

  /** Take in what changed and keep everything else as it is. */
  take(data, by) {
    const before = this.scene.nodes;
    const changed = data.nodes.filter((node) => { const old = before.get(node.id); return !old || old.status !== node.status || old.title !== node.title || old.flags.join() !== node.flags.join() || old.risk !== node.risk; }).map((node) => node.id);
    this.scene = new Scene(data, this.scene.shut);
    if (this.selected && !this.scene.nodes.has(this.selected) && !this.scene.groups.has(this.selected)) this.selected = null;
    if (this.words) this.search(this.words, false);
    else if (this.list) this.showList(true);
    this.minimap.renew(this.scene, this.ink);
    this.fresh = new Set(changed);
    setTimeout(() => { this.fresh = new Set(); this.draw(); }, TINT);
    this.tellState();
    this.summary();
    this.draw();
    if (shownId()) openDrawer(root.dataset.base, shownId(), { focus: false, live: true });
    if (changed.length) announce(`${by || "Somebody"} changed ${changed.length === 1 ? changed[0] : `${changed.length} microsteps`}`);
  }
}

async function fetchGraph(live) {
  const answer = await fetch(root.dataset.source, { headers: live ? { "BR-Live": "1" } : {}, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function keepUp(flow) {
  // Who is on which node; drawn beside it, and told in the list by the list's own rows.
  document.addEventListener("presence", (event) => {
    if (!flow) return;
    flow.here = new Map();
    for (const one of event.detail) if (one.entity_id) flow.here.set(one.entity_id, unique([...(flow.here.get(one.entity_id) ?? []), one]));
    flow.draw();
  });
  let timer;
  let running = false;
  let again = false;
  async function catchUp(by) {
    if (running) { again = true; return; }
    running = true;
    try {
      const data = await fetchGraph(true);
      if (JSON.stringify(data) !== JSON.stringify(flow.scene.data)) flow.take(data, by);
    } catch {
      // The line is down; the next "open" asks again.
    } finally {
      running = false;
      if (again) { again = false; catchUp(""); }
    }
  }
  const later = (by) => { clearTimeout(timer); timer = setTimeout(catchUp, BATCH, by); };
  followWithSign(root.dataset.project, {
    onEvent(event) {
      if (!HEARD.test(event.kind)) return;
      if (!flow) location.reload();
      else later(event.actor?.name ?? "");
    },
    onOpen() {
      if (flow) later("");
    },
  });
}

async function start() {
  if (root.hasAttribute("data-empty")) { keepUp(null); return; }
  root.setAttribute("aria-busy", "true");
  let data;
  try {
    data = await fetchGraph(false);
  } catch {
    find("flow-summary").textContent = "The graph could not be fetched. Load the page again in a moment.";
    root.removeAttribute("aria-busy");
    return;
  }
  const flow = new Flow(data);
  wireInput(flow, root);
  wireDrawer({ visit: (id) => flow.select(id, { open: true }), closed: () => { flow.select(null, { quiet: true }); } });
  document.querySelector("[data-export=png]").addEventListener("click", () => savePicture(flow));
  const picture = document.querySelector("[data-export=svg]");
  picture.addEventListener("click", () => {
    const query = new URLSearchParams({ format: "svg" });
    for (const id of flow.scene.shut) query.append("collapsed", id);
    picture.href = `${root.dataset.source}?${query}`;
  });
  find("flow-export").addEventListener("click", () => find("flow-export").hidePopover());
  root.removeAttribute("aria-busy");
  requestAnimationFrame(() => requestAnimationFrame(() => { root.dataset.ready = String(Math.round(performance.now())); }));
  keepUp(flow);
}

if (root) start();
