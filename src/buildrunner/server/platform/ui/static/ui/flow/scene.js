// The graph as it stands on the page: which boxes are open, where they are, what hangs together.

const WIDE = 1.7;
const CELL = 512;

/** Where boxes stand; the same as `rules/flow_layout.py` does for exports. */
export function pack(boxes, gap) {
  const area = boxes.reduce((sum, box) => sum + (box.width + gap) * (box.height + gap), 0);
  const tall = Math.sqrt(area / WIDE);
  const columns = [];
  let current;
  for (const box of boxes) {
    const last = columns.at(-1);
    if (!last || box.layer !== current || last.height + box.height > tall) {
      columns.push({ width: box.width, height: box.height, boxes: [box] });
    } else {
      last.width = Math.max(last.width, box.width);
      last.height += gap + box.height;
      last.boxes.push(box);
    }
    current = box.layer;
  }
  const wide = Math.max(Math.sqrt(area * WIDE), ...columns.map((column) => column.width));
  let x = 0;
  let y = 0;
  let row = 0;
  for (const column of columns) {
    if (x && x + column.width > wide) { x = 0; y += row + gap; row = 0; }
    let top = y;
    for (const box of column.boxes) { box.x = x; box.y = top; top += box.height + gap; }
    x += column.width + gap;
    row = Math.max(row, column.height);
  }
}

export class Scene {
  /** `data` is what the API answers, `shut` the ids of closed groups. */
  constructor(data, shut = new Set()) {
    this.data = data;
    this.sizes = data.sizes;
    this.nodes = new Map(data.nodes.map((node) => [node.id, node]));
    this.groups = new Map(data.groups.map((group) => [group.id, group]));
    this.members = new Map(data.groups.map((group) => [group.id, []]));
    for (const node of data.nodes) this.members.get(node.group)?.push(node);
    this.before = new Map();
    this.after = new Map();
    for (const edge of data.edges) {
      add(this.before, edge.target, edge);
      add(this.after, edge.source, edge);
    }
    this.shut = new Set([...shut].filter((id) => this.groups.has(id)));
    this.arrange();
  }

  /** Place everything anew after groups opened or closed. */
  arrange() {
    const { shutWidth, shutHeight, nodeWidth, nodeHeight, gap } = this.sizes;
    this.boxes = this.data.groups.map((group) => {
      const shut = this.shut.has(group.id);
      return { id: group.id, group, shut, layer: group.layer, width: shut ? shutWidth : group.width, height: shut ? shutHeight : group.height };
    });
    pack(this.boxes, gap);
    this.place = new Map();
    for (const box of this.boxes) {
      this.place.set(box.id, box);
      if (box.shut) continue;
      for (const node of this.members.get(box.id)) {
        this.place.set(node.id, { id: node.id, node, x: box.x + node.x, y: box.y + node.y, width: nodeWidth, height: nodeHeight });
      }
    }
    this.shown = [...this.place.values()].filter((one) => one.node);
    this.bounds = {
      x: 0, y: 0,
      width: Math.max(1, ...this.boxes.map((box) => box.x + box.width)),
      height: Math.max(1, ...this.boxes.map((box) => box.y + box.height)),
    };
    this.arrangeEdges();
    this.grid = new Map();
    for (const one of this.place.values()) {
      for (const key of cells(one)) add(this.grid, key, one);
    }
  }

  arrangeEdges() {
    const lines = new Map();
    const bundles = new Map();
    for (const edge of this.data.edges) {
      const from = this.end(edge.source);
      const to = this.end(edge.target);
      if (!from || !to || from === to) continue;
      merge(lines, from, to, edge);
      const first = this.home(edge.source);
      const then = this.home(edge.target);
      if (first && then && first !== then) merge(bundles, this.place.get(first), this.place.get(then), edge);
    }
    this.lines = [...lines.values()];
    this.bundles = [...bundles.values()];
  }

  home(id) {
    return this.nodes.get(id)?.group ?? (this.groups.has(id) ? id : undefined);
  }

  /** The place that stands for an id: its own, or that of the closed group it is in. */
  end(id) {
    return this.place.get(id) ?? this.place.get(this.nodes.get(id)?.group);
  }

  /** The node or group at a point of the world. */
  at(x, y) {
    let found;
    for (const one of this.grid.get(`${Math.floor(x / CELL)},${Math.floor(y / CELL)}`) ?? []) {
      if (x >= one.x && x <= one.x + one.width && y >= one.y && y <= one.y + one.height && (!found || one.node)) found = one;
    }
    return found;
  }

  /** Ids of what an id waits for and what waits for it, itself included. */
  neighbours(id) {
    const found = new Set([id]);
    for (const edge of this.before.get(id) ?? []) found.add(edge.source);
    for (const edge of this.after.get(id) ?? []) found.add(edge.target);
    return found;
  }

  title(id) {
    return (this.nodes.get(id) ?? this.groups.get(id))?.title ?? id;
  }
}

function merge(lines, from, to, edge) {
  const key = `${from.id}\n${to.id}`;
  const line = lines.get(key);
  if (line) {
    line.count += 1;
    line.critical ||= edge.critical;
  } else {
    lines.set(key, { from, to, count: 1, critical: edge.critical });
  }
}

function add(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function* cells({ x, y, width, height }) {
  for (let column = Math.floor(x / CELL); column <= Math.floor((x + width) / CELL); column += 1) {
    for (let row = Math.floor(y / CELL); row <= Math.floor((y + height) / CELL); row += 1) yield `${column},${row}`;
  }
}
