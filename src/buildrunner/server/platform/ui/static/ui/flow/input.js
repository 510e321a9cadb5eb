// Pointer, wheel, touch and keys.

import { typing } from "../keyboard.js";
import { closeDrawer } from "./drawer.js";

const STILL = 4;

function pointers(flow) {
  const { canvas, camera } = flow;
  const held = new Map();
  let moved = 0;
  const place = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, place(event));
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    const now = place(event);
    if (!before) {
      canvas.classList.toggle("on-node", Boolean(flow.scene.at(...camera.toWorld(...now))));
      return;
    }
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    held.set(event.pointerId, now);
    if (moved <= STILL) return;
    flow.moved = true;
    if (held.size === 2) {
      const [other] = [...held].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
      camera.zoomAt((now[0] + other[0]) / 2, (now[1] + other[1]) / 2, far(now, other) / far(before, other));
      camera.pan(dx / 2, dy / 2);
    } else {
      camera.pan(dx, dy);
    }
  });
  const up = (event) => {
    if (!held.delete(event.pointerId) || moved > STILL || event.type === "pointercancel") return;
    const hit = flow.scene.at(...camera.toWorld(...place(event)));
    if (!hit) { closeDrawer(); flow.select(null, { quiet: true }); }
    else if (hit.node) flow.select(hit.id, { open: true, reveal: false });
    else if (hit.shut || camera.toWorld(...place(event))[1] < hit.y + flow.scene.sizes.head) flow.toggleGroup(hit.id);
    else { closeDrawer(); flow.select(null, { quiet: true }); }
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    flow.moved = true;
    // A pinch on a touchpad comes as a wheel with ctrl; a wheel zooms, shift moves sideways.
    const unit = event.deltaMode ? 20 : 1;
    if (event.shiftKey) camera.pan(-(event.deltaX || event.deltaY) * unit, 0);
    else camera.zoomAt(event.offsetX, event.offsetY, Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0015)));
  }, { passive: false });
}

/** The next node or group in the order of the plan. */
function neighbour(flow, step) {
  const { scene, selected } = flow;
  const order = [];
  for (const group of scene.data.groups) {
    order.push(group.id);
    if (!scene.shut.has(group.id)) order.push(...scene.members.get(group.id).map((node) => node.id));
  }
  const at = order.indexOf(selected);
  if (at < 0) return scene.data.critical_path[0] ?? order[0];
  return order[Math.min(Math.max(at + step, 0), order.length - 1)];
}

/** Left: what it waits for; right: what waits for it. Again where there are several: the next one. */
function along(flow, key) {
  const { scene, selected } = flow;
  if (!selected) return neighbour(flow, 1);
  if (scene.groups.has(selected)) {
    if ((key === "ArrowLeft") !== scene.shut.has(selected)) flow.toggleGroup(selected);
    return selected;
  }
  const ends = key === "ArrowLeft" ? scene.before.get(selected)?.map((edge) => edge.source) : scene.after.get(selected)?.map((edge) => edge.target);
  if (!ends?.length) return selected;
  return ends.find((id) => scene.nodes.get(id)?.critical) ?? ends[0];
}

function onCanvasKey(flow, event) {
  const { key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.shiftKey && key.startsWith("Arrow")) {
    flow.moved = true;
    const [dx, dy] = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] }[key];
    flow.camera.pan(dx, dy);
  } else if (key === "ArrowLeft" || key === "ArrowRight") flow.select(along(flow, key));
  else if (key === "ArrowDown" || key === "ArrowUp") flow.select(neighbour(flow, key === "ArrowDown" ? 1 : -1));
  else if (key === "Enter" && flow.selected) flow.select(flow.selected, { open: true });
  else if (key === " " && flow.selected) flow.toggleGroup(flow.scene.home(flow.selected));
  else return;
  event.preventDefault();
}

const KEYS = { 0: "fit", "+": "in", "=": "in", "-": "out", f: "focus", p: "critical", c: "fold", l: "list" };

export function wireInput(flow, root) {
  pointers(flow);
  flow.canvas.addEventListener("keydown", (event) => onCanvasKey(flow, event));
  const field = document.getElementById("flow-search");
  field.addEventListener("input", () => flow.search(field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); flow.nextHit(event.shiftKey ? -1 : 1); }
    else if (event.key === "Escape") { event.preventDefault(); field.value = ""; flow.search(""); flow.canvas.focus(); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) flow.act(button.dataset.act);
  });
  root.addEventListener("click", (event) => {
    const link = event.target.closest(".flow-list a[data-node]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    flow.select(link.dataset.node, { open: true, quiet: true });
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || typing(event)) return;
    if (event.key === "/") field.focus();
    else if (event.key === "Escape") { if (closeDrawer() || flow.selected) flow.select(null, { quiet: true }); else return; }
    else if ((event.key === "j" || event.key === "k") && flow.list) {
      const stops = [...root.querySelectorAll(".flow-list [data-nav]")].filter((one) => one.matches("summary") || one.closest("details[open]"));
      const at = stops.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1);
      stops[Math.min(Math.max(at, 0), stops.length - 1)]?.focus();
    } else if (KEYS[event.key]) flow.act(KEYS[event.key]);
    else return;
    event.preventDefault();
  });
}
