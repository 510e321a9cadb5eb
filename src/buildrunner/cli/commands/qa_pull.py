"""`br qa pull`: what people signed and set aside on the server, and what CI proved."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.evidence import signing
from buildrunner.evidence.record import address, verify
from buildrunner.workspace import evidence, keys, quarantines
from buildrunner.workspace.files import discard
from buildrunner.workspace.folder import Workspace

if TYPE_CHECKING:
    from buildrunner.client.models import EvidenceRecord, SignOff

_FOLDER_SUFFIX = ".json"


def run_pull(context: Context) -> int:
    """Store what stands, remove what was revoked; exit code 1 where something does not verify."""
    workspace, out = context.workspace, context.out
    link = link_of(workspace)
    with connect(context.settings) as client:
        signed = list(client.sign_offs.list(link.project_id))
        missing = _missing(workspace, client.evidence.list(link.project_id))
        aside = list(client.quarantines.list(link.project_id))
        records = [client.evidence.get(link.project_id, each).record for each in missing]
    pulled = _Pulled(workspace, link.server)
    pulled.signatures(signed)
    pulled.evidence(records)
    quarantined = quarantines.store(workspace, [msgspec.structs.asdict(each) for each in aside])
    answer = {
        "sign_offs": pulled.sign_offs,
        "evidence": pulled.records,
        "revoked": pulled.revoked,
        "quarantines": quarantined,
        "keys": pulled.keys,
        "rejected": pulled.rejected,
    }
    out.emit(answer)
    out.data(
        f"{pulled.sign_offs} sign-offs and {pulled.records} records of CI are new,"
        f" {pulled.revoked} were revoked"
    )
    for each in aside:
        out.note(f"check {each.check_id} is set aside until {each.until}: {each.reason}")
    for key in pulled.keys:
        out.note(f"key {key} of {link.server} stands in {keys.TRUSTED} now: commit it")
    for wrong in pulled.rejected:
        out.note(f"warning: not taken: {wrong['address']}: {wrong['message']}")
    return REFUSED if pulled.rejected else OK


def _missing(workspace: Workspace, listed: Iterable[EvidenceRecord]) -> list[str]:
    """The newest record of CI for each criterion and check that this clone does not have."""
    here = {record.address for record in evidence.read_all(workspace).records}
    seen: set[tuple[str, str, str]] = set()
    wanted = []
    for each in listed:  # newest first
        if each.runner_class != "ci" or not each.believed:
            continue
        what = (each.microstep_id, each.criterion_digest, each.check_digest)
        if what not in seen and each.address not in here:
            wanted.append(each.address)
        seen.add(what)
    return wanted


class _Pulled:
    """What became of everything the server told."""

    def __init__(self, workspace: Workspace, server: str) -> None:
        self._workspace = workspace
        self._server = server
        self._here = {record.address for record in evidence.read_all(workspace).records}
        self._known = keys.anchored(workspace)
        self.sign_offs = self.records = self.revoked = 0
        self.keys: list[str] = []
        self.rejected: list[dict[str, str]] = []

    def signatures(self, signed: list[SignOff]) -> None:
        """Sign-offs by somebody else than the author; the key of the server is anchored."""
        for each in signed:
            if each.self_attested or not each.record:
                continue
            if each.revoked_at is not None:
                self.revoked += self._remove(each.address)
            elif each.address not in self._here and self._take(each.record, each.address):
                self._anchor(each.record["signature"])
                self.sign_offs += 1

    def evidence(self, records: list[dict[str, Any]]) -> None:
        """Records of CI; whether their key is anchored here is said when they are judged."""
        for record in records:
            self.records += self._take(record, "")

    def _take(self, record: dict[str, Any], said: str) -> bool:
        finding = verify(record)
        problem = finding.message if finding is not None else ""
        if not problem and said and address(record) != said:
            problem = "the record is not the one its address names"
        if not problem and said:
            key = record["signature"]["key"]
            if self._known.get(key, "server") != "server":
                problem = f"its key {key} is registered here as `{self._known[key]}`"
        if problem:
            self.rejected.append({"address": said[:12] or "evidence", "message": problem})
            return False
        evidence.save(self._workspace, record)
        return True

    def _anchor(self, signature: dict[str, str]) -> None:
        if signature["key"] in self._known:
            return
        public = signing.decode(signature["public_key"], signing.KEY_BYTES, "public_key")
        key = keys.add_key(self._workspace, public, self._server, "server")
        self._known[key.id] = "server"
        self.keys.append(key.id)

    def _remove(self, where: str) -> bool:
        if where not in self._here:
            return False
        discard(os.path.join(evidence.folder_of(self._workspace), where + _FOLDER_SUFFIX))
        return True
