"""The plan as it lay in the folder at one moment, with what is known of it there."""

from __future__ import annotations

import os
from typing import Any

from buildrunner.spec.document import Entity, index, microsteps
from buildrunner.workspace import claims
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import Workspace
from buildrunner.workspace.index import signature, summary
from buildrunner.workspace.proven import EVIDENCE, proof_of, tally
from buildrunner.workspace.state import RUNNER_STATE

Marks = tuple[object, ...]


class Snapshot:
    """`plan`, its `entities` by id, the `claims` on them, and the `summary` that `br status` tells."""

    def __init__(self, workspace: Workspace) -> None:
        """Raises WorkspaceError and PlanSyntaxError where the plan cannot be read."""
        self.plan: dict[str, Any] = workspace.read()[1]
        self.entities: dict[str, Entity] = index(self.plan)
        self.claims = claims.active(workspace)
        self.summary = summary(workspace)
        self.proven = 0
        try:
            self.proven = tally(workspace, self.summary["counts"]["done"])["proven"]
        except WorkspaceError:  # `br qa audit` says why; nothing counts as proven then
            self.unjudged = True
        else:
            self.unjudged = False
        self._proofs: dict[str, list[dict[str, Any]]] = {}
        self._workspace = workspace

    def proofs(self, identifier: str) -> list[dict[str, Any]]:
        """What is known of each criterion of a microstep; empty where there is no evidence."""
        if identifier not in self._proofs:
            entity, found = self.entities[identifier], None
            if not self.unjudged:
                found = proof_of(self._workspace, self.plan, entity)
            self._proofs[identifier] = [each.as_dict() for each in found.criteria] if found else []
        return self._proofs[identifier]

    def matching(self, words: str) -> list[Entity]:
        """Microsteps whose id, title, owner or status holds all the words, ignoring case."""
        wanted = words.casefold().split()
        return [
            entity
            for entity in microsteps(self.plan)
            if all(
                word
                in f"{entity.id} {entity.value.get('title')} {entity.value.get('owner') or ''}"
                f" {entity.value.get('status')}".casefold()
                for word in wanted
            )
        ]


def marks_of(workspace: Workspace) -> Marks:
    """What changes when plan, claims, evidence or the standing to the server change."""
    paths = (
        workspace.plan_path,
        claims.path_of(workspace),
        os.path.join(workspace.root, EVIDENCE),
        os.path.join(workspace.state_dir, RUNNER_STATE),
    )
    return tuple(_mark(path) for path in paths)


def _mark(path: str) -> object:
    try:
        return tuple(signature(path))
    except OSError:
        return None
