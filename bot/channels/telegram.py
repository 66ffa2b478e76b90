"""Telegram: the Bot API as a channel. The only file that knows python-telegram-bot.

The library is used as a client: its `Bot` makes the calls. Receiving, order, retries and limits are ours, because its
`Application` keeps updates in memory and gives them no order.
"""

import asyncio
import functools
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import httpx
import httpx_aiohttp
from aiohttp import web
from telegram import Bot, BotCommand
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.channels import render
from bot.channels.base import Health, Reception, State
from bot.channels.telegram_condition import Condition
from bot.channels.telegram_errors import (
    Answered,
    ApiProblem,
    Unanswered,
    answered,
    json_or_none,
    send_failure,
    transport_problem,
)
from bot.channels.telegram_message import PART_UTF16, Params, to_send, without_markup
from bot.channels.telegram_receiving import Intake, Pace, Poller, Stopping
from bot.channels.telegram_settings import TelegramSettings
from bot.channels.telegram_updates import KINDS, NAME
from bot.channels.telegram_webhook import Registration, WebhookCalls, WebhookHandler, WebhookInfo
from handlers.messages import Outbound

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhooks/telegram"

CONNECT_S, READ_S, CALL_S = 5.0, 10.0, 20.0
POLL_MARGIN_S = 10.0  # a held getUpdates may answer this much later than it was asked to
CHECK_S = 5.0
CONNECTIONS = 256  # more than messages are ever in flight, so that none waits for a connection
IDLE_S = 30.0  # a connection is kept this long: the next reply does not pay for a TLS handshake

COMMANDS = (("menu", "Xem các việc bot giúp được"), ("help", "Trợ giúp"), ("stop", "Dừng nhận tin"))

__all__ = ["Pace", "TelegramChannel", "TelegramSettings"]

T = TypeVar("T")


