"""Zalo's OAuth server (v4) on loopback, written from what is known of it: for tests and kills.

In a test:

    async with FakeOAuth(now) as fake:
        first = fake.give()                        # a pair as the console of developers hands it out
        code, state, oa_id = query of fake.consent(url)   # what a person's "yes" on the consent page leads back with

A refresh token is good once: using it kills it and the access token it came with. `times` of a fault count down; what comes
afterwards is answered properly. The clock is the test's.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.zalo.oauth import challenge
from bot.channels.zalo.settings import ZaloSettings

APP_ID, APP_SECRET, OA_SECRET = "360846524940903967", "tests-app-secret", "tests-oa-secret"
OA_ID = "388613280878808645"
ACCESS_LIFE = timedelta(hours=25)
REFRESH_LIFE = timedelta(days=90)
CODE_LIFE = timedelta(minutes=10)
BAD_CODE, BAD_REFRESH, BAD_GRANT, BAD_SECRET, BAD_URI = -14012, -14014, -118, -14004, -14003


class Mode(StrEnum):
    """What goes wrong with a call of the token endpoint."""

    LOST = "lost"  # carried out, and the answer is lost
    DROPPED = "dropped"  # the connection is closed before anything is done
    NO_TOKENS = "no tokens"  # HTTP 200, `{"error_name": …}` without a number, nothing done
    EMPTY_TOKENS = "empty tokens"
    GARBAGE = "garbage"  # HTTP 200 and HTML
    BROKEN = "broken"  # HTTP 502
    REFUSED_400 = "refused 400"  # HTTP 400, without a number


@dataclass
class Issued:
    """A pair that was handed out."""

    access: str
    refresh: str
    at: datetime
    spent: bool = False


@dataclass
class _Code:
    challenge: str
    redirect_uri: str
    at: datetime
    used: bool = False


@dataclass(frozen=True)
class Refresh:
    """One call with a refresh token: which, and whether a new pair was made."""

    token: str
    rotated: bool


@dataclass
class FakeOAuth:
    """The server. `gate`: calls wait for it once they were carried out; `redirect_uris`: what is registered."""

    now: Callable[[], datetime]
    redirect_uris: tuple[str, ...] = ()
    app_active: bool = True
    life: object = "90000"
    number_in_failures: bool = True
    faults: list[Mode] = field(default_factory=list)
    refreshes: list[Refresh] = field(default_factory=list)
    exchanges: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.pairs: list[Issued] = []
        self._codes: dict[str, _Code] = {}
        self._numbers = itertools.count(1)
        app = web.Application()
        app.router.add_get("/v4/oa/permission", self._permission)
        app.router.add_post("/v4/oa/access_token", self._access_token)
        self.server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self.server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gate.set()
        await self.server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def settings(self) -> ZaloSettings:
        """What a channel is told that uses this server."""
        return ZaloSettings(APP_ID, APP_SECRET, OA_SECRET, oauth_url=self.url)

    def fail(self, *modes: Mode) -> None:
        """Let the next calls go wrong, one after the other."""
        self.faults += modes

    def give(self) -> Issued:
        """Hand out a pair, as the tool in the console of developers does."""
        number = next(self._numbers)
        issued = Issued(f"access-{number}-{'a' * 24}", f"refresh-{number}-{'r' * 24}", self.now())
        self.pairs.append(issued)
        return issued

    def is_good(self, access: str) -> bool:
        """Say whether the API would take this access token."""
        return any(p.access == access and not p.spent and self.now() < p.at + ACCESS_LIFE for p in self.pairs)

    def consent(self, url: str) -> str:
        """Say yes on the consent page at `url`; returns where the browser is sent. ValueError: the page shows a fault."""
        parts = urlsplit(url)
        assert parts.path == "/v4/oa/permission"
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self._consent(query)

    def _consent(self, query: dict[str, str]) -> str:
        if query.get("app_id") != APP_ID or not self.app_active:
            raise ValueError("-14002")
        uri = query.get("redirect_uri", "")
        if uri not in self.redirect_uris:
            raise ValueError(str(BAD_URI))
        code = f"code-{next(self._numbers)}"
        self._codes[code] = _Code(query.get("code_challenge", ""), uri, self.now())
        back = {"code": code, "oa_id": OA_ID} | ({"state": query["state"]} if "state" in query else {})
        return f"{uri}?{urlencode(back)}"

    async def _permission(self, request: web.Request) -> web.Response:
        try:
            return web.Response(status=302, headers={"Location": self._consent(dict(request.query))})
        except ValueError as exc:
            return web.Response(text=f"<html>error {exc}</html>", content_type="text/html")

    async def _access_token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        mode = self.faults.pop(0) if self.faults else None
        done: dict[str, Any] | None = None
        if mode in (None, Mode.LOST):
            done = self._grant(request.headers.get("secret_key", ""), form)
        if form.get("grant_type") == "refresh_token":
            self.refreshes.append(
                Refresh(form.get("refresh_token", ""), bool(done and "access_token" in done))
            )
        else:
            self.exchanges += 1
        self.arrived.set()
        await self.gate.wait()
        return self._answer(request, mode, done)

    def _answer(
        self, request: web.Request, mode: Mode | None, done: dict[str, Any] | None
    ) -> web.StreamResponse:
        match mode:
            case None:
                return web.json_response(done)
            case Mode.LOST | Mode.DROPPED:
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            case Mode.NO_TOKENS:
                return web.json_response({"error_name": "", "error_reason": "", "message": "Success"})
            case Mode.EMPTY_TOKENS:
                return web.json_response({"access_token": "", "refresh_token": None, "expires_in": "90000"})
            case Mode.GARBAGE:
                return web.Response(text="<html>maintenance</html>", content_type="text/html")
            case Mode.BROKEN:
                return web.json_response({"error": BAD_REFRESH}, status=502)
            case Mode.REFUSED_400:
                return web.json_response({"error_name": "invalid_grant", "error_reason": "x"}, status=400)
        raise AssertionError(mode)

    def _grant(self, secret: str, form: dict[str, str]) -> dict[str, Any]:
        if secret != APP_SECRET or form.get("app_id") != APP_ID:
            return self._failure(BAD_SECRET, "Invalid app secret")
        if form.get("grant_type") == "authorization_code":
            code = self._codes.get(form.get("code", ""))
            if code is None or code.used or self.now() > code.at + CODE_LIFE:
                return self._failure(BAD_CODE, "Invalid authorized code")
            code.used = True
            if code.challenge != challenge(form.get("code_verifier", "")):
                return self._failure(BAD_CODE, "Invalid code verifier")
            return self._success(self.give())
        old = next((p for p in self.pairs if p.refresh == form.get("refresh_token")), None)
        if old is None or old.spent:
            return self._failure(BAD_REFRESH, "Invalid refresh token")
        if self.now() > old.at + REFRESH_LIFE:
            return self._failure(BAD_GRANT, "Refresh token expired")
        old.spent = True
        return self._success(self.give())

    def _success(self, pair: Issued) -> dict[str, Any]:
        return {"access_token": pair.access, "refresh_token": pair.refresh, "expires_in": self.life}

    def _failure(self, code: int, name: str) -> dict[str, Any]:
        number = {"error": code} if self.number_in_failures else {}
        return {"error_name": name, "error_reason": name, "error_description": name} | number
