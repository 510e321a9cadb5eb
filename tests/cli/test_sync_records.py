"""The sync base survives a kill between its two files."""

import pytest

from buildrunner.cli.syncing.records import Base, read_base, write_base
from buildrunner.workspace.folder import Workspace


def test_a_kill_between_the_two_files_keeps_the_older_base(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "buildrunner" / "specs").mkdir(parents=True)
    workspace = Workspace(str(tmp_path))
    write_base(workspace, Base(1, {"title": "one"}))
    write_base(workspace, Base(2, {"title": "two"}))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "write_base", killed)
        with pytest.raises(KeyboardInterrupt):
            write_base(workspace, Base(3, {"title": "three"}))
    kept = read_base(workspace)
    assert kept is not None
    assert (kept.revision, kept.document) == (2, {"title": "two"})
    write_base(workspace, Base(3, {"title": "three"}))
    renewed = read_base(workspace)
    assert renewed is not None
    assert (renewed.revision, renewed.document) == (3, {"title": "three"})


def test_a_document_of_unknown_revision_is_no_base(tmp_path) -> None:
    (tmp_path / "buildrunner" / "specs").mkdir(parents=True)
    workspace = Workspace(str(tmp_path))
    write_base(workspace, Base(1, {"title": "one"}))
    workspace.write_base({"title": "edited by hand"})
    assert read_base(workspace) is None
