// News from the server: one event stream a browser, shared by its tabs where SharedWorker exists.
//
// follow(projectId, { onEvent, onState }) calls onEvent for each event of the project and onState
// with "connecting", "open", "offline" or "closed" (the session ended). Events may be missed while
// the line is down: whoever follows catches up by revision when the state turns to "open".

import { openStream } from "./stream.js";

// What concerns the visitor alone, wherever it happens.
const own = (event) => event.kind.startsWith("notification.");

/** Follow the events of one project until the page goes. */
export function follow(projectId, { onEvent, onState }) {
  listen((event) => event.project_id === projectId && !own(event), onEvent, onState);
}

/** Follow what the visitor is told, of every project. */
export function followOwn({ onEvent, onState }) {
  listen(own, onEvent, onState);
}

/** Follow passing news of one kind in a project: `onItems(items, lost)`, where `lost` says that some
 *  were missed; and its events. */
export function followPassing(projectId, kind, { onItems, onEvent, onState }) {
  const concerns = (event) => event.project_id === projectId && !own(event);
  listen(concerns, onEvent, onState, (passing) => {
    if (passing.kind === kind && (passing.lost || passing.project_id === projectId)) onItems(passing.items, Boolean(passing.lost));
  });
}

// One line a page, however many listen: browsers allow an origin few connections.
const ears = new Set();
let state = "";

function hear(message) {
  if (message.state) state = message.state;
  for (const ear of ears) ear(message);
}

function listen(concerns, onEvent, onState, onPassing = () => {}) {
  ears.add((message) => {
    if (message.state) onState(message.state);
    else if (message.passing) onPassing(message.passing);
    else if (concerns(message.event)) onEvent(message.event);
  });
  if (ears.size === 1) connect();
  else if (state) onState(state);
}

function connect() {
  if (globalThis.SharedWorker) {
    try {
      const worker = new SharedWorker(new URL("./live-worker.js", import.meta.url), { type: "module", name: "buildrunner-live" });
      worker.addEventListener("error", () => openStream(hear));
      worker.port.addEventListener("message", (message) => hear(message.data));
      worker.port.start();
      addEventListener("pagehide", () => worker.port.postMessage("leave"));
      addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
      return;
    } catch {
      // Falls through: a browser may refuse workers (private windows, policies).
    }
  }
  openStream(hear);
}
