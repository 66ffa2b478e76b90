"""Whose a request is: the session, a signed cookie. Knows nothing of what is said in it."""

import base64
import hmac
import re
import secrets

from aiohttp import web

COOKIE = "hc_session"
COOKIE_AGE_S = 365 * 24 * 3600

_SIGNED = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


class Sessions:
    """Sessions live in the browser alone: a random id, and our signature under it."""

    def __init__(self, key: bytes, *, https: bool, embedded: bool) -> None:
        """Args: embedded: other sites may show the page, so the cookie has to work in their frames."""
        self._key = key
        self._attributes = f"; Max-Age={COOKIE_AGE_S}; Path=/; HttpOnly"
        if https and embedded:
            # Partitioned: each site that shows the chat gets its own session, and browsers that block
            # third-party cookies let it through.
            self._attributes += "; Secure; SameSite=None; Partitioned"
        else:
            self._attributes += ("; Secure" if https else "") + "; SameSite=Lax"

    def find(self, request: web.Request) -> str | None:
        """Return the session of a request; None without a cookie or with one that we did not sign."""
        signed = _SIGNED.fullmatch(request.cookies.get(COOKIE, ""))
        if signed is None or not hmac.compare_digest(signed[2], self._sign("session", signed[1])):
            return None
        return signed[1]

    def new(self) -> str:
        """Return a new session: 128 random bits."""
        return secrets.token_urlsafe(16)

    def cookie(self, session: str) -> str:
        """Return the value of the Set-Cookie header that gives a session to a browser."""
        # By hand: http.cookies learned of Partitioned in Python 3.14 only.
        return f"{COOKIE}={session}.{self._sign('session', session)}{self._attributes}"

    def label(self, session: str) -> str:
        """Return a name of the session that its page may know: nobody gets the session back from it."""
        return self._sign("label", session)[:12]

    def _sign(self, purpose: str, session: str) -> str:
        digest = hmac.digest(self._key, f"{purpose}:{session}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
