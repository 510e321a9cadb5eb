// Drawing: the nearer one looks, the more is told. Statuses are shapes first, colours second.

import { initials } from "../presence/people.js";

const NAMES = ["canvas", "raised", "sunken", "line", "line-control", "text", "text-muted", "accent", "accent-soft", "caution-text", "negative-text", "todo", "doing", "blocked", "done", "tint"];
const TEXT_FROM = 0.45;
const SHAPES_FROM = 0.16;
const LINES_FROM = 0.11;

/** The colours of the tokens as they are now. */
export function inks(element) {
  const probe = document.createElement("i");
  element.append(probe);
  const found = {};
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  found.font = getComputedStyle(element).fontFamily;
  probe.remove();
  return found;
}

const meets = (a, b) => a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;

/** Draw what `view` sees. `state`: selected, focus (ids or null), found (ids or null), fresh, path. */
export function paint(context, scene, view, zoom, ink, state) {
  const dim = state.focus || state.found || (state.path && scene.data.critical_path.length ? state.pathIds : null);
  for (const box of scene.boxes) if (meets(box, view)) group(context, box, zoom, ink, state, dim);
  edges(context, scene, view, zoom, ink, dim, state);
  const seen = scene.shown.filter((one) => meets(one, view));
  if (zoom < SHAPES_FROM) crowd(context, seen, ink, state, dim);
  else for (const one of seen) node(context, one, zoom, ink, state, dim);
  if (zoom < TEXT_FROM) for (const box of scene.boxes) if (meets(box, view)) label(context, box, zoom, ink);
}

function group(context, box, zoom, ink, state, dim) {
  const selected = state.selected === box.id;
  context.globalAlpha = dim && box.shut && !dim.has(box.id) ? 0.35 : 1;
  context.fillStyle = ink.sunken;
  context.strokeStyle = selected ? ink.accent : ink.line;
  context.lineWidth = (selected ? 2 : 1) / Math.min(zoom, 1);
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, 8);
  context.fill();
  context.stroke();
  if (zoom >= TEXT_FROM || box.shut) {
    const { counts, title, id } = box.group;
    const total = counts.todo + counts.doing + counts.blocked + counts.done;
    context.fillStyle = ink.text;
    context.font = `600 14px ${ink.font}`;
    context.fillText(cut(context, `${box.shut ? "▸" : "▾"} ${title}`, box.width - 32), box.x + 16, box.y + 22);
    context.fillStyle = ink["text-muted"];
    context.font = `11px ${ink.font}`;
    context.fillText(cut(context, `${id} · ${counts.done} of ${total} done${counts.blocked ? ` · ${counts.blocked} blocked` : ""}`, box.width - 32), box.x + 34, box.y + 38);
    if (box.shut) bar(context, box, counts, total, ink);
  }
  context.globalAlpha = 1;
}

function bar(context, box, counts, total, ink) {
  const width = box.width - 32;
  context.fillStyle = ink.line;
  context.fillRect(box.x + 16, box.y + 54, width, 6);
  let x = box.x + 16;
  for (const status of ["done", "doing", "blocked"]) {
    const part = total ? (width * counts[status]) / total : 0;
    context.fillStyle = ink[status];
    context.fillRect(x, box.y + 54, part, 6);
    x += part;
  }
}

/** From afar a group's title stands over it in the size of the screen. */
function label(context, box, zoom, ink) {
  if (box.shut || box.width * zoom < 46) return;
  const size = 12 / zoom;
  context.font = `600 ${size}px ${ink.font}`;
  const words = cut(context, box.group.title, box.width - 4 / zoom);
  context.fillStyle = ink.canvas;
  context.globalAlpha = 0.8;
  context.fillRect(box.x, box.y, context.measureText(words).width + 8 / zoom, size * 1.5);
  context.globalAlpha = 1;
  context.fillStyle = ink.text;
  context.fillText(words, box.x + 4 / zoom, box.y + size * 1.12);
}

function edges(context, scene, view, zoom, ink, dim, state) {
  const far = zoom < LINES_FROM;
  const lines = far ? scene.bundles : scene.lines;
  const groups = { plain: [], critical: [], near: [] };
  for (const line of lines) {
    const { from, to } = line;
    const x = Math.min(from.x, to.x);
    const y = Math.min(from.y, to.y);
    const span = { x, y, width: Math.max(from.x + from.width, to.x + to.width) - x, height: Math.max(from.y + from.height, to.y + to.height) - y };
    if (!meets(span, view)) continue;
    if (line.critical) groups.critical.push(line);
    else if (state.selected && (from.id === state.selected || to.id === state.selected)) groups.near.push(line);
    else groups.plain.push(line);
  }
  const fade = far || lines.length > 2000 ? 0.35 : 0.7;
  stroke(context, groups.plain, ink["line-control"], 1.2, dim ? 0.08 : fade, zoom);
  stroke(context, groups.critical, ink.accent, 2.6, 1, zoom);
  stroke(context, groups.near, ink.text, 2, 1, zoom);
  if (dim && !far) stroke(context, groups.plain.filter((line) => dim.has(line.from.id) && dim.has(line.to.id)), ink["line-control"], 1.5, 0.9, zoom);
}

