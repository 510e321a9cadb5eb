"""Make the blocking client from the asyncio one: the same code without `async` and `await`."""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import unasync

SOURCE = Path("src/buildrunner/client/aio")
DOCSTRING = '"""The blocking client, made from `aio` by `script/mirror`: edit that."""\n'
NAMES = {
    "AsyncBaseTransport": "BaseTransport",
    "asyncio": "time",
    "aio": "blocking",
    "aclose": "close",
    "aread": "read",
    "aiter_lines": "iter_lines",
    "aiter_bytes": "iter_bytes",
}


def mirror(target: Path) -> None:
    """Write the blocking files into `target`."""
    sources = sorted(SOURCE.glob("*.py"))
    ours = {
        name for path in sources for name in re.findall(r"\bAsync[A-Z]\w+", path.read_text())
    } - {"AsyncIterator", *NAMES}
    names = NAMES | {name: name.removeprefix("Async") for name in ours}
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "aio"
        folder.mkdir()
        for path in sources:
            (folder / path.name).write_text(path.read_text())
        made = Path(scratch) / "made"
        rule = unasync.Rule(f"{folder}/", f"{made}/", names)
        unasync.unasync_files([str(folder / path.name) for path in sources], [rule])
        (made / "__init__.py").write_text(DOCSTRING)
        settings = ["--isolated", "--quiet", "--config", "line-length = 100"]
        first = ["--config", 'lint.isort.known-first-party = ["buildrunner"]']
        ruff = [sys.executable, "-m", "ruff"]
        subprocess.run([*ruff, "check", "--fix", "--select=I", *settings, *first, made], check=True)
        subprocess.run([*ruff, "format", *settings, made], check=True)
        for old in target.glob("*.py"):
            if not (made / old.name).exists():
                old.unlink()
        for path in made.iterdir():
            (target / path.name).write_text(path.read_text())


if __name__ == "__main__":
    mirror(Path(sys.argv[1]))
