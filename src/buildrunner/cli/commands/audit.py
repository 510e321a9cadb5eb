"""`br audit export|checkpoint`: the ledger of an organization and its signed state, as files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from buildrunner.cli.context import Context
from buildrunner.cli.errors import NO_WORKSPACE, OK, REFUSED, Refusal, usage
from buildrunner.cli.remote import connect

if TYPE_CHECKING:
    from buildrunner.client import Client
    from buildrunner.ledger.findings import Report

PATIENCE = 120.0  # seconds for a piece of an export


def run_export(context: Context) -> int:
    """Fetch the ledger piece by piece; a second run goes on where the first broke off."""
    arguments, out = context.arguments, context.out
    form = arguments.text("format") or "jsonl"
    begin = arguments.number("from-seq", 1)
    if begin < 1:
        raise usage("--from-seq counts from 1", next_command="br help audit export")
    redact = arguments.flag("redact")
    with connect(context.settings, timeout=PATIENCE) as client:
        org_id = organization(context, client)
        target = arguments.text("out") or f"ledger-{org_id}.{form}"
        path = context.path(target)
        _require_folder(path, target)
        partial = f"{path}.{'redacted-' if redact else ''}partial"
        held = _held(partial, org_id, begin, form)
        following: int | None = held or begin
        size: int | None = None
        try:
            with open(partial, "ab" if held else "wb") as file:
                while following is not None:
                    piece = client.ledger.export(
                        org_id,
                        format=form,
                        from_seq=following,
                        size=size,
                        continued=following != begin or bool(held),
                        redact=redact,
                    )
                    file.write(piece.content)
                    following, size = piece.next_seq, piece.size
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise not_written(target, error) from None
    report = _verified(partial)
    if report.finding:
        os.unlink(partial)
        raise Refusal(
            "export_broken",
            f"what the server sent does not verify: {report.finding.message}",
            hint="the file was thrown away; tell whoever runs the server if this happens again",
            next_command="br audit export",
        )
    try:
        os.replace(partial, path)
    except OSError as error:
        raise not_written(target, error) from None
    out.emit({"path": target, "resumed": bool(held), **report.as_dict()})
    went_on = f", continued from record {held}" if held else ""
    out.note(
        f"wrote {target}: {report.records:,} records ({report.first_seq} to {report.last_seq}"
        f"{went_on}), verified"
    )
    out.hint(f"br audit verify {target} --checkpoint FILE", "later, offline, anywhere")
    return OK


def run_checkpoint(context: Context) -> int:
    """Seal what is committed, sign it, and keep the signed note."""
    from buildrunner.ledger import checkpoint
    from buildrunner.ledger.errors import LedgerError

    arguments, out = context.arguments, context.out
    target = arguments.text("out")
    if target:
        _require_folder(context.path(target), target)
    with connect(context.settings, timeout=PATIENCE) as client:
        made = client.ledger.checkpoint(organization(context, client))
    try:
        checkpoint.read(made.note)
    except LedgerError as error:
        raise Refusal(error.code, f"what the server sent: {error.message}") from None
    if target:
        from buildrunner.workspace import files

        try:
            files.write(context.path(target), made.note.encode())
        except OSError as error:
            raise not_written(target, error) from None
    else:
        out.raw(made.note)
    out.emit(
        {
            "path": target,
            "org_id": made.org_id,
            "size": made.size,
            "root": made.root,
            "last_hash": made.last_hash,
            "key_id": made.key_id,
            "note": made.note,
        }
    )
    out.note(f"{made.size:,} records, signed with key {made.key_id}")
    if target:
        out.hint(f"br audit verify FILE --checkpoint {target}")
    return OK


def organization(context: Context, client: Client) -> str:
    """The id of the organization meant: `--org`, that of the linked project, or the only one."""
    named = context.arguments.text("org")
    if named:
        return named
    workspace = context.workspace_or_none()
    if workspace is not None:
        state = workspace.state()
        project_id = state.get("project_id")
        if isinstance(project_id, str) and state.get("server") == client.server:
            return client.projects.get(project_id).org_id
    found = list(client.organizations.list())
    if len(found) == 1:
        return found[0].id
    raise Refusal(
        "which_organization",
        "you are in several organizations" if found else "you are in no organization",
        hint="\n    ".join(f"{one.id}  {one.name}" for one in found[:20]),
        missing=["--org"] if found else [],
        next_command="br audit export --org ID" if found else "",
        exit_code=REFUSED,
    )


def _held(partial: str, org_id: str, begin: int, form: str) -> int:
    """The record that an export which broke off has to go on with; 0 where there is none that fits.

    What stands behind its last whole record is cut off.
    """
    from buildrunner.ledger import export

    try:
        with open(partial, "r+b") as file:
            first = file.readline()
            csv = export.is_csv(first)
            read = export.as_json if csv else bytes
            told = export.read_special(read(file.readline() if csv else first))
            wanted = {"format": export.FORMAT, "org": org_id, "from_seq": begin}
            if told is None or told[1] != wanted or csv != (form == "csv"):
                return 0
            whole, last = file.tell(), 0
            for raw in iter(file.readline, b""):
                line = read(raw)
                record, other = export.read_json_line(line), export.read_special(line)
                if record is not None:
                    last = record.seq
                elif other is not None and other[0] == "segment":
                    last = int(other[1]["last_seq"])
                else:
                    break
                whole = file.tell()
            file.truncate(whole)
            return last + 1 if last else 0
    except OSError:
        return 0


def _verified(path: str) -> Report:
    from buildrunner.ledger.verify import verify

    with open(path, "rb") as file:
        return verify(file)


def _require_folder(path: str, target: str) -> None:
    if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise Refusal("no_folder", f"there is no folder for {target}", exit_code=NO_WORKSPACE)


def not_written(name: str, error: OSError) -> Refusal:
    """The refusal for a file that cannot be read or written."""
    words = os.strerror(error.errno or 0)
    return Refusal("unwritable", f"{name}: {words}", exit_code=NO_WORKSPACE)
