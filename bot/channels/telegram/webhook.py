"""Receive from Telegram by webhook: the HTTP handler, and the registration that makes Telegram call it."""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.channels.base import NotNow, State
from bot.channels.http import MAX_CALL_BYTES, read_body
from bot.channels.telegram.errors import Answered, ApiProblem
from bot.channels.telegram.receiving import Backoff, Intake, Pace, Report, Stopping, after_trouble
from bot.channels.telegram.updates import Unreadable

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of it
RETRY_AFTER_S = 2  # Telegram honours Retry-After up to an hour


class WebhookHandler:
    """Answer Telegram's requests: 200 only for what is committed, or will never mean anything to us."""

    def __init__(self, secret: str, intake: Intake, stopping: Stopping) -> None:
        self._secret = secret.encode()
        self._intake = intake
        self._stopping = stopping
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def handle(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        # Without a secret of ours nothing can prove where a request comes from: an empty one matches nobody.
        if not self._secret or not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        if self._stopping:
            return _later()
        self._in_hand += 1
        self._idle.clear()
        try:
            return await self._take(request)
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._idle.set()

    async def idle(self) -> None:
        """Return when no request is in hand."""
        await self._idle.wait()

    async def _take(self, request: web.Request) -> web.Response:
        body = await read_body(request, MAX_CALL_BYTES)
        if body is None:
            return web.Response(status=413)
        try:
            # Deep nesting ends in RecursionError, an endless number in ValueError.
            update = self._intake.read(json.loads(body))
        except (ValueError, RecursionError, Unreadable):
            return web.Response(status=400)
        try:
            await self._intake.take(update)
        except NotNow:
            return _later()
        return web.Response()


def _later() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": str(RETRY_AFTER_S)})


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """What Telegram says about our webhook."""

    url: str
    pending_updates: int
    last_error_at: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookCalls:
    """The calls that registration makes. They raise `ApiProblem`, nothing else."""

    set_webhook: Callable[[], Awaitable[None]]
    get_info: Callable[[], Awaitable[WebhookInfo]]


class Registration:
    """Tell Telegram where to call, and look once a minute whether it still does."""

    def __init__(self, url: str, calls: WebhookCalls, report: Report, stopping: Stopping, pace: Pace) -> None:
        self._url = url
        self._calls = calls
        self._report = report
        self._stopping = stopping
        self._pace = pace
        self.info: WebhookInfo | None = None

    async def run(self) -> None:
        """Return when the channel stops. The webhook stays set: what comes meanwhile waits at Telegram."""
        backoff = Backoff(self._pace.first_backoff_s, self._pace.longest_backoff_s)
        registered = False
        while not self._stopping:
            try:
                if not registered:
                    await self._calls.set_webhook()
                    registered = True
                    self._report(State.OK, "")
                info = await self._calls.get_info()
            except ApiProblem as problem:
                state, note, wait_s = after_trouble(problem, self._pace, backoff)
                if registered and isinstance(problem, Answered) and problem.code == 404:
                    # The webhook was taken, so the token is right: a server that does not know this method.
                    state, wait_s = None, self._pace.webhook_info_s
                elif isinstance(problem, Answered) and problem.code == 400:
                    state, wait_s = State.REFUSED, self._pace.refused_s
                    note = f"Telegram refuses the webhook's address, check PUBLIC_URL ({problem})"
                if state is not None:
                    self._report(state, note)
                await self._stopping.within(wait_s)
                continue
            backoff.reset()
            self.info = info
            if info.url == self._url:
                self._report(State.OK, "")
            else:
                # A second program with our token has moved or removed it, and we would be deaf without a sign.
                self._report(State.CONFLICT, "another program changed the webhook; it is set again")
                registered = False
            await self._stopping.within(self._pace.webhook_info_s)
