"""What the worker does, in three tables: on events, on schedule, on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from buildrunner.server.domains.analytics import tasks as analytics
from buildrunner.server.domains.audit import tasks as audit
from buildrunner.server.domains.discussion import tasks as discussion
from buildrunner.server.domains.identity import tasks as identity
from buildrunner.server.domains.metering import tasks as metering
from buildrunner.server.domains.notifications import tasks as notifications
from buildrunner.server.domains.plans import tasks as plans
from buildrunner.server.domains.workbench import tasks as workbench
from buildrunner.server.platform.events.cursor import Subscriber
from buildrunner.server.platform.http.quotas import purge_counts
from buildrunner.server.platform.http.replays import purge_answers
from buildrunner.server.platform.jobs.worker import Schedule

# Who is told of which events. A subscriber's name is its cursor's: it never changes.
SUBSCRIBERS: tuple[Subscriber, ...] = (
    Subscriber(
        "discussion.telling",
        {
            "comment.written": discussion.tell_of_comment,
            "comment.edited": discussion.tell_of_comment,
            "comment.resolved": discussion.tell_of_resolution,
        },
    ),
    Subscriber(
        "analytics.telling",
        {
            "anomaly.found": analytics.tell_of_anomaly,
            "anomaly.worsened": analytics.tell_of_anomaly,
        },
    ),
    Subscriber("metering.policy", {"policy.saved": metering.follow_policy}),
    Subscriber("audit.seal", batch=audit.seal_events),
    Subscriber("notifications.webhooks", batch=notifications.take_events),
    Subscriber("notifications.people", dict.fromkeys(notifications.TOLD, notifications.tell)),
    Subscriber(
        "plans.members",
        {
            "member.removed": plans.take_claims_back,
            "project.member_removed": plans.take_claims_back,
            "service_account.removed": plans.take_claims_back,
        },
    ),
)

SCHEDULES: tuple[Schedule, ...] = (
    Schedule("analytics.collect_due", "*/5 * * * *", analytics.collect_due),
    Schedule("analytics.send_due", "* * * * *", analytics.send_due),
    Schedule("analytics.watch_everything", "*/10 * * * *", analytics.watch_everything),
    Schedule("audit.keep_access_reviews", "13 5 * * *", audit.keep_access_reviews),
    Schedule("audit.retain_all", "23 3 * * *", audit.retain_all),
    Schedule("audit.ship_nightly", "41 1 * * *", audit.ship_nightly),
    Schedule("audit.wake_destinations", "* * * * *", audit.wake_destinations),
    Schedule("audit.checkpoint_grown", "7 * * * *", audit.checkpoint_grown),
    Schedule("metering.close_periods", "33 2 * * *", metering.close_periods),
    Schedule("metering.expire_holds", "* * * * *", metering.expire_holds),
    Schedule("metering.purge_holds", "57 3 * * *", metering.purge_holds),
    Schedule("metering.warn_of_quotas", "*/10 * * * *", metering.warn_of_quotas),
    Schedule("metering.keep_partitions", "3 4 * * *", metering.keep_partitions),
    Schedule("metering.meter_storage", "19 2 * * *", metering.meter_storage),
    Schedule("metering.purge_receipts", "51 3 * * *", metering.purge_receipts),
    Schedule("plans.expire_claims", "* * * * *", plans.expire_claims),
    Schedule("workbench.close_silent_runs", "* * * * *", workbench.close_silent_runs),
    Schedule("http.purge_answers", "27 * * * *", purge_answers),
    Schedule("http.purge_counts", "37 * * * *", purge_counts),
    Schedule("identity.purge_expired", "17 * * * *", identity.purge_expired),
    Schedule("notifications.wake_overdue", "* * * * *", notifications.wake_overdue),
    Schedule("notifications.mail_waiting", "* * * * *", notifications.mail_waiting),
    Schedule("notifications.purge_notices", "53 3 * * *", notifications.purge_notices),
    Schedule("notifications.purge_deliveries", "47 3 * * *", notifications.purge_deliveries),
)

# The names that `jobs.defer` takes.
JOBS: Mapping[str, Callable[..., object]] = {}

# Those that wait for others' servers: they have threads of their own and hold up nothing else.
SLOW_JOBS: Mapping[str, Callable[..., object]] = {
    "analytics.collect_source": analytics.collect_source,
    "analytics.send_report": analytics.send_report,
    "analytics.watch_project": analytics.watch_project,
    "audit.ship": audit.ship,
    "identity.deliver_letter": identity.deliver_letter,
    "notifications.deliver": notifications.deliver,
}
