"""The calls to Zalo's openapi host: the only file that makes them.

Errors come inside HTTP 200, and tokens die while they are in use: a call that is refused for its token gets a newer one
and is made once more. Refused again, all calls stop for a while, so that refreshing and calling do not become a storm.
"""

import asyncio
import hashlib
import hmac
import io
import json
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

import aiohttp

from bot.channels.http import json_or_none, never_connected, patience, proxy_for, tls
from bot.channels.zalo.errors import (
    About,
    Answered,
    Closed,
    Data,
    NoToken,
    Unanswered,
    Unreachable,
    ZaloProblem,
    read,
)
from bot.channels.zalo.settings import NAME, ZaloSettings

CONNECT_S, CALL_S = 5.0, 15.0
TOKEN_S = 15.0
UPLOAD_S = 30.0  # well within a lease: a megabyte at the most
CONNECTIONS = 64
IDLE_S = 30.0
FIRST_DOWN_S, LONGEST_DOWN_S = 60.0, 3600.0

Headers = Mapping[str, str]
Body = Mapping[str, object]

log = logging.getLogger(__name__)


class TokenSource(Protocol):
    """Where access tokens come from. Implemented by bot.zalo_tokens."""

    async def token(self) -> str:
        """Return a token believed good. Raises NoToken."""

    async def renew(self, refused: str) -> str:
        """Return a newer token than the one that was refused; many may ask at once. Raises NoToken."""


class Api:
    """The calls. Each returns the answer's `data` or raises ZaloProblem, nothing else."""

    def __init__(
        self,
        settings: ZaloSettings,
        tokens: TokenSource,
        *,
        heard: Callable[[Headers], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: heard: is given the headers of each answer."""
        self._settings = settings
        self._tokens = tokens
        self._heard = heard
        self._monotonic = monotonic
        self._session: aiohttp.ClientSession | None = None
        self._down_until = float("-inf")
        self._next_down_s = FIRST_DOWN_S

    async def post(self, path: str, body: Body) -> Body:
        """Make a call that does something; an answer without data is an empty mapping."""
        data = await self._call("POST", path, lambda: {"json": body}, CALL_S)
        return data if isinstance(data, dict) else {}

    async def get(self, path: str, data: Body) -> Body | Sequence[object]:
        """Ask for something: a mapping, or a list."""
        parameters = {"data": json.dumps(data)}
        found = await self._call("GET", path, lambda: {"params": parameters}, CALL_S)
        return found if isinstance(found, dict | list) else {}

    async def upload(self, path: str, name: str, content: bytes) -> Body:
        """Hand a file in. `name`: its ending tells Zalo what it is; of a document people see all of it."""

        def form() -> dict[str, Any]:
            # Made anew for each try: aiohttp sends a form once.
            # Names are ASCII without quotes, and shown to people: quoted, a blank would read %20.
            made = aiohttp.FormData(quote_fields=False)
            made.add_field("file", io.BytesIO(content), filename=name)
            return {"data": made}

        data = await self._call("POST", path, form, UPLOAD_S)
        return data if isinstance(data, dict) else {}

    async def close(self) -> None:
        """Let go of connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    # -- tokens

    async def _call(
        self, method: str, path: str, brings: Callable[[], dict[str, Any]], limit_s: float
    ) -> object:
        self._let_through()
        token = await _given(self._tokens.token())
        answer = await self._once(method, path, brings(), token, limit_s)
        if _token_refused(answer):
            newer = await _given(self._tokens.renew(token))
            # Others may have found out meanwhile that newer ones do not help.
            self._let_through()
            answer = await self._once(method, path, brings(), newer, limit_s)
            if _token_refused(answer):
                self._go_down()
        if isinstance(answer, Data):
            self._next_down_s = FIRST_DOWN_S
            return answer.value
        raise answer

    def _let_through(self) -> None:
        if self._monotonic() < self._down_until:
            raise Closed("a renewed access token was refused too", needs_consent=True)

    def _go_down(self) -> None:
        now = self._monotonic()
        if now < self._down_until:
            return
        self._down_until = now + self._next_down_s
        log.error("renewed token refused", extra={"channel": NAME, "for_s": self._next_down_s})
        self._next_down_s = min(self._next_down_s * 2, LONGEST_DOWN_S)

    # -- one call

    async def _once(
        self, method: str, path: str, brings: dict[str, Any], token: str, limit_s: float
    ) -> Data | ZaloProblem:
        headers = {"access_token": token}
        if self._settings.appsecret_proof:
            headers["appsecret_proof"] = proof(self._settings.app_secret, token)
        url = f"{self._settings.api_url.rstrip('/')}/{path.lstrip('/')}"
        try:
            async with (
                asyncio.timeout(limit_s),
                # A redirect would take the token along.
                self._connected().request(
                    method,
                    url,
                    headers=headers,
                    timeout=patience(CONNECT_S),
                    allow_redirects=False,
                    **brings,
                ) as answer,
            ):
                status, payload = answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            # Returned, not chained: the causes' texts may hold the URL, and that of a question holds a person's id.
            return (Unreachable if never_connected(exc) else Unanswered)(type(exc).__name__)
        if self._heard is not None:
            self._heard(answer.headers)
        return read(status, json_or_none(payload))

    def _connected(self) -> aiohttp.ClientSession:
        """Return the connections, opened with the first call: a session belongs to a running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_S, ssl=tls()),
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=proxy_for(self._settings.api_url),
            )
        return self._session


def proof(app_secret: str, token: str) -> str:
    """Return what `appsecret_proof` has to be for a token."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _token_refused(answer: Data | ZaloProblem) -> bool:
    return isinstance(answer, Answered) and answer.about is About.TOKEN


async def _given(asked: Coroutine[Any, Any, str]) -> str:
    """Wait for a token. Raises Closed.

    Whoever stops waiting must not stop a refresh: the refresh token is spent with the request, and what came for it would
    be lost.
    """
    task = asyncio.ensure_future(asked)
    task.add_done_callback(_look_at)
    problem: Closed
    try:
        async with asyncio.timeout(TOKEN_S):
            return await asyncio.shield(task)
    except NoToken as none:
        problem = Closed(str(none), needs_consent=none.needs_consent)
    except TimeoutError:
        problem = Closed("no access token in time", needs_consent=False)
    raise problem


def _look_at(task: asyncio.Task[str]) -> None:
    """Take the outcome that nobody may wait for any more; an error nobody looked at would be logged with its cause."""
    if not task.cancelled():
        task.exception()
