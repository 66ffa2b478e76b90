"""Officials before the console: a browser of their own, signed in, that knows forms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import Morsel
from typing import Any
from urllib.parse import urljoin

import aiohttp
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestClient
from yarl import URL

from handlers.officials import Official

PASSWORD = "cau tre lac leo"
AREA, OTHER_AREA = "11020", "10525"
"""Two communes of today: the one where bound officials work, and one that is not theirs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]
    path: str

    @property
    def location(self) -> str | None:
        """Return where it leads."""
        return self.headers.get("Location")


class Browser:
    """One browser. Redirects are not followed, so that tests see them; cookies are kept."""

    def __init__(self, server: BaseTestServer, official: Official | None = None) -> None:
        """Args: official: who is signed in, if anybody."""
        self.official = official
        self._client: TestClient[web.Request, None] = TestClient(
            server, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )

    async def get(self, path: str, **query: object) -> Answer:
        """Ask for a page of the console: "/officials"; whole addresses of ours do as well."""
        params = {name: str(value) for name, value in query.items()}
        async with self._client.get(_within(path), params=params, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), answer.headers, answer.url.path)

    async def post(
        self, path: str, /, *, page: str | None = None, csrf: str | None = None, **fields: object
    ) -> Answer:
        """Send a form as a browser does: with the token of the page it stands on.

        Args:
            page: where the form stands; the account page by default.
            csrf: another token; "" for none.
        """
        if csrf is None:
            csrf = token_in((await self.get(page or ("/account" if self.official else "/login"))).text)
        data = {name: str(value) for name, value in fields.items()}
        async with self._client.post(
            _within(path), data=data | ({"csrf": csrf} if csrf else {}), allow_redirects=False
        ) as answer:
            return Answer(answer.status, await answer.text(), answer.headers, answer.url.path)

    async def post_form(self, path: str, form: aiohttp.FormData) -> Answer:
        """Send a form with files."""
        async with self._client.post(_within(path), data=form, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), answer.headers, answer.url.path)

    async def follow(self, answer: Answer) -> Answer:
        """Go where a redirect leads."""
        assert answer.location is not None, answer.text
        return await self.get(urljoin(answer.path, answer.location))

    async def sign_in(self, username: str, password: str = PASSWORD, **fields: object) -> Answer:
        """Fill in the sign-in."""
        given: dict[str, Any] = {"username": username, "password": password} | fields
        return await self.post("/login", page="/login", **given)

    def cookies(self) -> list[Morsel[str]]:
        """Return the cookies the browser has."""
        return list(self._client.session.cookie_jar)

    def keep(self, cookie: str, value: str) -> None:
        """Put a cookie into the browser."""
        self._client.session.cookie_jar.update_cookies({cookie: value}, URL(str(self._client.make_url("/"))))

    async def close(self) -> None:
        """Close the browser; the server stays."""
        await self._client.session.close()


def _within(path: str) -> str:
    return path if path.startswith("/console") else f"/console{path}"


def token_in(html: str) -> str:
    """Return the token of the forms of a page; empty when it has none."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    return found[1] if found else ""


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words_of(html: str) -> str:
    """Return what a page says, without its markup."""
    parser = _Words()
    parser.feed(html)
    return " ".join(" ".join(parser.words).split())
