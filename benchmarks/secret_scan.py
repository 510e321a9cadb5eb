"""How long a secret scan takes, as a ratio to a bare Hyperscan pass with the same rules.

    python benchmarks/secret_scan.py [--files N] [--megabytes N] [--runs N]

The tree is made anew from a fixed seed: code, configuration, documents, lock files full of digests,
minified bundles, and a few secrets. `bare` opens each file, runs the same compiled database over it
and counts what it reports; `scan` is what `br governance scan` does: walk, read, match, look closer,
judge. All are one thread: seconds are of CPU, user and system, which other work on the machine blurs
least. Rounds are interleaved; the ratio is of medians.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from buildrunner.policy.scan.engines import HyperscanEngine, Re2Engine
from buildrunner.policy.scan.rules import ScanRules
from buildrunner.policy.scan.scanner import Scanner
from buildrunner.workspace.scan.texts import in_folder

LIMIT = 5.0
BR = str(Path(sys.executable).with_name("br"))
_VOCABULARY = (
    "account active address amount archive array assert async balance batch before billing branch buffer build cache call"
    " cancel change channel check client close column commit config connect context count create cursor data default delete"
    " delta deliver depend derive digest disk document draft edge emit entry error event expire export fetch field file"
    " filter find flag flush folder format frame gate group guard handle header history host image import index inner"
    " insert invoice issue item join key kind label last layout ledger level limit line link list load lock log loop map"
    " match member merge message meter method model module move name network next node note number object offset open"
    " option order origin output owner package page parent parse part password patch path payload plan point policy pool"
    " port post prefix price process project proof quota range rate read record region release remove render report"
    " request reserve resolve result retry return review revision role room route row rule run scale scan schema scope"
    " score search secret section seed send sequence server service session setting shape share sign size slot sort source"
    " space split stage start state status step stop store stream string style subject sum switch sync table target task"
    " team tenant test text thread time title token total trace tree type unit update usage user value verify version view"
    " wait web weight width window work worker write zone"
)
_WORDS = _VOCABULARY.split()


class Author:
    """Writes lines of many kinds of files."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def name(self) -> str:
        words = self.random.choices(_WORDS, k=self.random.choice((1, 1, 1, 2, 2, 3)))
        if self.random.random() < 0.2:
            return "".join(word.title() for word in words)
        return "_".join(words)

    def hexadecimal(self, size: int) -> str:
        return self.random.randbytes(size // 2).hex()

    def python(self) -> str:
        n = self.name
        return self.random.choice(
            (
                lambda: f"    {n()} = {n()}.{n()}({n()}, {n()}={self.random.randrange(999)})",
                lambda: f"def {n()}({n()}: str, {n()}: int = 0) -> list[{n()}]:",
                lambda: f'    """{" ".join(self.random.choices(_WORDS, k=9)).capitalize()}."""',
                lambda: f"    if {n()} is None or not {n()}:",
                lambda: f'        raise {n().title()}Error(f"{n()} {{{n()}}} is no {n()}")',
                lambda: f"from {n()}.{n()} import {n()}, {n()}",
                lambda: (
                    f'    assert {n()}["{n()}"] == "{n()}-{n()}-{n()}-{self.random.randrange(99)}"'
                ),
                lambda: f'    {n()}("{n()}_{n()}_{n()}", password=settings.{n().upper()})',
                lambda: "",
                lambda: f"    # {' '.join(self.random.choices(_WORDS, k=8))}",
            )
        )()

    def configuration(self) -> str:
        n = self.name
        return self.random.choice(
            (
                lambda: f"  {n()}: {n()}",
                lambda: f"  {n()}: {self.random.randrange(10_000)}",
                lambda: f"  - {n()}: ${{{n().upper()}}}",
                lambda: f"{n()}:",
                lambda: (
                    f'  {n()}: "{n()}/{n()}:{self.random.randrange(9)}.{self.random.randrange(99)}"'
                ),
                lambda: f"  # {' '.join(self.random.choices(_WORDS, k=6))}",
            )
        )()

    def data(self) -> str:
        n = self.name
        return self.random.choice(
            (
                lambda: f'  "{n()}": "{" ".join(self.random.choices(_WORDS, k=5))}",',
                lambda: f'  "{n()}": {self.random.randrange(10**6)},',
                lambda: f'  "{n()}": ["{n()}", "{n()}", "{n()}"],',
                lambda: (
                    f'  "{n()}_id": "{self.hexadecimal(8)}-{self.hexadecimal(4)}-{self.hexadecimal(12)}",'
                ),
            )
        )()

    def lock(self) -> str:
        return self.random.choice(
            (
                lambda: f"    --hash=sha256:{self.hexadecimal(64)} \\",
                lambda: f'      "integrity": "sha512-{self.hexadecimal(86)}==",',
                lambda: f"{self.name()}=={self.random.randrange(9)}.{self.random.randrange(40)}",
            )
        )()

    def prose(self) -> str:
        return " ".join(self.random.choices(_WORDS, k=14)).capitalize() + "."

    def bundle(self) -> str:
        parts = (
            f'var {word[0]}{number}=function({word[1]}){{return {word[2]}.{word}("{word}-{number}")}};'
            for word, number in zip(self.random.choices(_WORDS, k=400), range(400), strict=True)
            if len(word) > 2
        )
        return "".join(parts)

    def secret(self) -> str:
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
        some = "".join(self.random.choices(letters, k=36))
        return self.random.choice(
            ("token = 'gh" + f"p_{some}'", f'db_password: "{some[:14]}"', f'x = "{some}"')
        )


_KINDS = (
    ("py", Author.python, 45),
    ("yml", Author.configuration, 10),
    ("json", Author.data, 15),
    ("lock", Author.lock, 3),
    ("md", Author.prose, 12),
    ("min.js", Author.bundle, 5),
    ("ts", Author.python, 10),
)


def make_tree(folder: Path, files: int, size: int) -> int:
    """Write the tree, the same for the same arguments; how many secrets stand in it."""
    author = Author(4)
    pools = {
        suffix: [write(author) for _ in range(30 if suffix == "min.js" else 3000)]
        for suffix, write, _ in _KINDS
    }
    secrets = 0
    suffixes = author.random.choices([k[0] for k in _KINDS], [k[2] for k in _KINDS], k=files)
    weights = [author.random.lognormvariate(0, 0.8) for _ in range(files)]
    scale = size / sum(weights)
    for number, (suffix, weight) in enumerate(zip(suffixes, weights, strict=True)):
        lines: list[str] = []
        wanted = int(weight * scale)
        pool = pools[suffix]
        while wanted > 0:
            more = author.random.choices(pool, k=1 if suffix == "min.js" else 40)
            lines += more
            wanted -= sum(map(len, more)) + len(more)
        if number % 50 == 0 and suffix != "lock":
            lines.insert(len(lines) // 2, author.secret())
            secrets += 1
        path = folder / f"part{number % 50}" / f"{author.name()}_{number}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
    return secrets


def paths_of(folder: str) -> list[str]:
    return [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]


def reading(folder: str) -> int:
    total = 0
    for path in paths_of(folder):
        with open(path, "rb", buffering=0) as file:
            total += len(file.read())
    return total


def bare(folder: str, engines: dict[bool, Any]) -> int:
    """The pass that the scan is measured against: the database of each kind of file, nothing else."""
    from buildrunner.policy.scan.scanner import is_configuration

    count = 0

    def found(*_: Any) -> None:
        nonlocal count
        count += 1

    for path in paths_of(folder):
        with open(path, "rb", buffering=0) as file:
            engines[is_configuration(path)].scan(file.read(), match_event_handler=found)
    return count


def scan(folder: str, scanner: Scanner) -> int:
    return sum(
        len(scanner.scan(text.data, text.path))
        for text in in_folder(folder, folder)
        if text.data is not None
    )


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """(seconds of CPU, child processes included; what the work answers)."""
    began = os.times()
    answer = work()
    ended = os.times()
    return sum(ended[:4]) - sum(began[:4]), answer


def main() -> int:
    """Print the table; exit code 1 past the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--megabytes", type=int, default=120)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        tree.mkdir()
        secrets = make_tree(tree, given.files, given.megabytes * 1_000_000)
        rules = ScanRules.from_policy(None)
        ours, portable = Scanner(rules, engine=HyperscanEngine), Scanner(rules, engine=Re2Engine)
        databases = {
            kind: ours.engine_for(name)[0].database  # type: ignore[attr-defined]
            for kind, name in ((False, "a.py"), (True, "a.yml"))
        }
        place = str(tree)
        env = os.environ | {"XDG_CACHE_HOME": os.path.join(folder, "cache")}
        command = [BR, "-C", place, "governance", "scan", "--quiet"]
        subprocess.run(command, env=env, capture_output=True, check=False)
        works: dict[str, Callable[[], int]] = {
            "reading alone": lambda: reading(place),
            "bare": lambda: bare(place, databases),
            "scan": lambda: scan(place, ours),
            "command": lambda: (
                subprocess.run(command, env=env, capture_output=True, check=False).returncode
            ),
        }
        times: dict[str, list[float]] = {name: [] for name in works}
        answers: dict[str, int] = {}
        for _ in range(given.runs):
            for name, work in works.items():
                seconds, answers[name] = timed(work)
                times[name].append(seconds)
        alone, found = timed(lambda: scan(place, portable))
        assert found == answers["scan"], "the engines disagree"
    medians = {name: statistics.median(each) for name, each in times.items()}
    base = medians["bare"]
    print(f"{given.files} files, {answers['reading alone'] / 1e6:.0f} MB; {answers['bare']} matches of triggers, "
          f"{answers['scan']} findings, {secrets} secrets planted; median of {given.runs}")  # fmt: skip
    print("| | CPU s | ratio | limit |\n|---|---|---|---|")
    rows = [
        ("reading alone", medians["reading alone"], ""),
        ("a bare Hyperscan pass, reading included", base, ""),
        ("the scan", medians["scan"], f"{LIMIT:g}"),
        ("`br governance scan`, from start to end", medians["command"], ""),
        ("the scan with google-re2 (one round)", alone, ""),
    ]
    for name, seconds, limit in rows:
        print(f"| {name} | {seconds:.2f} | {seconds / base:.1f} | {limit} |")
    return 0 if medians["scan"] / base <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
