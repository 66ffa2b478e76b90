"""The web chat's page, API and stream, as a browser or a script meets them."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import Failure, SendFailed, State
from bot.channels.webchat import WebChat, WebSettings
from handlers.messages import Address, Attachment, Button, Outbound
from tests.browser.memory import ANSWER, HELLO, Memory

MESSAGES, EVENTS = "/api/chat/messages", "/api/chat/events"
KEY = b"tests-only-" + b"k" * 21


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_s(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Chat:
    """A web chat that is being served, and a browser in front of it."""

    def __init__(self, memory: Memory, clock: Clock, web_chat: WebChat, client: TestClient[Any, Any]) -> None:
        self.memory, self.clock, self.web_chat, self.client = memory, clock, web_chat, client

    async def say(self, text: str = "bhyt", client_id: str | None = None, **fields: object) -> dict[str, Any]:
        answer = await self.client.post(MESSAGES, json={"text": text, "client_id": client_id} | fields)
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body

    async def status(self, **post: Any) -> int:
        async with self.client.post(MESSAGES, **post) as answer:
            if answer.status >= 400:
                assert (await answer.json())["error"]
            return answer.status

    @property
    def me(self) -> Address:
        return self.memory.people[0]


Serve = Callable[..., Coroutine[Any, Any, Chat]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve a web chat with these settings."""
    clients: list[TestClient[Any, Any]] = []

    async def serve_with(**settings: Any) -> Chat:
        memory, clock = Memory(), Clock()
        given = {"embed_origins": (), "public_url": "http://127.0.0.1:8080", "greeting": "Chào & mời <hỏi>"}
        web_chat = WebChat(WebSettings(session_key=KEY, **(given | settings)), memory, memory, clock)
        app = web.Application()
        app.add_routes(web_chat.routes())
        # The cookie must come back although it is Secure and this is not https.
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin="http://127.0.0.1")
        client = TestClient(TestServer(app), cookie_jar=jar)
        await client.start_server()
        clients.append(client)
        return Chat(memory, clock, web_chat, client)

    yield serve_with
    for client in clients:
        await client.close()


@pytest.fixture
async def chat(serve: Serve) -> Chat:
    return await serve()


# -- as a channel


async def test_channel_carries_everything_whole_and_sends_nothing(chat: Chat) -> None:
    long = Outbound("a" * 20_000, (Button("Có", "1:x:y", None),))
    assert chat.web_chat.name == "web"
    assert chat.web_chat.shape(long) == [long]
    assert chat.web_chat.health().state is State.OK
    with pytest.raises(SendFailed) as failed:
        await chat.web_chat.send("x", long)
    assert failed.value.kind is Failure.REFUSED


# -- the session


