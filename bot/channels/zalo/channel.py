"""Zalo: the Official Account OpenAPI as a channel. Limits, retries and reach are ours; `api` makes the calls."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.channels.base import Failure, Gallery, Health, Pieces, SendFailed, State, StoringReception
from bot.channels.zalo import form_image
from bot.channels.zalo import message as wire
from bot.channels.zalo.api import Api, Body, TokenSource
from bot.channels.zalo.catch_up import CatchUp
from bot.channels.zalo.condition import Condition, describe
from bot.channels.zalo.downloads import Downloads
from bot.channels.zalo.errors import (
    About,
    Answered,
    Closed,
    Unanswered,
    Unreachable,
    ZaloProblem,
    send_failure,
)
from bot.channels.zalo.pace import Pace
from bot.channels.zalo.settings import NAME, ZaloSettings
from bot.channels.zalo.templates import Templates
from bot.channels.zalo.traffic import Traffic
from bot.channels.zalo.uploads import SEND_PATH, Uploads
from bot.channels.zalo.webhook import WEBHOOK_PATH, WebhookHandler
from handlers.messages import Document, Outbound

OA_PATH = "/v2.0/oa/getoa"
CHECK_S = 15.0
LOOK_AGAIN_S = 600.0
FIRST_TROUBLE_S, LONGEST_TROUBLE_S = 2.0, 60.0
SEND_S = 50.0  # within a lease
LONGEST_WAIT_S = 20.0  # for the rest of a message of which a part went out

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[Body]]


class OaBook(Protocol):
    """Remembers which OA this is. Implemented by bot.zalo_tokens."""

    @property
    def oa_id(self) -> str | None:
        """Return its id, None while nobody knows it."""

    async def know_oa(self, oa_id: str) -> None:
        """Note its id. Raises nothing."""


class ZaloChannel:
    """Zalo as `bot.channels.base.Channel` and `FileSource`."""

    name = NAME

    def __init__(
        self,
        settings: ZaloSettings,
        reception: StoringReception,
        tokens: TokenSource,
        now: Callable[[], datetime],
        *,
        oa: OaBook | None = None,
        rate_per_s: float = 1.5,
        gallery: Gallery | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args:
        oa: remembers which OA this is.
        rate_per_s: as the settings have it; what Zalo grants is compared with it.
        """
        self._oa = oa
        self._now = now
        self._sleep = sleep
        self._pace = Pace(rate_per_s)
        self._api = Api(settings, tokens, heard=self._pace.heard)
        self._form_image_url = settings.form_image_url
        self._uploads = Uploads(gallery, self._api) if gallery else None
        self._downloads = Downloads(loopback=settings.on_loopback)
        self._templates = Templates(self._api, settings.template_id, now, self._failed)
        self._condition = Condition()
        self._looking: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._told_id: str | None = None
        self.oa_name: str | None = None
        self._handler = WebhookHandler(settings, lambda: self.oa_id, reception, now)
        self._catch_up = CatchUp(self._api, lambda: self.oa_id, reception, now)
        self._catching_up: asyncio.Task[None] | None = None

    # -- how it is

    def health(self) -> Health:
        """Say how the channel is."""
        health, trouble = self._condition.health(), self._templates.trouble
        return Health(State.OK, trouble) if trouble and health.state is State.OK else health

    @property
    def oa_id(self) -> str | None:
        """The OA's id; None until Zalo has told it."""
        return self._told_id or (self._oa.oa_id if self._oa else None)

    @property
    def traffic(self) -> Traffic:
        """What the webhook brought lately."""
        return self._handler.traffic

    def rate_factor(self) -> float:
        """Return how many times the set rate Zalo lets us use just now."""
        return self._pace.factor(self._now())

    async def check(self) -> Health:
        """Ask Zalo once who we are; answers within `CHECK_S`. Learns the OA's id and name."""
        try:
            async with asyncio.timeout(CHECK_S):
                oa = await self._api.get(OA_PATH, {})
        except TimeoutError:
            return Health(State.UNREACHABLE, "Zalo does not answer in time")
        except ZaloProblem as problem:
            health = describe(problem)
            return Health(State.UNREACHABLE, str(problem)) if health.state is State.OK else health
        fields = oa if isinstance(oa, dict) else {}
        oa_id = fields.get("oa_id") or fields.get("oaid")
        if not isinstance(oa_id, str | int):
            return Health(State.UNREACHABLE, "the answer names no OA")
        name, package = fields.get("name"), fields.get("package_name")
        known, self._told_id = self.oa_id, str(oa_id)
        self.oa_name = name if isinstance(name, str) else None
        if self._oa is not None and known is None:
            await self._oa.know_oa(self._told_id)
        note = self.oa_name or self._told_id
        return Health(
            State.OK, f"{note}, package {package}" if isinstance(package, str) and package else note
        )

    # -- receiving

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that Zalo calls."""
        return [web.post(WEBHOOK_PATH, self._handler.handle), *form_image.routes()]

    async def start(self) -> None:
        """Learn in the background which OA this is, and what the webhook missed; returns at once, with Zalo reachable or
        not.
        """
        self._looking = asyncio.create_task(self._look(), name="zalo looking")
        self._catching_up = asyncio.create_task(self._catch_up.run(self.traffic), name="zalo catching up")

    async def _look(self) -> None:
        trouble_s = FIRST_TROUBLE_S
        while not self._stopping.is_set():
            try:
                health = await self.check()
            except Exception:
                log.exception("looking failed, it starts again", extra={"channel": self.name})
                health = Health(State.UNREACHABLE, "unexpected error")
            self._condition.asked(health)
            well = health.state is State.OK
            wait_s, trouble_s = (
                (LOOK_AGAIN_S, FIRST_TROUBLE_S)
                if well
                else (trouble_s, min(trouble_s * 2, LONGEST_TROUBLE_S))
            )
            try:
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()
            except TimeoutError:
                pass

    async def stop(self) -> None:
        """Take nothing more in. Sending goes on until `close`."""
        self._stopping.set()
        self._handler.stop()
        running = [task for task in (self._looking, self._catching_up) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def close(self) -> None:
        """Let go of connections."""
        await self._downloads.close()
        await self._api.close()

    # -- sending

    def shape(self, message: Outbound) -> list[Outbound]:
        """Cut a message into parts that Zalo takes; buttons stay behind the text, five a part."""
        return wire.shape(message, forms=bool(self._form_image_url))

    async def send(self, address: str, message: Outbound) -> str | None:
        """Send a message, in several parts if it is longer than shaped ones are; returns Zalo's id of its text.

        Raises SendFailed, nothing else.
        """
        steps = await self._steps(address, message)
        if message.files and self._uploads is None:
            raise SendFailed(Failure.REFUSED, "documents cannot be sent from here")
        until = asyncio.get_running_loop().time() + SEND_S
        try:
            async with asyncio.timeout_at(until):
                # Before the first call that a person sees: what cannot be uploaded leaves nothing half said.
                for one in message.files:
                    await self._ready(one)
                message_id = await self._take(steps)
        except TimeoutError:
            raise SendFailed(Failure.UNKNOWN, "no end in time") from None
        except ZaloProblem as problem:
            raise self._failed(problem) from problem
        self._pace.went()
        await self._enclose(address, message.files, message_id, until)
        self._condition.sent()
        return message_id

    async def _enclose(
        self, address: str, files: Sequence[Document], message_id: str | None, until: float
    ) -> None:
        """Send documents behind their text, by this time of the loop. Raises SendFailed: INCOMPLETE, nothing else."""
        to, why, unpaid = wire.recipient(address), "no end in time", False
        try:
            async with asyncio.timeout_at(until):
                for one in files:
                    await self._go_on(self._document(to, one))
            return
        except TimeoutError:
            pass
        except ZaloProblem as problem:
            self._condition.not_sent(problem)
            why, unpaid = str(problem), isinstance(problem, Answered) and problem.about is About.MONEY
        reason = f"the text went out, a document did not: {why}"
        raise SendFailed(Failure.INCOMPLETE, reason, unpaid=unpaid, message_id=message_id)

    async def send_template(self, address: str, fields: Mapping[str, str]) -> str | None:
        """Send the approved template to somebody whom a text may not reach; costs money. Returns Zalo's id of it.

        Raises SendFailed, nothing else.
        """
        message_id = await self._templates.send(address, fields)
        self._pace.went()
        self._condition.sent()
        return message_id

    async def _steps(self, address: str, message: Outbound) -> list[tuple[Step, bool]]:
        """Return the calls that a message takes but for its documents, and of which the id counts.

        A picture carries the text where that is all there is; a text with buttons comes after its pictures, for Zalo's
        pictures have no buttons.
        """
        to = wire.recipient(address)
        parts = self.shape(message)
        if (title := parts[0].contact_request) is not None:
            return [(self._form(to, title, parts[0].text), True)]
        pictures = await self._uploads.there(message.pictures) if self._uploads and message.pictures else []
        below = parts.pop().text if pictures and len(parts) == 1 and not parts[0].buttons else ""
        shown = [
            (self._picture(to, file, below if first else ""), first and bool(below))
            for first, file in zip([True, *[False] * len(pictures)], pictures, strict=False)
        ]
        said = [(self._text(to, wire.content(part)), True) for part in parts]
        return [*shown, *said]

    async def _ready(self, one: Document) -> None:
        if self._uploads is not None:
            await self._uploads.ready(one)

    def _document(self, to: Body, one: Document) -> Step:
        uploads = self._uploads
        assert uploads is not None  # noqa: S101  # who has no gallery is refused before
        return lambda: uploads.send_document(to, one)

    def _picture(self, to: Body, file: str, text: str) -> Step:
        uploads = self._uploads
        assert uploads is not None  # noqa: S101  # who has no gallery has no pictures
        return lambda: uploads.send(to, file, text)

    def _text(self, to: Body, content: Body) -> Step:
        return lambda: self._api.post(SEND_PATH, {"recipient": to, "message": content})

    def _form(self, to: Body, title: str, text: str) -> Step:
        form = self._text(to, wire.contact_form(title, text, self._form_image_url))

        async def ask() -> Body:
            try:
                return await form()
            except Answered as problem:
                if problem.about is not About.MESSAGE:
                    raise
                # Surely not sent. Whoever asked for it reads what it is for, and may type instead.
                log.warning(
                    "form refused, sent as text", extra={"channel": self.name, "reason": str(problem)}
                )
            return await self._text(to, wire.content(Outbound(text)))()

        return ask

    async def _take(self, steps: list[tuple[Step, bool]]) -> str | None:
        """Make the calls one after the other; returns the id of the last that counts. Raises ZaloProblem."""
        message_id: str | None = None
        for number, (step, counts) in enumerate(steps):
            data = await step() if number == 0 else await self._go_on(step)
            found = data.get("message_id")
            if counts and isinstance(found, str):
                message_id = found
        return message_id

    async def _go_on(self, step: Step) -> Body:
        """Make a further call: from here on nothing may be sent again from the beginning."""
        waited_s = 0.0
        while True:
            try:
                return await step()
            except (Unreachable, Closed) as problem:
                raise Unanswered(f"a part went out, the rest did not: {problem}") from None
            except Answered as problem:
                if problem.about is About.RATE:
                    wait_s = self._pace.refused(self._now())
                elif problem.about in (About.BRIEFLY, About.ATTACHMENT):
                    wait_s = 1.0
                elif problem.about in (About.TOKEN, About.OPERATOR, About.NIGHT, About.PERSON_LATER):
                    self._condition.not_sent(problem)
                    raise Unanswered(f"a part went out, the rest did not: {problem}") from None
                else:
                    raise
                waited_s += wait_s
                if waited_s > LONGEST_WAIT_S:
                    raise Unanswered(f"a part went out, the rest did not: {problem}") from None
            await self._sleep(wait_s)

    def _failed(self, problem: ZaloProblem) -> SendFailed:
        now = self._now()
        rate = isinstance(problem, Answered) and problem.about is About.RATE
        back_off_s = self._pace.refused(now) if rate else 0.0
        self._condition.not_sent(problem)
        return send_failure(problem, now, back_off_s)

    # -- files

    async def fetch(self, ref: str) -> Pieces:
        """Give a file by the address that came with its message; good for half an hour. Raises FetchFailed, nothing else."""
        async with aclosing(self._downloads.fetch(ref)) as pieces:
            async for piece in pieces:
                yield piece
