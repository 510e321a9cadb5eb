"""Setting a repository up for governance: policy, owners, template, workflow, hooks.

Nothing that exists is overwritten unless asked; a second run says what it kept.
"""

from __future__ import annotations

import os
import stat

from buildrunner.workspace import files, git, policyfile
from buildrunner.workspace import governance_texts as texts
from buildrunner.workspace.errors import WorkspaceError

HOOKS = ".githooks"
_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_TEMPLATES = (
    ".github/pull_request_template.md", ".github/PULL_REQUEST_TEMPLATE.md",
    "pull_request_template.md", "PULL_REQUEST_TEMPLATE.md", "docs/pull_request_template.md",
)  # fmt: skip


class Setup:
    """What `init` did: paths relative to the root, created, replaced and kept.

    `hooks_path` is what git's core.hooksPath is set to, "" where it was left alone.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.created: list[str] = []
        self.replaced: list[str] = []
        self.kept: list[str] = []
        self.hooks_path = ""


def init(root: str, *, force: bool = False, hooks: bool = True, dry_run: bool = False) -> Setup:
    """Write what is missing below `root`; with `force` what is there is replaced."""
    done = Setup(root)
    present = [p for p in policyfile.PLACES if os.path.lexists(os.path.join(root, p))]
    if len(present) > 1:
        raise policyfile.two_policies()
    policy = present[0] if present else policyfile.PLACES[0]
    wanted = [
        (policy, texts.POLICY.replace("MAIN_BRANCH", _main_branch(root)), 0o666),
        (_there(root, _OWNERS), texts.CODEOWNERS, 0o666),
        (_there(root, _TEMPLATES), texts.REQUEST, 0o666),
        (".github/workflows/governance.yml", texts.ACTION, 0o666),
    ]
    if hooks:
        wanted += [
            (f"{HOOKS}/pre-commit", texts.PRE_COMMIT, 0o777),
            (f"{HOOKS}/commit-msg", texts.COMMIT_MESSAGE, 0o777),
        ]
    for name, text, mode in wanted:
        _write(done, name, text.encode(), mode, force=force, dry_run=dry_run)
    if hooks:
        _use_hooks(done, dry_run=dry_run)
    return done


def _there(root: str, places: tuple[str, ...]) -> str:
    """The place that is in use, else the first."""
    found = (place for place in places if os.path.lexists(os.path.join(root, place)))
    return next(found, places[0])


def _main_branch(root: str) -> str:
    head = git.run(["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"], root, check=False)
    known = head.removeprefix("refs/remotes/origin/")
    if known:
        return known
    branches = git.run(["branch", "--format=%(refname:short)"], root, check=False).split("\n")
    return next((name for name in ("main", "master") if name in branches), "main")


def _write(done: Setup, name: str, data: bytes, mode: int, *, force: bool, dry_run: bool) -> None:
    path = os.path.join(done.root, name)
    if not os.path.lexists(path):
        done.created.append(name)
    elif force and not _same(path, data):
        done.replaced.append(name)
    else:
        done.kept.append(name)
        return
    if dry_run:
        return
    folder = os.path.dirname(path)
    if os.path.commonpath([os.path.realpath(folder), os.path.realpath(done.root)]) != (
        os.path.realpath(done.root)
    ):
        raise WorkspaceError(
            "outside", f"{name} leads out of the repository by a link", "remove the link", 1
        )
    files.make_folder(folder)
    files.write(path, data, mode=mode)
    if mode & 0o100:
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)


def _same(path: str, data: bytes) -> bool:
    try:
        return files.read(path) == data
    except (FileNotFoundError, WorkspaceError):
        return False


def _use_hooks(done: Setup, *, dry_run: bool) -> None:
    """Point git at the hooks, unless the clone points elsewhere already."""
    if git.top_level(done.root) is None:
        return
    known = git.run(["config", "--get", "core.hooksPath"], done.root, check=False)
    if known:
        done.kept.append(f"git config core.hooksPath {known}")
        return
    done.hooks_path = HOOKS
    if not dry_run:
        git.run(["config", "--local", "core.hooksPath", HOOKS], done.root)
