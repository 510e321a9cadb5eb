"""`br audit verify`: an export of a ledger, held against itself and against checkpoints; offline."""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING

from buildrunner.cli.context import Context
from buildrunner.cli.errors import NO_WORKSPACE, OK, REFUSED, Refusal

if TYPE_CHECKING:
    from buildrunner.ledger.checkpoint import Checkpoint
    from buildrunner.ledger.findings import Anchor, Report

_LARGEST_NOTE = 65_536


def run_verify(context: Context) -> int:
    """Name the first record that was changed, removed, put in or moved."""
    from buildrunner.ledger.verify import verify

    arguments, out = context.arguments, context.out
    source = arguments.required("FILE")
    notes = [_checkpoint(context, name) for name in arguments.texts("checkpoint")]
    with _open(context, source) as file:
        report = verify(file, checkpoints=notes, anchored=_trusted(context))
    told = report.as_dict()
    finding = report.finding
    if finding is not None:
        line = f":{finding.line}" if finding.line else ""
        refusal = Refusal(
            f"ledger_{finding.code}",
            f"{source}{line}: {finding.message}",
            hint="nothing behind this place is vouched for; compare with another copy",
            extra=told,
        )
        out.refuse(refusal)
        return REFUSED
    out.emit(told)
    out.data(_words(report))
    for anchor in report.anchors:
        out.data(_anchor(anchor))
    if not report.anchors:
        out.note(
            "no checkpoint was given: a chain made anew from its beginning would look like this"
        )
        out.hint(f"br audit verify {source} --checkpoint FILE", "with one that was kept earlier")
    if any(anchor.key_id and not anchor.anchored for anchor in report.anchors):
        key = next(one.key_id for one in report.anchors if one.key_id and not one.anchored)
        out.note(f"key {key} is not anchored: it signed, but nobody here vouches for it")
        out.hint("br audit key add KEY --name NAME --class server", "once you know whose it is")
    return OK


def _words(report: Report) -> str:
    if not report.records:
        return f"holds: no records, organization {report.org}"
    begins = f"{report.first_seq} to {report.last_seq}"
    withheld = f", {report.withheld:,} withheld" if report.withheld else ""
    return (
        f"holds: {report.records:,} records ({begins}) of organization {report.org},"
        f" {report.disclosures:,} disclosures{withheld}\nroot   {report.root}"
    )


def _anchor(anchor: Anchor) -> str:
    signed = f"signed by {anchor.key_id}{'' if anchor.anchored else ', not anchored'}"
    states = {
        "holds": "holds",
        "not_reached": "cannot be asked: it speaks of records that are not in the file",
    }
    what = (
        f"{anchor.kind} of {anchor.size:,} records"
        if anchor.kind == "checkpoint"
        else (f"segment up to record {anchor.size:,}")
    )
    return f"{what}: {states.get(anchor.state, anchor.state)}, {signed}"


def _checkpoint(context: Context, name: str) -> Checkpoint:
    from buildrunner.ledger import checkpoint
    from buildrunner.ledger.errors import LedgerError

    with _open(context, name) as file:
        data = file.read(_LARGEST_NOTE)
    try:
        return checkpoint.read(data.decode("utf-8", "replace"))
    except LedgerError as error:
        raise Refusal(error.code, f"{name}: {error.message}", hint=error.hint) from None


def _open(context: Context, name: str) -> IO[bytes]:
    if name == "-":
        return sys.stdin.buffer
    try:
        return open(context.path(name), "rb")
    except OSError as error:
        words = os.strerror(error.errno or 0)
        raise Refusal("unreadable", f"{name}: {words}", exit_code=NO_WORKSPACE) from None


def _trusted(context: Context) -> set[str]:
    """The ids of the keys that this workspace trusts to sign ledgers: neither its own machine's nor
    a runner's."""
    workspace = context.workspace_or_none()
    if workspace is None:
        return set()
    from buildrunner.workspace import keys

    return {key.id for key in keys.known_keys(workspace) if key.runner_class == "server"}
