"""Streams of later messages, as Server-Sent Events: what officials answer and what is announced, to the open pages."""

import asyncio
from collections import defaultdict

from aiohttp import web

from bot.channels.base import NotNow, Transcript
from bot.channels.webchat.answers import NO_STORE, RETRY_AFTER_S, Refused, to_event
from bot.channels.webchat.posted import number
from bot.channels.webchat.security import secure
from bot.channels.webchat.sentences import BAD_PLACE, BUSY, TOO_MANY_PAGES
from handlers.messages import Address

STREAMS_PER_SESSION = 4
MAX_STREAMS = 600
"""Of all pages together. Sessions cost nothing, and each stream holds a connection: without a bound somebody could take
every one there is (a process has 1,024 where nobody set more), and with them everybody's questions. A page that is
refused asks again later, and is answered meanwhile when it says something."""
AT_ONCE = 100
RECONNECT_MS = 3000


class Streams:
    """The streams of all open pages."""

    def __init__(self, transcript: Transcript, embed_origins: tuple[str, ...], heartbeat_s: float) -> None:
        self._transcript = transcript
        self._embed_origins = embed_origins
        self._heartbeat_s = heartbeat_s
        self._open: dict[Address, list[_Stream]] = defaultdict(list)
        self._stopping = False

    def stop(self) -> None:
        """End all streams now, and begin no more: the process must not wait for open pages."""
        self._stopping = True
        for stream in [s for streams in self._open.values() for s in streams]:
            stream.end()

    async def serve(self, request: web.Request, address: Address | None) -> web.StreamResponse:
        """Write to a page what comes later, until it closes or we stop; 204 without a session. Raises Refused."""
        if address is None:
            return secure(web.Response(status=204, headers=NO_STORE), self._embed_origins)
        if self._stopping:
            raise Refused(503, BUSY, RETRY_AFTER_S)
        after = await self._begin_after(request, address)
        with self._transcript.watch(address) as woken:
            stream = _Stream(request.query.get("page", ""), woken)
            self._add(address, stream)
            response = self._event_stream()
            try:
                await response.prepare(request)
                await self._write(response, address, after, stream)
            except ConnectionError:
                pass  # the page was closed: how streams usually end
            finally:
                self._remove(address, stream)
        return response

    async def _begin_after(self, request: web.Request, address: Address) -> int:
        last = number(request.headers.get("Last-Event-ID", ""), 0)
        if last is None and "after" in request.query:
            last = number(request.query["after"], 0)
            if last is None:
                raise Refused(400, BAD_PLACE)
        try:
            return await self._transcript.newest(address) if last is None else last
        except NotNow as exc:
            raise Refused(503, BUSY, RETRY_AFTER_S) from exc

    def _add(self, address: Address, stream: "_Stream") -> None:
        # A phone that changes its network leaves a stream behind that nobody closes for minutes; the same page
        # asking again takes its place.
        for left in self._open[address]:
            if stream.page and left.page == stream.page:
                left.end()
        if sum(not s.ended for s in self._open[address]) >= STREAMS_PER_SESSION:
            raise Refused(429, TOO_MANY_PAGES, 60)
        if sum(map(len, self._open.values())) >= MAX_STREAMS:
            raise Refused(503, BUSY, 60)
        self._open[address].append(stream)

    def _remove(self, address: Address, stream: "_Stream") -> None:
        self._open[address].remove(stream)
        if not self._open[address]:
            del self._open[address]

    def _event_stream(self) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        return secure(web.StreamResponse(headers=headers | NO_STORE), self._embed_origins)

    async def _write(
        self, response: web.StreamResponse, address: Address, after: int, stream: "_Stream"
    ) -> None:
        await response.write(f"retry: {RECONNECT_MS}\n\n".encode())
        quiet, told = False, set[int]()
        while not (stream.ended or self._stopping):
            stream.woken.clear()
            try:
                found = await self._transcript.later(address, after, AT_ONCE)
            except NotNow:
                found = []  # looked for again with the next heartbeat
            # What committed late comes with a lower id, once.
            messages = [one for one in found if one.id not in told]
            if messages:
                await response.write("".join(map(to_event, messages)).encode())
                after = max(after, messages[-1].id)
                told.update(one.id for one in messages)
                self._transcript.fetched(m.id for m in messages)
            elif quiet:
                await response.write(b":\n\n")
            quiet = len(messages) < AT_ONCE and not await stream.woken_within(self._heartbeat_s)


class _Stream:
    """One open page that waits for later messages."""

    def __init__(self, page: str, woken: asyncio.Event) -> None:
        self.page = page
        self.woken = woken
        self.ended = False

    def end(self) -> None:
        self.ended = True
        self.woken.set()

    async def woken_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.woken.wait(), seconds)
        except TimeoutError:
            return False
        return True
