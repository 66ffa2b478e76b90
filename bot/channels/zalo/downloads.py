"""Fetch what people sent, from the temporary addresses that Zalo names: never from inside our own network.

Whoever can write to the webhook cannot choose the address, for it is signed; but an address is still somebody else's
word, so it is looked at again after each redirect, and by the IP address that is really connected to.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncGenerator
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.channels.base import FetchFailed, Pieces
from bot.channels.http import patience, proxy_for, tls

CONNECT_S, READ_S, DOWNLOAD_S = 5.0, 10.0, 120.0
MOST_BYTES = 64 << 20  # a guard against endless answers; what may be kept is the shelf's to say
MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Forbidden(OSError):
    """An address that is not out on the internet."""


def is_public(address: str) -> bool:
    """Say whether an IP address is out on the internet: not private, loopback, link-local, multicast or reserved."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


class PublicOnly(AbstractResolver):
    """Looks names up, and lets only public addresses through."""

    def __init__(self, lookup: AbstractResolver) -> None:
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._lookup.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise Forbidden("the name leads into a private network")
        return public

    async def close(self) -> None:
        await self._lookup.close()


class Downloads:
    """Gives files by their addresses."""

    def __init__(self, *, loopback: bool = False, lookup: AbstractResolver | None = None) -> None:
        """Args: loopback: only for tests, whose platform runs on this machine: its http and addresses are let through.
        lookup: how names become addresses."""
        self._loopback = loopback
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None
        self._resolver: PublicOnly | None = None

    async def fetch(self, url: str) -> Pieces:
        """Give a file piece by piece. Raises FetchFailed, nothing else."""
        failed: FetchFailed | None = None
        try:
            async with asyncio.timeout(DOWNLOAD_S):
                for _ in range(1 + MOST_REDIRECTS):
                    proxy = await self._look_at(url)
                    timeout = patience(CONNECT_S, READ_S)
                    async with self._connected().get(
                        url, timeout=timeout, allow_redirects=False, proxy=proxy
                    ) as answer:
                        if answer.status in _REDIRECTS and "Location" in answer.headers:
                            url = urljoin(url, answer.headers["Location"])
                            continue
                        async for piece in _pieces(answer):
                            yield piece
                        return
                raise FetchFailed("too many redirects", gone=True)
        except FetchFailed as exc:
            failed = exc
        except Forbidden as exc:
            failed = FetchFailed(str(exc), gone=True)
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            # Timeouts are among them.
            refused = isinstance(exc, aiohttp.ClientConnectorDNSError) and isinstance(exc.os_error, Forbidden)
            failed = FetchFailed("not a public address" if refused else type(exc).__name__, gone=refused)
        # Without a cause: its text may hold the address, which leads to a person's file.
        raise failed from None

    async def close(self) -> None:
        """Let go of connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _look_at(self, url: str) -> str | None:
        """Return the proxy for an address, if any. Raises Forbidden for one that is not to be asked."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        local = self._loopback and _is_loopback(host)
        if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not local):
            raise Forbidden("not an https address")
        if local:
            return None
        # aiohttp asks no resolver about what is an IP address already.
        if _is_ip(host) and not is_public(host):
            raise Forbidden("not a public address")
        proxy = proxy_for(url)
        if proxy is not None and not _is_ip(host):
            # Through a proxy the name is looked up there; what it means here is the best that can be known.
            await self._names().resolve(host, 443, socket.AF_UNSPEC)
        return proxy

    def _names(self) -> PublicOnly:
        if self._resolver is None:
            self._resolver = PublicOnly(self._lookup or ThreadedResolver())
        return self._resolver

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The proxy of this machine may well be at a private address; it is the operator's word, and let through.
            proxied = proxy_for("https://zalo.example.org") is not None
            connector = aiohttp.TCPConnector(
                ssl=tls(), resolver=None if proxied else self._names(), use_dns_cache=False, limit=8
            )
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    if answer.status != 200:
        # Links live for about half an hour; a server in trouble may give it later.
        raise FetchFailed(f"HTTP {answer.status}", gone=400 <= answer.status < 500 and answer.status != 429)
    taken = 0
    async for piece in answer.content.iter_any():
        taken += len(piece)
        if taken > MOST_BYTES:
            raise FetchFailed("the file has no end", gone=True)
        yield piece


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host.partition("%")[0]).is_loopback)