async def test_page_gives_a_signed_session_for_a_year(chat: Chat) -> None:
    answer = await chat.client.get("/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("hc_session=")
    assert cookie.endswith("; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize(
    ("public_url", "embed", "attributes"),
    [
        ("https://hc.example.vn", (), "; HttpOnly; Secure; SameSite=Lax"),
        (
            "https://hc.example.vn",
            ("https://xa.example.vn",),
            "; HttpOnly; Secure; SameSite=None; Partitioned",
        ),
        ("http://127.0.0.1:8080", ("https://xa.example.vn",), "; HttpOnly; SameSite=Lax"),
    ],
)
async def test_cookie_attributes(
    serve: Serve, public_url: str, embed: tuple[str, ...], attributes: str
) -> None:
    chat = await serve(public_url=public_url, embed_origins=embed)
    answer = await chat.client.get("/")
    assert answer.headers["Set-Cookie"].endswith(attributes)


async def test_first_post_without_a_session_gives_one_and_later_posts_keep_it(chat: Chat) -> None:
    first = await chat.client.post(MESSAGES, json={"text": "a"})
    again = await chat.client.post(MESSAGES, json={"text": "b"})
    assert "hc_session" in first.cookies
    assert "Set-Cookie" not in again.headers
    assert chat.memory.received[0].address == chat.memory.received[1].address
    assert chat.me.channel == "web"
    assert len(chat.me.value) == 22


async def test_session_survives_a_restart_but_not_another_key(serve: Serve) -> None:
    chat = await serve()
    await chat.say()
    cookie = {"Cookie": f"hc_session={_cookie(chat)}"}
    same, other = await serve(), await serve(public_url="http://x.example")
    await same.client.post(MESSAGES, json={"text": "b"}, headers=cookie)
    assert same.me == chat.me
    other.web_chat._sessions._key = b"another" * 5
    await other.client.post(MESSAGES, json={"text": "b"}, headers=cookie)
    assert other.me != chat.me


@pytest.mark.parametrize(
    "forge", [lambda c: c[:-1] + "A", lambda c: "A" + c[1:], lambda c: c[:22], lambda _: "x.y", lambda _: ""]
)
async def test_forged_cookie_is_treated_as_none(chat: Chat, forge: Callable[[str], str]) -> None:
    await chat.say()
    cookie = _cookie(chat)
    forged = forge(cookie)
    if forged == cookie:
        forged = cookie[:-1] + "B"
    chat.client.session.cookie_jar.clear()
    headers = {"Cookie": f"hc_session={forged}"}
    assert await (await chat.client.get(MESSAGES, headers=headers)).json() == {"messages": []}
    answer = await chat.client.post(MESSAGES, json={"text": "x"}, headers=headers)
    assert "hc_session" in answer.cookies
    assert len(chat.memory.people) == 2


def _cookie(chat: Chat) -> str:
    return next(c.value for c in chat.client.session.cookie_jar if c.key == "hc_session")


# -- messages in


async def test_answer_has_exactly_the_published_shape(chat: Chat) -> None:
    chat.memory.answers["x"] = [
        Outbound("Hai dòng\nđây", (Button("Có", "1:a:b", None), Button("Trang", None, "https://a.vn/")))
    ]
    await chat.say("đầu tiên")
    assert await chat.say("x") == {
        "messages": [
            {
                "id": 5,
                "text": "Hai dòng\nđây",
                "buttons": [{"label": "Có", "payload": "1:a:b"}, {"label": "Trang", "url": "https://a.vn/"}],
                "attachments": [],
                "from": "bot",
                "at": "2026-11-23T08:00:00+00:00",
            }
        ]
    }


async def test_inbound_carries_session_number_and_time(chat: Chat) -> None:
    await chat.say("  a\u0300 được\x00 \r\n", client_id="n-1")
    inbound = chat.memory.received[0]
    assert inbound.external_id == f"{chat.me.value}:n-1"
    assert (inbound.text, inbound.payload, inbound.at) == ("à được", None, chat.clock())
    await chat.say("b")
    assert len(chat.memory.received[1].external_id) > len(chat.me.value) + 20


async def test_payload_rules_over_text(chat: Chat) -> None:
    await chat.say("bị bỏ qua", payload="1:menu:start")
    assert (chat.memory.received[0].text, chat.memory.received[0].payload) == ("", "1:menu:start")


async def test_repeated_client_id_returns_the_first_answer(chat: Chat) -> None:
    first = await chat.say("a", client_id="same")
    again = await chat.say("a", client_id="same")
    assert first == again
    assert len(chat.memory.received) == 1


async def test_same_client_id_of_two_sessions_is_two_messages(chat: Chat) -> None:
    await chat.say("a", client_id="1")
    chat.client.session.cookie_jar.clear()
    await chat.say("a", client_id="1")
    assert len(chat.memory.received) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"text": 5}',
        b'{"text": ["a"]}',
        b'{"text": true}',
        b'{"payload": 1}',
        b'{"text": "a", "client_id": 7}',
        b'{"text": "a", "client_id": ""}',
        b'{"text": "a", "client_id": "\\u0000"}',
        b'{"text": "a", "client_id": "\\ud800"}',
        json.dumps({"text": "a", "client_id": "x" * 65}).encode(),
        json.dumps({"payload": "x" * 201}).encode(),
        b"{}",
        b'{"text": ""}',
        b'{"text": "  \\n "}',
        b'{"text": null}',
        b"[" * 60_000,
        b'{"text": ' + b"9" * 5000 + b"}",
    ],
)
async def test_malformed_is_400(chat: Chat, body: bytes) -> None:
    assert await chat.status(data=body, headers={"Content-Type": "application/json"}) == 400
    assert not chat.memory.received


async def test_half_surrogate_in_text_is_taken(chat: Chat) -> None:
    body = b'{"text": "a \\ud83d b"}'
    assert await chat.status(data=body, headers={"Content-Type": "application/json"}) == 200
    chat.memory.received[0].text.encode()


@pytest.mark.parametrize("letter", ["a", "ệ", "😀"])
async def test_text_is_limited_to_4096_characters(chat: Chat, letter: str) -> None:
    assert await chat.status(json={"text": letter * 4097}) == 413
    assert await chat.status(json={"text": letter * 4096, "client_id": "x" * 64}) == 200
    assert len(chat.memory.received[0].text) == 4096


