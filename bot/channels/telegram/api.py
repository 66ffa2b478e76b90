"""The Bot API's calls, over python-telegram-bot: the only file that knows it.

The library is used as a client: its `Bot` makes the calls. Its `Application` is not used, because it keeps updates in
memory and gives them no order.
"""

import asyncio
import io
import json
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
from telegram import Bot, BotCommand
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.base import Pieces
from bot.channels.http import json_or_none, patience, proxy_for, tls
from bot.channels.telegram.errors import (
    Answered,
    ApiProblem,
    Unanswered,
    answered,
    transport_problem,
)
from bot.channels.telegram.message import Params, without_markup
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.updates import KINDS, NAME
from bot.channels.telegram.webhook import WebhookInfo

log = logging.getLogger(__name__)

CONNECT_S, CALL_S = 5.0, 15.0
POLL_MARGIN_S = 10.0  # a held getUpdates may answer this much later than it was asked to
CHECK_S = 5.0
UPLOAD_S = 30.0  # well within a lease: a picture of ours has a few hundred kB
DOWNLOAD_S = 120.0  # 10 MB over the thinnest line that is worth it
PIECE_S = 10.0
CONNECTIONS = 256  # more than messages are ever in flight, so that none waits for a connection
IDLE_S = 30.0  # a connection is kept this long: the next reply does not pay for a TLS handshake

COMMANDS = (("menu", "Xem các việc bot giúp được"), ("help", "Trợ giúp"), ("stop", "Dừng nhận tin"))

T = TypeVar("T")


class Api:
    """The calls we make, over the library. Each returns its result or raises `ApiProblem`, nothing else."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._request = _Request(settings.api_url)
        self._bot = _Bot(settings, self._request)
        # A pool of its own: a burst of messages must not keep getUpdates from its connection.
        self._poll_request = _Request(settings.api_url)
        self._poll_bot = _Bot(settings, self._poll_request)
        self._files_url = f"{settings.api_url.rstrip('/')}/file/bot{settings.token}/"

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

    async def call_with_files(self, method: str, params: Params, files: dict[str, Path]) -> object:
        """Make a call that may bring files along, under the names that the parameters give them (attach://…)."""
        if not files:
            return await _result(self._bot.call(method, params), CALL_S)
        contents = {
            name: _Part(f"{name}.jpg", await asyncio.to_thread(path.read_bytes), "image/jpeg")
            for name, path in files.items()
        }
        return await _result(self._bot.upload(method, params, contents), UPLOAD_S)

    async def send_document(self, params: Params, name: str, content: bytes | None) -> object:
        """Send a document; `content` comes along under the name attach://d0, None: Telegram has it."""
        if content is None:
            return await _result(self._bot.call("sendDocument", params), CALL_S)
        part = _Part(name, content, "application/octet-stream")
        return await _result(self._bot.upload("sendDocument", params, {"d0": part}), UPLOAD_S)

    async def locate(self, file_id: str) -> str:
        """Return where a file can be downloaded, below the bot's own address; good for an hour at least."""
        found = await _result(self._bot.call("getFile", {"file_id": file_id}), CALL_S)
        path = found.get("file_path") if isinstance(found, dict) else None
        # A Bot API server of one's own in its local mode names a place on its own disk.
        if not isinstance(path, str) or not path or path.startswith("/") or ".." in path.split("/"):
            raise Unanswered("getFile did not bring a path")
        return path

    async def download(self, path: str) -> Pieces:
        """Give the file at a path that `locate` returned, piece by piece."""
        problem: ApiProblem | None = None
        try:
            async with (
                asyncio.timeout(DOWNLOAD_S),
                self._request.session.get(
                    self._files_url + quote(path), timeout=patience(CONNECT_S, PIECE_S)
                ) as answer,
            ):
                if answer.status != 200:
                    problem = answered(answer.status, None)
                else:
                    async for piece in answer.content.iter_any():
                        yield piece
        except (aiohttp.ClientError, OSError) as exc:
            problem = transport_problem(exc)
        if problem is not None:
            # Without a cause, as above: the URL holds the token.
            raise problem from None

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
        updates = await _result(self._poll_bot.call("getUpdates", asked), held_s + CONNECT_S)
        if not isinstance(updates, list):
            raise Unanswered("getUpdates did not bring a list")
        return updates

    async def renew(self) -> None:
        await self._poll_request.shutdown()
        self._poll_request = _Request(self._settings.api_url)
        self._poll_bot = _Bot(self._settings, self._poll_request)

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

    def __init__(self, settings: TelegramSettings, request: "_Request") -> None:
        base = settings.api_url.rstrip("/")
        super().__init__(
            settings.token, f"{base}/bot", f"{base}/file/bot", request=request, get_updates_request=request
        )
        self._plain = request

    async def call(self, method: str, params: Params) -> object:
        given = {name: value for name, value in params.items() if value is not None}
        _, payload = await self._plain.carry("POST", f"{self.base_url}/{method}", {"json": given})
        return self._plain.parse_json_payload(payload)["result"]

    async def upload(self, method: str, params: Params, files: dict[str, "_Part"]) -> object:
        # As they are: Telegram shows the name as it stands there, and quoted it would be unreadable.
        form = aiohttp.FormData(quote_fields=False)
        for name, value in params.items():
            if value is not None:
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, part in files.items():
            form.add_field(name, io.BytesIO(part.content), filename=part.name, content_type=part.media_type)
        url = f"{self.base_url}/{method}"
        _, payload = await self._plain.carry("POST", url, {"data": form})
        return self._plain.parse_json_payload(payload)["result"]


@dataclass(frozen=True, slots=True)
class _Part:
    """A file that goes along. `name`: as people see it, without quotes or folders in it."""

    name: str
    content: bytes
    media_type: str


class _Carried(TelegramError):
    """Takes an error of ours through the library, which lets only its own kind pass as it is."""

    def __init__(self, problem: ApiProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Request(BaseRequest):
    """HTTP for the library, telling apart what it does not: the code, and whether anything was sent.

    The library's own, over httpx, costs three times as much a message, and its connection pool collapses under more
    than some thirty calls in flight.
    """

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections, opened with the first call: a session belongs to a running loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_S, ssl=tls())
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), proxy=proxy_for(self._api_url)
            )
        return self._session

    @property
    def read_timeout(self) -> float:
        return CALL_S

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_timeouts: object,
        **_named_timeouts: object,
    ) -> tuple[int, bytes]:
        return await self.carry(method, url, _body(request_data))

    async def carry(self, method: str, url: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """Make a call; returns code and body of a 2xx. Raises _Carried, nothing else. `_result` limits how long it takes."""
        problem: ApiProblem
        timeout = patience(CONNECT_S)
        try:
            async with self.session.request(method, url, timeout=timeout, **body) as answer:
                code, payload = answer.status, await answer.read()
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


def _body(data: RequestData | None) -> dict[str, Any]:
    """Return how aiohttp is to send a call's parameters: as JSON, or as a form where there are files."""
    if data is None:
        return {}
    if not data.contains_files:
        return {"json": data.parameters}
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, media_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=media_type)
    return {"data": form}


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
