"""A machine that the scripts run on: a PATH with stand-ins for what they find or miss there."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cat", "cksum", "dirname", "flock", "mkdir", "rm", "chmod", "cp", "readlink")

# Answers what the scripts ask a Python: its age, whether it has venv, and the work of pip.
PYTHON = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
case "$*" in
  *version_info\\ \\<*) [ "{version}" \\> 3.10 ] ;;
  *"import venv, ensurepip"*) [ -e "$here/has-venv" ] ;;
  *"python%d.%d-venv"*) echo python{version}-venv ;;
  *base_prefix*) echo {version} ;;
  *"import buildrunner"*) [ -e "$here/../has-project" ] ;;
  -V) echo Python {version}.0 ;;
  "-m venv .venv")
    mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip --version") [ ! -e "$here/no-pip" ] ;;
  "-m pip "*)
    echo "pip $*" >>"$LOG"
    [ ! -e "$LOG.fails" ] || {{ echo "no network" >&2; exit 1; }}
    [ ! -e "$LOG.dies" ] || kill -9 $$
    case "$*" in *--editable*) : >.venv/has-project ;; esac ;;
  *) exit 1 ;;
esac
"""
# An apt-get that installs at once.
APT = """#!/bin/sh
echo "apt-get $*" >>"$LOG"
case "$*" in *install*-venv) : >"$(dirname "$0")/has-venv" ;; esac
"""


class Machine:
    """A checkout's scripts, and a PATH that holds stand-ins and a few real tools only."""

    def __init__(self, root: Path) -> None:
        self.bin = root / "bin"
        self.bin.mkdir(parents=True)
        self.log = root / "log"
        self.log.touch()
        for tool in TOOLS:
            found = shutil.which(tool)
            if found:
                (self.bin / tool).symlink_to(found)
        self.checkout = root / "a checkout"
        shutil.copytree(ROOT / "script", self.checkout / "script")
        shutil.copytree(ROOT / "requirements", self.checkout / "requirements")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)

    def program(self, name: str, text: str) -> Path:
        path = self.bin / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def python(self, name: str = "python3", version: str = "3.11", venv: bool = True) -> Path:
        path = self.program(name, PYTHON.format(version=version))
        if venv:
            (path.parent / "has-venv").touch()
        return path

    def user(self, number: int) -> None:
        self.program("id", f"#!/bin/sh\necho {number}\n")

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        known = {"PATH": str(self.bin), "LOG": str(self.log), "HOME": str(self.bin)}
        return subprocess.run(
            words or ("script/bootstrap",),
            cwd=self.checkout,
            env={**known, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def installs(self, name: str = "server") -> int:
        """How often pip was asked for a lock's packages since the last question."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return sum(f"requirements/{name}.txt" in line for line in lines)

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"
