"""What a repository shows of itself: README, marks in the code, tests, manifests, CI.

Plain facts for `spec.drafting`; nothing is executed, and nothing outside the folder is read.
"""

from __future__ import annotations

import os
import re
from typing import Any

from buildrunner.workspace.scan.texts import in_folder

MOST_FILES = 20_000
LARGEST = 512 * 1024
MOST_MARKS = 1_000
MOST_README = 200_000
_MARK = re.compile(
    rb"(?:^|[\s#/*;<!({-])(TODO|FIXME|HACK|XXX|BUG)\b(?!\w)(?:\s*[:(\-]|\s)\s*([^\r\n]{0,200})"
)
_LANGUAGES = {
    ".py": "Python", ".js": "JavaScript", ".ts": "TypeScript", ".tsx": "TypeScript",
    ".jsx": "JavaScript", ".go": "Go", ".rs": "Rust", ".java": "Java", ".kt": "Kotlin",
    ".rb": "Ruby", ".php": "PHP", ".cs": "C#", ".c": "C", ".h": "C", ".cpp": "C++", ".cc": "C++",
    ".swift": "Swift", ".scala": "Scala", ".ex": "Elixir", ".exs": "Elixir", ".sh": "Shell",
    ".sql": "SQL", ".vue": "Vue", ".svelte": "Svelte", ".dart": "Dart", ".lua": "Lua",
}  # fmt: skip
_MANIFESTS = frozenset(
    (
        *("pyproject.toml", "package.json", "cargo.toml", "go.mod", "pom.xml", "build.gradle"),
        *("build.gradle.kts", "gemfile", "composer.json", "mix.exs", "setup.py", "deno.json"),
    )
)
_CI = re.compile(
    r"^(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|\.ci/run|"
    r"azure-pipelines\.yml|jenkinsfile|\.travis\.yml|bitbucket-pipelines\.yml|\.woodpecker\.ya?ml|"
    r"\.forgejo/workflows/[^/]+\.ya?ml|\.gitea/workflows/[^/]+\.ya?ml)$",
    re.I,
)
_TEST = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|e2e)/|(?:^|/)test_[^/]+$|[._-](?:test|spec)s?\.[a-z]+$|_test\.[a-z]+$",
    re.I,
)
_PASSED = re.compile(
    r"(?:^|/)(?:node_modules|vendor|third_party|dist|build|target|\.venv|venv|__pycache__|"
    r"buildrunner/(?:state|specs|evidence)|migrations|\.git)/|\.min\.(?:js|css)$|(?:^|/)[^/]*\.lock$|"
    r"package-lock\.json$",
    re.I,
)
_CODE = frozenset(_LANGUAGES) - {".sh", ".sql", ".h"}


def gather(root: str) -> dict[str, Any]:
    """The facts of a folder; outside git everything in it counts. Paths have `/`.

    `marks` are TODO, FIXME and the like with file and line; `untested` are folders of code that
    no test names.
    """
    facts: dict[str, Any] = {
        "name": os.path.basename(os.path.abspath(root)),
        "files": 0,
        "readme": "",
        "readme_path": "",
        "marks": [],
        "tests": 0,
        "untested": [],
        "manifests": [],
        "ci": [],
        "languages": {},
        "license": "",
    }
    code: dict[str, int] = {}
    tested: set[str] = set()
    for text in in_folder(root, root):
        if facts["files"] == MOST_FILES:
            break
        if text.data is None or _PASSED.search(text.path):
            continue
        facts["files"] += 1
        _look(facts, text.path, text.data, code, tested)
    facts["languages"] = dict(
        sorted(facts["languages"].items(), key=lambda pair: (-pair[1], pair[0]))
    )
    facts["marks"].sort(key=lambda row: (row["path"], row["line"]))
    facts["untested"] = [
        folder
        for folder, count in sorted(code.items())
        if count > 1 and not (_words_of(folder) & tested)
    ][:100]
    return facts


def _look(
    facts: dict[str, Any], path: str, data: bytes, code: dict[str, int], tested: set[str]
) -> None:
    folder, _, name = path.rpartition("/")
    lower = name.casefold()
    suffix = os.path.splitext(lower)[1]
    if not folder:
        if lower.startswith("readme") and (not facts["readme"] or suffix == ".md"):
            facts["readme_path"] = path
            facts["readme"] = data[:MOST_README].decode("utf-8", "replace")
        if lower.startswith(("license", "licence", "copying")):
            facts["license"] = path
    if lower in _MANIFESTS:
        facts["manifests"].append(path)
    if _CI.match(path):
        facts["ci"].append(path)
    language = _LANGUAGES.get(suffix)
    if language is None:
        return
    facts["languages"][language] = facts["languages"].get(language, 0) + 1
    if _TEST.search(path):
        facts["tests"] += 1
        tested.update(_words_of(path))
        tested.update(re.findall(r"[a-z]{3,}", data[:20_000].decode("utf-8", "replace").casefold()))
    elif suffix in _CODE and folder:
        code[folder] = code.get(folder, 0) + 1
    if len(data) <= LARGEST and b"\x00" not in data[:4096]:
        _marks(facts["marks"], path, data)


def _marks(found: list[dict[str, Any]], path: str, data: bytes) -> None:
    line, at = 1, 0
    for match in _MARK.finditer(data):
        if len(found) >= MOST_MARKS:
            return
        start = match.start(1)
        line += data.count(b"\n", at, start)
        at = start
        text = match[2].decode("utf-8", "replace").strip()
        opened = data[match.end(1) : match.start(2)].strip()
        if opened.endswith(b"("):
            text = f"({text}"
        for close in ("*/", "-->", "#}", "%>"):
            text = text.removesuffix(close).rstrip()
        found.append({"path": path, "line": line, "kind": match[1].decode(), "text": text})


def _words_of(path: str) -> set[str]:
    last = path.rpartition("/")[2] if "/" in path else path
    return set(re.findall(r"[a-z]{3,}", last.casefold()))
