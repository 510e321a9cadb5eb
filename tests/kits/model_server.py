"""A fake of OpenAI's and Anthropic's servers: it speaks their wire formats on 127.0.0.1.

Nothing it says comes from a model. What a test wants of it stands in `behave`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiohttp import web

PIECES = ("Hel", "lo ", "there", "!")
TEXT = "".join(PIECES)
USED = {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24}


@dataclass
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Behaviour:
    """`status` answers an error instead, for as many calls as `failures` says (-1: all). `cut`
    breaks a stream off after so many pieces, `hold` waits before each piece after the first."""

    status: int = 0
    failures: int = -1
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hold: float = 0.0
    wait: float = 0.0
    tool: bool = False
    stopped: bool = False  # at the limit of tokens
    pieces: tuple[str, ...] = PIECES
    usage: bool = True
    used: dict[str, int] = field(default_factory=lambda: dict(USED))
    # What is answered whole, by what was asked; the words above where it is None.
    reply: Callable[[Any], str] | None = None


class ModelServer:
    """`with ModelServer() as server`: listens at `server.url` (add `/v1` for OpenAI's)."""

    def __init__(self, behave: Behaviour | None = None) -> None:
        self.behave = behave or Behaviour()
        self.asked: list[Asked] = []
        self.gone = threading.Event()  # a caller left in the middle of a stream
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.url = ""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._stop: Callable[[], Any] = lambda: None

    def __enter__(self) -> ModelServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._run())
        self._loop.close()

    async def _run(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        over = asyncio.Event()
        self._stop = over.set
        self._ready.set()
        await over.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.path, headers, body))
        way = self.behave
        if way.wait:
            await asyncio.sleep(way.wait)
        if way.status and way.failures != 0:
            way.failures -= 1
            return web.json_response(
                {"error": {"message": "a labelled fake error", "type": "fake", "code": None}},
                status=way.status,
                headers=way.headers,
            )
        if request.path.endswith("/models"):
            return web.json_response(
                {"object": "list", "data": [{"id": "gpt-4o"}, {"id": "claude-haiku-4-5"}]}
            )
        asked = json.loads(body)
        answers = {
            "completions": self._chat,
            "responses": self._responses,
            "embeddings": self._embeddings,
            "messages": self._messages,
        }
        whole, events = answers[request.path.rsplit("/", 1)[-1]](asked)
        if not asked.get("stream"):
            return web.json_response(whole, headers={"request-id": "req_fake", "set-cookie": "a=b"})
        return await self._stream(request, events)

    async def _stream(self, request: web.Request, events: list[bytes]) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await answer.prepare(request)
        try:
            for place, event in enumerate(events):
                if place and self.behave.hold:
                    await asyncio.sleep(self.behave.hold)
                if place == self.behave.cut:
                    assert request.transport is not None
                    request.transport.abort()
                    return answer
                await answer.write(event)
        except (OSError, asyncio.CancelledError):
            self.gone.set()
            raise
        await answer.write_eof()
        return answer

    def _chat(self, asked: dict[str, Any]) -> tuple[Any, list[bytes]]:
        frame = {"id": "chatcmpl-fake", "created": 1, "model": asked["model"]}
        said = self.behave.reply(asked) if self.behave.reply else "".join(self.behave.pieces)
        message: dict[str, Any] = {"role": "assistant", "content": said}
        deltas: list[dict[str, Any]] = [{"content": piece} for piece in self.behave.pieces]
        if self.behave.tool:
            call = {
                "id": "call_1",
                "type": "function",
                "function": {"name": "weather", "arguments": '{"city":"Köln"}'},
            }
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            deltas = [{"role": "assistant", "tool_calls": [{"index": 0, **call}]}]
        whole = {
            **frame,
            "object": "chat.completion",
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": "length" if self.behave.stopped else "stop",
                }
            ],
        }
        if self.behave.usage:
            whole["usage"] = self.behave.used
        chunk = {**frame, "object": "chat.completion.chunk"}
        events = [
            _data({**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            for delta in deltas
        ]
        events.append(
            _data({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        )
        if (asked.get("stream_options") or {}).get("include_usage") and self.behave.usage:
            events.append(_data({**chunk, "choices": [], "usage": self.behave.used}))
        return whole, [*events, b"data: [DONE]\n\n"]

    def _responses(self, asked: dict[str, Any]) -> tuple[Any, list[bytes]]:
        usage = {
            "input_tokens": 30,
            "input_tokens_details": {"cached_tokens": 10},
            "output_tokens": 8,
            "output_tokens_details": {"reasoning_tokens": 3},
            "total_tokens": 38,
        }
        text = {"type": "output_text", "text": TEXT, "annotations": []}
        message = {
            "type": "message",
            "id": "msg_fake",
            "role": "assistant",
            "status": "completed",
            "content": [text],
        }
        whole = {
            "id": "resp_fake",
            "object": "response",
            "created_at": 1,
            "model": asked["model"],
            "status": "completed",
            "output": [message],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": usage,
        }
        started = {**whole, "status": "in_progress", "output": [], "usage": None}
        events = [_named("response.created", {"response": started, "sequence_number": 0})]
        events += [
            _named(
                "response.output_text.delta",
                {
                    "delta": piece,
                    "item_id": "msg_fake",
                    "output_index": 0,
                    "content_index": 0,
                    "logprobs": [],
                    "sequence_number": place,
                },
            )
            for place, piece in enumerate(PIECES, 1)
        ]
        events.append(_named("response.completed", {"response": whole, "sequence_number": 9}))
        return whole, events

    def _embeddings(self, asked: dict[str, Any]) -> tuple[Any, list[bytes]]:
        data = [{"object": "embedding", "index": 0, "embedding": [0.5, -0.25]}]
        usage = {"prompt_tokens": 6, "total_tokens": 6}
        return {"object": "list", "data": data, "model": asked["model"], "usage": usage}, []

    def _messages(self, asked: dict[str, Any]) -> tuple[Any, list[bytes]]:
        start_usage = {
            "input_tokens": 12,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 7,
            "output_tokens": 1,
        }
        said = self.behave.reply(asked) if self.behave.reply else TEXT
        block: dict[str, Any] = {"type": "text", "text": said}
        deltas: list[dict[str, Any]] = [
            {"type": "text_delta", "text": piece} for piece in self.behave.pieces
        ]
        opening: dict[str, Any] = {"type": "text", "text": ""}
        if self.behave.tool:
            block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"c": "Köln"}}
            opening = {**block, "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": '{"c":"Köln"}'}]
        whole = {
            "id": "msg_fake",
            "type": "message",
            "role": "assistant",
            "model": asked["model"],
            "content": [block],
            "stop_reason": "max_tokens" if self.behave.stopped else "end_turn",
            "stop_sequence": None,
            "usage": {**start_usage, "output_tokens": 9},
        }
        begun = {**whole, "content": [], "stop_reason": None, "usage": start_usage}
        events = [
            _named("message_start", {"message": begun}),
            _named("content_block_start", {"index": 0, "content_block": opening}),
            *(_named("content_block_delta", {"index": 0, "delta": one}) for one in deltas),
            _named("content_block_stop", {"index": 0}),
            _named(
                "message_delta",
                {
                    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                    "usage": {"output_tokens": 9},
                },
            ),
            _named("message_stop", {}),
        ]
        return whole, events


def _data(value: Any) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _named(kind: str, value: dict[str, Any]) -> bytes:
    return f"event: {kind}\n".encode() + _data({"type": kind, **value})
