"""`br tui` in a linked workspace: what others do comes in, what one does goes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from buildrunner.cli.tui.app import PlanApp
from buildrunner.cli.tui.asking import Choose
from buildrunner.client import Client
from buildrunner.spec.document import index
from kits.clone import Clone
from kits.product import Product
from kits.proofs import checkout_plan
from kits.screens import go, play_keys, shown, until

pytestmark = pytest.mark.e2e
ROW = "m1.s1.ms2"


def test_it_is_live_with_the_server(tmp_path: Path, server: Product) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Terminal").id
        clone = Clone(tmp_path / "clone", server=server.url, api_key=server.api_key)
        clone.br("init")
        clone.write(checkout_plan())
        clone.br("link", project)
        clone.br("sync")

        def stored(field: str) -> object:
            return index(client.plans.get(project).document)[ROW].value.get(field)

        def edit(field: str, value: str) -> None:
            client.plans.edit(
                project, [{"do": "set", "ids": [ROW], "field": field, "value": value}]
            )

        async def play(pilot: Pilot[None], app: PlanApp) -> None:
            await until(pilot, lambda: "in sync" in app.standing)
            await go(pilot, app, ROW)
            edit("owner", "Tom")
            await until(pilot, lambda: "Tom" in shown(app))
            await pilot.press("e", "ctrl+u", *"Renamed here", "enter")
            await until(pilot, lambda: stored("title") == "Renamed here")

        play_keys(play, clone.root, clone.environment, project)


def test_a_conflict_is_settled_by_choice(tmp_path: Path, server: Product) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Contested").id
        clone = Clone(tmp_path / "clone", server=server.url, api_key=server.api_key)
        clone.br("init")
        clone.write(checkout_plan())
        clone.br("link", project)
        clone.br("sync")
        clone.br("plan", "edit", ROW, "--title", "Mine")
        client.plans.edit(
            project, [{"do": "set", "ids": [ROW], "field": "title", "value": "Theirs"}]
        )

        async def play(pilot: Pilot[None], app: PlanApp) -> None:
            await until(pilot, lambda: "in conflict" in app.standing)
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, Choose))
            await pilot.press("o")
            await until(
                pilot,
                lambda: index(client.plans.get(project).document)[ROW].value["title"] == "Mine",
            )

        play_keys(play, clone.root, clone.environment, project)
