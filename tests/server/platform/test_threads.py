"""Blocking work of the event loop, in threads."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from buildrunner.server.platform.http.threads import Threads

name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")


def run(coroutine: object) -> object:
    return asyncio.run(coroutine)  # type: ignore[arg-type]


def test_what_the_work_returns_and_raises_comes_back() -> None:
    threads = Threads(1, "work")

    def divide(one: int, other: int) -> float:
        return one / other

    async def ask() -> tuple[float, str]:
        result = await threads.run(divide, 1, 2)
        with pytest.raises(ZeroDivisionError) as raised:
            await threads.run(divide, 1, 0)
        return result, type(raised.value).__name__

    assert run(ask()) == (0.5, "ZeroDivisionError")
    threads.close()


def test_the_work_has_the_caller_s_context_and_keeps_its_changes_to_itself() -> None:
    threads = Threads(1, "work")

    def look() -> tuple[str, str]:
        seen = name.get()
        name.set("changed")
        return seen, threading.current_thread().name

    async def ask() -> list[object]:
        name.set("caller")
        return [await threads.run(look), await threads.run(look), name.get()]

    assert run(ask()) == [("caller", "work_0"), ("caller", "work_0"), "caller"]
    threads.close()


def test_closing_lets_what_runs_finish_and_cancels_what_waits() -> None:
    threads = Threads(1, "work")
    began, go = threading.Event(), threading.Event()

    def work() -> str:
        began.set()
        assert go.wait(10)
        return "done"

    async def ask() -> list[object]:
        running = asyncio.create_task(threads.run(work))
        await asyncio.to_thread(began.wait, 10)
        waiting = asyncio.create_task(threads.run(work))
        await asyncio.sleep(0)  # it is queued
        closing = asyncio.create_task(asyncio.to_thread(threads.close))
        ended = await asyncio.gather(waiting, return_exceptions=True)
        go.set()
        await closing
        with pytest.raises(RuntimeError):
            await threads.run(work)
        return [await running, type(ended[0])]

    assert run(ask()) == ["done", asyncio.CancelledError]


def test_work_that_nobody_waits_for_any_more_is_not_begun() -> None:
    threads = Threads(1, "work")
    go, done = threading.Event(), list[str]()

    async def ask() -> None:
        first = asyncio.create_task(threads.run(go.wait, 10))
        second = asyncio.create_task(threads.run(done.append, "second"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        go.set()
        await first
        await threads.run(done.append, "third")

    run(ask())
    threads.close()
    assert done == ["third"]
