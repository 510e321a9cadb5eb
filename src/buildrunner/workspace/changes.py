"""Two revisions of a repository as a change to be judged: the final diff, commits, plans, policy.

What a repository configures about its diffs (drivers, attributes, colours, prefixes) is overruled:
it must not decide what is seen. Nothing of the repository is executed.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import Any

from buildrunner.policy.change import TEXTS, Change, Commit, FileChange, Hunk, Person
from buildrunner.policy.codeowners import PLACES as OWNER_PLACES
from buildrunner.workspace import git, policyfile
from buildrunner.workspace.errors import WorkspaceError

# A file larger than this is named, but its lines are not read.
LARGEST_FILE = 4_000_000
# The same for all files of a change together.
LARGEST_CHANGE = 200_000_000
WAIVERS = "waivers.json"
_PLAN = "buildrunner/specs/plan.json"
_MOST_COMMITS = 10_000
_SIZEABLE = 64_000
_BATCH_BYTES = 32_000_000
_DIFF = (
    "--no-replace-objects", "-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff",
    "--no-textconv", "--ignore-submodules=none", "--submodule=short", "--no-relative",
    "-O/dev/null", "--no-abbrev", "-z", "--raw",
)  # fmt: skip
_HUNK = re.compile(rb"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_STATUSES = {
    "A": "added", "M": "modified", "D": "deleted", "R": "renamed", "C": "copied", "T": "typechange"
}  # fmt: skip
_BOMS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip


class Reading:
    """A change with the rules of its base. `policy` and `waivers` are (path, bytes) or None."""

    __slots__ = ("base", "change", "head", "merge_base", "policy", "proposed", "root", "waivers")

    def __init__(self, root: str, base: str, head: str, merge_base: str) -> None:
        self.root = root
        self.base = base
        self.head = head
        self.merge_base = merge_base
        self.change = Change(base=base, head=head)
        self.policy: tuple[str, bytes] | None = None
        self.waivers: tuple[str, bytes] | None = None
        self.proposed: tuple[str, bytes] | None = None


def between(folder: str, base: str, head: str) -> Reading:
    """The change that merging `head` into `base` would make, judged by the rules of `base`.

    Raises WorkspaceError: unknown revisions, no common ancestor, two policies.
    """
    root = git.require(folder)
    base_commit, head_commit = git.commit_of(root, base), git.commit_of(root, head)
    ancestor = git.run(
        ["--no-replace-objects", "merge-base", base_commit, head_commit], root, check=False
    )
    if not ancestor:
        shallow = git.run(["rev-parse", "--is-shallow-repository"], root, check=False) == "true"
        raise WorkspaceError(
            "no_common_ancestor",
            f"{base} and {head} have no common ancestor here",
            "this clone is shallow: fetch its history" if shallow else "name a branch it grew from",
            1,
            next_command="git fetch --unshallow" if shallow else "",
        )
    reading = read(root, ancestor, head_commit, rules=base_commit, prefix=prefix_of(folder, root))
    reading.base = base_commit
    reading.change.base = base_commit
    if base_commit != ancestor:
        # What the base has got the same way meanwhile, merging does not change.
        raw = git.run_bytes([*_DIFF, "--no-renames", base_commit, head_commit, "--"], root)
        differing = {file.path for file in _raw(raw)[0]}
        change = reading.change
        change.files = [file for file in change.files if differing.intersection(file.paths)]
    return reading


def read(
    root: str, before: str, after: str, *, rules: str | None = None, prefix: str = ""
) -> Reading:
    """The change from `before` to `after`, commits of the repository at `root`.

    `rules` is the commit whose policy, waivers and owners count; `before` where it is None.
    `prefix` is where the workspace lies in the repository.
    """
    source = rules or before
    reading = Reading(root, source, after, before)
    change = reading.change
    change.files = files_of(root, before, after)
    change.commits = commits_of(root, before, after)
    places = [prefix + place for place in policyfile.PLACES]
    waivers = [os.path.dirname(place) + "/" + WAIVERS for place in places]
    names = (
        [f"{source}:{name}" for name in (*places, *waivers, *OWNER_PLACES)]
        + [f"{after}:{name}" for name in (*places, *waivers)]
        + [f"{before}:{prefix}{_PLAN}", f"{after}:{prefix}{_PLAN}"]
    )
    found = blobs(root, names)
    reading.policy = _one([(place, found[f"{source}:{place}"]) for place in places])
    reading.waivers = _first([(name, found[f"{source}:{name}"]) for name in waivers])
    reading.proposed = _first([(name, found[f"{after}:{name}"]) for name in waivers])
    owners = _first([(name, found[f"{source}:{name}"]) for name in OWNER_PLACES])
    change.codeowners = owners[1].decode(errors="replace") if owners else None
    later = [(place, data) for place in places if (data := found[f"{after}:{place}"]) is not None]
    if later and (later[0] != reading.policy or len(later) > 1):
        change.policy_after = {"path": later[0][0], "text": later[0][1].decode(errors="replace")}
        if len(later) > 1:
            change.policy_after["other"] = later[1][0]
    change.plan_before = _plan(found[f"{before}:{prefix}{_PLAN}"], None)
    change.plan_after = _plan(found[f"{after}:{prefix}{_PLAN}"], f"{after[:12]}:{prefix}{_PLAN}")
    return reading


def prefix_of(folder: str, root: str) -> str:
    """Where the workspace around `folder` lies in the repository at `root`: "" or `part/`."""
    from buildrunner.workspace.folder import find

    try:
        inner = os.path.relpath(os.path.realpath(find(folder).root), os.path.realpath(root))
    except (WorkspaceError, OSError):
        return ""
    return "" if inner == "." or inner.startswith("..") else inner.replace(os.sep, "/") + "/"


def _first(listed: list[tuple[str, bytes | None]]) -> tuple[str, bytes] | None:
    return next(((name, data) for name, data in listed if data is not None), None)


def _one(listed: list[tuple[str, bytes | None]]) -> tuple[str, bytes] | None:
    found = [(name, data) for name, data in listed if data is not None]
    if len(found) > 1:
        raise policyfile.two_policies(" on the base")
    return found[0] if found else None


def _plan(data: bytes | None, name: str | None) -> dict[str, Any] | None:
    """A plan; a broken one is an error where `name` says which, else it is not known."""
    from buildrunner.spec.document import loads
    from buildrunner.spec.errors import SpecError

    if data is None:
        return None
    try:
        plan = loads(data)
    except SpecError as error:
        if name is None:
            return None
        raise WorkspaceError(
            "plan_broken",
            f"{name} is no plan: {error.message}",
            "a change cannot be judged by a plan that cannot be read",
            1,
            next_command="br lint",
        ) from None
    return plan if isinstance(plan, dict) else None


def blobs(root: str, names: list[str]) -> dict[str, bytes | None]:
    """`revision:path` or object id → content, None where there is no such file; one process."""
    asked = [name for name in names if "\n" not in name]
    done = subprocess.run(
        ["git", "--no-replace-objects", "-C", root, "cat-file", "--batch"],
        input="".join(name + "\n" for name in asked).encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()
        raise WorkspaceError("git_failed", f"git cat-file: {words}", exit_code=1)
    found: dict[str, bytes | None] = dict.fromkeys(names)
    at, output = 0, done.stdout
    for name in asked:
        end = output.index(b"\n", at)
        head = output[at:end].split(b" ")
        at = end + 1
        if len(head) == 3 and head[2].isdigit():
            size = int(head[2])
            if head[1] == b"blob":
                found[name] = output[at : at + size]
            at += size + 1
    return found


def commits_of(root: str, before: str, after: str) -> list[Commit]:
    """The commits of `before..after`, newest first."""
    form = "--format=%H%x1f%P%x1f%an%x1f%ae%x1f%B"
    arguments = [
        "--no-replace-objects",
        "log",
        "-z",
        "--no-show-signature",
        "--no-color",
        f"-n{_MOST_COMMITS}",
        form,
        f"{before}..{after}",
    ]
    found = []
    for record in git.run_bytes([*arguments, "--"], root).split(b"\0"):
        fields = record.decode("utf-8", "replace").split("\x1f", 4)
        if len(fields) == 5:
            author = Person(name=fields[2], email=fields[3])
            message = fields[4].strip("\n")
            found.append(Commit(fields[0], message, author, len(fields[1].split())))
    return found


def files_of(root: str, before: str, after: str) -> list[FileChange]:
    """What happens to each file, renames found, in the order of paths."""
    listed, _ = _raw(git.run_bytes([*_DIFF, "--no-renames", before, after, "--"], root))
    sizes = _sizes(root, [file.digest for file in listed if file.digest])
    apart: dict[str, FileChange] = {}
    total = 0
    for file in sorted(listed, key=lambda each: sizes.get(each.digest, 0)):
        total += sizes.get(file.digest, 0)
        if sizes.get(file.digest, 0) > LARGEST_FILE or total > LARGEST_CHANGE:
            apart[file.path] = file
            file.truncated = True
    rest = [file for file in listed if not file.truncated and sizes.get(file.digest, 0) > _SIZEABLE]
    apart |= {file.path: file for file in _binary(root, rest, sizes)}
    without = [f":(exclude,literal,top){name}" for name in apart]
    options = ["-p", "-U0", "--inter-hunk-context=0", "-a", "-M", "-D", "--src-prefix=a/"]
    output = git.run_bytes(
        [*_DIFF, *options, "--dst-prefix=b/", before, after, "--", *without], root
    )
    files, at = _raw(output)
    _patch(output[at:], files)
    _unpack(root, files)
    return sorted([*files, *apart.values()], key=lambda file: file.path)


def _sizes(root: str, digests: list[str]) -> dict[str, int]:
    done = subprocess.run(
        ["git", "--no-replace-objects", "-C", root, "cat-file", "--batch-check"],
        input="".join(digest + "\n" for digest in digests).encode(),
        capture_output=True,
        check=False,
    )
    found = {}
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] == b"blob":
            found[words[0].decode()] = int(words[2])
    return found


def _raw(output: bytes) -> tuple[list[FileChange], int]:
    """The files of `--raw -z`, and where the patch begins."""
    files: list[FileChange] = []
    at = 0
    while output.startswith(b":", at):
        end = output.index(b"\0", at)
        old_mode, mode, _, digest, status = output[at + 1 : end].decode().split(" ")
        at = end + 1
        names = []
        for _ in range(2 if status[0] in "RC" else 1):
            end = output.index(b"\0", at)
            names.append(os.fsdecode(output[at:end]))
            at = end + 1
        gone = status[0] == "D"
        files.append(
            FileChange(
                path=names[-1],
                status=_STATUSES.get(status[0], "modified"),
                old_path=names[0] if len(names) == 2 else None,
                mode_before="" if old_mode == "000000" else old_mode,
                mode_after="" if gone else mode,
                digest="" if gone else digest,
            )
        )
    return files, at + 1 if output.startswith(b"\0", at) else at


def _patch(text: bytes, files: list[FileChange]) -> None:
    """Give each file the hunks of its section; a change of type has two sections."""
    order = [file for file in files for _ in range(2 if file.status == "typechange" else 1)]
    at, hunk, old, new = -1, None, 0, 0
    for line in text.split(b"\n"):
        mark = line[:1]
        if line.startswith(b"diff --git "):
            at, hunk = at + 1, None
        elif mark == b"@":
            found = _HUNK.match(line)
            if found and at < len(order):
                old, new = int(found[1]), int(found[2])
                hunk = Hunk()
                order[at].hunks.append(hunk)
        elif hunk is None:
            continue
        elif mark == b"+":
            hunk.added.append((new, line[1:].decode("utf-8", "replace")))
            new += 1
        elif mark == b"-":
            hunk.removed.append((old, line[1:].decode("utf-8", "replace")))
            old += 1


def _binary(root: str, files: list[FileChange], sizes: dict[str, int]) -> list[FileChange]:
    """Those of larger files that are binary: git need not compare them line by line."""
    found = []
    while files:
        batch, size = [], 0
        while files and size < _BATCH_BYTES:
            batch.append(files.pop())
            size += sizes[batch[-1].digest]
        contents = blobs(root, [file.digest for file in batch])
        for file in batch:
            data = contents.get(file.digest) or b""
            if b"\0" in data[:8192]:
                _as_binary(file, data)
                found.append(file)
    return found


def _as_binary(file: FileChange, data: bytes) -> None:
    """It has no lines, unless it is text in another encoding, or named like text: a zero byte
    must not hide what stands beside it."""
    file.binary, file.hunks = True, []
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is not None:
        lines = data.decode(encoding, "replace").splitlines()
        file.hunks = [Hunk(added=list(enumerate(lines, 1)))]
    elif file.path.lower().endswith(TEXTS):
        lines = data.replace(b"\0", b"").decode("utf-8", "replace").splitlines()
        file.hunks = [Hunk(added=list(enumerate(lines, 1)))]


def _unpack(root: str, files: list[FileChange]) -> None:
    """Files that turn out to be binary lose their lines."""
    binary = [
        file
        for file in files
        if any("\0" in text for hunk in file.hunks for _, text in (*hunk.added, *hunk.removed))
    ]
    contents = blobs(root, [file.digest for file in binary if file.digest]) if binary else {}
    for file in binary:
        _as_binary(file, contents.get(file.digest) or b"")
