"""Backups: whole, tried out, and refused when they are not."""

from __future__ import annotations

import io
import json
import resource
import shutil
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import psycopg
import pytest
from test_up import Server

from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import embedded_database
from kits.operator import operate, surroundings

pytestmark = pytest.mark.e2e


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]


def test_a_backup_says_what_it_holds(backup_file: Path, installation: Server) -> None:
    held = members(backup_file)
    assert next(iter(held)) == "manifest.json"
    assert list(held)[-1] == "checksums.json"
    manifest = json.loads(held["manifest.json"])
    assert manifest["format"] == 1
    assert manifest["tables"]["tenancy_project"]["rows"] == 1
    assert manifest["keys"] is True
    assert json.loads(held["keys.json"]) == json.loads(
        (installation.data_dir / "secrets.json").read_text()
    )
    assert stat.S_IMODE(backup_file.stat().st_mode) == 0o600
    assert [path.name for path in backup_file.parent.iterdir()] == [backup_file.name]


def test_nothing_is_overwritten(backup_file: Path, installation: Server) -> None:
    before = backup_file.read_bytes()
    said = operate(installation.data_dir, "backup", str(backup_file))
    assert said.code == 1
    assert "exists already" in said.message
    assert backup_file.read_bytes() == before


def test_keys_stay_out_where_wished(installation: Server, tmp_path: Path) -> None:
    path = tmp_path / "b"
    said = operate(installation.data_dir, "backup", str(path), "--without-keys", "--no-verify")
    assert said.code == 0, said.out
    assert said.json["keys"] is False
    assert "keys.json" not in members(path)
    master = json.loads((installation.data_dir / "secrets.json").read_text())["master_key"]
    assert master.encode() not in path.read_bytes()


def test_a_passphrase_closes_all_of_it(installation: Server, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("correct horse battery\n")
    path = tmp_path / "b"
    said = operate(
        installation.data_dir, "backup", str(path), "--passphrase-file", str(words), "--no-verify"
    )
    assert said.code == 0, said.out
    assert said.json["encrypted"] is True
    assert b"django_migrations" not in path.read_bytes()

    target = tmp_path / "data"
    without = operate(target, "restore", str(path))
    assert without.code == 1
    assert "sealed with a passphrase" in without.message
    wrong = operate(target, "restore", str(path), BR_BACKUP_PASSPHRASE="wrong")
    assert wrong.code == 1
    assert "passphrase is not the one" in wrong.message
    assert not (target / "postgres").exists()


def altered(path: Path, target: Path, name: str, change: bytes) -> Path:
    with tarfile.open(target, "w") as tar:
        for member, content in members(path).items():
            data = change if member == name else content
            entry = tarfile.TarInfo(member)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return target


@pytest.mark.parametrize("how", ["short", "flipped", "altered", "not-a-backup", "absent", "newer"])
def test_a_broken_file_changes_nothing(backup_file: Path, tmp_path: Path, how: str) -> None:
    path = tmp_path / "b"
    whole = backup_file.read_bytes()
    if how == "short":
        path.write_bytes(whole[: len(whole) * 2 // 3])
    elif how == "flipped":
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    elif how == "altered":
        altered(backup_file, path, "keys.json", b"{}")
    elif how == "not-a-backup":
        path.write_bytes(b"hello" * 1000)
    elif how == "newer":
        altered(backup_file, path, "manifest.json", b'{"format": 99, "product": "9.0"}')
    target = tmp_path / "data"
    said = operate(target, "restore", str(path))
    assert said.code == 1, said.out
    assert str(path) in said.message
    assert not (target / "postgres").exists()
    assert not (target / "secrets.json").exists()
    assert not (target / "restoring").exists()


def test_a_full_disk_leaves_nothing_behind(installation: Server, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the end of a disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    path = tmp_path / "b"
    done = subprocess.run(
        [
            *(sys.executable, "-P", "-m", "buildrunner.server", "backup", str(path)),
            *("--data-dir", str(installation.data_dir), "--json", "--no-verify"),
        ],
        env=surroundings(),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    message = json.loads(done.stdout)["error"]["message"]
    assert "space" in message
    assert str(path) in message
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_differs_is_not_kept(installation: Server, tmp_path: Path) -> None:
    """The manifest is compared with what really came back."""
    from buildrunner.server.operations import backup
    from buildrunner.server.platform.errors import OperatorProblem

    cluster = embedded.attach(installation.data_dir)
    assert cluster is not None
    real = backup._manifest

    def lying(*arguments: object, **more: object) -> dict[str, object]:
        manifest = real(*arguments, **more)  # type: ignore[arg-type]
        manifest["tables"]["tenancy_project"]["rows"] += 1
        return manifest

    path = tmp_path / "b"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup, "_manifest", lying)
        with pytest.raises(OperatorProblem, match="tenancy_project"):
            backup.take(embedded_database(cluster), path, keys=None, passphrase=None)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_of_one_moment(installation: Server, tmp_path: Path, plan_bytes: bytes) -> None:
    """Rows that are written while it is taken are in it whole or not at all."""
    from buildrunner.server.platform.db import dump

    cluster = embedded.attach(installation.data_dir)
    assert cluster is not None
    databases = embedded_database(cluster)
    with psycopg.connect(databases.owner, autocommit=True) as own:
        with dump.snapshot(databases.direct) as moment:
            before = moment.counts()
            own.execute("CREATE TABLE public.marks AS SELECT 1 AS mark")
            own.execute("UPDATE tenancy_project SET title = title || '!'")
            copy = b"".join(moment.dump())
        own.execute("DROP TABLE public.marks")
        own.execute("UPDATE tenancy_project SET title = rtrim(title, '!')")
        with dump.snapshot(databases.direct) as after:
            assert before["tenancy_project"] == after.counts()["tenancy_project"]
    with embedded.start(tmp_path / "copy", settings={"fsync": "off"}) as other:
        with psycopg.connect(other.superuser_url(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE copy")
        dump.restore(other.superuser_url("copy"), [copy], [copy])
        with psycopg.connect(other.superuser_url("copy")) as connection:
            assert dump.counts(connection) == before
    shutil.rmtree(tmp_path / "copy")
