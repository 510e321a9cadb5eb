"""A command ends with everything it started, however its children tried to get away."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from buildrunner.workspace.checks import process
from buildrunner.workspace.checks.capture import Capture

ENV = {"PATH": os.environ["PATH"]}
# Each writes its process id to a file, then waits much longer than any test.
AWAY = {
    "background": "sh -c 'echo $$ > pid; exec sleep 600' &",
    "own session": "setsid sh -c 'echo $$ > pid; exec sleep 600' &",
    "orphan": "(setsid sh -c 'echo $$ > pid; exec sleep 600' &) ; true",
    "without environment": "(setsid env -i /bin/sh -c 'echo $$ > pid; exec sleep 600' &)",
    "deaf to TERM": "sh -c 'trap \"\" TERM; echo $$ > pid; while :; do sleep 600; done' &",
    "double fork": (
        f"{sys.executable} -c 'import os,time\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        'open("pid","w").write(str(os.getpid())+"\\n")\n'
        "time.sleep(600)'"
    ),
}


def run(command: str, folder: Path, **options: object) -> tuple[process.Finished, Capture]:
    output = Capture()
    options = {"timeout": 30.0, **options}
    finished = process.run(command, cwd=str(folder), env=ENV, output=output, **options)  # type: ignore[arg-type]
    return finished, output


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def read_pid(path: Path, limit: float = 20.0) -> int:
    """The id that a process writes once it runs."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if path.exists() and path.read_text().endswith("\n"):
            return int(path.read_text())
        time.sleep(0.01)
    raise AssertionError(f"{path} was not written")


def until(condition: Callable[[], bool], limit: float = 20.0) -> bool:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("way", AWAY)
def test_what_is_left_behind_is_ended(tmp_path: Path, way: str) -> None:
    finished, _ = run(f"{AWAY[way]}\nwhile [ ! -s pid ]; do sleep 0.05; done; exit 3", tmp_path)
    assert (finished.ended, finished.exit) == ("exit", 3)
    assert finished.killed >= 1
    assert finished.left == 0
    assert not is_alive(read_pid(tmp_path / "pid"))


@pytest.mark.parametrize("way", AWAY)
def test_time_is_up_for_the_whole_tree(tmp_path: Path, way: str) -> None:
    finished, _ = run(f"{AWAY[way]}\nsleep 600", tmp_path, timeout=1.0)
    assert finished.ended == "timeout"
    assert finished.left == 0
    assert not is_alive(read_pid(tmp_path / "pid"))


def test_term_comes_before_kill(tmp_path: Path) -> None:
    # Long enough for the shell to have set its trap on a busy machine.
    finished, output = run("trap 'echo tidy; exit 7' TERM; sleep 600 & wait", tmp_path, timeout=3)
    assert finished.ended == "timeout"
    assert "tidy" in output.text


def test_cancel_ends_all_that_run_and_all_that_would(tmp_path: Path) -> None:
    cancel = process.Cancel()
    found: list[process.Finished] = []
    folders = [tmp_path / name for name in "ab"]

    def work(folder: Path) -> None:
        found.append(run(f"{AWAY['orphan']}\nsleep 600", folder, cancel=cancel)[0])

    threads = [threading.Thread(target=work, args=(folder,)) for folder in folders]
    for folder, thread in zip(folders, threads, strict=True):
        folder.mkdir()
        thread.start()
    pids = [read_pid(folder / "pid") for folder in folders]
    cancel.cancel()
    for thread in threads:
        thread.join(30)
    assert [each.ended for each in found] == ["stopped", "stopped"]
    assert not any(map(is_alive, pids))
    assert run("touch ran; sleep 600", tmp_path, cancel=cancel)[0].ended == "stopped"


def test_when_the_program_is_killed_nothing_goes_on(tmp_path: Path) -> None:
    code = (
        "import sys; from buildrunner.workspace.checks import process\n"
        "from buildrunner.workspace.checks.capture import Capture\n"
        "process.run(sys.argv[1], cwd='.', env={'PATH': sys.argv[2]}, timeout=600, output=Capture())"
    )
    program = subprocess.Popen(
        [sys.executable, "-P", "-c", code, f"{AWAY['orphan']}\nsleep 600", ENV["PATH"]],
        cwd=tmp_path,
    )
    pid = read_pid(tmp_path / "pid")
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert until(lambda: not is_alive(pid))


def test_a_check_that_kills_its_supervisor_proves_nothing(tmp_path: Path) -> None:
    finished, _ = run("kill -9 $PPID; exit 0", tmp_path)
    assert finished.ended == "lost"


def test_a_tree_that_keeps_forking_is_ended(tmp_path: Path) -> None:
    fork = "trap '' TERM; n=0; while [ $n -lt 400 ]; do (sleep 600 &); n=$((n+1)); done; sleep 600"
    (tmp_path / "fork.sh").write_text(fork)
    finished, _ = run("sh fork.sh & sh fork.sh", tmp_path, timeout=0.5)
    assert (finished.ended, finished.left) == ("timeout", 0)


@pytest.mark.parametrize(
    ("command", "code"),
    [("true", 0), ("exit 9", 9), ("kill -9 $$", 137), ("no-such-command", 127), ("x=1; [ $x = 1 ]", 0)],
)  # fmt: skip
def test_exit_codes_are_those_of_a_shell(tmp_path: Path, command: str, code: int) -> None:
    assert run(command, tmp_path)[0].exit == code


def test_standard_input_is_empty_and_pipes_break_as_they_should(tmp_path: Path) -> None:
    assert run("cat; yes | head -n 1", tmp_path)[1].text == "y\n"


def test_standard_output_may_be_read_apart(tmp_path: Path) -> None:
    stdout = Capture()
    _, output = run("echo out; echo err >&2", tmp_path, stdout=stdout)
    assert stdout.text == "out\n"
    assert sorted(output.text.split()) == ["err", "out"]


def test_much_output_is_counted_hashed_and_cut(tmp_path: Path) -> None:
    from hashlib import sha256

    command = f"{sys.executable} -c \"print('first'); print('x'*9_000_000); print('last')\""
    _, output = run(command, tmp_path)
    whole = b"first\n" + b"x" * 9_000_000 + b"\nlast\n"
    assert output.bytes == len(whole)
    assert output.digest == f"sha256:{sha256(whole).hexdigest()}"
    assert not output.whole
    assert len(output.text) < 2_200_000
    excerpt = output.excerpt({})
    assert excerpt.startswith("first\n")
    assert excerpt.endswith("last\n")
    assert len(excerpt) < 9_000
    assert "bytes left out" in excerpt