function stroke(context, lines, colour, width, alpha, zoom) {
  if (!lines.length) return;
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width / Math.min(Math.max(zoom, 0.02), 1);
  context.beginPath();
  const straight = zoom < 0.3;
  for (const { from, to } of lines) {
    const x = from.x + from.width;
    const y = from.y + from.height / 2;
    const ty = to.y + to.height / 2;
    context.moveTo(x, y);
    if (straight) {
      context.lineTo(to.x, ty);
    } else {
      const bend = Math.max(40, Math.abs(to.x - x) / 2);
      context.bezierCurveTo(x + bend, y, to.x - bend, ty, to.x, ty);
      context.moveTo(to.x - 7, ty - 4);
      context.lineTo(to.x, ty);
      context.lineTo(to.x - 7, ty + 4);
    }
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** Thousands at once: one path a status. */
function crowd(context, seen, ink, state, dim) {
  for (const status of ["todo", "doing", "blocked", "done"]) {
    for (const faded of dim ? [true, false] : [false]) {
      context.globalAlpha = faded ? 0.15 : 1;
      context.fillStyle = ink[status];
      context.beginPath();
      for (const one of seen) {
        if (one.node.status !== status || (dim && dim.has(one.id) === faded)) continue;
        // What is done is full, the rest lower: told apart without colour.
        const height = status === "done" ? one.height : status === "todo" ? one.height * 0.35 : one.height * 0.7;
        context.rect(one.x, one.y + (one.height - height) / 2, one.width, height);
      }
      context.fill();
    }
  }
  context.globalAlpha = 1;
  for (const one of seen) {
    if (one.id !== state.selected && !(one.node.critical && state.path)) continue;
    context.strokeStyle = ink.accent;
    context.lineWidth = 24;
    context.strokeRect(one.x - 12, one.y - 12, one.width + 24, one.height + 24);
  }
}

function node(context, one, zoom, ink, state, dim) {
  const { node: it, x, y, width, height } = one;
  context.globalAlpha = dim && !dim.has(one.id) ? 0.18 : 1;
  context.fillStyle = state.fresh.has(one.id) ? ink.tint : one.id === state.selected ? ink["accent-soft"] : ink.raised;
  context.strokeStyle = it.critical || one.id === state.selected ? ink.accent : ink["line-control"];
  context.lineWidth = one.id === state.selected ? 3 : it.critical ? 2 : 1;
  context.beginPath();
  context.roundRect(x, y, width, height, 5);
  context.fill();
  if (it.status === "blocked") context.setLineDash([5, 3]);
  context.stroke();
  context.setLineDash([]);
  glyph(context, it.status, x + 16, y + height / 2, zoom < TEXT_FROM ? 11 : 6.2, ink);
  if (zoom >= TEXT_FROM) {
    const marked = it.flags.length || it.risk === "high" || it.risk === "critical";
    const room = width - 38 - (marked ? 16 : 0);
    context.fillStyle = ink.text;
    context.font = `12px ${ink.font}`;
    context.fillText(cut(context, it.title, room), x + 30, y + 19);
    context.fillStyle = ink["text-muted"];
    context.font = `11px ${ink.font}`;
    context.fillText(cut(context, it.id, room), x + 30, y + 35);
  }
  const size = zoom < TEXT_FROM ? 20 : 13;
  context.font = `700 ${size}px ${ink.font}`;
  if (it.risk === "high" || it.risk === "critical") {
    context.fillStyle = ink["negative-text"];
    context.fillText("▲", x + width - size - 2, y + size + 3);
  }
  if (it.flags.length) {
    context.fillStyle = ink["caution-text"];
    context.fillText("!", x + width - size + 2, y + height - 5);
  }
  const here = state.here?.get(one.id);
  if (here) face(context, here, x + width, y, zoom, ink);
  context.globalAlpha = 1;
}

/** Who is there: a face on the corner; a ring where somebody types. */
function face(context, here, x, y, zoom, ink) {
  const radius = zoom < TEXT_FROM ? 16 : 9;
  const [first] = here;
  context.beginPath();
  if (first.kind === "agent") context.roundRect(x - radius, y - radius, 2 * radius, 2 * radius, radius / 3);
  else context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = ink["accent-soft"];
  context.fill();
  context.strokeStyle = ink.accent;
  context.lineWidth = here.some((one) => one.doing === "typing") ? 3.5 : 1.5;
  context.stroke();
  context.fillStyle = ink.text;
  context.font = `600 ${radius}px ${ink.font}`;
  context.textAlign = "center";
  context.fillText(here.length > 1 ? String(here.length) : initials(first.name), x, y + radius * 0.36);
  context.textAlign = "start";
}

function glyph(context, status, x, y, radius, ink) {
  context.fillStyle = ink[status];
  context.strokeStyle = ink[status];
  context.lineWidth = radius / 3.6;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (status === "done") context.fill();
  else context.stroke();
  if (status === "doing") {
    context.beginPath();
    context.arc(x, y, radius * 0.6, Math.PI / 2, -Math.PI / 2);
    context.fill();
  } else if (status === "blocked") {
    context.beginPath();
    context.moveTo(x - radius * 0.7, y + radius * 0.7);
    context.lineTo(x + radius * 0.7, y - radius * 0.7);
    context.stroke();
  }
}

const known = new Map();

/** Text that fits; measured once. */
function cut(context, text, room) {
  const key = `${context.font}\n${Math.round(room)}\n${text}`;
  let found = known.get(key);
  if (found !== undefined) return found;
  found = text;
  if (context.measureText(text).width > room) {
    let low = 0;
    let high = text.length;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (context.measureText(`${text.slice(0, middle)}…`).width > room) high = middle - 1;
      else low = middle;
    }
    found = low ? `${text.slice(0, low).trimEnd()}…` : "";
  }
  if (known.size > 20000) known.clear();
  known.set(key, found);
  return found;
}
