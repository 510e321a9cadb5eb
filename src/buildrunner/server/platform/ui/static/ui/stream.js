// The event stream itself: reconnects by itself, and slower the longer it fails.

const KINDS = [
  "plan.revised", "claim.taken", "claim.released", "claim.expired",
  "agent_run.started", "agent_run.ended", "agent_run.lost",
  "evidence.received", "evidence.signed_off", "evidence.sign_off_revoked",
  "check.found_flaky", "check.quarantined", "check.quarantine_lifted",
  "drift.reported", "drift.forgotten", "conflict.chosen",
  "comment.written", "comment.edited", "comment.deleted", "comment.resolved", "comment.reopened",
  "comment.reacted", "comment.promoted", "comment.attached", "comment.detached", "issue.linked",
  "draft.started", "draft.answered", "draft.accepted", "draft.discarded",
  "policy.saved", "governance.checked", "waiver.granted", "waiver.revoked",
  "approval.requested", "approval.renewed", "approval.given", "approval.rejected",
  "approval.taken_back", "approval.request_withdrawn", "emergency.bypassed", "emergency.reviewed",
  "anomaly.found", "anomaly.worsened", "anomaly.reviewed",
  "usage_source.added", "usage_source.changed", "usage_source.removed", "usage_source.collected",
  "usage_source.failed", "report.scheduled", "report.changed", "report.removed", "report.sent",
  "budget.alert", "budget.blocked", "budget.set", "budget.changed", "budget.ended", "budget.lifted",
  "model.arbitrated", "model.arbitration_decided",
  "notification.created", "notification.read",
];
// Told to whoever is there at the moment: without an id, and never again.
const PASSING = ["presence"];
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;

/** Open the stream; `tell` gets {state}, {event} and {passing}. Returns a function that closes it. */
export function openStream(tell) {
  let source;
  let timer;
  let wait = FIRST_WAIT;
  let last = "";
  let over = false;

  const hear = (message) => {
    last = message.lastEventId;
    tell({ event: JSON.parse(message.data) });
  };

  function open() {
    if (over) return;
    const query = last ? `&last_event_id=${encodeURIComponent(last)}` : "";
    source = new EventSource(`/api/events/stream?also=${PASSING.join(",")}${query}`);
    source.addEventListener("open", () => { wait = FIRST_WAIT; tell({ state: "open" }); });
    for (const kind of KINDS) source.addEventListener(kind, hear);
    for (const kind of PASSING) source.addEventListener(kind, (message) => tell({ passing: JSON.parse(message.data) }));
    source.addEventListener("error", () => {
      tell({ state: "offline" });
      // A stream that ended is taken up by the browser itself; one that was refused is not.
      if (source.readyState === EventSource.CLOSED) retry();
    });
  }

  async function retry() {
    clearTimeout(timer);
    timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
    try {
      const answer = await fetch("/api/me", { headers: { Accept: "application/json", "BR-Live": "1" } });
      if (answer.status === 401) {
        over = true;
        clearTimeout(timer);
        tell({ state: "closed" });
      }
    } catch {
      // No network: the timer tries again.
    }
  }

  tell({ state: "connecting" });
  open();
  return () => { over = true; clearTimeout(timer); source.close(); };
}
