"""What browsers are told to allow, and which sites may ask something of us."""

from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import web

Response = TypeVar("Response", bound=web.StreamResponse)


def secure(response: Response, embed_origins: tuple[str, ...] = ()) -> Response:
    """Put the security headers on a response that has not begun to be sent; what it says already stays.

    Args: embed_origins: sites that may show it in a frame; without any, nobody may.
    """
    frames = " ".join(embed_origins) or "'none'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault(
        "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    )
    return response


def origin_of(url: str) -> str:
    """Return the origin of an address, as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_foreign(request: web.Request, origins: frozenset[str]) -> bool:
    """Say whether another site makes the browser ask this of us.

    Args: origins: ours, and those of the sites that may show the chat.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site == "cross-site":
        return True
    # Our pages say `no-referrer`, and with it a form that is sent without scripts has the origin "null".
    if origin is None or (origin == "null" and site == "same-origin"):
        return False
    # The Host header is what the browser believes to be talking to: right behind any proxy, or without one.
    return origin not in origins and origin.partition("://")[2].lower() != request.host.lower()