async def test_large_body_is_413_whether_its_length_is_told_or_not(chat: Chat) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    headers = {"Content-Type": "application/json"}
    assert await chat.status(data=b" " * 100_000, headers=headers) == 413
    assert await chat.status(data=pieces(), headers=headers) == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_other_content_types_are_415(chat: Chat, kind: str) -> None:
    assert await chat.status(data=b'{"text": "a"}', headers={"Content-Type": kind}) == 415


async def test_no_content_type_is_415(chat: Chat) -> None:
    assert await chat.status(data=b'{"text": "a"}', skip_auto_headers=["Content-Type"]) == 415


@pytest.mark.parametrize(
    ("kind", "noted"),
    [
        ("image/jpeg", Attachment.PHOTO),
        ("audio/ogg; codecs=opus", Attachment.VOICE),
        ("video/mp4", Attachment.VIDEO),
        ("application/pdf", Attachment.FILE),
    ],
)
async def test_file_is_noted_by_its_kind_and_dropped(chat: Chat, kind: str, noted: Attachment) -> None:
    form = aiohttp.FormData({"text": "ảnh sổ hộ nghèo", "client_id": "f1"})
    form.add_field("file", b"x" * 70_000, filename="a", content_type=kind)
    assert await chat.status(data=form) == 200
    inbound = chat.memory.received[0]
    assert (inbound.text, inbound.attachments) == ("ảnh sổ hộ nghèo", (noted,))
    assert inbound.external_id.endswith(":f1")


async def test_file_alone_is_a_message_and_an_empty_one_is_none(chat: Chat) -> None:
    for content, status in ((b"x", 200), (b"", 400)):
        form = aiohttp.FormData()
        form.add_field("file", content, filename="a.jpg", content_type="image/jpeg")
        assert await chat.status(data=form) == status


async def test_file_of_8_mb_is_taken_and_a_larger_one_is_413(chat: Chat) -> None:
    for size, status in ((8 * 1024 * 1024, 200), (8 * 1024 * 1024 + 1, 413), (9 * 1024 * 1024, 413)):
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(b"x" * size), filename="a.bin")
        assert await chat.status(data=form) == status, size


async def test_long_multipart_text_is_413(chat: Chat) -> None:
    for size in (4097, 100_000):
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("text", "x" * size)
        assert await chat.status(data=form) == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"nothing here"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc'),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken header\r\n\r\nabc\r\n--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\xfe\r\n--b--\r\n',
        ),
    ],
)
async def test_broken_multipart_is_400(chat: Chat, kind: str, body: bytes) -> None:
    assert await chat.status(data=body, headers={"Content-Type": kind}) == 400
    assert not chat.memory.received


# -- how fast


async def test_sixty_first_message_in_a_minute_is_429_until_the_window_moves(chat: Chat) -> None:
    for n in range(60):
        await chat.say("a", client_id=str(n))
        chat.clock.pass_s(0.5)
    answer = await chat.client.post(MESSAGES, json={"text": "a", "client_id": "60"})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    assert len(chat.memory.received) == 60
    chat.clock.pass_s(30)
    assert await chat.status(json={"text": "a", "client_id": "60"}) == 200
    assert await chat.status(json={"text": "a", "client_id": "61"}) == 429


async def test_repeats_do_not_count(chat: Chat) -> None:
    await chat.say("a", client_id="same")
    for _ in range(100):
        await chat.say("a", client_id="same")
    assert await chat.status(json={"text": "b"}) == 200


async def test_clock_that_steps_back_shuts_nobody_out(chat: Chat) -> None:
    for _ in range(60):
        await chat.say("a")
    chat.clock.pass_s(-3600)
    assert await chat.status(json={"text": "a"}) == 200


async def test_one_ip_has_600_a_minute_whatever_sessions_it_uses(serve: Serve) -> None:
    chat = await serve(per_ip_minute=5)
    for _ in range(5):
        chat.client.session.cookie_jar.clear()
        await chat.say("a")
    answer = await chat.client.post(MESSAGES, json={"text": "a"})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
    assert WebSettings(b"", (), "", "").per_ip_minute == 600


async def test_behind_a_proxy_on_this_machine_the_phone_counts_not_the_proxy(serve: Serve) -> None:
    chat = await serve(per_ip_minute=1)
    for forwarded in ("203.0.113.5", "198.51.100.1, 203.0.113.6", "2001:db8:1::1", "2001:db8:2::1"):
        assert await chat.status(json={"text": "a"}, headers={"X-Forwarded-For": forwarded}) == 200
    for forwarded in ("1.1.1.1, 203.0.113.5", "2001:db8:1::2"):
        assert await chat.status(json={"text": "a"}, headers={"X-Forwarded-For": forwarded}) == 429


