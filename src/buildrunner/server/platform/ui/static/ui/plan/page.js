// The Plan page: rows, editing, drawer, filters and live changes, wired together.

import { onKey } from "./keys.js";
import "./commands.js";
import "./activity.js";
import "./criteria.js";
import "./dependencies.js";
import "./drag.js";
import "./drawer.js";
import "./fields.js";
import "./filters.js";
import "./forms.js";
import "./later.js";
import { startLive } from "./live.js";

if (document.getElementById("plan")) {
  document.addEventListener("keydown", onKey);
  startLive();
}
