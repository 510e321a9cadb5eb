"""`script/chromium`: the browser that is there, Debian's as root, playwright's own; never none."""

import pytest

from kits.machine import Machine

STARTS = '#!/bin/sh\n[ "$1" = --version ]\n'
STUB = "#!/bin/sh\necho 'requires the chromium snap' >&2\nexit 1\n"
FAILS = '#!/bin/sh\necho "$*" >>"$LOG"\nexit 1\n'
# Starts where `libatomic` lies beside the other programs, and can install a browser of its own.
PLAYWRIGHT = """#!/bin/sh
echo "$*" >>"$LOG"
[ -e "$HOME/libatomic" ] || { echo "libatomic.so.1 is missing" >&2; exit 127; }
case "$*" in
  *--version*) ;;
  *"install chromium"*) [ ! -e "$LOG.fails" ] && printf '#!/bin/sh\\n' >own && chmod +x own ;;
  *executable_path*) echo ./own ;;
  *) exit 1 ;;
esac
"""
APT = """#!/bin/sh
case "$*" in
  *libatomic1*) : >"$HOME/libatomic" ;;
  *chromium*) cp "$HOME/chromium.package" "$HOME/chromium" ;;
esac
"""


@pytest.fixture(autouse=True)
def playwright(machine: Machine) -> None:
    """The tests' packages are installed, and the library that playwright wants."""
    machine.program("../a checkout/.venv/bin/python", PLAYWRIGHT)
    (machine.bin / "libatomic").touch()


def test_the_first_that_starts(machine: Machine) -> None:
    machine.program("chromium-browser", STUB)
    good = machine.program("google-chrome", STARTS)
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (0, f"{good}\n")
    named = machine.program("mine", STARTS)
    answer = machine.run("script/chromium", BR_TEST_CHROMIUM=str(named))
    assert answer.stdout == f"{named}\n"


def test_root_installs_what_is_missing(machine: Machine) -> None:
    machine.user(0)
    machine.program("chromium.package", STARTS)
    machine.program("apt-get", APT)
    (machine.bin / "libatomic").unlink()
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (0, f"{machine.bin / 'chromium'}\n")


def test_an_ordinary_user_takes_playwright_s(machine: Machine) -> None:
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (0, "./own\n")


def test_a_driver_that_does_not_start_is_said(machine: Machine) -> None:
    machine.program("chromium", STARTS)
    (machine.bin / "libatomic").unlink()
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "libatomic.so.1 is missing" in answer.stderr
    assert "sudo apt-get install libatomic1" in answer.stderr


def test_none_at_all_stops_the_tests(machine: Machine) -> None:
    machine.user(0)
    machine.program("apt-get", FAILS)
    machine.log.with_name("log.fails").touch()
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "install one" in answer.stderr
    asked = machine.log.read_text()
    assert "update" in asked
    assert "playwright install chromium" in asked


def test_without_one_the_run_ends(machine: Machine) -> None:
    (machine.venv / "bin" / "python").unlink()
    machine.python()
    answer = machine.run("script/test", "tests")
    assert answer.returncode == 1
    assert "playwright does not start" in answer.stderr
