"""The server killed in the middle of syncs: what was written stays, what was not travels again."""

import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from buildrunner.cli.syncing.engine import Engine
from buildrunner.client import Client, ClientError
from buildrunner.spec.document import document_hash, index
from buildrunner.workspace.folder import Workspace
from kits import processes
from kits.product import Product

pytestmark = pytest.mark.e2e
PHASE8 = json.loads(
    (Path(__file__).parents[1] / "data" / "plans" / "buildrunner-phase8.json").read_text()
)
EDITS = 12


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Product]:
    """A product that this test may harm."""
    running = Product(tmp_path / "data")
    yield running
    running.stop()


def clone(root: Path, server: str, project: str) -> Workspace:
    path = root / "buildrunner" / "specs" / "plan.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(PHASE8, indent=2))
    workspace = Workspace(str(root))
    workspace.update_state(server=server, project_id=project)
    return workspace


def patiently(engine: Engine) -> None:
    """Sync until the server answers again."""
    until = time.monotonic() + 60
    while True:
        try:
            assert engine.sync().conflicts == []
            return
        except ClientError:
            assert time.monotonic() < until, "the server did not come back"
            threading.Event().wait(0.2)


def work(engine: Engine, number: int, failures: list[BaseException]) -> None:
    ids = sorted(identifier for identifier in index(PHASE8) if ".ms" in identifier)
    try:
        for turn in range(EDITS):
            operation = {
                "op": "set",
                "id": ids[number * EDITS + turn],
                "field": "owner",
                "value": f"clone {number}, edit {turn}",
            }
            engine.workspace.edit([operation], command="edit", actor=engine.actor)
            patiently(engine)
    except BaseException as error:
        failures.append(error)


def test_syncs_survive_killed_web_processes(tmp_path: Path, own_server: Product) -> None:
    with Client(own_server.url, own_server.api_key, retries=0) as client:
        project = client.projects.create("Crash").id
        client.plans.put(project, PHASE8)
        engines = []
        for number in range(3):
            workspace = clone(tmp_path / f"clone{number}", own_server.url, project)
            engines.append(Engine(workspace, client, actor=f"clone {number}"))
            engines[-1].sync()
        failures: list[BaseException] = []
        workers = [
            threading.Thread(target=work, args=(engine, number, failures))
            for number, engine in enumerate(engines)
        ]
        for worker in workers:
            worker.start()
        chance = random.Random(8)
        killed = 0
        while any(worker.is_alive() for worker in workers) and killed < 4:
            workers[0].join(chance.uniform(0.3, 1.2))
            killed += processes.kill(own_server.process.pid, processes.WEB) > 0
        for worker in workers:
            worker.join()
        assert failures == []
        assert killed
        for engine in engines * 2:
            patiently(engine)
        stored = client.plans.get(project)
        plans = [engine.workspace.read()[1] for engine in engines]
        assert {document_hash(plan) for plan in plans} == {stored.document_hash}
        owners = [entity.value.get("owner") for entity in index(stored.document).values()]
        for number in range(len(engines)):
            for turn in range(EDITS):
                assert owners.count(f"clone {number}, edit {turn}") == 1
        assert_written_once(client, project, len(engines) * EDITS)


def assert_written_once(client: Client, project: str, edits: int) -> None:
    """Every edit stands in exactly one revision, and the revisions have no gap."""
    revisions = list(client.plans.revisions(project))
    assert [each.revision for each in revisions] == list(range(len(revisions), 0, -1))
    values: list[Any] = []
    for each in revisions[:-1]:
        detail = client.plans.revision(project, each.revision)
        values += [operation.get("value") for operation in detail.operations or []]
    assert len(values) == len(set(values)) == edits
