"""`br sync` to an organization whose tier has no room left: exit 1, the edit stays and waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildrunner.client import Client
from buildrunner.spec.document import index
from kits.clone import Clone
from kits.product import Product
from kits.proofs import checkout_plan

pytestmark = pytest.mark.e2e
ROOM = 1_000_000_000  # of the tier Free, in bytes


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("hosted") / "data", BR_PLAN="free")
    yield product
    product.stop()


def test_a_refused_sync_loses_nothing(tmp_path: Path, hosted: Product) -> None:
    with Client(hosted.url, hosted.api_key) as client:
        made = client.projects.create("Without room")
        project = made.id
        one = Clone(tmp_path / "one", server=hosted.url, api_key=hosted.api_key)
        one.br("init")
        one.write(checkout_plan())
        one.br("link", project)
        one.br("sync")
        client.usage.record(project, event_type="storage", quantity=ROOM)

        edited = one.plan
        index(edited)["m1.s1.ms3"].value["title"] = "Say what went wrong, at some length"
        one.write(edited)
        answer = one.br("sync", exit_code=1)
        told = answer["error"]
        assert told["code"] == "quota_exceeded"
        assert (answer["limit_name"], answer["tier"]) == ("storage", "Free")
        assert "has room for 1,000,000,000 bytes" in told["message"]
        assert told["next_command"] == "br sync --pull"
        assert one.plan == edited

        said = one.run("sync")
        assert said.returncode == 1
        assert "1 change waits in this clone; nothing is lost" in said.stderr

        one.br("sync", "--pull")
        assert one.plan == edited
        stored = index(client.plans.get(project).document)
        assert stored["m1.s1.ms3"].value["title"] != "Say what went wrong, at some length"

        client.budgets.set_quota(made.org_id, "storage", overage=True)
        one.br("sync")
        stored = index(client.plans.get(project).document)
        assert stored["m1.s1.ms3"].value["title"] == "Say what went wrong, at some length"
