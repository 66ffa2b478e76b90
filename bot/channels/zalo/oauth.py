"""The OAuth server of Zalo (v4): the consent page's address, and the two ways to get a pair of tokens.

Facts from the official pages on OAuth v4 and from running integrations, as of November 2026: a failure may come with HTTP
200, with or without a number; `expires_in` is a string; a refresh token is good for one use.
"""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard
from urllib.parse import urlencode

import aiohttp

from bot.channels.zalo.settings import ZaloSettings

CALL_S = 10.0
ACCESS_S, REFRESH_S = 25 * 3600.0, 90 * 86400.0  # where the answer does not say: 25 hours, three months
SHORTEST_S = 3600.0  # a shorter life would have us renew without a pause; the API says when a token is over
VERIFIER_CHARS = 43
BUSY = -32
_TOKEN = re.compile(r"[\x21-\x7e]{1,4000}")
_NAME_CHARS = 80


@dataclass(frozen=True, slots=True)
class Grant:
    """A new pair, and for how long each is good from now on."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_s: float
    refresh_s: float


class OAuthRefused(Exception):
    """The server said no: asking again the same way brings the same answer.

    Args: code: as in -14014; None when it named none.
    """

    def __init__(self, code: int | None, name: str) -> None:
        super().__init__(" ".join(str(part) for part in (code, name) if part) or "without a reason")
        self.code = code


class OAuthUnclear(Exception):
    """No answer, or none that says anything: what was sent may have been used up, or may not."""


def challenge(verifier: str) -> str:
    """Return what the consent page is told of a verifier: base64url of its SHA-256, without padding (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class OAuth:
    """The calls. They hold no connection between them: there is one in many hours."""

    def __init__(self, settings: ZaloSettings) -> None:
        self._settings = settings

    def consent_url(self, redirect_uri: str, state: str, verifier: str) -> str:
        """Return where somebody who manages the OA consents. Args: verifier: 43 characters."""
        query = {
            "app_id": self._settings.app_id,
            "redirect_uri": redirect_uri,
            "code_challenge": challenge(verifier),
            "state": state,
        }
        return f"{self._settings.oauth_url}/v4/oa/permission?{urlencode(query)}"

    async def exchange(self, code: str, verifier: str) -> Grant:
        """Give the code of a consent for a pair. Raises OAuthRefused, OAuthUnclear, nothing else."""
        return await self._ask({"grant_type": "authorization_code", "code": code, "code_verifier": verifier})

    async def refresh(self, refresh_token: str) -> Grant:
        """Give a refresh token, which is spent thereby, for a new pair. Raises OAuthRefused, OAuthUnclear."""
        return await self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def _ask(self, form: Mapping[str, str]) -> Grant:
        try:
            async with (
                asyncio.timeout(CALL_S),
                aiohttp.ClientSession(trust_env=True) as session,
                session.post(
                    f"{self._settings.oauth_url}/v4/oa/access_token",
                    data={"app_id": self._settings.app_id, **form},
                    headers={"secret_key": self._settings.app_secret},
                    allow_redirects=False,
                ) as answer,
            ):
                status, body = answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as exc:
            # Without its text or a cause: they may hold what was sent.
            raise OAuthUnclear(f"no answer: {type(exc).__name__}") from None
        return read_answer(status, body)


def read_answer(status: int, body: bytes) -> Grant:
    """Read an answer of the token endpoint. Only two tokens are a success; only a named fault is a refusal."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict) or status >= 500 or status == 429:
        raise OAuthUnclear(f"status {status}, and no answer in it")
    access, refresh = found.get("access_token"), found.get("refresh_token")
    if _is_token(access) and _is_token(refresh):
        return Grant(
            access,
            refresh,
            _seconds(found.get("expires_in"), ACCESS_S),
            _seconds(found.get("refresh_token_expires_in"), REFRESH_S),
        )
    code, name = _code(found.get("error")), found.get("error_name")
    if code == BUSY:
        raise OAuthUnclear("too many requests")
    if not code and not name and status < 400:
        raise OAuthUnclear("an answer without tokens")
    shown = name[:_NAME_CHARS] if isinstance(name, str) and name.isprintable() else ""
    raise OAuthRefused(code or None, shown)


def _is_token(value: object) -> TypeGuard[str]:
    # It becomes a header: anything else would make every call fail.
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _code(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _seconds(value: object, otherwise: float) -> float:
    code = _code(value)
    return max(float(code), SHORTEST_S) if code is not None and 0 < code < 10**9 else otherwise
