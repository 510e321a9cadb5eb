"""Where settings come from, where keys may go, and that secrets are never shown."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildrunner.cli import config
from buildrunner.cli.errors import Refusal
from buildrunner.cli.masking import mask, masked
from buildrunner.workspace import Workspace
from kits.program import Br
from kits.workspaces import make_plan, place


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for variable in config.KEYS.values():
        monkeypatch.delenv(variable, raising=False)
    return place(tmp_path / "work", make_plan())


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_precedence(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def now(**flags: str) -> tuple[str, str]:
        found = config.settings(workspace, **flags)
        return found.server, found.source("server")

    assert now() == ("", "")
    write(tmp_path / "home/.config/buildrunner/config.toml", 'server = "http://user/"\n')
    assert now() == ("http://user", "user")
    write(Path(workspace.root, "buildrunner/config.toml"), 'server = "http://project"\n')
    assert now() == ("http://project", "project")
    workspace.update_state(server="http://link")
    assert now() == ("http://link", "link")
    monkeypatch.setenv("BR_SERVER", "http://env/")
    assert now() == ("http://env", "env")
    assert now(server="http://flag") == ("http://flag", "flag")
    assert config.settings(None).source("server") == "env"


def test_xdg_config_home(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    write(tmp_path / "xdg/buildrunner/config.toml", 'actor = "ada"\n')
    assert config.settings(workspace).actor == "ada"


@pytest.mark.parametrize("text", ["server = ", "server = 5\n", "\xff"])
def test_broken_files_are_named(workspace: Workspace, text: str) -> None:
    path = Path(workspace.root, "buildrunner/config.toml")
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(Refusal) as caught:
        config.settings(workspace)
    assert str(path) in caught.value.message
    assert caught.value.exit_code == 2


def test_a_repository_cannot_ask_for_the_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BR_API_KEY", "br_0123456789abcdef")
    write(
        Path(workspace.root, "buildrunner/config.toml"),
        'server = "http://evil.example"\napi_key = "br_planted"\n',
    )
    found = config.settings(workspace)
    with pytest.raises(Refusal) as caught:
        _ = found.api_key
    assert (caught.value.code, caught.value.exit_code) == ("server_not_trusted", 4)
    workspace.update_state(server="http://evil.example")
    with pytest.raises(Refusal):
        _ = config.settings(workspace).api_key
    monkeypatch.setenv("BR_SERVER", "http://evil.example")
    assert config.settings(workspace).api_key == "br_0123456789abcdef"
    monkeypatch.delenv("BR_SERVER")
    config.store_credentials("http://evil.example/", person="ada")
    assert config.settings(workspace).api_key == "br_0123456789abcdef"


def test_stored_keys_belong_to_one_server(workspace: Workspace, tmp_path: Path) -> None:
    config.store_credentials("http://one/", api_key="br_one", person="ada")
    config.store_credentials("http://two", api_key="br_two")
    path = tmp_path / "home/.config/buildrunner/credentials.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert config.settings(workspace, server="http://one").api_key == "br_one"
    assert config.settings(workspace, server="http://two").source("api_key") == "user"
    assert config.settings(workspace, server="http://three").api_key == ""
    assert config.settings(workspace, server="http://one", api_key="br_flag").api_key == "br_flag"
    assert config.forget_credentials("http://one")
    assert not config.forget_credentials("http://one")
    assert config.settings(workspace, server="http://one").api_key == ""


def test_masking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIGMA_TOKEN", "figma-secret-value")
    text = mask(
        "figma-secret-value br_0123456789abcdef eyJhbGciOi0.eyJpc3MiOi0.c2ln "
        "postgres://user:password@host/db br_short"
    )
    for secret in ("figma-secret", "0123456789", "eyJhbG", "password"):
        assert secret not in text
    assert "host/db" in text
    assert masked("short") == "… (5 characters)"
    assert masked("0123456789abcdef") == "0123… (16 characters)"


class _Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        seen: list[tuple[str, str | None]] = self.server.seen  # type: ignore[attr-defined]
        seen.append((self.path, self.headers.get("Authorization")))
        if self.server.silent:  # type: ignore[attr-defined]
            self.server.release.wait(5)  # type: ignore[attr-defined]
            return
        body = json.dumps({"status": "ok", "revision": 7}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    made.seen, made.silent, made.release = [], False, threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.release.set()  # type: ignore[attr-defined]
    made.shutdown()
    made.server_close()
    thread.join()


def link(br: Br, server: http.server.ThreadingHTTPServer, revision: int = 7) -> str:
    from buildrunner.spec.document import document_hash

    address = f"http://127.0.0.1:{server.server_port}"
    workspace = Workspace(str(br.cwd))
    workspace.write_base(br.plan)
    workspace.update_state(
        server=address, project_id="p1", base={"revision": revision, "hash": document_hash(br.plan)}
    )
    return address


def test_status_of_a_linked_clone(br: Br, server: http.server.ThreadingHTTPServer) -> None:
    address = link(br, server)
    keys = {"BR_SERVER": address, "BR_API_KEY": "br_0123456789abcdef"}
    found = br.ok("status", **keys)
    assert found["sync"]["state"] == "in_sync"
    assert found["sync"]["behind"] == 0
    assert found["health"]["server"]["state"] == "ok"
    br.ok("start", "m1.s1.ms1", "--local")
    assert br.ok("status", **keys)["sync"]["ahead"] == 1
    assert br.ok("status", **keys)["sync"]["state"] == "ahead"
    link(br, server, revision=5)
    assert br.ok("status", **keys)["sync"]["state"] == "behind"
    policy = br.cwd / "buildrunner" / "governance" / "policy.yml"
    policy.parent.mkdir()
    policy.write_text("evidence:\n  mode: warn\n")
    warned = br.ok("done", "m1.s1.ms1", "--local")["warnings"]
    assert [each["id"] for each in warned] == ["m1.s1.ms1"]
    sync = br.ok("status", **keys)["sync"]
    assert (sync["state"], sync["ahead"], sync["behind"]) == ("diverged", 1, 2)
    assert br.ok("status", "--offline", **keys)["health"] == {}
    # A key goes only to a server that more than the repository names.
    server.seen.clear()  # type: ignore[attr-defined]
    assert br.ok("status", BR_API_KEY="br_0123456789abcdef")["sync"]["behind"] is None
    assert server.seen == [("/healthz", None)]  # type: ignore[attr-defined]


def test_a_silent_server_costs_a_second(br: Br, server: http.server.ThreadingHTTPServer) -> None:
    link(br, server)
    server.silent = True  # type: ignore[attr-defined]
    began = time.monotonic()
    found = br.ok("status")
    assert time.monotonic() - began < 4
    assert found["health"]["server"]["state"] == "unreachable"
    assert found["sync"]["state"] == "in_sync"


def test_supabase_where_it_is_configured(br: Br, server: http.server.ThreadingHTTPServer) -> None:
    address = f"http://127.0.0.1:{server.server_port}"
    assert br.ok("status")["health"] == {}
    (br.cwd / ".env").write_text(f"SUPABASE_URL={address}\n")
    assert br.ok("status")["health"]["supabase"]["state"] == "ok"
    (br.cwd / ".env").write_text("SUPABASE_URL=http://127.0.0.1:1\n")
    answer = br("status")
    assert answer.code == 0
    assert "unreachable" in answer.out


def test_a_linked_clone_without_its_server_takes_no_lease(
    br: Br, server: http.server.ThreadingHTTPServer
) -> None:
    link(br, server)
    Workspace(str(br.cwd)).update_state(server="http://127.0.0.1:1")
    text = br.plan_path.read_text()
    keys = {"BR_SERVER": "http://127.0.0.1:1", "BR_API_KEY": "br_0123456789abcdef"}
    answer = br("start", "m1.s1.ms1", "--json", **keys)
    assert (answer.code, answer.error["code"]) == (6, "server_unreachable")
    assert answer.error["next_command"] == "br start m1.s1.ms1 --local"
    assert br.plan_path.read_text() == text
    assert br.ok("claim")["claims"] == []
    br.ok("start", "m1.s1.ms1", "--local", **keys)
