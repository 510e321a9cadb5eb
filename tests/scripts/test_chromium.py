"""`script/chromium`: the browser that is there, Debian's as root, playwright's own; never none."""

from kits.machine import Machine

STARTS = '#!/bin/sh\n[ "$1" = --version ]\n'
STUB = "#!/bin/sh\necho 'requires the chromium snap' >&2\nexit 1\n"
FAILS = '#!/bin/sh\necho "$*" >>"$LOG"\nexit 1\n'
PLAYWRIGHT = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
  *"install chromium"*) printf '#!/bin/sh\\n' >own && chmod +x own ;;
  *executable_path*) echo ./own ;;
esac
"""


def test_the_first_that_starts(machine: Machine) -> None:
    machine.program("chromium-browser", STUB)
    good = machine.program("google-chrome", STARTS)
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (0, f"{good}\n")
    named = machine.program("mine", STARTS)
    answer = machine.run("script/chromium", BR_TEST_CHROMIUM=str(named))
    assert answer.stdout == f"{named}\n"


def test_root_installs_the_package(machine: Machine) -> None:
    machine.user(0)
    machine.program("chromium.package", STARTS)
    machine.program(
        "apt-get",
        '#!/bin/sh\nbin=$(dirname "$0")\n'
        'case "$*" in *install*) cp "$bin/chromium.package" "$bin/chromium" ;; esac\n',
    )
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (0, f"{machine.bin / 'chromium'}\n")


def test_an_ordinary_user_takes_playwright_s(machine: Machine) -> None:
    machine.program("../a checkout/.venv/bin/python", PLAYWRIGHT)
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (0, "./own\n")


def test_none_at_all_stops_the_tests(machine: Machine) -> None:
    machine.user(0)
    machine.program("apt-get", FAILS)
    machine.program("../a checkout/.venv/bin/python", FAILS)
    answer = machine.run("script/chromium")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "install one" in answer.stderr
    asked = machine.log.read_text()
    assert "update" in asked
    assert "playwright install chromium" in asked


def test_without_one_the_run_ends(machine: Machine) -> None:
    machine.python()
    answer = machine.run("script/test", "tests")
    assert answer.returncode == 1
    assert "no Chromium" in answer.stderr
