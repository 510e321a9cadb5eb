"""`br qa push`: send the evidence that the linked project has not had yet."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED
from buildrunner.cli.evidence_upload import upload


def run_push(context: Context) -> int:
    """Exit code 1 where the server does not take a record."""
    answer = upload(context)
    context.out.emit(answer)
    if not answer["sent"] and not answer["rejected"]:
        context.out.note("nothing waits: the server has every record of this clone")
    return REFUSED if answer["rejected"] else OK
