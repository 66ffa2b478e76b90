"""Telegram: the Bot API as a channel. Receiving, order, retries and limits are ours; `api` makes the calls."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime

from aiohttp import web

from bot.channels import render
from bot.channels.base import Failure, Gallery, Health, Pieces, Reception, SendFailed, State
from bot.channels.telegram.api import Api
from bot.channels.telegram.condition import Condition
from bot.channels.telegram.documents import Documents
from bot.channels.telegram.errors import (
    Answered,
    ApiProblem,
    TextOnly,
    fetch_failure,
    send_failure,
)
from bot.channels.telegram.message import PART_UTF16, to_send
from bot.channels.telegram.photos import Photos
from bot.channels.telegram.receiving import Intake, Pace, Poller, Stopping
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.updates import NAME
from bot.channels.telegram.webhook import Registration, WebhookCalls, WebhookHandler
from handlers.messages import Outbound

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhooks/telegram"

__all__ = ["Pace", "TelegramChannel", "TelegramSettings"]


class TelegramChannel:
    """Telegram as `bot.channels.base.Channel`, by polling or by webhook."""

    name = NAME

    def __init__(
        self,
        settings: TelegramSettings,
        reception: Reception,
        now: Callable[[], datetime],
        *,
        gallery: Gallery | None = None,
        pace: Pace | None = None,
    ) -> None:
        # httpx logs every URL at INFO, token included; the library logs what people wrote at DEBUG.
        for noisy in ("httpx", "httpcore", "telegram"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        self._settings = settings
        self._pace = pace or Pace()
        self._api = Api(settings)
        self._photos = Photos(gallery, self._api.call_with_files, self._api.send_message) if gallery else None
        self._documents = (
            Documents(gallery, self._api.send_document, self._api.send_message) if gallery else None
        )
        self._stopping = Stopping()
        self._tasks: set[asyncio.Task[None]] = set()
        self._receiver: asyncio.Task[None] | None = None
        self._condition = Condition()
        self._greeted = False
        self.username: str | None = None
        """The bot's name without its @; None until Telegram has told it."""
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
            self._in_background(self._learn_name)

    async def _learn_name(self) -> None:
        self.username = await self._api.get_username() or None

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
        if message.files and (self._documents is None or message.pictures):
            raise SendFailed(Failure.REFUSED, "documents cannot be sent so")
        try:
            if message.pictures and self._photos is not None:
                message_id = await self._photos.send(params, message.text, message.pictures)
            elif message.files and self._documents is not None:
                message_id = await self._documents.send(params, message.text, message.files)
            else:
                message_id = await self._api.send_message(params)
        except ApiProblem as problem:
            self._condition.not_sent(problem.problem if isinstance(problem, TextOnly) else problem)
            raise send_failure(problem) from problem
        self._condition.sent()
        return message_id

    async def fetch(self, ref: str) -> Pieces:
        """Give a file by its file_id. Raises FetchFailed, nothing else."""
        try:
            async with aclosing(self._api.download(await self._api.locate(ref))) as pieces:
                async for piece in pieces:
                    yield piece
        except ApiProblem as problem:
            raise fetch_failure(problem) from None


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