class TelegramChannel:
    """Telegram as `bot.channels.base.Channel`, by polling or by webhook."""

    name = NAME

    def __init__(
        self,
        settings: TelegramSettings,
        reception: Reception,
        now: Callable[[], datetime],
        *,
        pace: Pace | None = None,
    ) -> None:
        # httpx logs every URL at INFO, token included; the library logs what people wrote at DEBUG.
        for noisy in ("httpx", "httpcore", "telegram"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        self._settings = settings
        self._pace = pace or Pace()
        self._api = _Api(settings)
        self._stopping = Stopping()
        self._tasks: set[asyncio.Task[None]] = set()
        self._receiver: asyncio.Task[None] | None = None
        self._condition = Condition()
        self._greeted = False
        intake = Intake(settings.bot_id, reception, now, self._answer_press)
        self._handler = WebhookHandler(settings.webhook_secret, intake, self._stopping)
        self._registration = Registration(
            settings.webhook_url,
            WebhookCalls(self._api.set_webhook, self._api.get_webhook_info),
            self._report,
            self._stopping,
            self._pace,
        )
        self._poller = Poller(self._api, intake, self._report, self._stopping, self._pace)

    # -- how it is

    def health(self) -> Health:
        """Say how the channel is."""
        return self._condition.health()

    async def check(self) -> Health:
        """Ask Telegram once who we are; answers within `CHECK_S`."""
        try:
            username = await self._api.get_username()
        except Answered as problem:
            if problem.token_refused:
                return Health(State.REFUSED, "Telegram refuses the token, check TELEGRAM_BOT_TOKEN")
            return Health(State.UNREACHABLE, str(problem))
        except ApiProblem as problem:
            return Health(State.UNREACHABLE, str(problem))
        return Health(State.OK, f"@{username}")

    @property
    def pending_updates(self) -> int | None:
        """How many updates wait at Telegram for our webhook; None if not known or polling."""
        return self._registration.info.pending_updates if self._registration.info else None

    @property
    def last_webhook_error_at(self) -> datetime | None:
        """When Telegram last failed to deliver to our webhook; None if never, not known or polling."""
        return self._registration.info.last_error_at if self._registration.info else None

    def _report(self, state: State, note: str) -> None:
        """Take what receiving found out."""
        self._condition.receiving(state, note)
        if state is State.OK and not self._greeted:
            self._greeted = True
            self._in_background(self._api.set_commands)

    # -- receiving

    def routes(self) -> list[web.RouteDef]:
        """Return the webhook's route."""
        return [web.post(WEBHOOK_PATH, self._handler.handle)]

    async def start(self) -> None:
        """Begin to receive in the background; returns at once, with Telegram reachable or not."""
        self._receiver = asyncio.create_task(self._receive(), name="telegram receiving")

    async def _receive(self) -> None:
        run = self._poller.run if self._settings.mode == "polling" else self._registration.run
        while not self._stopping:
            try:
                await run()
            except Exception:
                log.exception("receiving failed, it starts again", extra={"channel": self.name})
                await self._stopping.within(self._pace.longest_backoff_s)

    async def stop(self) -> None:
        """Take nothing more in; what was taken in is finished, as far as it can be within `Pace.finish_s`."""
        self._stopping.set()
        ending: set[asyncio.Task[None]] = {asyncio.create_task(self._handler.idle()), *self._tasks}
        if self._receiver is not None:
            ending.add(self._receiver)
        _, late = await asyncio.wait(ending, timeout=self._pace.finish_s)
        if late:
            # Nothing is lost: what is not committed was not confirmed either, and Telegram brings it again.
            log.warning("work in hand did not end in time", extra={"channel": self.name})
        await _end(late)

    async def close(self) -> None:
        """Let go of connections."""
        await _end(self._tasks)
        await self._api.close()

    def _answer_press(self, callback_id: str) -> None:
        self._in_background(lambda: self._api.answer_callback(callback_id))

    def _in_background(self, call: Callable[[], Awaitable[None]]) -> None:
        """Make a call whose failure is harmless: an old query, a list of commands that is already there."""

        async def quietly() -> None:
            try:
                await call()
            except ApiProblem as problem:
                log.debug("call without result", extra={"channel": self.name, "reason": str(problem)})

        task = asyncio.create_task(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- sending

    def shape(self, message: Outbound) -> list[Outbound]:
        """Cut a message into parts that Telegram takes; the buttons stay on the last part."""
        return render.split(message, PART_UTF16)

    async def send(self, address: str, message: Outbound) -> str | None:
        """Send one shaped message to a private chat; returns Telegram's message id. Raises SendFailed, nothing else."""
        params = to_send(address, message)
        try:
            message_id = await self._api.send_message(params)
        except ApiProblem as problem:
            self._condition.not_sent(problem)
            raise send_failure(problem) from problem
        self._condition.sent()
        return message_id


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Api:
    """The calls we make, over the library. Each returns its result or raises `ApiProblem`, nothing else."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._request = _Request(READ_S)
        self._bot = _bot(settings, self._request)
        # A pool of its own: a burst of messages must not keep getUpdates from its connection.
        self._poll_request = _Request(READ_S)
        self._poll_bot = _bot(settings, self._poll_request)

    async def send_message(self, params: Params) -> str:
        try:
            return await self._send(params)
        except Answered as problem:
            if not problem.entities_refused:
                raise
            log.error("markup refused, sent without", extra={"channel": NAME, "reason": str(problem)})
        return await self._send(without_markup(params))

    async def _send(self, params: Params) -> str:
        sent = await _result(self._bot.call("sendMessage", params), CALL_S)
        message_id = sent.get("message_id") if isinstance(sent, dict) else None
        if not isinstance(message_id, int):
            raise Unanswered("sendMessage did not bring a message")
        return str(message_id)

    async def answer_callback(self, callback_id: str) -> None:
        await _result(self._bot.answer_callback_query(callback_id), CALL_S)

    async def set_commands(self) -> None:
        commands = [BotCommand(command, description) for command, description in COMMANDS]
        for language in (None, "vi"):
            await _result(self._bot.set_my_commands(commands, language_code=language), CALL_S)

    async def get_username(self) -> str:
        me = await _result(self._bot.get_me(), CHECK_S)
        return me.username or ""

    async def get_updates(self, offset: int | None, wait_s: float) -> Sequence[object]:
        """Return raw updates: the library's own parsing fails for a whole batch if one of them is odd."""
        held_s = wait_s + POLL_MARGIN_S
        asked: Params = {"offset": offset, "timeout": int(wait_s), "allowed_updates": list(KINDS)}
        updates = await _result(self._poll_bot.call("getUpdates", asked, held_s), held_s + CONNECT_S)
        if not isinstance(updates, list):
            raise Unanswered("getUpdates did not bring a list")
        return updates

    async def renew(self) -> None:
        await self._poll_request.shutdown()
        self._poll_request = _Request(READ_S)
        self._poll_bot = _bot(self._settings, self._poll_request)

    async def set_webhook(self) -> None:
        url, secret = self._settings.webhook_url, self._settings.webhook_secret
        await _result(self._bot.set_webhook(url, secret_token=secret, allowed_updates=KINDS), CALL_S)

    async def delete_webhook(self) -> None:
        await _result(self._bot.delete_webhook(), CALL_S)

    async def get_webhook_info(self) -> WebhookInfo:
        info = await _result(self._bot.get_webhook_info(), CALL_S)
        return WebhookInfo(info.url, info.pending_update_count, info.last_error_date)

    async def close(self) -> None:
        await self._request.shutdown()
        await self._poll_request.shutdown()


class _Bot(Bot):
    """The library's client, and beside its typed methods the plain call.

    The methods build and parse objects we do not need: twice the work for a message, and an answer the library finds
    odd would make a delivered message an unknown one.
    """

    async def call(self, method: str, params: Params, read_s: float | None = None) -> object:
        return await self._post(method, params, read_timeout=read_s or READ_S)


class _Carried(TelegramError):
    """Takes an error of ours through the library, which lets only its own kind pass as it is."""

    def __init__(self, problem: ApiProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@functools.cache
def _tls() -> ssl.SSLContext:
    """Read the certificates of authorities once: it takes a twentieth of a second."""
    return httpx.create_ssl_context()


class _Request(HTTPXRequest):
    """The library's HTTP over aiohttp, telling apart what the library does not: code, and whether anything was sent.

    httpx's own connection pool collapses under more than some thirty calls in flight.
    """

    def __init__(self, read_s: float) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE_S)
        super().__init__(
            connect_timeout=CONNECT_S,
            read_timeout=read_s,
            # For this transport it spans the wait for a free connection and the making of a new one.
            pool_timeout=CONNECT_S + 1,
            httpx_kwargs={"transport": httpx_aiohttp.AiohttpTransport(verify=_tls(), limits=limits)},
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        problem: ApiProblem
        try:
            code, payload = await super().do_request(*args, **kwargs)
        except Exception as exc:
            problem = transport_problem(exc)
        else:
            if 200 <= code <= 299:
                return code, payload
            problem = answered(code, json_or_none(payload))
        # Raised here, without a cause: the causes' texts hold the URL, and the URL holds the token.
        raise _Carried(problem)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read the body of a 2xx. The library's own way logs bodies that are not JSON."""
        body = json_or_none(payload)
        if not isinstance(body, dict) or "result" not in body:
            raise _Carried(Unanswered("the answer is none of the Bot API's"))
        return body


def _bot(settings: TelegramSettings, request: _Request) -> _Bot:
    base = settings.api_url.rstrip("/")
    return _Bot(
        settings.token, f"{base}/bot", f"{base}/file/bot", request=request, get_updates_request=request
    )


async def _result(call: Awaitable[T], limit_s: float) -> T:
    """Await a call of the library, for `limit_s` at most, and translate every way in which it can fail."""
    problem: ApiProblem
    try:
        async with asyncio.timeout(limit_s):
            return await call
    except _Carried as carried:
        problem = carried.problem
    except Exception as exc:
        # Ran out of time, or a 2xx whose result the library cannot read.
        problem = Unanswered(type(exc).__name__)
    raise problem
