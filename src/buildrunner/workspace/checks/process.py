"""One command with its whole process tree: started, watched, ended; see `supervisor.py`."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from buildrunner.workspace.checks.capture import Capture

GRACE = 3.0
_DRAIN = 1.0
_SUPERVISOR = os.path.join(os.path.dirname(__file__), "supervisor.py")


class Cancel:
    """Ends every command that runs under it, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._running = 0
        self._controls: set[int] = set()
        self.cancelled = False

    def cancel(self) -> None:
        """Tell every supervisor to end its tree; they need up to GRACE seconds."""
        with self._lock:
            self.cancelled = True
            for control in self._controls:
                os.close(control)
            self._controls.clear()

    def wait(self, patience: float) -> None:
        """Wait until no process of any of them is left."""
        with self._lock:
            self._lock.wait_for(lambda: not self._running, patience)

    def _add(self, control: int) -> None:
        with self._lock:
            self._running += 1
            if self.cancelled:
                os.close(control)
            else:
                self._controls.add(control)

    def _drop(self, control: int) -> None:
        with self._lock:
            if control in self._controls:
                self._controls.discard(control)
                os.close(control)

    def _gone(self) -> None:
        with self._lock:
            self._running -= 1
            self._lock.notify_all()


class Finished:
    """How a command ended.

    `ended` is "exit", "timeout", "stopped" (cancelled) or "lost" (its supervisor was killed);
    `exit` is the code a shell would give (128 + n for signal n); `killed` processes were still
    there when it ended, `left` of them could not be killed.
    """

    __slots__ = ("duration_ms", "ended", "exit", "killed", "left")

    def __init__(self, report: Mapping[str, Any]) -> None:
        self.ended: str = report.get("ended", "lost")
        self.exit: int = report.get("exit", -1)
        self.killed: int = report.get("killed", 0)
        self.left: int = report.get("left", 0)
        self.duration_ms: int = report.get("duration_ms", 0)


def run(
    command: str,
    *,
    cwd: str,
    env: Mapping[str, str],
    timeout: float,
    output: Capture,
    stdout: Capture | None = None,
    cancel: Cancel | None = None,
) -> Finished:
    """Run `sh -c command` and everything it starts to the end.

    `output` gets standard output and error as they come; `stdout`, where it is given, the first
    alone. Nothing the command started is alive afterwards. Raises OSError where it cannot begin.
    """
    cancel = cancel or Cancel()
    control_read, control = os.pipe()
    status, status_write = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", _SUPERVISOR, str(status_write), str(GRACE),
             str(timeout), command, *(name for name in ("LC_CTYPE",) if name in env)],
            cwd=cwd,
            env=dict(env),
            stdin=control_read,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if stdout is None else subprocess.PIPE,
            pass_fds=(status_write,),
            start_new_session=True,
        )  # fmt: skip
    except BaseException:
        os.close(control)
        os.close(status)
        raise
    finally:
        os.close(control_read)
        os.close(status_write)
    cancel._add(control)
    try:
        report = _follow(process, status, output, stdout)
    finally:
        cancel._drop(control)
        os.close(status)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait()
        cancel._gone()
    return Finished(report)


def _follow(
    process: subprocess.Popen[bytes], status: int, output: Capture, stdout: Capture | None
) -> dict[str, Any]:
    """Read output until the supervisor has reported and the pipes are empty."""
    said = b""
    reported = False
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                selector.register(pipe.fileno(), selectors.EVENT_READ)
        selector.register(status, selectors.EVENT_READ)
        first = process.stdout.fileno() if process.stdout else -1
        while selector.get_map():
            # After the report only a process that could not be killed keeps a pipe open.
            ready = selector.select(_DRAIN if reported else None)
            if not ready:
                break
            for key, _ in ready:
                data = os.read(key.fd, 65_536)
                if not data:
                    selector.unregister(key.fd)
                    reported = reported or key.fd == status
                elif key.fd == status:
                    said += data
                else:
                    output.feed(data)
                    if stdout is not None and key.fd == first:
                        stdout.feed(data)
    try:
        report = json.loads(said)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}
