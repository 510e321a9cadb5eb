// What one looks at, in the address: the node, focus, closed groups, search, list, and the camera.

export function readAddress() {
  const query = new URLSearchParams(location.search);
  const at = (query.get("at") ?? "").split(",").map(Number);
  return {
    node: query.get("node"),
    focus: query.has("focus"),
    path: query.has("path"),
    list: query.get("view") === "list",
    words: query.get("q") ?? "",
    shut: new Set(query.getAll("collapsed")),
    at: at.length === 3 && at.every(Number.isFinite) && at[2] > 0 ? at : null,
  };
}

let timer;

/** Write it down, once things are quiet. */
export function writeAddress(state) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const query = new URLSearchParams();
    if (state.selected) query.set("node", state.selected);
    if (state.focus) query.set("focus", "1");
    if (state.path) query.set("path", "1");
    if (state.list) query.set("view", "list");
    if (state.words) query.set("q", state.words);
    for (const id of state.shut) query.append("collapsed", id);
    if (state.moved) query.set("at", [Math.round(state.camera.x), Math.round(state.camera.y), Number(state.camera.zoom.toPrecision(4))].join(","));
    const words = query.toString();
    history.replaceState(history.state, "", location.pathname + (words ? `?${words}` : ""));
  }, 120);
}
