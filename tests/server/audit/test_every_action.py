"""Every action that changes something leaves an event, and every event is sealed: so each leaves a
record in the ledger.

The code is walked: from what the rooms' facades offer out of their `actions/`, and from every
operation and page that takes a writing request, along the calls, to `emit`. What changes nothing
that anybody answers for stands in `SILENT` with the reason.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildrunner.server.config import subscriptions
from buildrunner.server.config.api import api as ninja_api
from factories.addresses import patterns

SOURCE = Path(__file__).parents[3] / "src"
DOMAINS = SOURCE / "buildrunner" / "server" / "domains"
PREFIX = "buildrunner.server.domains."
EMIT = "buildrunner.server.platform.events.emit.emit"

# Offered by a facade out of `actions/`, but leaving no event of its own.
SILENT: dict[str, str] = {
    "analytics.collect_due": "queues a reading of each source",
    "analytics.pdf_of": "writes a document of what it is given",
    "analytics.send_due": "queues each report whose time has come",
    "analytics.watch_everything": "queues a look at each project",
    "audit.checkpoint_grown": "signs what is there; the checkpoint itself is kept for good",
    "audit.seal_committed": "puts events into the ledger",
    "audit.seal_events": "puts events into the ledger",
    "audit.ship": "what was sent on is in the destination's log",
    "audit.wake_destinations": "a job that was lost is queued again",
    "blueprints.preview": "answers what applying would do",
    "discussion.be_here": "who is here is stale within seconds; nobody answers for it later",
    "discussion.clear_gone": "who is here is stale within seconds",
    "discussion.go": "who is here is stale within seconds",
    "discussion.keep_here": "who is here is stale within seconds",
    "identity.deliver_letter": "sends what an action that is recorded has written",
    "identity.find_device_grant": "reads",
    "identity.poll_device_grant": "hands out what a person's recorded decision made",
    "identity.purge_expired": "what had run out already",
    "identity.send_letter": "a part of actions that are recorded",
    "identity.start_device_grant": "nobody is signed in yet; the decision is recorded",
    "metering.keep_partitions": "makes room for what comes",
    "metering.meter_storage": "the usage table is the record",
    "metering.purge_receipts": "what did not count, after 90 days by rule",
    "metering.record_usage": "the usage table is the record: thousands of rows a second",
    "metering.reserve": "money held for a moment; what is spent is in the usage table and in the balances",
    "metering.settle": "as metering.reserve",
    "metering.settle_lease": "as metering.reserve",
    "metering.release": "as metering.reserve",
    "metering.take_lease": "as metering.reserve",
    "metering.renew_lease": "as metering.reserve",
    "metering.expire_holds": "counts as spent what nobody settled; balances keep it",
    "metering.purge_holds": "balances keep the sums of what was settled a month ago",
    "metering.take_storage": "a part of actions that are recorded",
    "notifications.deliver": "the log of deliveries is the record",
    "notifications.purge_deliveries": "a log that goes back 30 days by rule",
    "notifications.tell": "what happened is recorded, and so is whom it was told",
    "notifications.mail_waiting": "what was told already goes to a mailbox",
    "notifications.purge_notices": "inboxes go back 90 days by rule",
    "notifications.watch": "a part of actions that are recorded",
    "notifications.take_events": "copies events into messages",
    "notifications.wake_overdue": "a job that was lost is queued again",
    "tenancy.invitation_address": "reads",
    "tenancy.record_head": "a part of revising a plan, which is recorded",
    "workbench.beat_run": "a sign of life; that a run began, ended or was lost is recorded",
}
# Operations that change nothing anybody answers for, by the name of their view.
QUIET_OPERATIONS: dict[str, str] = {
    "metering.record_usage": "the usage table is the record",
    "metering.reconcile": "answers what it thinks of an invoice",
    "identity.start": "nobody is signed in yet; the decision is recorded",
    "identity.poll": "hands out what a person's recorded decision made",
    "ai.evaluate_routing": "answers what it thinks of a change",
    "ai.explain": "answers what the plan says; a model that words it is recorded",
    "blueprints.preview_blueprints": "answers what applying would do",
    "blueprints.validate_blueprint": "answers what it thinks of a text",
    "discussion.end_presence": "who is here is stale within seconds",
    "discussion.show_presence": "who is here is stale within seconds",
    "discussion.preview_comment": "shows words that are not said yet",
    "governance.validate_policy": "answers what it thinks of a file",
    "governance.check_change": "answers what it thinks of a change",
    "governance.simulate_policy": "answers what it would have thought of changes",
    "workbench.beat_run": "a sign of life; that a run began, ended or was lost is recorded",
}

Node = tuple[str, str]  # module, function or class


@functools.cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for path in DOMAINS.rglob("*.py"):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = ast.parse(path.read_text())
    return found


@functools.cache
def imports(module: str) -> dict[str, str]:
    """Local name → dotted target, wherever in the module it is imported."""
    found: dict[str, str] = {}
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = alias.name
    return found


@functools.cache
def definitions(module: str) -> dict[str, ast.AST]:
    return {
        node.name: node
        for node in modules()[module].body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def resolve(target: str) -> Node | str | None:
    """A dotted name as a definition of a room, or `EMIT`."""
    for _ in range(5):
        if target == EMIT:
            return EMIT
        module, _, name = target.rpartition(".")
        if module not in modules():
            return None
        if name in definitions(module):
            return module, name
        if name not in imports(module):
            return None
        target = imports(module)[name]
    return None


def used(node: Node) -> Iterator[Node | str]:
    """What a definition refers to: functions of its own module and whatever it imports."""
    module, name = node
    known = imports(module)
    for part in ast.walk(definitions(module)[name]):
        target = None
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            if part.id in definitions(module):
                yield module, part.id
            target = known.get(part.id)
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            base = known.get(part.value.id)
            target = f"{base}.{part.attr}" if base else None
        found = resolve(target) if target else None
        if found:
            yield found


@functools.cache
def emits(node: Node) -> bool:
    """Whether `emit` can be reached."""
    seen, todo = {node}, [node]
    while todo:
        for one in used(todo.pop()):
            if one == EMIT:
                return True
            if isinstance(one, tuple) and one not in seen:
                seen.add(one)
                todo.append(one)
    return False


def offered() -> dict[str, Node]:
    """`room.action` → its definition, for everything the facades take from `actions/`."""
    found: dict[str, Node] = {}
    for facade in sorted(DOMAINS.glob("*/facade.py")):
        room = facade.parent.name
        for name, target in imports(f"{PREFIX}{room}.facade").items():
            at = resolve(target)
            if ".actions." in target and isinstance(at, tuple):
                node = definitions(at[0])[at[1]]
                if isinstance(node, ast.FunctionDef):
                    found[f"{room}.{name}"] = at
    return found


def test_the_walk_sees_the_rooms() -> None:
    names = set(offered())
    assert len(names) > 60
    assert {"plans.sync_plan", "tenancy.create_project", "audit.register_key"} <= names
    assert emits(offered()["plans.sync_plan"])
    assert not emits(offered()["notifications.purge_deliveries"])


@pytest.mark.parametrize("name", sorted(offered()))
def test_every_action_leaves_a_record(name: str) -> None:
    if name in SILENT:
        return
    assert emits(offered()[name]), f"{name} emits no event: nothing of it reaches the ledger"


def test_the_exceptions_are_exceptions() -> None:
    known = offered()
    gone = sorted(name for name in SILENT if name not in known)
    assert gone == []


def writing_views() -> Iterator[tuple[str, Node]]:
    """Every operation and page that takes a writing request."""
    for router in ninja_api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                if set(operation.methods) & {"POST", "PUT", "PATCH", "DELETE"}:
                    function = operation.view_func
                    yield f"{operation.methods[0]} {path}", (function.__module__, function.__name__)


@pytest.mark.parametrize(("route", "view"), sorted(writing_views()), ids=lambda one: str(one))
def test_every_writing_operation_leads_to_a_record(route: str, view: Node) -> None:
    room = view[0].removeprefix(PREFIX).partition(".")[0]
    if f"{room}.{view[1]}" in QUIET_OPERATIONS or not view[0].startswith(PREFIX):
        return
    assert emits(view), f"{route}: {view[1]} reaches no event"


def test_every_event_is_sealed() -> None:
    """The sealer is told of every kind: it is a batch subscriber, which hears all."""
    (sealer,) = [one for one in subscriptions.SUBSCRIBERS if one.name == "audit.seal"]
    assert sealer.batch is not None
    assert not sealer.handlers
    assert list(patterns())  # the composition root is whole
