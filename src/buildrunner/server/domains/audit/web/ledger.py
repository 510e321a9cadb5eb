"""The ledger: a search of its records, one record with its proof, checkpoints and exports."""

from __future__ import annotations

import json
import tempfile
from typing import IO, Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.rules import proofs
from buildrunner.server.domains.audit.web import searching
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, Invalid, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

ROWS: Final = 50
_MEDIA: Final = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}


@never_cache
@require_GET
def ledger(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Records, newest first; the address holds the filters."""
    actor = signed_in(request)
    own = audit.checkpoints(actor, org_id, limit=10)  # refuses whoever may not read
    settings = audit.get_settings(actor, org_id)
    people = {} if settings.redact_names else _people(actor, org_id)
    projects = [(one.id, one.title) for one in tenancy.list_projects(actor, org_id=org_id)]
    filters, typed, wrong = searching.filters_of(request.GET, people, projects)
    before = _number(request.GET.get("before", ""))
    found: list[audit.LedgerEntry] = []
    if not wrong:
        found = audit.find_records(actor, org_id, filters, before=before, limit=ROWS + 1)
    older = found[ROWS - 1].seq if len(found) > ROWS else None
    organization = tenancy.get_organization(actor, org_id)
    context = {
        "org_id": org_id,
        "home": f"/orgs/{org_id}/ledger",
        "organization": organization,
        "manages": "audit.manage" in organization.permissions,
        "records": found[:ROWS],
        "typed": typed,
        "wrong": wrong,
        "searching": any(typed.values()),
        "query": searching.address(typed),
        "older": searching.address(typed, before=older) if older else "",
        "before": before,
        "people": sorted(people),
        "members": tenancy.organization_members(actor, org_id),
        "projects": projects,
        "titles": {str(id_): title for id_, title in projects},
        "checkpoints": own,
        "settings": settings,
        "erasures": audit.erasures(actor, org_id, limit=20),
    }
    return render(request, "audit/ledger.html", context)


@never_cache
@require_GET
def record(request: HttpRequest, org_id: UUID, seq: int) -> HttpResponse:
    """One record, and its proof verified here and now."""
    actor = signed_in(request)
    entry, proof = audit.get_record(actor, org_id, seq)
    context = {
        "org_id": org_id,
        "home": f"/orgs/{org_id}/ledger",
        "entry": entry,
        "proof": proof,
        "sound": proofs.record_holds(entry),
        "included": proof is not None and proofs.inclusion_holds(entry, proof),
        "told": proofs.told(entry),
        "settings": audit.get_settings(actor, org_id),
        "sealed": json.dumps(json.loads(entry.record), indent=2, ensure_ascii=False),
        "proof_json": _proof_json(entry, proof) if proof else "",
        "back": searching.address({name: request.GET.get(name, "") for name in searching.NAMES}),
    }
    return render(request, "audit/ledger_record.html", context)


@require_POST
def checkpoint(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Sign how far the ledger has come."""
    made = audit.make_checkpoint(signed_in(request), org_id)
    messages.success(request, f"The checkpoint stands: {made.size:,} records are signed.")
    return HttpResponseRedirect(f"/orgs/{org_id}/ledger#checkpoints", status=303)


@require_POST
def settings(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """How long records stay, and what is personal."""
    days = request.POST.get("audit_retention_days", "")
    try:
        audit.change_settings(
            signed_in(request),
            org_id,
            audit_retention_days=_number(days) or 0,
            redact_names=request.POST.get("redact_names") == "1",
            redact=request.POST.get("redact", "").replace(",", " ").split(),
        )
        messages.success(request, "The policy of the ledger is saved.")
    except Invalid as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(f"/orgs/{org_id}/ledger#policy", status=303)


@require_POST
def erase(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Take somebody's personal data away; the name, typed, confirms it."""
    actor = signed_in(request)
    try:
        person_id = UUID(request.POST.get("person_id", "").strip())
        audit.erase_person(actor, org_id, person_id, confirm=request.POST.get("confirm", ""))
        messages.success(request, f"The personal data of {person_id} are gone for good.")
    except ValueError:
        audit.erasures(actor, org_id)  # to a stranger the organization is absent whatever was sent
        messages.error(request, "Choose a person of the list, or paste the id of one who left.")
    except DomainError as refusal:
        if refusal.code not in {"confirmation", "person_not_found"}:
            raise
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(f"/orgs/{org_id}/ledger#erasure", status=303)


@never_cache
@require_GET
def note(request: HttpRequest, org_id: UUID, number: int) -> HttpResponse:
    """A checkpoint of so many records, as the file that `br audit verify --checkpoint` takes."""
    rows = audit.checkpoints(signed_in(request), org_id, limit=500)
    found = next((one for one in rows if one.size == number), None)
    if found is None:
        raise NotFound(f"No checkpoint of {number} records.", code="checkpoint_not_found")
    answer = HttpResponse(found.note, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="checkpoint-{number}.txt"'
    return answer


@never_cache
@require_GET
def export(request: HttpRequest, org_id: UUID, form: str) -> FileResponse:
    """The whole ledger as one file for `br audit verify`."""
    redact = request.GET.get("redact") == "true"
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    try:
        _write(file, signed_in(request), org_id, csv=form == "csv", redact=redact)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"ledger-{org_id}{'-redacted' if redact else ''}.{form}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=_MEDIA[form])


def _write(file: IO[bytes], actor: Actor, org_id: UUID, *, csv: bool, redact: bool) -> None:
    begin: int | None = 1
    size: int | None = None
    while begin is not None:
        piece = audit.export_piece(
            actor, org_id, csv=csv, from_seq=begin, size=size, continued=begin > 1, redact=redact
        )
        file.write(piece.lines)
        begin, size = piece.next_seq, piece.size


def _people(actor: Actor, org_id: UUID) -> dict[str, str]:
    """Ids of members by their names and addresses."""
    found: dict[str, str] = {}
    for member in tenancy.organization_members(actor, org_id):
        found[member.name.lower()] = found[member.email.lower()] = str(member.person_id)
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _proof_json(entry: audit.LedgerEntry, proof: audit.Inclusion) -> str:
    told: dict[str, Any] = {
        "record_hash": entry.hash,
        "index": proof.index,
        "size": proof.checkpoint.size,
        "root": proof.checkpoint.root,
        "path": list(proof.path),
        "checkpoint": proof.checkpoint.note,
    }
    return json.dumps(told, indent=2, ensure_ascii=False)
