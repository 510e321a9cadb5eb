"""What the worker runs for this room."""

from __future__ import annotations

from buildrunner.server.domains.workbench import facade as workbench


def close_silent_runs() -> None:
    """Every minute: close the runs of agents whose signs of life stopped."""
    workbench.close_silent_runs()
