"""What the channels' HTTP has in common: certificates, the outgoing proxy, patience, bodies of both directions."""

import functools
import json
import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import web

MAX_CALL_BYTES = 1_000_000  # of what a platform calls us with


@functools.cache
def tls() -> ssl.SSLContext:
    """Return the certificates of authorities, read once: it takes a twentieth of a second."""
    # Takes a while to import; a process without such a channel does not need it.
    import httpx

    return httpx.create_ssl_context()


def proxy_for(url: str) -> str | None:
    """Return the outgoing proxy that the environment names for an address, as for any program.

    aiohttp would look it up in a thread, and again with each call.
    """
    parts = urlsplit(url)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


@functools.cache
def patience(connect_s: float, read_s: float | None = None) -> aiohttp.ClientTimeout:
    """Return how long to wait for a connection, and for each piece of an answer.

    Whoever limits the whole call can do without the second: a timer for each piece costs more than reading it.
    """
    # `connect` spans the wait for a free connection and the making of a new one.
    return aiohttp.ClientTimeout(connect=connect_s + 1, sock_connect=connect_s, sock_read=read_s)


def json_or_none(payload: bytes) -> object:
    """Parse a body; None if it is not JSON, as a proxy's or an overloaded server's is not."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def never_connected(error: BaseException) -> bool:
    """Say whether the request surely did not arrive.

    A client may call every lost connection a failed one, so aiohttp's own word counts, wherever it stands in the chain.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return True
        if isinstance(cause, aiohttp.ClientError):
            return False
        cause = cause.__cause__
    return False


async def read_body(request: web.Request, limit: int) -> bytes | None:
    """Read the body, or return None if it has more bytes than that: the app's own limit is made for pictures."""
    if (request.content_length or 0) > limit:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
