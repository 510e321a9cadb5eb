"""The parent of one check: a small program that keeps the whole process tree below itself.

Run by `process.py` as `python -I -S supervisor.py STATUS_FD GRACE TIMEOUT COMMAND [LC_CTYPE]`, in a session of
its own. It is a child subreaper (prctl(2), Linux), so that what the check starts stays below it
whatever becomes of sessions, groups and parents in between; when the command ends, when time is up
or when its standard input closes (the program that started it wants it to end, or is dead) it ends
every process below. Elsewhere than on Linux what has left the process group is found by parent only.

The last line on the status descriptor is a JSON object:
{"ended": "exit"|"timeout"|"stopped", "exit": code, "killed": n, "left": n, "duration_ms": n}
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

_SET_CHILD_SUBREAPER = 36
# How long it tries to kill what keeps forking, and how long a tick is while it waits.
_STUBBORN = 10.0
_TICK = 0.02


def main(arguments: list[str]) -> int:
    """See the docstring of the module."""
    status, grace, timeout = int(arguments[0]), float(arguments[1]), float(arguments[2])
    os.set_inheritable(status, False)
    _become_subreaper()
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    began = time.monotonic()
    if "LC_CTYPE" not in arguments[4:]:
        os.environ.pop("LC_CTYPE", None)  # Python's own, where the locale is C (PEP 538)
    child = _start(arguments[3])
    ended, code = _wait(child, wake_read, began + timeout)
    killed, left, code = _end_all(child, grace, code)
    report = (
        f'{{"ended": "{ended}", "exit": {code}, "killed": {killed}, "left": {left}, '
        f'"duration_ms": {int((time.monotonic() - began) * 1000)}}}\n'
    )
    os.write(status, report.encode())
    return 0


def _become_subreaper() -> None:
    if not sys.platform.startswith("linux"):
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass


def _start(command: str) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        signal.set_wakeup_fd(-1)
        # Python ignores these two; a shell pipeline counts on them.
        for number in (signal.SIGPIPE, getattr(signal, "SIGXFSZ", signal.SIGPIPE)):
            signal.signal(number, signal.SIG_DFL)
        os.execv("/bin/sh", ["sh", "-c", command])  # noqa: S606
    except BaseException:
        os._exit(127)
    os._exit(127)


def _wait(child: int, wake: int, deadline: float) -> tuple[str, int | None]:
    """How the wait ended, and the exit code if the command did."""
    while True:
        code = _reap(child)
        if code is not None:
            return "exit", code
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return "timeout", None
        ready, _, _ = select.select([0, wake], [], [], min(remaining, 60.0))
        if wake in ready:
            os.read(wake, 4096)
        if 0 in ready:
            return "stopped", None


def _reap(child: int) -> int | None:
    """Take in every process that ended; the exit code of `child` if it is among them."""
    code = None
    while True:
        try:
            pid, state = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == child:
            code = os.waitstatus_to_exitcode(state)
            code = 128 - code if code < 0 else code


def _end_all(child: int, grace: float, code: int | None) -> tuple[int, int, int]:
    """End every process below: TERM, time to clean up, KILL. (killed, left, exit code)."""
    seen: set[int] = set()
    alive = _below(child, code is None)
    _signal(alive, signal.SIGTERM)
    limit = time.monotonic() + grace
    while alive and time.monotonic() < limit:
        seen.update(alive)
        time.sleep(_TICK)
        found = _reap(child)
        code = found if found is not None else code
        fresh = _below(child, code is None)
        _signal([pid for pid in fresh if pid not in seen], signal.SIGTERM)
        alive = fresh
    limit = time.monotonic() + _STUBBORN
    while alive and time.monotonic() < limit:
        seen.update(alive)
        _signal(alive, signal.SIGKILL)
        found = _reap(child)
        code = found if found is not None else code
        alive = _below(child, code is None)
        if alive:
            time.sleep(_TICK / 4)
    seen.discard(child)
    return len(seen), len(alive), 128 + signal.SIGKILL if code is None else code


def _signal(processes: list[int], number: int) -> None:
    for pid in processes:
        try:  # noqa: SIM105 (it starts before every check: contextlib costs more than it says)
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass


def _below(child: int, running: bool) -> list[int]:
    """The living processes below this one, and those of the command's own session.

    Parents come before their children: a shell that sees its child end before its own signal
    arrives writes `Terminated` into the output of the check.
    """
    parents, sessions = _processes()
    me = os.getpid()
    found = {me: None}
    grown = {me}
    while grown:
        grown = {pid for pid, parent in parents.items() if parent in grown and pid not in found}
        found |= dict.fromkeys(grown)
    # Where nothing adopts orphans, they are still in the session that `setsid` opened.
    found |= dict.fromkeys(pid for pid, session in sessions.items() if session == child)
    return [pid for pid in found if pid != me and (running or pid != child)]


def _processes() -> tuple[dict[int, int], dict[int, int]]:
    """Process → parent, process → session; without zombies."""
    if not os.path.isdir("/proc/self"):
        return _processes_by_ps()
    parents: dict[int, int] = {}
    sessions: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The name in brackets may hold anything: fields begin behind the last one.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if len(fields) > 3 and fields[0] not in (b"Z", b"X"):
            parents[int(name)] = int(fields[1])
            sessions[int(name)] = int(fields[3])
    return parents, sessions


def _processes_by_ps() -> tuple[dict[int, int], dict[int, int]]:
    with os.popen("ps -A -o pid=,ppid=,pgid=,stat= 2>/dev/null") as listing:  # noqa: S605
        rows = [line.split() for line in listing]
    living = [row for row in rows if len(row) >= 4 and not row[3].startswith("Z")]
    return (
        {int(row[0]): int(row[1]) for row in living},
        {int(row[0]): int(row[2]) for row in living},
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
