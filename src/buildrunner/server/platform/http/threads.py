"""A few threads that run blocking work for the event loop: an executor without what is not needed.

`ThreadPoolExecutor` makes two futures with their locks for each call and copies one into the
other; for a request that takes less than a millisecond that is a part worth saving.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

Result = TypeVar("Result")


class _Call(NamedTuple):
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    context: contextvars.Context
    work: Callable[..., Any]
    arguments: tuple[Any, ...]


class Threads:
    """`count` threads, started with the first call."""

    def __init__(self, count: int, name: str) -> None:
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}_{number}", daemon=True)
            for number in range(count)
        ]
        self._started = self._closed = False

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """What `work` returns or raises, in the caller's context. Raises `RuntimeError` once the
        threads are closed."""
        if self._closed:
            raise RuntimeError("these threads were closed")
        if not self._started:
            self._started = True
            for thread in self._threads:
                thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._calls.put(_Call(loop, future, contextvars.copy_context(), work, arguments))
        return await future

    def close(self) -> None:
        """Let the calls that run finish; what waits is cancelled. Blocks."""
        self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                # Never waits: a thread may have taken the last one just now.
                call = self._calls.get_nowait()
                if call is not None:
                    _tell(call, call.future.cancel)
        for _ in self._threads:
            self._calls.put(None)
        if self._started:
            for thread in self._threads:
                thread.join()

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            if not call.future.cancelled():
                try:
                    result = call.context.run(call.work, *call.arguments)
                except BaseException as error:  # the caller's
                    _tell(call, _fail, call.future, error)
                else:
                    _tell(call, _settle, call.future, result)
                    del result
            del call  # or the last request would be kept until the next


def _tell(call: _Call, callback: Callable[..., Any], *arguments: Any) -> None:
    try:
        call.loop.call_soon_threadsafe(callback, *arguments)
    except RuntimeError:  # the loop is gone, and whoever waited with it
        return


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