async def test_not_now_is_503_with_a_session_to_come_again_with(chat: Chat) -> None:
    chat.memory.busy = True
    answer = await chat.client.post(MESSAGES, json={"text": "a", "client_id": "1"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert "hc_session" in answer.cookies
    for path in (MESSAGES, EVENTS):
        refused = await chat.client.get(path)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
    chat.memory.busy = False
    await chat.say("a", client_id="1")


# -- other sites


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "https://xa.example.vn", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://ours.example:8080"}, 200),
        ({"Origin": "https://xa.example.vn"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
    ],
)
async def test_other_sites_are_refused(serve: Serve, headers: dict[str, str], status: int) -> None:
    chat = await serve(public_url="http://ours.example:8080/", embed_origins=("https://xa.example.vn",))
    assert await chat.status(json={"text": "a"}, headers=headers) == status
    for path in (MESSAGES, EVENTS):
        async with chat.client.get(path, headers=headers) as answer:
            assert (answer.status == 403) == (status == 403)
    assert (await chat.client.get("/", headers=headers)).status == 200


async def test_our_origin_is_also_the_host_the_browser_names(chat: Chat) -> None:
    headers = {"Host": "192.168.1.7:8080", "Origin": "http://192.168.1.7:8080"}
    assert await chat.status(json={"text": "a"}, headers=headers) == 200


# -- history


async def test_history_has_both_sides_in_order(chat: Chat) -> None:
    await chat.say("một")
    body = await (await chat.client.get(MESSAGES)).json()
    assert [(m["from"], m["text"]) for m in body["messages"]] == [
        ("resident", "một"),
        ("bot", HELLO.text),
        ("bot", ANSWER.text),
    ]
    after = await (await chat.client.get(MESSAGES, params={"after": 1, "limit": 1})).json()
    assert [m["id"] for m in after["messages"]] == [2]


async def test_history_without_a_session_is_empty_and_makes_none(chat: Chat) -> None:
    answer = await chat.client.get(MESSAGES)
    assert await answer.json() == {"messages": []}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=", "after=1.5", "after=" + "9" * 30, "limit=0", "limit=101", "limit=x"],
)
async def test_wrong_place_is_400(chat: Chat, query: str) -> None:
    assert (await chat.client.get(f"{MESSAGES}?{query}")).status == 400


async def test_limits_of_history(chat: Chat) -> None:
    for _ in range(60):
        await chat.say("a")
    assert len((await (await chat.client.get(MESSAGES)).json())["messages"]) == 50
    assert len((await (await chat.client.get(f"{MESSAGES}?limit=100")).json())["messages"]) == 100


async def test_what_a_browser_got_is_marked_once_it_was_written(chat: Chat) -> None:
    await chat.say("a")
    assert chat.memory.marks == {chat.me: [3]}
    chat.memory.say_later(chat.me, "Cán bộ trả lời")
    await (await chat.client.get(MESSAGES)).read()
    assert chat.memory.marks == {chat.me: [3, 4]}
    await (await chat.client.get(MESSAGES, params={"after": 4})).read()
    assert chat.memory.marks == {chat.me: [3, 4]}


# -- later messages


class Stream:
    """Reads Server-Sent Events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def block(self) -> str:
        async with asyncio.timeout(3):
            raw = await self.answer.content.readuntil(b"\n\n")
        return raw.decode().strip()

    async def ended(self) -> bool:
        async with asyncio.timeout(3):
            return await self.answer.content.read() == b""


async def _listen(chat: Chat, query: str = "", headers: dict[str, str] | None = None) -> Stream:
    answer = await chat.client.get(EVENTS + query, headers=headers)
    assert answer.status == 200
    stream = Stream(answer)
    assert await stream.block() == "retry: 3000"
    return stream


async def test_later_message_arrives_with_its_id(chat: Chat) -> None:
    await chat.say("a")
    stream = await _listen(chat)
    message = chat.memory.say_later(chat.me, "Hai dòng\nđây", Button("Có", "1:a:b", None))
    block = await stream.block()
    assert block.startswith(f"id: {message.id}\nevent: message\ndata: ")
    assert json.loads(block.split("data: ")[1]) == {
        "id": message.id,
        "text": "Hai dòng\nđây",
        "buttons": [{"label": "Có", "payload": "1:a:b"}],
        "attachments": [],
        "from": "bot",
        "at": "2026-11-23T08:00:00+00:00",
    }
    assert chat.memory.marks[chat.me][-1] == message.id


async def test_stream_headers(chat: Chat) -> None:
    await chat.say("a")
    answer = (await _listen(chat)).answer
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"


async def test_own_answers_are_not_streamed_again(chat: Chat) -> None:
    await chat.say("a")
    stream = await _listen(chat, "?after=0")
    await chat.say("b")
    later = chat.memory.say_later(chat.me, "Tin mới")
    assert (await stream.block()).startswith(f"id: {later.id}\n")


async def test_stream_goes_on_where_the_browser_was(chat: Chat) -> None:
    await chat.say("a")
    first, second = (chat.memory.say_later(chat.me, text) for text in ("một", "hai"))
    for query, headers, expected in (
        ("?after=0", {}, first.id),
        (f"?after={first.id}", {}, second.id),
        ("?after=0", {"Last-Event-ID": str(first.id)}, second.id),
        ("?after=0", {"Last-Event-ID": "rác"}, first.id),
    ):
        stream = await _listen(chat, query, headers)
        assert (await stream.block()).startswith(f"id: {expected}\n"), (query, headers)
        stream.answer.close()
    stream = await _listen(chat)
    newest = chat.memory.say_later(chat.me, "ba")
    assert (await stream.block()).startswith(f"id: {newest.id}\n")


async def test_heartbeat_also_finds_what_another_process_wrote(serve: Serve) -> None:
    chat = await serve(heartbeat_s=0.05)
    await chat.say("a")
    stream = await _listen(chat)
    assert await stream.block() == ":"
    message = chat.memory.say_later(chat.me, "từ tiến trình khác", tell=False)
    while (block := await stream.block()) == ":":
        pass
    assert block.startswith(f"id: {message.id}\n")


async def test_database_away_for_a_while_does_not_end_the_stream(serve: Serve) -> None:
    chat = await serve(heartbeat_s=0.05)
    await chat.say("a")
    stream = await _listen(chat)
    chat.memory.busy = True
    message = chat.memory.say_later(chat.me, "chờ")
    assert await stream.block() == ":"
    chat.memory.busy = False
    while (block := await stream.block()) == ":":
        pass
    assert block.startswith(f"id: {message.id}\n")


async def test_stream_without_a_session_is_204(chat: Chat) -> None:
    assert (await chat.client.get(EVENTS)).status == 204


async def test_wrong_after_of_a_stream_is_400(chat: Chat) -> None:
    await chat.say("a")
    assert (await chat.client.get(f"{EVENTS}?after=x")).status == 400


async def test_fifth_stream_of_a_session_is_429(chat: Chat) -> None:
    await chat.say("a")
    for page in range(4):
        await _listen(chat, f"?page={page}")
    assert (await chat.client.get(EVENTS)).status == 429


async def test_page_that_asks_again_takes_the_place_of_its_lost_stream(chat: Chat) -> None:
    """A phone that changed its network leaves streams behind that look alive for minutes."""
    await chat.say("a")
    lost = [await _listen(chat, "?page=p") for _ in range(6)]
    assert await lost[0].ended()
    message = chat.memory.say_later(chat.me, "Tin")
    assert (await lost[-1].block()).startswith(f"id: {message.id}\n")


async def test_stop_ends_streams_at_once_and_takes_nothing_more(chat: Chat) -> None:
    await chat.say("a")
    stream = await _listen(chat)
    await chat.web_chat.stop()
    assert await stream.ended()
    assert chat.memory.watched == 0
    answer = await chat.client.post(MESSAGES, json={"text": "a"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert (await chat.client.get(EVENTS)).status == 503
    await chat.web_chat.close()


# -- the page


async def test_every_response_has_the_security_headers(serve: Serve) -> None:
    chat = await serve(embed_origins=("https://xa.example.vn", "https://phuong.example.vn"))
    await chat.say("a")
    csp = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors https://xa.example.vn https://phuong.example.vn"
    )
    for method, path in (
        ("GET", "/"),
        ("POST", "/"),
        ("GET", "/embed.js"),
        ("GET", "/static/chat.css"),
        ("GET", "/static/chat.js"),
        ("GET", MESSAGES),
        ("POST", MESSAGES),
        ("GET", EVENTS),
        ("GET", EVENTS + "?after=x"),
    ):
        async with chat.client.request(method, path) as answer:
            assert answer.headers["Content-Security-Policy"] == csp, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "camera=()" in answer.headers["Permissions-Policy"]


async def test_nobody_may_frame_the_page_by_default(chat: Chat) -> None:
    answer = await chat.client.get("/")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


async def test_page_is_small_and_needs_nobody_else(chat: Chat) -> None:
    page = await (await chat.client.get("/")).text()
    assert "Chào &amp; mời &lt;hỏi&gt;" in page
    assert "style=" not in page
    assert "<script>" not in page
    sizes = [len(page.encode())]
    for name in ("chat.css", "chat.js"):
        path = page.split(f"/static/{name}", 1)[1].split('"', 1)[0]
        answer = await chat.client.get(f"/static/{name}{path}")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        sizes.append(len(await answer.read()))
    assert sum(sizes) < 30_000


async def test_asset_is_cached_by_its_content_and_zipped(chat: Chat) -> None:
    plain = await chat.client.get("/static/chat.js", headers={"Accept-Encoding": "identity"})
    assert plain.headers["Cache-Control"] == "no-cache"
    assert "Content-Encoding" not in plain.headers
    zipped = await chat.client.get("/static/chat.js", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert await zipped.read() == await plain.read()
    again = await chat.client.get("/static/chat.js", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status == 304


async def test_embed_script_is_small_and_for_anyone(chat: Chat) -> None:
    answer = await chat.client.get("/embed.js", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert len(await answer.read()) < 6_000


async def test_page_shows_what_was_said_as_text(chat: Chat) -> None:
    evil = "<img src=x onerror=alert(1)>"
    buttons = (
        Button(evil, f'1:"{evil}', None),
        Button("xấu", None, "javascript:alert(1)"),
        Button("tốt", None, "https://a.vn/?a=1&b"),
    )
    chat.memory.answers[evil] = [Outbound(f"Tên mục\n\n{evil}", buttons)]
    await chat.say(evil)
    page = await (await chat.client.get("/")).text()
    assert "<img" not in page
    assert "javascript:" not in page
    assert 'href="https://a.vn/?a=1&amp;b" target="_blank" rel="noopener noreferrer">tốt</a>' in page
    assert "<strong>Tên mục</strong>" in page
    assert page.count("&lt;img src=x") == 4


async def test_press_without_words_is_not_shown(chat: Chat) -> None:
    await chat.say("", payload="1:menu:start")
    page = await (await chat.client.get("/")).text()
    assert 'class="m me"' not in page
    assert 'id="hello"' not in page


async def test_page_opens_while_the_database_is_away(chat: Chat) -> None:
    await chat.say("a")
    chat.memory.busy = True
    answer = await chat.client.get("/")
    assert answer.status == 200


# -- without scripts


def _once(page: str) -> str:
    return page.split('name="once" value="', 1)[1].split('"', 1)[0]


async def test_form_works_without_scripts(chat: Chat) -> None:
    once = _once(await (await chat.client.get("/")).text())
    answer = await chat.client.post("/", data={"text": "bhyt", "once": once}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/#end")
    page = await (await chat.client.get("/")).text()
    assert "bhyt" in page
    assert "Nhà nước đóng đủ 100%" in page
    assert 'name="payload" value="1:ask:more:1"' in page
    await chat.client.post("/", data={"text": "", "payload": "1:ask:more:1", "once": _once(page)})
    assert chat.memory.received[1].payload == "1:ask:more:1"


async def test_form_sent_twice_is_one_message_and_another_text_is_another(chat: Chat) -> None:
    once = _once(await (await chat.client.get("/")).text())
    for text in ("a", "a", "b"):
        await chat.client.post("/", data={"text": text, "once": once})
    assert [i.text for i in chat.memory.received] == ["a", "b"]


async def test_form_that_is_refused_keeps_what_was_typed(chat: Chat) -> None:
    await chat.client.get("/")
    chat.memory.busy = True
    answer = await chat.client.post("/", data={"text": "câu <hỏi>"})
    page = await answer.text()
    assert answer.status == 503
    assert ">câu &lt;hỏi&gt;</textarea>" in page
    assert "Máy chủ đang bận" in page


async def test_form_of_another_site_is_refused(chat: Chat) -> None:
    """A browser names the origin "null" when a page with our referrer policy sends a form, ours too."""
    for headers, status in (
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
    ):
        answer = await chat.client.post("/", data={"text": "a"}, headers=headers, allow_redirects=False)
        assert answer.status == status
