"""Files that people sent come from temporary addresses: fetched at once, bounded, never from our own network."""

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.channels.base import FetchFailed
from bot.channels.zalo import downloads
from bot.channels.zalo.downloads import Downloads, is_public
from tests.channels.zalo_out import channel_to
from tests.fakes.zalo_server import START

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Book(AbstractResolver):
    """Names and what they lead to."""

    def __init__(self, **names: str) -> None:
        self.names = names
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        found = self.names[host.replace(".", "_")].split()
        return [
            ResolveResult(hostname=host, host=ip, port=port, family=family, proto=0, flags=0) for ip in found
        ]

    async def close(self) -> None:
        """Nothing to do."""


@asynccontextmanager
async def site(**pages: Answer) -> AsyncIterator[str]:
    """A server on loopback; its base."""
    app = web.Application()
    for name, answer in pages.items():
        app.router.add_get(f"/{name}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def photo(_request: web.Request) -> web.Response:
    return web.Response(body=b"\xff\xd8" + b"x" * 200_000)


def leads_to(url: str) -> Answer:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": url})

    return answer


async def got(source: Downloads, url: str) -> bytes:
    try:
        return b"".join([piece async for piece in source.fetch(url)])
    finally:
        await source.close()


async def refused(source: Downloads, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await got(source, url)
    return caught.value


async def test_the_channel_gives_a_file_by_its_address() -> None:
    """On loopback only where the platform itself is there, as in tests."""
    async with site(photo=photo) as base:
        channel = channel_to(base, now=lambda: START)
        content = b"".join([piece async for piece in channel.fetch(f"{base}/photo")])
        await channel.close()

        elsewhere = channel_to("https://openapi.zalo.me", now=lambda: START)
        with pytest.raises(FetchFailed) as caught:
            _ = [piece async for piece in elsewhere.fetch(f"{base}/photo")]
        await elsewhere.close()

    assert len(content) == 200_002
    assert caught.value.gone


@pytest.mark.parametrize(
    "url",
    [
        "http://f1.photo.talk.zdn.vn/a.jpg",
        "ftp://f1.photo.talk.zdn.vn/a.jpg",
        "file:///etc/passwd",
        "https:///a.jpg",
        "a.jpg",
        "",
        "https://127.0.0.1/a.jpg",
        "https://10.0.0.1/a.jpg",
        "https://192.168.1.1/a.jpg",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/a.jpg",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::a00:1]/",
        "https://127.1/",
        "https://2130706433/",
        "https://user:secret@127.0.0.1/",
    ],
)
async def test_an_address_that_is_not_out_on_the_internet_is_not_asked(url: str) -> None:
    failed = await refused(Downloads(lookup=Book()), url)

    assert "127" not in failed.reason
    assert "secret" not in failed.reason


@pytest.mark.parametrize(
    "leads", ["127.0.0.1", "10.1.2.3", "::1", "169.254.169.254", "127.0.0.1 192.168.0.1"]
)
async def test_a_name_that_leads_into_our_own_network_is_not_connected_to(leads: str) -> None:
    """By the address that is connected to, so that a second look-up cannot bring another one."""
    book = Book(f1_zdn_vn=leads)

    failed = await refused(Downloads(lookup=book), "https://f1.zdn.vn/a.jpg")

    assert failed.gone
    assert "public" in failed.reason
    assert book.asked == ["f1.zdn.vn"]


async def test_of_several_addresses_only_the_public_ones_are_kept() -> None:
    guarded = downloads.PublicOnly(Book(f1_zdn_vn="10.0.0.1 8.8.8.8 ::1"))

    assert [one["host"] for one in await guarded.resolve("f1.zdn.vn", 443)] == ["8.8.8.8"]


@pytest.mark.parametrize("ip", ["8.8.8.8", "118.69.0.1", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_public_addresses_are_public(ip: str) -> None:
    assert is_public(ip)


async def test_redirects_are_followed_three_times_and_each_is_looked_at() -> None:
    async with site(photo=photo) as base:
        pages = {f"hop{n}": leads_to(f"/hop{n + 1}" if n < 5 else f"{base}/photo") for n in range(1, 6)}
        async with site(**pages) as hops:
            three = await got(Downloads(loopback=True), f"{hops}/hop3")
            four = await refused(Downloads(loopback=True), f"{hops}/hop2")

    assert len(three) == 200_002
    assert four.gone


@pytest.mark.parametrize(
    "inside", ["https://10.0.0.1/a.jpg", "http://f1.zdn.vn/a.jpg", "https://in.zdn.vn/", "file:///x"]
)
async def test_a_redirect_into_our_own_network_is_not_followed(inside: str) -> None:
    async with site(hop=leads_to(inside)) as base:
        failed = await refused(Downloads(loopback=True, lookup=Book(in_zdn_vn="10.0.0.1")), f"{base}/hop")

    assert failed.gone


@pytest.mark.parametrize(
    ("status", "gone"), [(404, True), (403, True), (410, True), (429, False), (500, False), (503, False)]
)
async def test_what_is_gone_and_what_may_come_yet(status: int, gone: bool) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with site(photo=answer) as base:
        assert (await refused(Downloads(loopback=True), f"{base}/photo")).gone is gone


async def test_a_file_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST_BYTES", 100_000)
    async with site(photo=photo) as base:
        assert (await refused(Downloads(loopback=True), f"{base}/photo")).gone


async def test_a_lost_connection_may_be_tried_again() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        begun = web.StreamResponse(headers={"Content-Length": "1000"})
        await begun.prepare(request)
        await begun.write(b"x" * 10)
        assert request.transport is not None
        request.transport.abort()
        return begun

    async with site(photo=answer) as base:
        assert not (await refused(Downloads(loopback=True), f"{base}/photo")).gone


async def test_addresses_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever has one has the person's file."""
    caplog.set_level(logging.DEBUG)
    async with site(hop=leads_to("https://10.0.0.1/hidden-name")) as base:
        failed = await refused(Downloads(loopback=True), f"{base}/hop?key=hidden-key")

    assert [word for word in ("hidden-name", "hidden-key") if word in caplog.text + repr(failed)] == []
    assert failed.__cause__ is None
