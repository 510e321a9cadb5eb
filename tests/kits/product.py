"""The whole product as a person starts it: `br up` in a folder of its own."""

import json
import os
import selectors
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from kits import postgres

START_SECONDS = 90


class Product:
    """A running `br up`: `url`, `sign_in_url`, `api_key` (first start only), `project_id`."""

    def __init__(
        self, data_dir: Path, *options: str, embedded: bool = False, **settings: str
    ) -> None:
        """`embedded`: with a PostgreSQL of its own even where tests are given one."""
        self.data_dir = data_dir
        self.log = data_dir.with_name(data_dir.name + ".log")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("BR_", "DJANGO_"))}
        for name in ("DATABASE_WEB_URL", "DATABASE_READER_URL", "DATABASE_DIRECT_URL"):
            environment.pop(name, None)
        given = postgres.SERVER and not embedded
        self._database = postgres.OwnDatabase() if given else None
        environment["BR_WEB_CORE"] = "any"  # other tests keep the cores busy
        environment.update(settings)
        environment["DATABASE_URL"] = self._database.url if self._database else ""
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "buildrunner.cli",
                    "up",
                    "--port",
                    "0",
                    "--json",
                    "--no-browser",
                    "--data-dir",
                    str(data_dir),
                    *options,
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                text=True,
                start_new_session=True,
            )
        said = self._ready()
        self.url: str = said["url"]
        self.sign_in_url: str = said["sign_in_url"]
        self.api_key: str = said.get("api_key") or ""
        self.project_id: str = said["project_id"]

    def _ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline() if waiting.select(START_SECONDS) else ""
        if not line:
            self.stop()
            raise AssertionError(f"br up did not become ready:\n{self.log.read_text()}")
        said: dict[str, Any] = json.loads(line)
        return said

    def stop(self) -> int:
        """What Ctrl-C does: interrupt the process group and wait for the end."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()
        if self._database:
            self._database.drop()
        return self.process.returncode
